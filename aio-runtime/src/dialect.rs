//! Which SQL is written.

/// The SQL of one database.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// The name in lower case, as URLs begin with it.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
        }
    }
}
