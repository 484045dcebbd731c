//! The error type of the crate.
//!
//! An [`Error`] has a message, a [kind](Error::kind) to match on, the SQL text that failed, and
//! the error that caused it. None of these contains the values of a statement.

mod kind;
mod place;
mod value;

use std::{error::Error as StdError, fmt, sync::Arc};

pub use kind::ErrorKind;

use crate::value::Value;

/// The beginning of the message of an error in a calculation with decimals that a database makes.
/// The database does not know the table; the statement adds it.
pub(crate) const DECIMAL_ERROR: &str = "a calculation with decimals";

/// A `Result` whose error type defaults to [`Error`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// async fn add(name: &str, db: &Database) -> Result<User> {
///     User::insert(NewUser { name: name.into(), karma: 0 }).one(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(add("Eve", &db).await?.id, 3);
/// assert!(add("Dana", &db).await.is_err()); // the name is unique
/// # db.close().await
/// # }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// An error of the library or the database.
///
/// It contains no value of a statement or a row, with one exception, so that it can be logged. A
/// value that the database quotes in its message is replaced by `…`, and a message that may
/// contain values is left out, such as the message of a function that was registered directly on a
/// connection of rusqlite. The exception is the message of `RAISE(ABORT, '…')` in a trigger
/// ([`ErrorKind::Raised`]). It is kept, because the user wrote it, and may contain a value if an
/// expression computes it.
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
    /// The database's error code.
    code: Option<String>,
    /// The schema of the table that the kind names, if the database has told it.
    schema: Option<String>,
    /// The index of the row of an insert that caused the error.
    row: Option<usize>,
    /// The number of rows that earlier chunks of an `insert_stream` had inserted.
    committed: Option<u64>,
    /// The index of the statement of a batch that caused the error.
    statement: Option<usize>,
    failed_row: Option<FailedRow>,
}

