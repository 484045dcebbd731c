//! Which SQL is written.

/// The SQL of one database.
///
/// The library connects to SQLite. [`Dialect::Postgres`] is for `to_sql` and [`ddl`](Dialect::ddl)
/// alone: it shows what a statement looks like there.
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
    /// The name in lower case, as URLs begin with it.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }
}
