//! The one error of the crate.
//!
//! An [`Error`] says what happened in its own words, has a [kind](Error::kind) to match on, keeps
//! the SQL text that failed and the cause underneath. The values of a statement are in none of
//! them.

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc};

use crate::value::Value;

/// A result whose error is [`Error`] unless another is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// What went wrong, with the SQL that failed and the cause.
///
/// No value of a statement or of a row stands in it. Where the database quotes one while a
/// statement runs, `…` stands in its place, and what is not known to be free of values is left
/// out: also what a function of rusqlite's says that was registered by
/// [`on_connect`](crate::Builder::on_connect). The words of `RAISE(ABORT, '…')` in a trigger are
/// kept, for they are yours; where they are an expression they may hold a value.
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

/// What kind of error it is, the same on every database.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such row: `one`, `save`, `remove` and `refresh` say so.
    NotFound {
        /// The table that was read, where one is known.
        table: Option<String>,
    },
    /// A row with the same value of a unique column or of the primary key exists.
    Unique {
        /// The table.
        table: String,
        /// The columns of the constraint or the unique index; empty where an index on an
        /// expression was hit.
        columns: Vec<String>,
    },
    /// A column that must have a value got NULL.
    NotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column got a value of another type than it is declared with, or one that cannot be turned
    /// into it without loss.
    Datatype {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type that the column is declared with, in the database's words.
        expected: String,
        /// The type of the value, in the database's words.
        found: String,
    },
    /// A CHECK failed: one that was written, or the one that holds a column to what its Rust type
    /// can read.
    Check {
        /// The table; empty for a raw statement, for the database names the constraint alone.
        table: String,
        /// The column that bears the check; empty for a check of the table, or of a raw statement.
        columns: Vec<String>,
        /// The constraint's name.
        constraint: String,
    },
    /// A foreign key leads nowhere, or a row that others refer to would go.
    ForeignKey {
        /// The table with the foreign key; empty where the database does not say.
        table: String,
        /// Its columns; empty where the database does not say.
        columns: Vec<String>,
        /// The table it leads to; empty where the database does not say.
        references: String,
    },
    /// The row was changed since it was read: its version is another.
    Stale {
        /// The table.
        table: String,
    },
    /// A value that the column cannot hold: NaN, a year past 9999, a `u64` past `i64::MAX`.
    Unstorable {
        /// The table, where one is known.
        table: Option<String>,
        /// The column, where one is known.
        column: Option<String>,
    },
    /// A stored value is not what the Rust type expects.
    Decode {
        /// The table, where one is known.
        table: Option<String>,
        /// The column.
        column: Option<String>,
        /// What the Rust type can read.
        expected: String,
        /// What was stored.
        found: String,
    },
    /// The database, connection or transaction is closed.
    Closed,
    /// A transaction is open on the connection, or a nested one on the transaction: use that one.
    InTransaction,
    /// The transaction was rolled back under way; the cause is the error that did it.
    RolledBack,
    /// Another transaction changed what this one read; run it again.
    Conflict,
    /// Another connection holds the lock, and did so for all of the busy timeout.
    Busy,
    /// The time that was given is over: nothing was written.
    Timeout,
    /// The statement was interrupted.
    Interrupted,
    /// The database or the connection is read-only.
    ReadOnly,
    /// The database cannot be opened.
    CannotOpen,
    /// The file is no database, or it is encrypted.
    NotADatabase,
    /// The file is damaged.
    Corrupt,
    /// The disk, or the size allowed for the database, is full.
    Full,
    /// The operating system could not read or write the file.
    Io,
    /// The database file, or its write-ahead log, was deleted, moved or replaced while it was
    /// open. Nothing was written, unless the message says that the write was committed to the old
    /// file.
    Moved,
    /// The database cannot do what was asked of it, though others can. Nothing was sent to it.
    Unsupported {
        /// The database, by the name with which its URLs begin.
        database: &'static str,
        /// What it cannot do, as it is called in Rust or SQL.
        what: String,
    },
    /// The connection to the database was lost, and what was asked certainly did not run: it may
    /// be asked again.
    Disconnected,
    /// The connection to the database was lost after a statement was sent and before it was
    /// answered: it may have run, or not. It is never repeated by itself.
    OutcomeUnknown,
    /// The text is no SQL that the database understands, or names what is not there.
    Sql,
    /// The call cannot work as it stands; the message says what to write.
    Usage,
    /// The table exists with another shape.
    Shape {
        /// The table.
        table: String,
        /// What differs, a line each.
        differences: Vec<String>,
    },
    /// A migration step was changed, or stands at another place, after it was applied.
    Migration {
        /// The step's name.
        step: String,
    },
    /// Code of the user's panicked on the connection's thread.
    Panic,
    /// The connection's thread ended before it answered.
    ThreadDied,
    /// Anything else that the database reports.
    Other,
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
    pub(crate) fn restated(mut self, kind: ErrorKind, message: impl Into<String>) -> Error {
        self.0.kind = kind;
        self.0.message = message.into();
        self
    }

    /// The same error about one of several rows, counted from 0.
    #[must_use]
    pub(crate) fn at_row(mut self, row: usize) -> Error {
        self.0.row = Some(row);
        self
    }

    /// The same error, so many rows further on.
    #[must_use]
    pub(crate) fn rows_later(mut self, rows: usize) -> Error {
        // Of a chunk of one row the row is not told; an error about none has no row.
        let about_a_row = matches!(
            self.0.kind,
            ErrorKind::Unique { .. }
                | ErrorKind::NotNull { .. }
                | ErrorKind::Datatype { .. }
                | ErrorKind::Check { .. }
                | ErrorKind::ForeignKey { .. }
                | ErrorKind::Unstorable { .. }
        );
        self.0.row = self.0.row.or(about_a_row.then_some(0)).map(|row| row + rows);
        self
    }

    /// The same error about one of several statements, counted from 0.
    #[must_use]
    pub(crate) fn at_statement(mut self, statement: usize) -> Error {
        self.0.statement = Some(statement);
        self
    }

    /// The same error of a statement that is none of several.
    #[must_use]
    pub(crate) fn of_no_statement(mut self) -> Error {
        self.0.statement = None;
        self
    }

    /// The same error after so many rows were committed.
    #[must_use]
    pub(crate) fn after_committed(mut self, rows: u64) -> Error {
        self.0.committed = Some(rows);
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
    pub(crate) fn noted(mut self, remark: &str) -> Error {
        self.0.message = format!("{} ({remark})", self.0.message);
        self
    }

    /// The same error about this column, if it is about a column and does not name it yet.
    #[must_use]
    pub(crate) fn at_column(mut self, at_table: Option<&str>, at_column: &str) -> Error {
        let message = match &mut self.0.kind {
            ErrorKind::Decode { table, column, expected, found } if column.is_none() => {
                *table = at_table.map(str::to_owned);
                *column = Some(at_column.to_owned());
                format!("{}: expected {expected}, found {found}", column_path(at_table, at_column))
            }
            ErrorKind::Unstorable { table, column } if column.is_none() => {
                *table = at_table.map(str::to_owned);
                *column = Some(at_column.to_owned());
                format!("{} {}", column_path(at_table, at_column), self.0.message)
            }
            _ => return self,
        };
        self.0.message = message;
        self
    }

    /// The same kind, message and SQL, without the cause: to be told again.
    #[must_use]
    pub(crate) fn summary(&self) -> Error {
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

    /// Which of the rows that `insert_all` was given it is about, counted from 0; `None` if there
    /// was one alone.
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
        match &self.0.kind {
            ErrorKind::Busy | ErrorKind::Conflict | ErrorKind::Timeout | ErrorKind::Disconnected => true,
            ErrorKind::RolledBack => self
                .0
                .source
                .as_deref()
                .and_then(|source| source.downcast_ref::<Error>())
                .is_some_and(Error::is_transient),
            _ => false,
        }
    }
}

