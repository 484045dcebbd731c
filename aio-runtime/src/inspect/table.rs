//! A table.

use super::{Check, Column, ConflictClause, ForeignKey, Index, PrimaryKey, Trigger, Unique};

/// A table as the database has it.
///
/// ```
/// # use aio_runtime::{Database, Result};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// let ddl = "create table team (id integer primary key, name text not null unique)";
/// db.execute_script(ddl).await?;
/// let schema = db.inspect().await?;
/// let team = schema.table("team").expect("it was just created");
/// assert_eq!(team.primary_key().map(|key| key.columns()), Some(vec!["id"]));
/// assert_eq!(team.column("name").map(|name| name.is_nullable()), Some(false));
/// assert_eq!(team.uniques()[0].columns(), ["name"]);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) kind: TableKind,
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Option<PrimaryKey>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) uniques: Vec<Unique>,
    pub(crate) checks: Vec<Check>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) strict: bool,
    pub(crate) without_rowid: bool,
    pub(crate) conflict_clauses: Vec<ConflictClause>,
    pub(crate) comment: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) sql: String,
}

/// The kind of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableKind {
    /// A table whose rows the database itself stores.
    Ordinary,
    /// A virtual table, whose rows a module with this name provides, such as `fts5`
    /// (<https://sqlite.org/vtab.html>).
    Virtual(String),
    /// A table in which a virtual table keeps its content
    /// (<https://sqlite.org/vtab.html#the_xshadowname_method>).
    Shadow,
    /// A table that the database or the library keeps for its own purposes.
    Internal,
}

impl Table {
    /// Creates a table of which only the name and the statement are known.
    pub(crate) fn unreadable(schema: &str, name: String, kind: TableKind, sql: String, error: Option<String>) -> Table {
        Table {
            schema: schema.to_owned(),
            name,
            kind,
            columns: Vec::new(),
            primary_key: None,
            foreign_keys: Vec::new(),
            uniques: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            triggers: Vec::new(),
            strict: false,
            without_rowid: false,
            conflict_clauses: Vec::new(),
            comment: None,
            error,
            sql,
        }
    }

    /// Returns the name of the schema that the table belongs to: with SQLite `main`, `temp` or the
    /// name of an attached database.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of the table, which says whether the database itself stores the rows, or
    /// the module of a virtual table provides them.
    pub fn kind(&self) -> &TableKind {
        &self.kind
    }

    /// Returns the columns, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the column with this name, or `None` if there is none. The case of ASCII letters is
    /// ignored.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns the primary key, or `None` if there is none.
    pub fn primary_key(&self) -> Option<&PrimaryKey> {
        self.primary_key.as_ref()
    }

    /// Returns the foreign keys, in the order of their declarations.
    pub fn foreign_keys(&self) -> &[ForeignKey] {
        &self.foreign_keys
    }

    /// Returns the UNIQUE constraints, in the order of their declarations.
    pub fn uniques(&self) -> &[Unique] {
        &self.uniques
    }

    /// Returns the CHECK constraints, in the order of their declarations.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the ON CONFLICT clauses of the constraints, apart from the default ABORT, in the
    /// order of their declarations.
    pub fn conflict_clauses(&self) -> &[ConflictClause] {
        &self.conflict_clauses
    }

    /// Returns the indexes in alphabetical order, without those of constraints.
    pub fn indexes(&self) -> &[Index] {
        &self.indexes
    }

    /// Returns the index with this name, or `None` if there is none. The case of ASCII letters is
    /// ignored.
    pub fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name.eq_ignore_ascii_case(name))
    }

    /// Returns the triggers in alphabetical order.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Returns whether the database enforces the types of the columns
    /// (<https://sqlite.org/stricttables.html>).
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Returns whether the rows are stored in the order of the primary key, instead of by row id
    /// (<https://sqlite.org/withoutrowid.html>).
    pub fn is_without_rowid(&self) -> bool {
        self.without_rowid
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on tables.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Returns why nothing but the name is known of a virtual table, for instance because its
    /// module is not registered on the connection; `None` if the table could be read.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the CREATE TABLE statement. It is empty for a database that keeps no text.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}
