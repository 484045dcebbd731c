//! The requests that a task can send to a connection's thread.

use std::any::Any;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::TransactionMode;
use super::driver::{ScriptKind, StatementOfRequest, TransactionKind};
use super::job::{Names, Responder};
use crate::caught::Foreign;
use crate::dialect::Dialect;
use crate::sql::{
    RawSources, RowsToInsert, begins_with_one_of, is_maintenance, is_query, may_change_rows, writes_rows,
};
use crate::trace::Trace;
use crate::value::Param;

/// A command for a connection's thread, with the responder that answers it.
pub(crate) struct Request {
    pub(crate) command: Command,
    pub(crate) responder: Responder,
    /// The id of the transaction in which the request runs; 0 for none.
    pub(crate) transaction: u64,
    /// When the request was sent.
    pub(crate) arrived: Instant,
    pub(crate) trace: Trace,
    /// Whether the request runs in no [pipeline](super::pipeline), because it failed in one.
    pub(crate) runs_alone: bool,
    /// Whether the request fails if it writes, because it was sent to a replica.
    pub(crate) only_reads: bool,
}

/// A closure to call once with the connection of the database's own library. The caller and the
/// backend that runs it agree on the connection's type.
pub(crate) type Code = Foreign<Box<dyn FnMut(&mut dyn Any) + Send>>;

/// A command that only one kind of database has. The command is never sent to another kind.
pub(crate) trait BackendCommand: Any + Send {
    /// Returns the label that is shown in place of SQL.
    fn name(&self) -> &'static str;
}

/// The action of a request.
pub(crate) enum Command {
    /// Runs one statement. `by_key` says that it reads or writes at most one row, which the
    /// database finds by a unique key.
    Statement { text: Arc<str>, params: Vec<Param>, sources: RawSources, access: Access, by_key: bool },
    /// Prepares one statement and answers with a row for each of its columns: name and declared
    /// type.
    Describe { text: Arc<str>, params: Vec<Param> },
    /// Inserts rows. If `atomic` is set, all of them or none are inserted; otherwise the caller
    /// has begun a transaction for the insert and rolls it back after an error.
    Insert { rows: Box<RowsToInsert>, atomic: bool },
    /// Runs several statements so that all or none take effect, and answers each.
    Steps(Vec<Step>),
    /// Runs the statements of a script.
    Script { text: Arc<str>, kind: ScriptKind },
    /// Calls a closure, usually of the user, with the connection of the database's own library.
    Call { code: Code, access: Access },
    /// Begins transaction `id`.
    Begin { id: u64, options: BeginOptions },
    /// Begins transaction `id` nested in the transaction of the request.
    Savepoint { id: u64 },
    /// Commits transaction `id`. If it is a nested transaction, releases its savepoint.
    Commit { id: u64 },
    /// Rolls back transaction `id`, if it is still open.
    Rollback { id: u64 },
    /// Runs a command that only one kind of database has.
    Backend(Box<dyn BackendCommand>),
}

/// How a transaction begins.
#[derive(Clone, Copy)]
pub(crate) struct BeginOptions {
    pub(crate) mode: TransactionMode,
    pub(crate) enforcement: Enforcement,
    /// The place in the user's code where the transaction is begun.
    pub(crate) place: &'static Location<'static>,
}

impl BeginOptions {
    pub(crate) fn new(mode: TransactionMode, place: &'static Location<'static>) -> BeginOptions {
        BeginOptions { mode, enforcement: Enforcement::Full, place }
    }
}

/// What the database enforces until a transaction has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enforcement {
    /// All constraints.
    Full,
    /// All constraints except foreign keys.
    WithoutForeignKeys,
    /// What a [rebuild of tables](TransactionKind::Rebuild) needs.
    Rebuild,
}

