//! SQL dialects.

/// The SQL dialect of a database.
///
/// `to_sql` and [`ddl`](Dialect::ddl) return SQL text in any dialect, also for a database whose
/// feature is not enabled.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::Dialect;
/// # fn main() -> Result<()> {
/// let names = User::select().filter(User::KARMA.gt(5)).columns(User::NAME);
/// let sqlite = names.to_sql(Dialect::Sqlite)?;
/// assert_eq!(sqlite.text, r#"SELECT "name" FROM "user" WHERE "karma" > ?"#);
/// let postgres = names.to_sql(Dialect::Postgres)?;
/// assert_eq!(postgres.text, r#"SELECT "name" FROM "user" WHERE "karma" > $1"#);
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL 15 and later.
    ///
    /// Text is stored with the collation `"C"`, so that it sorts as it does in Rust. If a
    /// statement needs a feature that PostgreSQL does not have, `to_sql` fails with
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).
    Postgres,
}

impl Dialect {
    /// All dialects.
    pub(crate) const ALL: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

    /// Returns whether the database is a server, to which statements that wait are sent together.
    pub(crate) const fn is_server(self) -> bool {
        matches!(self, Dialect::Postgres)
    }

    /// Returns the name of the dialect in lower case: `sqlite` or `postgres`.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }
}
