//! What a statement may do, seen while SQLite compiles it
//! (<https://sqlite.org/c3ref/set_authorizer.html>).
//!
//! Transactions begin and end by calls, for the thread keeps track of them: while one is open, no
//! SQL begins or ends one, whoever sends it. On a connection that many share, nothing may be
//! changed that the next statement would meet.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};
use rusqlite::{Connection, ffi};

use super::hooks::ConnectionHooks;
use crate::engine::sync::lock;
use crate::error::Error;

/// Checks what is compiled for one connection.
#[derive(Clone, Debug)]
pub(super) struct Guard(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    allows: AtomicU8,
    /// Whether a transaction is open.
    in_transaction: AtomicBool,
    /// Whether the transaction was rolled back while code had the connection.
    rolled_back: AtomicBool,
    /// Whether the statement has lists among its values, and reads nothing else as one.
    has_lists: AtomicBool,
    /// The connection serves many.
    is_shared: bool,
    /// Something was compiled that changes the connection itself.
    changed: AtomicBool,
    savepoints: Mutex<Vec<Savepoint>>,
    /// The table that the statement compiled last drops.
    dropped: Mutex<Option<String>>,
    /// What to do instead of what was refused.
    refused: Mutex<Option<String>>,
    /// Those of the application, whose authorizers are asked about what the library allows.
    hooks: ConnectionHooks,
}

/// A savepoint of the open transaction.
#[derive(Debug, PartialEq, Eq)]
enum Savepoint {
    /// The library's, of this number.
    Own(u64),
    /// One of the user's, and whether a statement was compiled that ends it. Such a statement may
    /// not have run.
    Named { name: String, may_be_gone: bool },
}

/// What is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Allows {
    /// All: the library's own statements.
    All,
    /// What code does that was given the connection: changes of it are noted.
    Code,
    /// What a script does, which says by itself where its transactions begin and end.
    Script,
    /// What a script does that is run in a transaction of the library's.
    ScriptInside,
    /// A statement.
    Statement,
}

impl Guard {
    pub(super) fn new(is_shared: bool, hooks: ConnectionHooks) -> Guard {
        Guard(Arc::new(Shared {
            allows: AtomicU8::new(Allows::All as u8),
            in_transaction: AtomicBool::new(false),
            rolled_back: AtomicBool::new(false),
            has_lists: AtomicBool::new(false),
            is_shared,
            changed: AtomicBool::new(false),
            savepoints: Mutex::default(),
            dropped: Mutex::default(),
            refused: Mutex::default(),
            hooks,
        }))
    }