/// The row at which an insert failed: its columns and their values. They are used to find out
/// which foreign key the row violates, and are never shown.
#[derive(Clone)]
pub(crate) struct FailedRow {
    pub(crate) columns: Arc<[&'static str]>,
    pub(crate) values: Vec<Value>,
}

impl Error {
    /// Creates an error.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            sql: None,
            source: None,
            code: None,
            schema: None,
            row: None,
            committed: None,
            statement: None,
            failed_row: None,
        }))
    }

    /// Creates an error for an incorrect use of the library.
    pub(crate) fn usage(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Usage, message)
    }

    /// Creates an error for an invalid argument that often comes from a client.
    pub(crate) fn invalid_input(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidInput, message)
    }

    /// Creates an error for a feature that the database lacks.
    pub(crate) fn unsupported(database: &'static str, what: impl Into<String>) -> Error {
        let what = what.into();
        let message = format!("{database} has no {what}");
        Error::new(ErrorKind::Unsupported { database, what }, message)
    }

    /// Sets the error that caused this error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// Sets the database's error code.
    #[must_use]
    pub(crate) fn with_code(mut self, code: impl fmt::Display) -> Error {
        self.0.code = Some(code.to_string());
        self
    }

    /// Sets the schema of the table that the kind names.
    #[must_use]
    pub(crate) fn with_schema(mut self, schema: &str) -> Error {
        self.0.schema = (!schema.is_empty()).then(|| schema.to_owned());
        self
    }

    /// Returns the schema of the table that the kind names, or `None` if it is not known.
    pub(crate) fn schema(&self) -> Option<&str> {
        self.0.schema.as_deref()
    }

    /// Sets the SQL text of the statement that failed, unless the error already has one or the
    /// text is empty.
    #[must_use]
    pub(crate) fn with_sql(mut self, sql: &str) -> Error {
        if self.0.sql.is_none() && !sql.is_empty() {
            self.0.sql = Some(sql.to_owned());
        }
        self
    }

    /// Sets the row at which an insert failed.
    #[must_use]
    pub(crate) fn with_failed_row(mut self, row: FailedRow) -> Error {
        self.0.failed_row = Some(row);
        self
    }

    pub(crate) fn failed_row(&self) -> Option<&FailedRow> {
        self.0.failed_row.as_ref()
    }

    /// Replaces the kind and the message, and keeps the SQL text and the cause.
    #[must_use]
    pub(crate) fn with_kind_and_message(mut self, kind: ErrorKind, message: impl Into<String>) -> Error {
        self.0.kind = kind;
        self.0.message = message.into();
        self
    }

    /// Replaces the kind.
    #[must_use]
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// Puts a text before the message, such as the place where the error happened.
    #[must_use]
    pub(crate) fn context(mut self, place: impl fmt::Display) -> Error {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    /// Appends a remark in parentheses to the message.
    #[must_use]
    pub(crate) fn with_remark(mut self, remark: &str) -> Error {
        self.0.message = format!("{} ({remark})", self.0.message);
        self
    }

    /// Returns a copy without the error that caused it, for another request that fails for the
    /// same reason.
    #[must_use]
    pub(crate) fn without_source(&self) -> Error {
        let Inner { kind, message, sql, code, schema, row, committed, statement, .. } = &*self.0;
        let (kind, message, sql, code) = (kind.clone(), message.clone(), sql.clone(), code.clone());
        Error(Box::new(Inner {
            kind,
            message,
            sql,
            source: None,
            code,
            schema: schema.clone(),
            row: *row,
            committed: *committed,
            statement: *statement,
            failed_row: None,
        }))
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns the message without the indexes of the row and the statement, which `Display` adds.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the database's code for the error, or `None` if the database reported no code. For
    /// SQLite it is the [extended result code](https://sqlite.org/rescode.html) in decimal digits,
    /// for PostgreSQL the
    /// [SQLSTATE](https://www.postgresql.org/docs/current/errcodes-appendix.html).
    ///
    /// Prefer the [kind](Error::kind), which is the same on every database.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the SQL text of the statement that failed, without its values, or `None` if the
    /// error does not come from a statement.
    pub fn sql(&self) -> Option<&str> {
        self.0.sql.as_deref()
    }

    /// Returns the index of the row of `insert_all` or `insert_stream` that caused the error,
    /// counted from 0.
    ///
    /// Returns `None` if `insert_all` has only one row. If a trigger or a constraint rolled back
    /// the whole transaction, or kept the rows before the failed one (`RAISE(ROLLBACK)`,
    /// `RAISE(FAIL)`), it may return `None`, because the row is not always known.
    pub fn row(&self) -> Option<usize> {
        self.0.row
    }

    /// Returns the index of the statement of a [`Batch`](crate::Batch) that caused the error,
    /// counted from 0, or `None` if the error does not come from a statement of a batch.
    pub fn statement(&self) -> Option<usize> {
        self.0.statement
    }

    /// Returns the number of rows that the chunks of an `insert_stream` had inserted before one
    /// failed. These rows are committed; in a transaction, they are a part of it. Returns `None`
    /// for an error of anything else.
    pub fn committed(&self) -> Option<u64> {
        self.0.committed
    }

    /// Returns whether the error is that a row does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self.0.kind, ErrorKind::NotFound { .. })
    }

    /// Returns whether the error is that a row with the same value of a unique column or of the
    /// primary key exists.
    pub fn is_unique(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unique { .. })
    }

    /// Returns whether the error is that the database, connection or transaction is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Closed)
    }

    /// Returns whether the same call, or the same transaction, may succeed if it is repeated:
    /// another connection held the lock, another transaction had written after this transaction
    /// began to read, the timeout expired, or the connection was lost before anything ran.
    ///
    /// [`ErrorKind::OutcomeUnknown`] is not transient: the statement may already have run, and
    /// only the caller can say whether it may run twice.
    pub fn is_transient(&self) -> bool {
        self.may_repeat_transaction() || self.cause().0.kind == ErrorKind::Timeout
    }

    /// Returns whether `retry_transaction` may repeat a transaction that failed with this error.
    /// It does not repeat a transaction after a timeout, because the time that the caller allowed
    /// is used up.
    pub(crate) fn may_repeat_transaction(&self) -> bool {
        matches!(self.cause().0.kind, ErrorKind::Busy | ErrorKind::Conflict | ErrorKind::Disconnected)
    }

    /// Returns the error that rolled back the transaction if this is [`ErrorKind::RolledBack`], or
    /// else this error.
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