fn column_path(table: Option<&str>, column: &str) -> String {
    match table {
        Some(table) => format!("{table}.{column}"),
        None => column.to_owned(),
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

/// Why a Rust value cannot be stored; becomes [`ErrorKind::Unstorable`] with the column's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstorable(Cow<'static, str>);

impl Unstorable {
    /// A reason that reads on after the column's name: "cannot hold NaN: …".
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Unstorable {
        Unstorable(reason.into())
    }

    // No `From` for the error: with one of its own, `?` in a closure would no longer infer the
    // error's type.
    pub(crate) fn into_error(self) -> Error {
        Error::new(ErrorKind::Unstorable { table: None, column: None }, self.0)
    }
}

/// A stored value that a Rust type cannot be read from; becomes [`ErrorKind::Decode`] with the
/// column's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    expected: Cow<'static, str>,
    found: Cow<'static, str>,
}

impl Mismatch {
    /// What the type reads, and what was there.
    pub fn new(expected: impl Into<Cow<'static, str>>, found: impl Into<Cow<'static, str>>) -> Mismatch {
        Mismatch { expected: expected.into(), found: found.into() }
    }

    pub(crate) fn into_error(self) -> Error {
        let Mismatch { expected, found } = self;
        let message = format!("expected {expected}, found {found}");
        let (expected, found) = (expected.into_owned(), found.into_owned());
        Error::new(ErrorKind::Decode { table: None, column: None, expected, found }, message)
    }
}
