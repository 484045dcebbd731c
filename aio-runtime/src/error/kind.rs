//! What went wrong, to match on.

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
    /// A trigger or a procedure has refused what was asked, by its own decision: on SQLite by
    /// `RAISE(ABORT | FAIL | ROLLBACK, message)`.
    Raised {
        /// What it said. The words are those of whoever wrote it, and shown as they are: where
        /// they are an expression they may hold a value.
        message: String,
    },
    /// The application or the database does not allow it: on SQLite an authorizer of
    /// `Builder::authorizer`, or a hook of `Builder::on_commit` that refused to commit.
    Denied,
    /// A foreign key is violated: the referenced row is missing, or the row is still referenced.
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
    /// A stored value is not what the Rust type expects. Also a calculation of decimals with a
    /// `scale` that has overflowed, where its result is read.
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
    /// A transaction is open on the connection, or a nested one on the transaction: use that one
    /// until it has ended. The message says where it was begun.
    InTransaction,
    /// The transaction was rolled back under way; the cause is the error that did it.
    RolledBack,
    /// Another transaction changed what this one read; run it again.
    Conflict,
    /// Another connection or process holds the lock. SQLite waits for it up to the busy timeout,
    /// but not in a transaction that has read before it writes.
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
    /// The text is no SQL that the database understands, or names what is not there. Also a
    /// calculation that has overflowed, where the database itself uses its result: in a condition,
    /// an order, a conversion, a write.
    Sql,
    /// What was given while the program runs is not what it has to be: a cursor that was changed
    /// or belongs to another order, an order by a name that is not allowed
    /// ([`order_by_names`](crate::order_by_names)), a negative number of rows, a patch
    /// that sets nothing, a regular expression or a full-text query that is none. It often comes
    /// from a client: of HTTP the answer is 400. The message can be shown to the client.
    InvalidInput,
    /// The call cannot work as it stands, whatever a client sends: the program has to be changed.
    /// The message says what to write.
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
