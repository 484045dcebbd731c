//! The kinds of errors, to match on.

/// The kind of an error. It is the same on every database.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, ErrorKind, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, #[column(unique)] email: String }
/// # async fn run(db: Database, email: String) -> Result<()> {
/// match User::insert(NewUser { email }).execute(&db).await {
///     Ok(_) => println!("welcome"),
///     Err(error) => match error.kind() {
///         ErrorKind::Unique { columns, .. } => println!("another user has this {}", columns[0]),
///         ErrorKind::Busy | ErrorKind::Timeout => println!("please try again"),
///         _ => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The row does not exist. Methods that need a row, such as `one`, `save`, `remove` and
    /// `refresh`, return this.
    NotFound {
        /// The table that was read or written, if it is known.
        table: Option<String>,
    },
    /// A row with the same value of a unique column or of the primary key exists.
    Unique {
        /// The table; empty if the database does not report it.
        table: String,
        /// The columns of the constraint or the unique index; empty if the database does not
        /// report them, as for a unique index on an expression.
        columns: Vec<String>,
    },
    /// A NOT NULL column would have become NULL.
    NotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A value has another type than its column, and cannot be converted to the type of the column
    /// without loss.
    Datatype {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type of the column, as the database calls it.
        expected: String,
        /// The type of the value, as the database calls it.
        found: String,
    },
    /// A CHECK constraint failed: a constraint that was written in an attribute, or the constraint
    /// that limits a column to the values that its Rust type can read.
    Check {
        /// The table; empty for a raw statement on SQLite, which reports only the constraint's
        /// name.
        table: String,
        /// The column that has the constraint; empty for a constraint of the table, and for a raw
        /// statement on SQLite.
        columns: Vec<String>,
        /// The name of the constraint.
        constraint: String,
    },
    /// A trigger or a procedure raised an error: on SQLite with `RAISE(ABORT | FAIL | ROLLBACK,
    /// message)`.
    Raised {
        /// The message of the trigger, unchanged. If the trigger computes it by an expression, it
        /// may contain a value.
        message: String,
    },
    /// The application or the database denied the statement: on SQLite an authorizer of
    /// `Builder::authorizer`, or a hook of `Builder::on_commit` that rejected the commit.
    Denied,
    /// A foreign key was violated: the parent row does not exist, or child rows still refer to the
    /// row that was to be deleted or changed.
    ForeignKey {
        /// The child table, which has the foreign key; empty if the database does not report it.
        table: String,
        /// The columns of the foreign key; empty if the database does not report them.
        columns: Vec<String>,
        /// The parent table; empty if the database does not report it.
        references: String,
    },
    /// The row was changed after it was read: its version column has another value.
    Stale {
        /// The table.
        table: String,
    },
    /// The column cannot store the value, for example NaN, a year after 9999, or a `u64` above
    /// `i64::MAX`.
    Unstorable {
        /// The table, if it is known.
        table: Option<String>,
        /// The column, if it is known.
        column: Option<String>,
    },
    /// A stored value cannot be read as the Rust type. This is also the error for reading the
    /// result of a calculation with decimals that has overflowed.
    Decode {
        /// The table, if it is known.
        table: Option<String>,
        /// The column, if it is known.
        column: Option<String>,
        /// The values that the Rust type can read, in words.
        expected: String,
        /// The stored value, in words.
        found: String,
    },
    /// The database, connection or transaction is closed.
    Closed,
    /// A request bypassed an open transaction. While a transaction is open on a connection, or a
    /// nested transaction on a transaction, only the innermost transaction accepts requests. The
    /// message says where that transaction was begun.
    InTransaction,
    /// The transaction was ended before its commit, usually because the database rolled it back.
    /// The error that caused this is the [`source`](std::error::Error::source).
    RolledBack,
    /// Another transaction has written after this transaction began to read, so that this one
    /// cannot write any more; with PostgreSQL also a deadlock, and a lock that is not available,
    /// as with [`no_wait`](crate::Select::no_wait), where the [`code`](crate::Error::code) is
    /// `55P03`. Run the transaction again.
    Conflict,
    /// Another connection or process holds the lock of the database. SQLite waits for the lock up
    /// to the busy timeout, except in a transaction that has read before its first write.
    Busy,
    /// The statement or the wait for a resource took longer than its timeout. The statement has
    /// written nothing.
    Timeout,
    /// The statement was interrupted.
    Interrupted,
    /// The database or the connection is read-only.
    ReadOnly,
    /// The database cannot be opened.
    CannotOpen,
    /// The file is not a database, or it is encrypted.
    NotADatabase,
    /// The file is damaged.
    Corrupt,
    /// The disk, or the size allowed for the database, is full.
    Full,
    /// The operating system could not read or write a file.
    Io,
    /// The database file or its write-ahead log was deleted, moved or replaced while it was open.
    /// Nothing was written, unless the message says that the write was committed to the old file.
    Moved,
    /// The database lacks a feature that other databases have. Nothing was sent to it.
    Unsupported {
        /// The name of the database, such as `sqlite`.
        database: &'static str,
        /// The missing feature, as it is called in Rust or SQL.
        what: String,
    },
    /// The connection to the database was lost before the statement ran. The statement may be sent
    /// again.
    Disconnected,
    /// The connection to the database was lost after a statement was sent and before its result
    /// arrived. The statement may or may not have run. The library never repeats it.
    OutcomeUnknown,
    /// The SQL is invalid, or names a table or a column that does not exist. This is also the
    /// error for a calculation that has overflowed and whose result the database itself uses: in a
    /// condition, an order, a conversion or a write.
    Sql,
    /// An argument that often comes from a client is invalid: a cursor that was changed or belongs
    /// to another order, a name that is not allowed in [`order_by_names`](crate::order_by_names),
    /// a negative number of rows, a patch that sets no column, or the syntax of a regular
    /// expression or a full-text query. An HTTP server responds with status 400. The message can
    /// be shown to the client.
    InvalidInput,
    /// The library was used incorrectly, so the program has to be changed. The message says how.
    Usage,
    /// The table exists, but its definition differs from the struct.
    Shape {
        /// The table.
        table: String,
        /// The differences, one per line.
        differences: Vec<String>,
    },
    /// The migration steps of the program do not fit those that were run on the database, for
    /// example because a step was changed after it was run.
    Migration {
        /// The step's name.
        step: String,
    },
    /// Code that ran on the connection's thread panicked, usually a closure or a function of the
    /// user.
    Panic,
    /// The connection's thread ended before it sent a result.
    ThreadDied,
    /// Any other error of the database or the operating system.
    Other,
}
