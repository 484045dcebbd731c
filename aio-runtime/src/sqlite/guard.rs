//! The authorizer, which SQLite calls while it prepares a statement
//! (<https://sqlite.org/c3ref/set_authorizer.html>).
//!
//! The connection's thread tracks transactions. A statement that begins or ends one is therefore
//! refused, and scripts and closures must not do so while a transaction of the library is open. On
//! a shared connection, statements that would change the connection for other callers are refused
//! too.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};
use rusqlite::{Connection, ffi};

use super::hooks::ConnectionHooks;
use crate::engine::sync::lock;
use crate::error::Error;

/// Checks the statements that are prepared on one connection.
#[derive(Clone, Debug)]
pub(super) struct Guard(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    origin: AtomicU8,
    /// Whether a transaction is open while a statement is prepared. Not set if that makes no
    /// difference for the statement.
    in_transaction: AtomicBool,
    /// Whether the transaction was rolled back while the connection was lent to a closure.
    rolled_back: AtomicBool,
    /// Whether the statement may read `rarray`, which provides the values of list parameters.
    has_lists: AtomicBool,
    /// Whether requests of many callers run on the connection.
    is_shared: bool,
    /// Whether a statement was prepared that changes the connection itself.
    changed: AtomicBool,
    savepoints: Mutex<Vec<Savepoint>>,
    /// The table of the last DROP TABLE that was prepared as a statement, or in a script in a
    /// transaction, with the name of its schema; `None` after it was taken.
    dropped: Mutex<Option<(String, String)>>,
    /// The advice for the error of the last refused statement; `None` if no statement was refused
    /// since it was last taken.
    refused: Mutex<Option<String>>,
    /// The hooks set with the builder. The authorizers among them are asked about the actions of
    /// the user's statements that the library allows.
    hooks: ConnectionHooks,
}

/// A savepoint of the open transaction.
#[derive(Debug, PartialEq, Eq)]
enum Savepoint {
    /// A savepoint of the library, with its number.
    Library(u64),
    /// A savepoint of the user. `may_be_gone` says that a statement that ends the savepoint was
    /// prepared. It is not known whether that statement has run.
    Named { name: String, may_be_gone: bool },
}

/// The origin of the statements that are being prepared, which decides what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Origin {
    /// The library: everything is allowed.
    Library,
    /// A closure of the user that has the connection. Changes of the connection are allowed, and
    /// recorded.
    Closure,
    /// A script outside of a transaction, which may contain transactions.
    Script,
    /// A script inside a transaction of the library.
    ScriptInTransaction,
    /// A single statement of the user.
    Statement,
}

