//! A table.

use super::schema::named;
use super::{Check, Column, ConflictClause, Exclusion, ForeignKey, Index, PrimaryKey, Trigger, Unique};

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
    pub(crate) exclusions: Vec<Exclusion>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) strict: bool,
    pub(crate) without_rowid: bool,
    pub(crate) conflict_clauses: Vec<ConflictClause>,
    pub(crate) unlogged: bool,
    pub(crate) partition_key: Option<String>,
    pub(crate) partition: Option<Partition>,
    pub(crate) parents: Vec<Parent>,
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
    /// A table that the database, an extension or the library keeps for its own purposes.
    Internal,
    /// A foreign table, whose rows a server with this name provides
    /// (<https://www.postgresql.org/docs/current/ddl-foreign-data.html>).
    Foreign(String),
}

/// A place among the tables that share their rows with a partitioned table
/// (<https://www.postgresql.org/docs/current/ddl-partitioning.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    pub(crate) of: Parent,
    pub(crate) bound: String,
}

impl Partition {
    /// Returns the partitioned table.
    pub fn of(&self) -> &Parent {
        &self.of
    }

    /// Returns which rows the partition has, such as `FOR VALUES IN ('a')` or `DEFAULT`.
    pub fn bound(&self) -> &str {
        &self.bound
    }
}

/// A table from which another one inherits its columns, or of which it is a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    pub(crate) schema: String,
    pub(crate) name: String,
}

impl Parent {
    /// Returns the name of the schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }
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
            exclusions: Vec::new(),
            indexes: Vec::new(),
            triggers: Vec::new(),
            strict: false,
            without_rowid: false,
            conflict_clauses: Vec::new(),
            unlogged: false,
            partition_key: None,
            partition: None,
            parents: Vec::new(),
            comment: None,
            error,
            sql,
        }
    }

    /// Returns the name of the schema that the table belongs to: with SQLite `main`, `temp` or the
    /// name of an attached database; with PostgreSQL, `pg_temp` if the table is temporary.
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
    /// ignored, unless there is a column with exactly this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        named(&self.columns, name, |column| &column.name)
    }

    /// Returns the primary key, or `None` if there is none.
    pub fn primary_key(&self) -> Option<&PrimaryKey> {
        self.primary_key.as_ref()
    }

    /// Returns the foreign keys, in the order of their declarations; with PostgreSQL, which does
    /// not know that order, by their names.
    pub fn foreign_keys(&self) -> &[ForeignKey] {
        &self.foreign_keys
    }

    /// Returns the UNIQUE constraints, in the order of their declarations; with PostgreSQL, which
    /// does not know that order, by their names.
    pub fn uniques(&self) -> &[Unique] {
        &self.uniques
    }

    /// Returns the CHECK constraints, in the order of their declarations; with PostgreSQL, which
    /// does not know that order, by their names.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the EXCLUDE constraints in alphabetical order. SQLite has none.
    pub fn exclusions(&self) -> &[Exclusion] {
        &self.exclusions
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
    /// ignored, unless there is an index with exactly this name.
    pub fn index(&self, name: &str) -> Option<&Index> {
        named(&self.indexes, name, |index| &index.name)
    }

    /// Returns the triggers in alphabetical order.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Returns whether a SQLite table is declared STRICT, so that the types of its columns are
    /// enforced (<https://sqlite.org/stricttables.html>). With other databases, which always
    /// enforce them, it is `false`.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Returns whether the rows are stored in the order of the primary key, instead of by row id
    /// (<https://sqlite.org/withoutrowid.html>).
    pub fn is_without_rowid(&self) -> bool {
        self.without_rowid
    }

    /// Returns whether changes of the table are not logged, so that it is empty after a crash
    /// (UNLOGGED).
    pub fn is_unlogged(&self) -> bool {
        self.unlogged
    }

    /// Returns how a partitioned table is divided, such as `RANGE (day)`, or `None` if the table
    /// is not partitioned.
    pub fn partition_key(&self) -> Option<&str> {
        self.partition_key.as_deref()
    }

    /// Returns of which table this one is a partition, or `None` if it is none.
    pub fn partition(&self) -> Option<&Partition> {
        self.partition.as_ref()
    }

    /// Returns the tables from which this one inherits columns (INHERITS), in their order.
    pub fn parents(&self) -> &[Parent] {
        &self.parents
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
