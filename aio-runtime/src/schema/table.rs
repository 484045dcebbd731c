//! The definition of a table.

use super::{CheckDef, Clock, ColumnDef, ForeignKeyDef, IndexDef, Role};

/// The definition of a table: its name, its columns, and its constraints and indexes.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # fn main() -> Result<()> {
/// let table = Post::TABLE;
/// assert_eq!((table.name, table.rust_name), ("post", "Post"));
/// assert_eq!(table.primary_key, ["id"]);
/// let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
/// assert_eq!(names, ["id", "user_id", "title"]);
/// assert_eq!(table.foreign_keys[0].columns().collect::<Vec<_>>(), ["user_id"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TableDef {
    /// The name of the table in the database.
    pub name: &'static str,
    /// The schema of the table: with PostgreSQL a schema, with SQLite the name of an attached
    /// file. `None` for the default schema of the connection.
    pub schema: Option<&'static str>,
    /// The name by which errors name the table: that of the schema and of the table, such as
    /// `app.user`, or only that of the table if there is no schema.
    pub full_name: &'static str,
    /// The name of the struct.
    pub rust_name: &'static str,
    /// The columns, in the order of the struct's fields.
    pub columns: &'static [ColumnDef],
    /// The names of the columns of the primary key; empty if there is none.
    pub primary_key: &'static [&'static str],
    /// The names of the columns of each UNIQUE constraint.
    pub uniques: &'static [&'static [&'static str]],
    /// Those of the UNIQUE constraints for which NULL is equal to NULL: NULLS NOT DISTINCT, of
    /// PostgreSQL.
    pub nulls_not_distinct: &'static [&'static [&'static str]],
    /// The indexes.
    pub indexes: &'static [IndexDef],
    /// The CHECK constraints of the table, not including the CHECK constraints of its columns.
    pub checks: &'static [CheckDef],
    /// The foreign keys.
    pub foreign_keys: &'static [ForeignKeyDef],
    /// Whether the database enforces the types of the columns, as SQLite does in STRICT tables
    /// (<https://sqlite.org/stricttables.html>).
    pub strict: bool,
    /// Whether SQLite stores the rows in the order of the primary key, instead of by row id
    /// (<https://sqlite.org/withoutrowid.html>).
    pub without_rowid: bool,
    /// The comment that the database stores with the table, if it stores comments.
    pub comment: Option<&'static str>,
    /// The name that the table had before. A migration renames the table.
    pub was: Option<&'static str>,
    /// Whether the command line tool writes migrations for the table.
    pub migrate: bool,
}

impl TableDef {
    /// Creates a STRICT table with these columns, and without keys, constraints of the table and
    /// indexes.
    pub const fn new(name: &'static str, rust_name: &'static str, columns: &'static [ColumnDef]) -> TableDef {
        TableDef {
            name,
            schema: None,
            full_name: name,
            rust_name,
            columns,
            primary_key: &[],
            uniques: &[],
            nulls_not_distinct: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            strict: true,
            without_rowid: false,
            comment: None,
            was: None,
            migrate: true,
        }
    }

    /// Sets the schema. `full_name` is the name by which errors name the table, such as
    /// `app.user`.
    pub const fn schema(mut self, schema: &'static str, full_name: &'static str) -> TableDef {
        self.schema = Some(schema);
        self.full_name = full_name;
        self
    }

    /// Sets the columns of the primary key.
    pub const fn primary_key(mut self, columns: &'static [&'static str]) -> TableDef {
        self.primary_key = columns;
        self
    }

    /// Sets the UNIQUE constraints.
    pub const fn uniques(mut self, uniques: &'static [&'static [&'static str]]) -> TableDef {
        self.uniques = uniques;
        self
    }

    /// Sets which of the UNIQUE constraints are NULLS NOT DISTINCT.
    pub const fn nulls_not_distinct(mut self, uniques: &'static [&'static [&'static str]]) -> TableDef {
        self.nulls_not_distinct = uniques;
        self
    }

    /// Sets the indexes.
    pub const fn indexes(mut self, indexes: &'static [IndexDef]) -> TableDef {
        self.indexes = indexes;
        self
    }

    /// Sets the CHECK constraints of the table.
    pub const fn checks(mut self, checks: &'static [CheckDef]) -> TableDef {
        self.checks = checks;
        self
    }

    /// Sets the foreign keys.
    pub const fn foreign_keys(mut self, foreign_keys: &'static [ForeignKeyDef]) -> TableDef {
        self.foreign_keys = foreign_keys;
        self
    }

    /// Sets whether the table is STRICT.
    pub const fn strict(mut self, strict: bool) -> TableDef {
        self.strict = strict;
        self
    }

    /// Makes the table a WITHOUT ROWID table.
    pub const fn without_rowid(mut self) -> TableDef {
        self.without_rowid = true;
        self
    }

    /// Sets the comment that the database stores with the table.
    pub const fn comment(mut self, text: &'static str) -> TableDef {
        self.comment = Some(text);
        self
    }

    /// Sets the name that the table had before.
    pub const fn was(mut self, name: &'static str) -> TableDef {
        self.was = Some(name);
        self
    }

    /// Sets whether the command line tool writes migrations for the table.
    pub const fn migrate(mut self, migrate: bool) -> TableDef {
        self.migrate = migrate;
        self
    }

    /// Returns whether both define the same table. Compares names instead of addresses, because
    /// the compiler may create several copies of a constant.
    pub(crate) fn is(&self, other: &TableDef) -> bool {
        self.is_same_table(other) && self.rust_name == other.rust_name
    }

    /// Returns whether both stand for the same table of the database. Two structs may.
    pub(crate) fn is_same_table(&self, other: &TableDef) -> bool {
        self.name == other.name && self.schema == other.schema
    }

    /// Returns the column with this name, or `None` if there is none.
    pub fn column(&self, name: &str) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Returns whether the column belongs to the primary key.
    pub fn is_key(&self, column: &ColumnDef) -> bool {
        self.primary_key.contains(&column.name)
    }

    /// Returns the columns that `save` sets to the values of the struct: all columns except the
    /// primary key, the generated columns, and the columns that the library sets itself.
    pub(crate) fn saved_columns(&self) -> impl Iterator<Item = &'static ColumnDef> {
        let key = self.primary_key;
        self.columns
            .iter()
            .filter(move |column| !key.contains(&column.name) && column.generated.is_none() && column.role.is_none())
    }

    /// Returns the column with this role, or `None` if there is none.
    pub(crate) fn with_role(&self, role: Role) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.role == Some(role))
    }

    /// Returns the column with the role `updated_at` and its clock, or `None` if there is no such
    /// column.
    pub(crate) fn updated_at(&self) -> Option<(&'static ColumnDef, Clock)> {
        self.columns.iter().find_map(|column| match column.role {
            Some(Role::UpdatedAt(clock)) => Some((column, clock)),
            _ => None,
        })
    }
}
