//! The dialects of SQL.

/// The SQL dialect of a database.
///
/// The library connects to SQLite. [`Dialect::Postgres`] is only for `to_sql` and
/// [`ddl`](Dialect::ddl), which show the text for PostgreSQL.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL 15 and later, as text: the library does not connect to it.
    ///
    /// Text is stored with the collation `"C"`, so that it sorts as it does in Rust. A statement
    /// with something that PostgreSQL does not have fails with
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).
    Postgres,
}

impl Dialect {
    /// Returns the name in lower case, as at the beginning of a URL.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }
}