    /// Checks everything that the connection compiles from here on. What it has compiled before is
    /// compiled anew when it is next run (<https://sqlite.org/c3ref/set_authorizer.html>).
    pub(super) fn watch(&self, raw: &Connection) -> rusqlite::Result<()> {
        let shared = Arc::clone(&self.0);
        raw.authorizer(Some(move |context: AuthContext<'_>| shared.check(&context)))
    }

    /// Checks what code compiles that has the connection from here on, inside of a transaction.
    /// What it has compiled before, or finds compiled, is checked too.
    pub(super) fn lend_inside(&self, raw: &Connection) -> rusqlite::Result<()> {
        self.0.rolled_back.store(false, Ordering::Relaxed);
        let shared = Arc::clone(&self.0);
        let hook = move || shared.rolled_back.store(true, Ordering::Relaxed);
        self.0.hooks.set_rollback_hook_beside(raw, hook)?;
        self.watch(raw)
    }

    /// The code has ended, and has no hook any more that watches for a rollback.
    pub(super) fn take_back_inside(&self) {
        self.0.rolled_back.store(false, Ordering::Relaxed);
    }

    /// Compiles something. An error of the guard's own takes the place of SQLite's "not
    /// authorized".
    pub(super) fn compile<T>(
        &self,
        allows: Allows,
        in_transaction: bool,
        compile: impl FnOnce() -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        self.0.hooks.begin_to_compile();
        self.allow(allows, in_transaction);
        let result = compile();
        self.allow(Allows::All, false);
        result.map_err(|error| match self.refused() {
            Some(advice) => advice.with_source(error),
            None => self.0.hooks.denied(error),
        })
    }

    /// Says what is let through from here on.
    pub(super) fn allow(&self, allows: Allows, in_transaction: bool) {
        self.0.in_transaction.store(in_transaction, Ordering::Relaxed);
        self.0.allows.store(allows as u8, Ordering::Relaxed);
    }

    /// Says whether what is compiled from here on has lists among its values, and reads nothing
    /// else as one.
    pub(super) fn allow_lists(&self, has_lists: bool) {
        self.0.has_lists.store(has_lists, Ordering::Relaxed);
    }

    /// What to do instead of what was refused last; once.
    pub(super) fn refused(&self) -> Option<Error> {
        lock(&self.0.refused).take().map(Error::usage)
    }

    /// The table that the statement of a script, compiled last, drops; once.
    pub(super) fn dropped_table(&self) -> Option<String> {
        lock(&self.0.dropped).take()
    }

    /// The library has set a savepoint of this number.
    pub(super) fn savepoint(&self, number: u64) {
        self.0.savepoints().push(Savepoint::Own(number));
    }

    /// The library's savepoint of this number is gone, and all that were set after it.
    pub(super) fn savepoint_ended(&self, number: u64) {
        let mut savepoints = self.0.savepoints();
        if let Some(place) = savepoints.iter().rposition(|savepoint| *savepoint == Savepoint::Own(number)) {
            savepoints.truncate(place);
        }
    }

    /// The transaction has ended, and every savepoint with it.
    pub(super) fn transaction_ended(&self) {
        self.0.savepoints().clear();
    }

    /// Whether the connection serves many.
    pub(super) fn is_shared(&self) -> bool {
        self.0.is_shared
    }

    /// Whether something has changed the connection itself.
    pub(super) fn has_changed(&self) -> bool {
        self.0.changed.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn check(&self, context: &AuthContext<'_>) -> Authorization {
        let allows = self.allows.load(Ordering::Relaxed);
        if allows == Allows::All as u8 {
            return Authorization::Allow;
        }
        match self.advice(context, allows) {
            None => self.hooks.authorize(context),
            Some(advice) => {
                *lock(&self.refused) = Some(advice);
                Authorization::Deny
            }
        }
    }

    /// What to do instead, where something is refused.
    fn advice(&self, context: &AuthContext<'_>, allows: u8) -> Option<String> {
        let is_statement = allows == Allows::Statement as u8;
        let in_transaction = self.in_transaction.load(Ordering::Relaxed);
        if self.rolled_back.load(Ordering::Relaxed) && !only_reads(&context.action) {
            let advice = "the transaction was rolled back by the database while the code ran, and what the code writes \
                          then would stand alone: end the code where a statement fails";
            return Some(advice.to_owned());
        }
        match context.action {
            AuthAction::Transaction { operation } if is_statement => {
                let instead = instead_of(operation, false);
                return Some(format!("a statement cannot begin or end a transaction: {instead}"));
            }
            AuthAction::Savepoint { operation, .. } if is_statement => {
                let instead = instead_of(operation, true);
                return Some(format!("a statement cannot begin or end a transaction: {instead}"));
            }
            AuthAction::Transaction { operation } if allows != Allows::Script as u8 && in_transaction => {
                let instead = match operation {
                    TransactionOperation::Begin => {
                        "begin a nested one with `Transaction::begin`, or set a savepoint of your own"
                    }
                    operation => instead_of(operation, false),
                };
                return Some(format!("a transaction does not begin or end inside of one that is open: {instead}"));
            }
            AuthAction::Savepoint { operation, savepoint_name } => {
                return self.savepoint_advice(operation, savepoint_name);
            }
            AuthAction::Pragma { pragma_name, pragma_value } if in_transaction => {
                if let Some(advice) = instead_of_pragma(pragma_name, pragma_value.is_some()) {
                    return Some(advice);
                }
            }
            AuthAction::Read { table_name: "rarray", .. }
                if allows != Allows::Code as u8 && !self.has_lists.load(Ordering::Relaxed) =>
            {
                let advice = "`rarray` reads the lists that the library binds, and nothing else in a statement may bear \
                              its name: write `in ({list})` in `sql!`, or `is_in(list)`";
                return Some(advice.to_owned());
            }
            AuthAction::DropTable { table_name } if allows == Allows::ScriptInside as u8 => {
                *lock(&self.dropped) = Some(table_name.to_owned());
            }
            _ => {}
        }
        let what = change_of_connection(&context.action, context.database_name)?;
        if self.is_shared && allows != Allows::Code as u8 {
            return Some(format!(
                "{what} would hold for whatever runs on this connection next, and others run there: use a connection of \
                 your own, `db.connect()`"
            ));
        }
        self.changed.store(true, Ordering::Relaxed);
        None
    }

    /// A savepoint is the user's own where it does not bear the library's name. It is gone back
    /// to, or released, in the transaction in which it was set: from a nested one, it would end
    /// that as well.
    fn savepoint_advice(&self, operation: TransactionOperation, name: &str) -> Option<String> {
        const OWN: &str = "aio_sql_";
        if name.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN)) {
            return Some(format!("savepoints named `{OWN}…` are the library's own: give this one another name"));
        }
        let mut savepoints = self.savepoints();
        let nested = savepoints.iter().rposition(|savepoint| matches!(savepoint, Savepoint::Own(_)));
        let is_it = |savepoint: &Savepoint, gone: bool| match savepoint {
            Savepoint::Named { name: of, may_be_gone } => *may_be_gone == gone && of.eq_ignore_ascii_case(name),
            Savepoint::Own(_) => false,
        };
        if operation == TransactionOperation::Begin {
            // One that may be gone is of no interest beside this one.
            let mut place = 0;
            savepoints.retain(|savepoint| {
                place += 1;
                nested.is_some_and(|nested| place <= nested) || !is_it(savepoint, true)
            });
            savepoints.push(Savepoint::Named { name: name.to_owned(), may_be_gone: false });
            return None;
        }
        // SQLite takes the last of this name; of one that is not there it says so itself.
        let last = |gone| savepoints.iter().rposition(|savepoint| is_it(savepoint, gone));
        let place = last(false).or_else(|| savepoints.iter().position(|savepoint| is_it(savepoint, true)))?;
        if nested.is_some_and(|nested| place < nested) {
            return Some(format!(
                "the savepoint `{name}` was set outside of the nested transaction: end that first, with \
                 `Transaction::commit` or `Transaction::rollback`"
            ));
        }
        let ended = if operation == TransactionOperation::Release { place } else { place + 1 };
        for savepoint in &mut savepoints[ended..] {
            if let Savepoint::Named { may_be_gone, .. } = savepoint {
                *may_be_gone = true;
            }
        }
        None
    }

    fn savepoints(&self) -> MutexGuard<'_, Vec<Savepoint>> {
        lock(&self.savepoints)
    }
}

