//! The collation that the library creates in a database for text without regard to case.

use std::sync::LazyLock;

use aio_sql::{Dialect, Table};

/// The collation of columns with `collate = nocase`.
pub(crate) struct Nocase {
    pub(crate) name: String,
    /// The statement that creates it if it does not exist.
    pub(crate) sql: String,
}

/// A table whose definition needs the collation. The library alone knows how it is created.
#[derive(Table)]
struct WithNocase {
    #[column(collate = nocase)]
    text: String,
}

/// Returns the collation of the library.
pub(crate) fn nocase() -> &'static Nocase {
    static NOCASE: LazyLock<Nocase> = LazyLock::new(|| {
        let statements = Dialect::Postgres.ddl(WithNocase).unwrap_or_default();
        let sql = statements.into_iter().find(|sql| sql.starts_with("CREATE COLLATION")).unwrap_or_default();
        let name = sql.split('"').nth(1).unwrap_or_default().to_owned();
        Nocase { name, sql }
    });
    &NOCASE
}

#[cfg(test)]
mod tests {
    use super::nocase;

    #[test]
    fn the_library_says_how_the_collation_is_created() {
        let nocase = nocase();
        assert_eq!(nocase.name, "aio_sql_nocase");
        assert!(nocase.sql.starts_with("CREATE COLLATION IF NOT EXISTS \"aio_sql_nocase\" ("), "{}", nocase.sql);
    }
}
