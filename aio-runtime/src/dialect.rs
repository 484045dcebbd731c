//! SQL dialects.

/// The SQL dialect of a database.
///
/// The library connects to SQLite only. [`Dialect::Postgres`] is for `to_sql` and
/// [`ddl`](Dialect::ddl), which return the SQL text for PostgreSQL.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL 15 and later. The library writes its SQL but does not connect to it.
    ///
    /// Text is stored with the collation `"C"`, so that it sorts as it does in Rust. A statement
    /// that needs a feature which PostgreSQL does not have fails with
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).
    Postgres,
}

impl Dialect {
    /// Returns the name in lower case, as it is written in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }
}