fn instead_of(operation: TransactionOperation, savepoint: bool) -> &'static str {
    match (operation, savepoint) {
        (TransactionOperation::Begin, false) => "begin a transaction with `begin` or `transaction`",
        (TransactionOperation::Begin, true) => "begin a nested transaction with `Transaction::begin`",
        (TransactionOperation::Release, _) => "end a nested transaction with `Transaction::commit`",
        (TransactionOperation::Rollback, _) => "roll back with `Transaction::rollback`, or drop the transaction",
        // SQLite says COMMIT, which rusqlite has no word for.
        _ => "commit with `Transaction::commit`",
    }
}

fn only_reads(action: &AuthAction<'_>) -> bool {
    matches!(
        action,
        AuthAction::Select
            | AuthAction::Read { .. }
            | AuthAction::Function { .. }
            | AuthAction::Recursive
            | AuthAction::Pragma { pragma_value: None, .. }
    )
}

/// What to do instead of a pragma that does nothing while a transaction is open, or half of what
/// it says (<https://sqlite.org/pragma.html>).
fn instead_of_pragma(pragma: &str, is_set: bool) -> Option<String> {
    const SETTINGS: [&str; 6] =
        ["cache_spill", "checkpoint_fullfsync", "foreign_keys", "fullfsync", "journal_mode", "synchronous"];
    if pragma.eq_ignore_ascii_case("wal_checkpoint") {
        return Some("a checkpoint does nothing inside a transaction: call `Database::checkpoint` after it".to_owned());
    }
    let pragma = SETTINGS.iter().find(|name| is_set && pragma.eq_ignore_ascii_case(name))?;
    let of_a_migration = match *pragma {
        "foreign_keys" => "give a step of a migration `Migration::foreign_keys_off()`; elsewhere ",
        _ => "",
    };
    Some(format!(
        "the pragma `{pragma}` does nothing inside a transaction: {of_a_migration}set it for every connection with \
         `Builder::pragma`, or for one, `db.connect()`, before its transaction begins"
    ))
}

