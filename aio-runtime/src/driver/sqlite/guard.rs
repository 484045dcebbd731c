//! What a statement may do, seen while SQLite compiles it (<https://sqlite.org/c3ref/set_authorizer.html>).
//!
//! Transactions begin and end by calls, for the thread keeps track of them. On a connection that many share, nothing may
//! be changed that the next statement would meet.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};
use rusqlite::{Connection, ffi};

use crate::error::{Error, ErrorKind};

/// Looks at what is compiled for one connection.
#[derive(Clone, Debug)]
pub(super) struct Guard(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    allows: AtomicU8,
    /// The connection serves many.
    is_shared: bool,
    /// Something was compiled that changes the connection itself.
    changed: AtomicBool,
    /// What to do instead of what was refused.
    refused: Mutex<Option<String>>,
}

/// What is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Allows {
    /// All: the library's own statements.
    All,
    /// All, but changes of the connection are noted: code that was given the connection.
    Changes,
    /// Transactions, for a script says by itself where they begin and end.
    Transactions,
    /// A statement.
    Statement,
}

impl Guard {
    pub(super) fn new(is_shared: bool) -> Guard {
        let (changed, refused) = Default::default();
        Guard(Arc::new(Shared { allows: AtomicU8::new(Allows::All as u8), is_shared, changed, refused }))
    }

    /// Looks at everything that the connection compiles from here on.
    pub(super) fn watch(&self, raw: &Connection) -> rusqlite::Result<()> {
        let shared = Arc::clone(&self.0);
        raw.authorizer(Some(move |context: AuthContext<'_>| shared.look(&context)))
    }

    /// Compiles something. An error of the guard's own takes the place of SQLite's "not authorized".
    pub(super) fn compile<T>(
        &self,
        allows: Allows,
        compile: impl FnOnce() -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        self.allow(allows);
        let result = compile();
        self.allow(Allows::All);
        result.map_err(|error| match self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(advice) => Error::new(ErrorKind::Usage, advice).with_source(error),
            None => super::error::typed(error),
        })
    }

    /// Says what is let through from here on.
    pub(super) fn allow(&self, allows: Allows) {
        self.0.allows.store(allows as u8, Ordering::Relaxed);
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
    fn look(&self, context: &AuthContext<'_>) -> Authorization {
        let allows = self.allows.load(Ordering::Relaxed);
        if allows == Allows::All as u8 {
            return Authorization::Allow;
        }
        let advice = match context.action {
            AuthAction::Transaction { operation } | AuthAction::Savepoint { operation, .. }
                if allows == Allows::Statement as u8 =>
            {
                let savepoint = matches!(context.action, AuthAction::Savepoint { .. });
                format!("a statement cannot begin or end a transaction: {}", instead_of(operation, savepoint))
            }
            action => match change_of_connection(&action, context.database_name) {
                None => return Authorization::Allow,
                Some(what) if self.is_shared && allows != Allows::Changes as u8 => format!(
                    "{what} would hold for whatever runs on this connection next, and others run there: use a connection \
                     of your own, `db.connect()`"
                ),
                Some(_) => {
                    self.changed.store(true, Ordering::Relaxed);
                    return Authorization::Allow;
                }
            },
        };
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(advice);
        Authorization::Deny
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
        AuthAction::Pragma { pragma_name, pragma_value: Some(_) } if !is_about_the_file(pragma_name) => {
            format!("the pragma `{pragma_name}`")
        }
        _ => return None,
    })
}

/// Pragmas that take an argument and are no setting of the connection (<https://sqlite.org/pragma.html>).
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
