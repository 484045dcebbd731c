//! What a task asks of a connection's thread.

use std::any::Any;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::TransactionMode;
use super::job::{Names, Responder};
use crate::caught::Foreign;
use crate::dialect::Dialect;
use crate::sql::{RawSources, RowsToInsert, is_maintenance, is_query, may_change_rows, writes_rows};
use crate::trace::Trace;
use crate::value::Param;

/// Something for a connection's thread to do, and where its answer goes.
pub(crate) struct Request {
    pub(crate) command: Command,
    pub(crate) responder: Responder,
    /// The transaction that it belongs to; 0 for none.
    pub(crate) transaction: u64,
    /// When it was sent.
    pub(crate) arrived: Instant,
    pub(crate) trace: Trace,
}

/// Code to be called once with the connection of the database's own library, whose type the
/// backend that runs it and the caller know.
pub(crate) type Code = Foreign<Box<dyn FnMut(&mut dyn Any) + Send>>;

/// A command that only one database knows. No other is sent it.
pub(crate) trait OwnCommand: Any + Send {
    /// Returns what is shown where there would be SQL.
    fn name(&self) -> &'static str;
}

/// What a connection's thread is to do.
pub(crate) enum Command {
    /// Run one statement.
    Statement { text: Arc<str>, params: Vec<Param>, sources: RawSources, access: Access },
    /// Compile one statement and tell its columns, each as a row: its name and declared type.
    Describe { text: Arc<str>, params: Vec<Param> },
    /// Insert rows: all or none if they are one `whole`, which a transaction around them is
    /// otherwise.
    Insert { rows: Box<RowsToInsert>, whole: bool },
    /// Run several statements, all or none, and answer each.
    Steps(Vec<Step>),
    /// Run several statements that stand in one text; `of_migration` says that it is a step of a
    /// migration.
    Script { text: Arc<str>, of_migration: bool },
    /// Call the user's code.
    Call { code: Code, access: Access },
    /// Begin transaction `id`.
    Begin { id: u64, how: Beginning },
    /// Begin transaction `id` inside the one that the request belongs to.
    Savepoint { id: u64 },
    /// Commit transaction `id`, or release its savepoint.
    Commit { id: u64 },
    /// Roll transaction `id` back, if it is still open.
    Rollback { id: u64 },
    /// Run a command that only this database knows.
    Own(Box<dyn OwnCommand>),
}

/// How a transaction begins.
#[derive(Clone, Copy)]
pub(crate) struct Beginning {
    pub(crate) mode: TransactionMode,
    /// Whether foreign keys are not enforced until it has ended.
    pub(crate) foreign_keys_off: bool,
    /// Where in the user's code.
    pub(crate) place: &'static Location<'static>,
}

impl Beginning {
    pub(crate) fn new(mode: TransactionMode, place: &'static Location<'static>) -> Beginning {
        Beginning { mode, foreign_keys_off: false, place }
    }
}

/// One of several statements in one request.
pub(crate) struct Step {
    pub(crate) command: Command,
    /// How many rows are wanted at most.
    pub(crate) rows: u64,
    pub(crate) names: Names,
}

/// Whether a request writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// To be found out by preparing the statement.
    Unknown,
}

impl Command {
    /// Returns its text, or what is shown in its place, for errors and for those who wait.
    pub(crate) fn text(&self) -> Arc<str> {
        match self {
            Command::Statement { text, .. } | Command::Describe { text, .. } | Command::Script { text, .. } => {
                Arc::clone(text)
            }
            Command::Insert { rows, .. } => {
                rows.first_statement().map_or_else(|| "".into(), |statement| Arc::clone(&statement.text))
            }
            Command::Steps(steps) => steps.first().map_or_else(|| "".into(), |step| step.command.text()),
            Command::Call { .. } => word("code given to `run`"),
            Command::Begin { .. } => word("begin"),
            Command::Savepoint { .. } => word("savepoint"),
            Command::Commit { .. } => word("commit"),
            Command::Rollback { .. } => word("rollback"),
            Command::Own(own) => word(own.name()),
        }
    }

    /// Returns the text of its SQL, of the first statement where there are several; empty where it
    /// has none.
    pub(crate) fn sql(&self) -> &str {
        match self {
            Command::Statement { text, .. } | Command::Describe { text, .. } | Command::Script { text, .. } => text,
            Command::Insert { rows, .. } => rows.first_statement().map_or("", |statement| &statement.text),
            Command::Steps(steps) => steps.first().map_or("", |step| step.command.sql()),
            _ => "",
        }
    }

    /// Returns the text of all its SQL.
    pub(crate) fn all_sql(&self) -> Cow<'_, str> {
        match self {
            Command::Steps(steps) => steps.iter().map(|step| step.command.sql()).collect::<Vec<_>>().join(";").into(),
            command => command.sql().into(),
        }
    }

    /// The parameters of a statement, to be shown to those who have asked for it.
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

    /// Returns whether it can share a transaction with others and fail alone: it changes rows and
    /// nothing else.
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

    /// Returns the number of rows that it brings to be inserted.
    pub(crate) fn rows_brought(&self) -> usize {
        match self {
            Command::Insert { rows, .. } => rows.count(),
            Command::Steps(steps) => steps.iter().map(|step| step.command.rows_brought()).sum(),
            _ => 0,
        }
    }

    /// Returns whether it writes rows, as far as that is known before it runs.
    pub(crate) fn writes_rows(&self) -> bool {
        match self {
            Command::Statement { access: Access::Unknown, text, .. } => writes_rows(text),
            Command::Statement { access, .. } => *access == Access::Write,
            Command::Insert { .. } => true,
            Command::Steps(steps) => steps.iter().any(|step| step.command.writes_rows()),
            _ => false,
        }
    }

    /// Returns whether its text is that of a query.
    pub(crate) fn is_query(&self) -> bool {
        is_query(self.sql())
    }

    /// Returns whether it is about the schema or the upkeep of the database, and so may take as
    /// long as it needs unless it says something else.
    pub(crate) fn is_maintenance(&self, dialect: Dialect) -> bool {
        match self {
            Command::Statement { access: Access::Unknown, text, .. } => is_maintenance(dialect, text),
            Command::Steps(steps) => steps.iter().any(|step| step.command.is_maintenance(dialect)),
            Command::Script { .. } | Command::Own(_) => true,
            _ => false,
        }
    }

    /// Returns whether it is known to only read.
    pub(crate) fn reads(&self) -> bool {
        match self {
            Command::Statement { access, .. } | Command::Call { access, .. } => *access == Access::Read,
            Command::Describe { .. } => true,
            Command::Steps(steps) => steps.iter().all(|step| step.command.reads()),
            _ => false,
        }
    }
}

/// Returns what is shown where there is no SQL. The words of every database are made once for the
/// process.
fn word(word: &'static str) -> Arc<str> {
    use std::sync::OnceLock;
    static WORDS: OnceLock<Vec<Arc<str>>> = OnceLock::new();
    const ALL: [&str; 5] = ["code given to `run`", "begin", "savepoint", "commit", "rollback"];
    let words = WORDS.get_or_init(|| ALL.iter().map(|word| Arc::from(*word)).collect());
    words.iter().find(|known| ***known == *word).map_or_else(|| word.into(), Arc::clone)
}

impl Request {
    pub(crate) fn is_one_nobody_waits_for(&self) -> bool {
        // What ends a transaction runs though its future was dropped.
        !matches!(self.command, Command::Commit { .. } | Command::Rollback { .. }) && self.responder.is_stopped()
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("text", &self.command.sql()).field("transaction", &self.transaction).finish()
    }
}