impl Enforcement {
    /// Returns the kind of the transaction that begins in `mode` with this enforcement.
    pub(super) fn transaction_kind(self, mode: TransactionMode) -> TransactionKind {
        match self {
            Enforcement::Full => TransactionKind::Mode(mode),
            Enforcement::WithoutForeignKeys => TransactionKind::WithoutForeignKeys,
            Enforcement::Rebuild => TransactionKind::Rebuild,
        }
    }
}

/// One statement of a request with several.
pub(crate) struct Step {
    pub(crate) command: Command,
    /// The maximum number of rows wanted.
    pub(crate) rows: u64,
    pub(crate) names: Names,
}

impl Command {
    /// Returns the statement, or `None` if the command is something else.
    pub(super) fn as_statement(&self) -> Option<StatementOfRequest<'_>> {
        match self {
            Command::Statement { text, params, access, .. } => {
                Some(StatementOfRequest::Statement { text, params, exact: *access == Access::Unknown })
            }
            Command::Insert { rows, .. } => Some(StatementOfRequest::Insert(rows)),
            _ => None,
        }
    }
}

impl Step {
    /// Returns whether the step can run [together](super::Driver::run_together) with others. These
    /// are prepared before the first one runs, so none may need a table that another one creates.
    pub(super) fn can_run_together(&self) -> bool {
        match self.command.as_statement() {
            Some(StatementOfRequest::Statement { text, .. }) => !begins_with_one_of(text, &["create", "alter", "drop"]),
            Some(StatementOfRequest::Insert(_)) => true,
            None => false,
        }
    }
}

/// Whether a request writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// Unknown until the statement is prepared.
    Unknown,
}

impl Command {
    /// Returns the SQL of the command: all of a script, and the first statement of an insert or of
    /// several steps. Returns a label if the command has no SQL. It is for errors that name the
    /// request.
    pub(crate) fn text(&self) -> Arc<str> {
        match self {
            Command::Statement { text, .. } | Command::Describe { text, .. } | Command::Script { text, .. } => {
                Arc::clone(text)
            }
            Command::Insert { rows, .. } => {
                rows.first_statement().map_or_else(|| "".into(), |statement| Arc::clone(&statement.text))
            }
            Command::Steps(steps) => steps.first().map_or_else(|| "".into(), |step| step.command.text()),
            Command::Call { .. } => label("closure passed to `run`"),
            Command::Begin { .. } => label("begin"),
            Command::Savepoint { .. } => label("savepoint"),
            Command::Commit { .. } => label("commit"),
            Command::Rollback { .. } => label("rollback"),
            Command::Backend(own) => label(own.name()),
        }
    }

    /// Returns the SQL of the command: all of a script, and the first statement of an insert or of
    /// several steps. Returns an empty string if the command has no SQL.
    pub(crate) fn sql(&self) -> &str {
        match self {
            Command::Statement { text, .. } | Command::Describe { text, .. } | Command::Script { text, .. } => text,
            Command::Insert { rows, .. } => rows.first_statement().map_or("", |statement| &statement.text),
            Command::Steps(steps) => steps.first().map_or("", |step| step.command.sql()),
            _ => "",
        }
    }

