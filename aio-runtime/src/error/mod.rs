//! The one error of the crate.
//!
//! An [`Error`] says what happened in its own words, has a [kind](Error::kind) to match on, keeps
//! the SQL text that failed and the cause underneath. The values of a statement are in none of
//! them.

mod kind;
mod place;
mod value;

use std::{error::Error as StdError, fmt, sync::Arc};

pub use kind::ErrorKind;

use crate::value::Value;

/// A result whose error is [`Error`] unless another is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// What went wrong, with the SQL that failed and the cause.
///
/// No value of a statement or of a row stands in it. Where the database quotes one while a
/// statement runs, `…` stands in its place, and what is not known to be free of values is left
/// out: also what a function says that the application has registered on the connection of the
/// database's own library. The words of `RAISE(ABORT, '…')` in a trigger are kept, for they are
/// yours ([`ErrorKind::Raised`]); where they are an expression they may hold a value.
///
/// ```
/// # use aio_runtime::{Error, ErrorKind};
/// fn advice(error: &Error) -> String {
///     match error.kind() {
///         ErrorKind::Unique { columns, .. } => format!("{} is taken", columns.join(", ")),
///         ErrorKind::NotFound { .. } => "there is no such row".to_owned(),
///         _ => error.to_string(),
///     }
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    sql: Option<String>,
    source: Option<Source>,
    /// The database's own code.
    code: Option<String>,
    /// Which of the rows of an insert it is about.
    row: Option<usize>,
    /// How many rows of a stream were committed before it.
    committed: Option<u64>,
    /// Which of the statements of a batch it is about.
    statement: Option<usize>,
    failed_row: Option<FailedRow>,
}

/// The row at which a statement for many failed: its columns and their values, to look up what is
/// wrong with it. Never shown.
#[derive(Clone)]
pub(crate) struct FailedRow {
    pub(crate) columns: Arc<[&'static str]>,
    pub(crate) values: Vec<Value>,
}

impl Error {
    /// An error of this kind with its message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            sql: None,
            source: None,
            code: None,
            row: None,
            committed: None,
            statement: None,
            failed_row: None,
        }))
    }

    /// A call that cannot work as it stands.
    pub(crate) fn usage(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Usage, message)
    }

    /// Something that was given while the program runs, often by a client, and is not what it has
    /// to be.
    pub(crate) fn invalid_input(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidInput, message)
    }

    /// A statement that needs something that the database does not have.
    pub(crate) fn unsupported(database: &'static str, what: impl Into<String>) -> Error {
        let what = what.into();
        let message = format!("{database} has no {what}");
        Error::new(ErrorKind::Unsupported { database, what }, message)
    }

    /// The same error with the cause underneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// The same error with the database's own code.
    #[must_use]
    pub(crate) fn with_code(mut self, code: impl fmt::Display) -> Error {
        self.0.code = Some(code.to_string());
        self
    }

    /// The same error with the text of the statement that failed.
    #[must_use]
    pub(crate) fn with_sql(mut self, sql: &str) -> Error {
        if self.0.sql.is_none() && !sql.is_empty() {
            self.0.sql = Some(sql.to_owned());
        }
        self
    }

    /// The same error with the row that it is about.
    #[must_use]
    pub(crate) fn with_failed_row(mut self, row: FailedRow) -> Error {
        self.0.failed_row = Some(row);
        self
    }

    pub(crate) fn failed_row(&self) -> Option<&FailedRow> {
        self.0.failed_row.as_ref()
    }

    /// The same error with another kind and message; the SQL and the cause stay.
    #[must_use]
    pub(crate) fn with_kind_and_message(mut self, kind: ErrorKind, message: impl Into<String>) -> Error {
        self.0.kind = kind;
        self.0.message = message.into();
        self
    }

    /// The same error with another kind.
    #[must_use]
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// The same error, its message led by where it happened.
    #[must_use]
    pub(crate) fn context(mut self, place: impl fmt::Display) -> Error {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    /// The same error, its message followed by a remark.
    #[must_use]
    pub(crate) fn with_remark(mut self, remark: &str) -> Error {
        self.0.message = format!("{} ({remark})", self.0.message);
        self
    }

    /// The same kind, message and SQL, without the cause: to be told again.
    #[must_use]
    pub(crate) fn without_source(&self) -> Error {
        let Inner { kind, message, sql, code, row, committed, statement, .. } = &*self.0;
        let (kind, message, sql, code) = (kind.clone(), message.clone(), sql.clone(), code.clone());
        Error(Box::new(Inner {
            kind,
            message,
            sql,
            source: None,
            code,
            row: *row,
            committed: *committed,
            statement: *statement,
            failed_row: None,
        }))
    }

    /// What kind of error it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// What happened, without the row.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the database's own code for what went wrong, where the database said it: on SQLite
    /// the [extended result code](https://sqlite.org/rescode.html) in decimal digits.
    ///
    /// Match on the [kind](Error::kind) where it tells enough: it is the same on every database.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The SQL text that failed, where a statement did; without its values.
    pub fn sql(&self) -> Option<&str> {
        self.0.sql.as_deref()
    }

    /// Returns the index of the row that failed, among the rows that `insert_all` was given.
    ///
    /// `None` if only one row was given, and where a trigger or a constraint rolled back the whole
    /// transaction: then the row is not always known.
    pub fn row(&self) -> Option<usize> {
        self.0.row
    }

    /// Which of the statements of a [`Batch`](crate::Batch) it is about, counted from 0.
    pub fn statement(&self) -> Option<usize> {
        self.0.statement
    }

    /// How many rows `insert_stream` had committed when it failed; they stay.
    pub fn committed(&self) -> Option<u64> {
        self.0.committed
    }

    /// Whether there is no such row.
    pub fn is_not_found(&self) -> bool {
        matches!(self.0.kind, ErrorKind::NotFound { .. })
    }

    /// Whether a row with the same unique value exists.
    pub fn is_unique(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unique { .. })
    }

    /// Whether the database, connection or transaction is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Closed)
    }

    /// Returns whether the same call, or the same transaction, may succeed when it is made again:
    /// another connection held the lock, another transaction changed what this one had read, the
    /// time was too short, or the connection was lost before anything ran.
    ///
    /// What may have run already, [`ErrorKind::OutcomeUnknown`], is not transient: only the caller
    /// can say whether it may be done twice.
    pub fn is_transient(&self) -> bool {
        self.may_repeat_transaction() || self.cause().0.kind == ErrorKind::Timeout
    }

    /// Returns whether the library may begin the transaction again by itself. A time that was too
    /// short is not given many times over.
    pub(crate) fn may_repeat_transaction(&self) -> bool {
        matches!(self.cause().0.kind, ErrorKind::Busy | ErrorKind::Conflict | ErrorKind::Disconnected)
    }

    /// Returns the error that has ended its transaction, where that is known, or else this one.
    fn cause(&self) -> &Error {
        let cause = self.0.source.as_deref().filter(|_| self.0.kind == ErrorKind::RolledBack);
        cause.and_then(|cause| cause.downcast_ref()).unwrap_or(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(statement) = self.0.statement {
            write!(f, "statement {statement}: ")?;
        }
        if let Some(row) = self.0.row {
            write!(f, "row {row}: ")?;
        }
        f.write_str(&self.0.message)?;
        match self.0.committed {
            Some(rows) => write!(f, " ({rows} rows were committed before)"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind).field("message", &self.0.message);
        if let Some(row) = self.0.row {
            out.field("row", &row);
        }
        if let Some(sql) = &self.0.sql {
            out.field("sql", sql);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