impl Guard {
    pub(super) fn new(is_shared: bool, hooks: ConnectionHooks) -> Guard {
        Guard(Arc::new(Shared {
            origin: AtomicU8::new(Origin::Library as u8),
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

    /// Installs the authorizer for everything that is prepared from now on. Statements prepared
    /// earlier are prepared again when they next run
    /// (<https://sqlite.org/c3ref/set_authorizer.html>).
    pub(super) fn install(&self, raw: &Connection) -> rusqlite::Result<()> {
        let shared = Arc::clone(&self.0);
        raw.authorizer(Some(move |context: AuthContext<'_>| shared.check(&context)))
    }

    /// Installs the authorizer, and a rollback hook that records whether the transaction is rolled
    /// back, before the connection is lent inside a transaction. Installing an authorizer makes
    /// SQLite check cached statements again.
    pub(super) fn lend_in_transaction(&self, raw: &Connection) -> rusqlite::Result<()> {
        self.0.rolled_back.store(false, Ordering::Relaxed);
        let shared = Arc::clone(&self.0);
        let hook = move || shared.rolled_back.store(true, Ordering::Relaxed);
        self.0.hooks.set_rollback_hook_with(raw, hook)?;
        self.install(raw)
    }

    /// Forgets a rollback that `lend_in_transaction` watched for; the caller removes the rollback
    /// hook.
    pub(super) fn take_back_in_transaction(&self) {
        self.0.rolled_back.store(false, Ordering::Relaxed);
    }

    /// Prepares a statement. If the guard refuses the statement, the guard's error replaces
    /// SQLite's "not authorized".
    pub(super) fn prepare<T>(
        &self,
        origin: Origin,
        in_transaction: bool,
        prepare: impl FnOnce() -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        self.0.hooks.clear_denial();
        self.set_origin(origin, in_transaction);
        let result = prepare();
        self.set_origin(Origin::Library, false);
        result.map_err(|error| match self.take_refusal() {
            Some(advice) => advice.with_source(error),
            None => self.0.hooks.preparation_error(error),
        })
    }

    /// Sets the origin of the statements that are prepared from now on, and whether a transaction
    /// is open.
    pub(super) fn set_origin(&self, origin: Origin, in_transaction: bool) {
        self.0.in_transaction.store(in_transaction, Ordering::Relaxed);
        self.0.origin.store(origin as u8, Ordering::Relaxed);
    }

    /// Sets whether statements that are prepared from now on may read `rarray`, the virtual table
    /// that returns the values of a list parameter.
    pub(super) fn set_has_lists(&self, has_lists: bool) {
        self.0.has_lists.store(has_lists, Ordering::Relaxed);
    }

    /// Takes the error for the last refused statement. Returns `None` if none was refused since
    /// the last call.
    pub(super) fn take_refusal(&self) -> Option<Error> {
        lock(&self.0.refused).take().map(Error::usage)
    }

    /// Takes the names of the schema and the table that the last prepared statement drops. Returns
    /// `None` if it drops none, or is a part of a script outside of a transaction.
    pub(super) fn take_dropped_table(&self) -> Option<(String, String)> {
        lock(&self.0.dropped).take()
    }

    /// Records that the library has set a savepoint.
    pub(super) fn savepoint_set(&self, number: u64) {
        self.0.savepoints().push(Savepoint::Library(number));
    }

    /// Records that a savepoint of the library has ended, and all savepoints set after it.
    pub(super) fn savepoint_ended(&self, number: u64) {
        let mut savepoints = self.0.savepoints();
        if let Some(place) = savepoints.iter().rposition(|savepoint| *savepoint == Savepoint::Library(number)) {
            savepoints.truncate(place);
        }
    }

    /// Records that the transaction and all its savepoints have ended.
    pub(super) fn transaction_ended(&self) {
        self.0.savepoints().clear();
    }

    /// Returns whether requests of many callers run on the connection.
    pub(super) fn is_shared(&self) -> bool {
        self.0.is_shared
    }

    /// Returns whether a statement has changed the connection itself.
    pub(super) fn has_changed(&self) -> bool {
        self.0.changed.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn check(&self, context: &AuthContext<'_>) -> Authorization {
        let origin = self.origin.load(Ordering::Relaxed);
        if origin == Origin::Library as u8 {
            return Authorization::Allow;
        }
        match self.advice(context, origin) {
            None => self.hooks.authorize(context),
            Some(advice) => {
                *lock(&self.refused) = Some(advice);
                Authorization::Deny
            }
        }
    }

    /// Returns the advice for the error if the action is refused, or `None` if it is allowed.
    fn advice(&self, context: &AuthContext<'_>, origin: u8) -> Option<String> {
        let is_statement = origin == Origin::Statement as u8;
        let in_transaction = self.in_transaction.load(Ordering::Relaxed);
        if self.rolled_back.load(Ordering::Relaxed) && !only_reads(&context.action) {
            let advice = "the transaction was rolled back by the database while the closure ran, and later writes of the \
                          closure would be outside of it: return from the closure when a statement fails";
            return Some(advice.to_owned());
        }
        match context.action {
            AuthAction::Transaction { operation } if is_statement => {
                let instead = alternative_to(operation, false);
                return Some(format!("a statement cannot begin or end a transaction: {instead}"));
            }
            AuthAction::Savepoint { operation, .. } if is_statement => {
                let instead = alternative_to(operation, true);
                return Some(format!("a statement cannot begin or end a transaction: {instead}"));
            }
            AuthAction::Transaction { operation } if origin != Origin::Script as u8 && in_transaction => {
                let instead = match operation {
                    TransactionOperation::Begin => {
                        "begin a nested one with `Transaction::begin`, or set a savepoint of your own"
                    }
                    operation => alternative_to(operation, false),
                };
                return Some(format!("no transaction can begin or end inside an open one: {instead}"));
            }
            AuthAction::Savepoint { operation, savepoint_name } => {
                return self.savepoint_advice(operation, savepoint_name);
            }
            AuthAction::Pragma { pragma_name, pragma_value } if in_transaction => {
                if let Some(advice) = alternative_to_pragma(pragma_name, pragma_value.is_some()) {
                    return Some(advice);
                }
            }
            AuthAction::Read { table_name: "rarray", .. }
                if origin != Origin::Closure as u8 && !self.has_lists.load(Ordering::Relaxed) =>
            {
                let advice = "`rarray` reads the lists that the library binds, and nothing else in a statement may have \
                              this name: write `in ({list})` in `sql!`, or `is_in(list)`";
                return Some(advice.to_owned());
            }
            AuthAction::DropTable { table_name } if is_statement || origin == Origin::ScriptInTransaction as u8 => {
                let schema = context.database_name.unwrap_or("main");
                *lock(&self.dropped) = Some((schema.to_owned(), table_name.to_owned()));
            }
            _ => {}
        }
        let what = change_of_connection(&context.action, context.database_name)?;
        if self.is_shared && origin != Origin::Closure as u8 {
            return Some(format!(
                "{what} would affect the next statements on this shared connection: use an explicit connection, \
                 `db.connect()`"
            ));
        }
        self.changed.store(true, Ordering::Relaxed);
        None
    }

    /// Returns the advice for the error if the use of a savepoint is refused, or `None` if it is
    /// allowed. A user may set savepoints, except with the library's names, and may end a
    /// savepoint in the transaction in which it was set. Ending an outer savepoint from a nested
    /// transaction would end that transaction too.
    fn savepoint_advice(&self, operation: TransactionOperation, name: &str) -> Option<String> {
        const OWN: &str = "aio_sql_";
        if name.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN)) {
            return Some(format!("savepoints named `{OWN}…` belong to the library: use another name"));
        }
        let mut savepoints = self.savepoints();
        let nested = savepoints.iter().rposition(|savepoint| matches!(savepoint, Savepoint::Library(_)));
        let is_it = |savepoint: &Savepoint, gone: bool| match savepoint {
            Savepoint::Named { name: of, may_be_gone } => *may_be_gone == gone && of.eq_ignore_ascii_case(name),
            Savepoint::Library(_) => false,
        };
        if operation == TransactionOperation::Begin {
            // Forget older savepoints of this name that may be gone. The new one hides them, so it
            // does not matter any more whether they are.
            let mut place = 0;
            savepoints.retain(|savepoint| {
                place += 1;
                nested.is_some_and(|nested| place <= nested) || !is_it(savepoint, true)
            });
            savepoints.push(Savepoint::Named { name: name.to_owned(), may_be_gone: false });
            return None;
        }
        // SQLite ends the last savepoint of this name, and itself reports an error if there is
        // none.
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

fn alternative_to(operation: TransactionOperation, savepoint: bool) -> &'static str {
    match (operation, savepoint) {
        (TransactionOperation::Begin, false) => "begin a transaction with `begin` or `transaction`",
        (TransactionOperation::Begin, true) => "begin a nested transaction with `Transaction::begin`",
        (TransactionOperation::Release, _) => "end a nested transaction with `Transaction::commit`",
        (TransactionOperation::Rollback, _) => "roll back with `Transaction::rollback`, or drop the transaction",
        // rusqlite reports a COMMIT as an unknown operation.
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

/// Returns the advice for a pragma that has no effect, or only a part of its effect, while a
/// transaction is open; `None` for any other pragma (<https://sqlite.org/pragma.html>).
fn alternative_to_pragma(pragma: &str, is_set: bool) -> Option<String> {
    const SETTINGS: [&str; 6] =
        ["cache_spill", "checkpoint_fullfsync", "foreign_keys", "fullfsync", "journal_mode", "synchronous"];
    if pragma.eq_ignore_ascii_case("wal_checkpoint") {
        return Some("a checkpoint does nothing inside a transaction: call `Database::checkpoint` after it".to_owned());
    }
    let pragma = SETTINGS.iter().find(|name| is_set && pragma.eq_ignore_ascii_case(name))?;
    let of_a_migration = match *pragma {
        "foreign_keys" => {
            "give a step of a migration `Migration::foreign_keys_off()`, or its file the line `-- aio-sql: foreign keys \
             off`; elsewhere "
        }
        _ => "",
    };
    Some(format!(
        "the pragma `{pragma}` does nothing inside a transaction: {of_a_migration}set it for every connection with \
         `Builder::pragma`, or for one, `db.connect()`, before its transaction begins"
    ))
}

/// Returns a name for the change that an action makes to the connection itself, such as `ATTACH`;
/// `None` if it makes none.
fn change_of_connection(action: &AuthAction<'_>, database: Option<&str>) -> Option<String> {
    Some(match action {
        // If the file name is not a text literal, rusqlite reports ATTACH as an unknown action.
        AuthAction::Attach { .. } | AuthAction::Unknown { code: ffi::SQLITE_ATTACH, .. } => "ATTACH".to_owned(),
        AuthAction::Detach { .. } => "DETACH".to_owned(),
        AuthAction::CreateTempTable { .. } => "a temporary table".to_owned(),
        AuthAction::CreateTempIndex { .. } => "a temporary index".to_owned(),
        AuthAction::CreateTempTrigger { .. } => "a temporary trigger".to_owned(),
        AuthAction::CreateTempView { .. } => "a temporary view".to_owned(),
        // SQLite reports `create table temp.t` as CREATE TABLE in the schema `temp`.
        AuthAction::CreateTable { .. } | AuthAction::CreateVtable { .. } if database == Some("temp") => {
            "a temporary table".to_owned()
        }
        AuthAction::CreateIndex { .. } if database == Some("temp") => "a temporary index".to_owned(),
        AuthAction::CreateTrigger { .. } if database == Some("temp") => "a temporary trigger".to_owned(),
        AuthAction::CreateView { .. } if database == Some("temp") => "a temporary view".to_owned(),
        // SQLite reports the creation of a trigger in the schema `temp` only as an insert into the
        // table of that schema.
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

/// Returns whether a pragma only makes the connection read the schema again.
fn reads_schema_anew(pragma: &str, value: &str) -> bool {
    pragma.eq_ignore_ascii_case("writable_schema") && value.eq_ignore_ascii_case("reset")
}

/// Returns whether a pragma is known not to be a setting of the connection, even if it has an
/// argument (<https://sqlite.org/pragma.html>).
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