    /// Returns the same as `sql`, but for several steps the SQL of each of them.
    pub(crate) fn all_sql(&self) -> Cow<'_, str> {
        match self {
            Command::Steps(steps) => steps.iter().map(|step| step.command.sql()).collect::<Vec<_>>().join(";").into(),
            command => command.sql().into(),
        }
    }

    /// Returns the parameters of the statement, or the values of the first row of an insert, for
    /// logs that include values. Empty for other commands.
    pub(crate) fn params(&self) -> Vec<Param> {
        match self {
            Command::Statement { params, .. } | Command::Describe { params, .. } => params.clone(),
            Command::Insert { rows, .. } => {
                let first = rows.row(0).map(|(_, values)| values).unwrap_or_default();
                first.into_iter().map(Param::Value).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns whether the command can share a transaction with other requests at the writer and
    /// fail without affecting them: it only changes rows, or its statements change and read rows.
    pub(crate) fn can_share_transaction(&self) -> bool {
        match self {
            Command::Statement { access: Access::Write, .. } | Command::Insert { .. } => true,
            Command::Statement { access: Access::Unknown, text, .. } => may_change_rows(text),
            Command::Steps(steps) => steps
                .iter()
                .all(|step| step.command.can_share_transaction() || step.command.reads() || step.command.is_query()),
            _ => false,
        }
    }

    /// Returns whether the command is brief, unless it waits for a lock: it reads or writes one
    /// row that is found by a key, or inserts one row.
    pub(crate) fn is_brief(&self) -> bool {
        match self {
            Command::Statement { by_key, .. } => *by_key,
            Command::Insert { rows, .. } => rows.count() == 1,
            _ => false,
        }
    }

    /// Returns the number of rows that the command inserts; 0 if the rows are part of its SQL.
    pub(crate) fn inserted_rows(&self) -> usize {
        match self {
            Command::Insert { rows, .. } => rows.count(),
            Command::Steps(steps) => steps.iter().map(|step| step.command.inserted_rows()).sum(),
            _ => 0,
        }
    }

    /// Returns whether the command writes rows, as far as that is known before it is prepared.
    pub(crate) fn writes_rows(&self) -> bool {
        match self {
            Command::Statement { access: Access::Unknown, text, .. } => writes_rows(text),
            Command::Statement { access, .. } => *access == Access::Write,
            Command::Insert { .. } => true,
            Command::Steps(steps) => steps.iter().any(|step| step.command.writes_rows()),
            _ => false,
        }
    }

    /// Returns whether the SQL of the command is a query.
    pub(crate) fn is_query(&self) -> bool {
        is_query(self.sql())
    }

    /// Returns whether the command changes the schema or maintains the database. Scripts count as
    /// such commands, too. The default timeout does not apply to them.
    pub(crate) fn is_maintenance(&self, dialect: Dialect) -> bool {
        match self {
            Command::Statement { access: Access::Unknown, text, .. } => is_maintenance(dialect, text),
            Command::Steps(steps) => steps.iter().any(|step| step.command.is_maintenance(dialect)),
            Command::Script { .. } | Command::Backend(_) => true,
            _ => false,
        }
    }

    /// Returns whether the command is known to only read.
    pub(crate) fn reads(&self) -> bool {
        match self {
            Command::Statement { access, .. } | Command::Call { access, .. } => *access == Access::Read,
            Command::Describe { .. } => true,
            Command::Steps(steps) => steps.iter().all(|step| step.command.reads()),
            _ => false,
        }
    }
}

/// Returns a label, which is shown in place of SQL for a request that has no SQL, as a shared
/// string. The common labels are allocated once for the process.
fn label(label: &'static str) -> Arc<str> {
    use std::sync::OnceLock;
    static LABELS: OnceLock<Vec<Arc<str>>> = OnceLock::new();
    const ALL: [&str; 5] = ["closure passed to `run`", "begin", "savepoint", "commit", "rollback"];
    let labels = LABELS.get_or_init(|| ALL.iter().map(|label| Arc::from(*label)).collect());
    labels.iter().find(|known| ***known == *label).map_or_else(|| label.into(), Arc::clone)
}

impl Request {
    /// Returns whether the request can run in a [pipeline](super::pipeline) with others.
    pub(crate) fn can_be_pipelined(&self) -> bool {
        !self.runs_alone && self.transaction == 0 && self.command.is_brief()
    }

    /// Returns whether the database usually waits for the disk before it answers: the request
    /// writes and commits.
    pub(crate) fn waits_for_disk(&self) -> bool {
        self.transaction == 0 && self.command.writes_rows()
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        // A request that ends a transaction has to run even if its future was dropped.
        !matches!(self.command, Command::Commit { .. } | Command::Rollback { .. }) && self.responder.is_stopped()
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("text", &self.command.sql()).field("transaction", &self.transaction).finish()
    }
}
