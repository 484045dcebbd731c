//! The schema of a database, and the choice of the parts that are read.

use super::{Domain, Enum, KeyOrder, Sequence, Table, View};
use crate::dialect::Dialect;

/// The schema of a database as it was at one moment: its tables and views with all their parts.
///
/// It is read by [`inspect`](crate::Executor::inspect), or made from structs by
/// `Schema::of`. Two schemas are compared by `differences`.
///
/// ```
/// # use aio_runtime::{Database, Result};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// db.execute_script(
///     "create table team (id integer primary key, name text not null);
///      create table member (team_id integer not null references team, name text);",
/// )
/// .await?;
/// let schema = db.inspect().await?;
/// let names: Vec<&str> = schema.tables().iter().map(|table| table.name()).collect();
/// assert_eq!(names, ["member", "team"]);
/// let key = &schema.table("member").expect("it was just created").foreign_keys()[0];
/// assert_eq!((key.table(), key.targets()), ("team", &["id".to_owned()][..]));
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub(crate) dialect: Dialect,
    pub(crate) names: Vec<String>,
    pub(crate) tables: Vec<Table>,
    pub(crate) views: Vec<View>,
    pub(crate) sequences: Vec<Sequence>,
    pub(crate) enums: Vec<Enum>,
    pub(crate) domains: Vec<Domain>,
}

impl Schema {
    /// Creates a schema without tables.
    pub(crate) fn empty(dialect: Dialect) -> Schema {
        let (tables, views) = (Vec::new(), Vec::new());
        let (sequences, enums, domains) = (Vec::new(), Vec::new(), Vec::new());
        Schema { dialect, names: Vec::new(), tables, views, sequences, enums, domains }
    }

    /// Returns the dialect of the database.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the names of the schemas of the database that were read, the default one first.
    /// With PostgreSQL, these are the schemas of the search path, in its order, if no others are
    /// asked for.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the name of the schema in which a table without a qualified name is created.
    pub fn default_name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Returns the tables of one schema after the other, the default schema first. Those of one
    /// schema are in alphabetical order.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Returns the table with this name in the first schema that has one, or `None` if there is
    /// none. The case of ASCII letters is ignored, unless there is a table with exactly this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        named(&self.tables, name, |table| &table.name)
    }

    /// Returns the views of one schema after the other, the default schema first. Those of one
    /// schema are in alphabetical order.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// Returns the view with this name in the first schema that has one, or `None` if there is
    /// none. The case of ASCII letters is ignored, unless there is a view with exactly this name.
    pub fn view(&self, name: &str) -> Option<&View> {
        named(&self.views, name, |view| &view.name)
    }

    /// Returns the sequences of one schema after the other, like [`tables`](Schema::tables). Those
    /// of identity columns are left out. With SQLite there are none: a column numbers its rows
    /// itself, see [`Column::auto`](super::Column::auto).
    pub fn sequences(&self) -> &[Sequence] {
        &self.sequences
    }

    /// Returns the enumerated types of one schema after the other, like
    /// [`tables`](Schema::tables). With SQLite there are none: an enum is a column with a CHECK.
    pub fn enums(&self) -> &[Enum] {
        &self.enums
    }

    /// Returns the domains, which are types with constraints, of one schema after the other, like
    /// [`tables`](Schema::tables). With SQLite there are none.
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// Returns the tables in the order of their foreign keys, so that each table follows the
    /// tables that it refers to, and the circles that made this impossible.
    pub fn in_key_order(&self) -> KeyOrder<'_> {
        KeyOrder::of(&self.tables)
    }
}

/// Returns the first of the parts with this name, or the first that differs only in the case of
/// ASCII letters.
pub(super) fn named<'a, T>(parts: &'a [T], name: &str, name_of: impl Fn(&T) -> &str) -> Option<&'a T> {
    let same_letters = || parts.iter().find(|part| name_of(part).eq_ignore_ascii_case(name));
    parts.iter().find(|part| name_of(part) == name).or_else(same_letters)
}

/// What [`inspect_with`](crate::Executor::inspect_with) reads besides the tables and views that
/// the application has created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspect {
    pub(crate) internal: bool,
    pub(crate) temporary: bool,
    pub(crate) all_schemas: bool,
    pub(crate) schemas: Vec<String>,
}

impl Inspect {
    /// Creates options with which nothing more is read, as by
    /// [`inspect`](crate::Executor::inspect).
    pub fn new() -> Inspect {
        Inspect::default()
    }

    /// Also reads the tables that the database, its extensions and the library keep for
    /// themselves, and the tables in which virtual tables store their content.
    #[must_use]
    pub fn internal(mut self) -> Inspect {
        self.internal = true;
        self
    }

    /// Also reads the temporary tables and views. They belong to one connection, so use this with
    /// an explicit connection.
    #[must_use]
    pub fn temporary(mut self) -> Inspect {
        self.temporary = true;
        self
    }

    /// Also reads all other schemas: with SQLite the databases that are attached to the
    /// connection, with PostgreSQL the schemas outside of the search path, without those of the
    /// system.
    ///
    /// ```
    /// # use aio_runtime::{Database, Inspect, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let db = Database::memory().await?;
    /// let connection = db.connect().await?;
    /// connection
    ///     .execute_script("attach ':memory:' as archive; create table archive.note (text)")
    ///     .await?;
    /// let schema = connection.inspect_with(Inspect::new().all_schemas()).await?;
    /// assert_eq!(schema.names(), ["main", "archive"]);
    /// assert_eq!(schema.table("note").expect("it was just created").schema(), "archive");
    /// # drop(connection);
    /// # db.close().await
    /// # }
    /// ```
    #[must_use]
    pub fn all_schemas(mut self) -> Inspect {
        self.all_schemas = true;
        self
    }

    /// Also reads another schema, such as an attached database, or PostgreSQL's own
    /// `information_schema`. It has to exist.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>) -> Inspect {
        self.schemas.push(name.into());
        self
    }
}