/// What a statement changes about the connection itself, if anything.
fn change_of_connection(action: &AuthAction<'_>, database: Option<&str>) -> Option<String> {
    Some(match action {
        // The file may be an expression, of which rusqlite knows no form.
        AuthAction::Attach { .. } | AuthAction::Unknown { code: ffi::SQLITE_ATTACH, .. } => "ATTACH".to_owned(),
        AuthAction::Detach { .. } => "DETACH".to_owned(),
        AuthAction::CreateTempTable { .. } => "a temporary table".to_owned(),
        AuthAction::CreateTempIndex { .. } => "a temporary index".to_owned(),
        AuthAction::CreateTempTrigger { .. } => "a temporary trigger".to_owned(),
        AuthAction::CreateTempView { .. } => "a temporary view".to_owned(),
        // `create table temp.t` is no CREATE TEMP to SQLite.
        AuthAction::CreateTable { .. } | AuthAction::CreateVtable { .. } if database == Some("temp") => {
            "a temporary table".to_owned()
        }
        AuthAction::CreateIndex { .. } if database == Some("temp") => "a temporary index".to_owned(),
        AuthAction::CreateTrigger { .. } if database == Some("temp") => "a temporary trigger".to_owned(),
        AuthAction::CreateView { .. } if database == Some("temp") => "a temporary view".to_owned(),
        // A trigger of the schema `temp` is known only by the row that describes it.
        AuthAction::Insert { table_name } if database == Some("temp") && table_name.starts_with("sqlite_") => {
            "a temporary trigger".to_owned()
        }
        AuthAction::Pragma { pragma_name, pragma_value: Some(value) }
            if !is_about_the_file(pragma_name) && !reads_schema_anew(pragma_name, value) =>
        {
            format!("the pragma `{pragma_name}`")
        }
        _ => return None,
    })
}

/// Returns whether a pragma has the connection forget what it knows of the schema, and changes
/// nothing else.
fn reads_schema_anew(pragma: &str, value: &str) -> bool {
    pragma.eq_ignore_ascii_case("writable_schema") && value.eq_ignore_ascii_case("reset")
}

/// Pragmas that take an argument and are no setting of the connection
/// (<https://sqlite.org/pragma.html>).
fn is_about_the_file(pragma: &str) -> bool {
    const ABOUT_THE_FILE: [&str; 18] = [
        "application_id",
        "auto_vacuum",
        "foreign_key_check",
        "foreign_key_list",
        "function_list",
        "incremental_vacuum",
        "index_info",
        "index_list",
        "index_xinfo",
        "integrity_check",
        "module_list",
        "optimize",
        "quick_check",
        "table_info",
        "table_list",
        "table_xinfo",
        "user_version",
        "wal_checkpoint",
    ];
    ABOUT_THE_FILE.iter().any(|name| pragma.eq_ignore_ascii_case(name))
}
