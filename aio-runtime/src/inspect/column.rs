//! A column of a table or of a view.

use crate::schema::Auto;

/// A column of a table or of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub(crate) name: String,
    pub(crate) declared_type: String,
    pub(crate) type_class: String,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    pub(crate) collation: Option<String>,
    pub(crate) generated: Option<GeneratedColumn>,
    pub(crate) auto: Auto,
    pub(crate) hidden: bool,
    pub(crate) comment: Option<String>,
}

impl Column {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the declared type, or an empty string if none was declared, which SQLite allows.
    pub fn declared_type(&self) -> &str {
        &self.declared_type
    }

    /// Returns the name of the type that decides what the column can hold: if it is equal for
    /// columns of two STRICT tables, or of two other tables, they can hold the same values.
    ///
    /// With SQLite, this is the declared type in a STRICT table, and the type affinity in another
    /// one (<https://sqlite.org/datatype3.html#type_affinity>).
    pub fn type_class(&self) -> &str {
        &self.type_class
    }

    /// Returns whether the column may be NULL.
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Returns the expression of the DEFAULT clause as it is written in the schema, or `None` if
    /// there is no such clause.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Returns the collation, or `None` if the column has the default collation.
    pub fn collation(&self) -> Option<&str> {
        self.collation.as_deref()
    }

    /// Returns the expression of a generated column, or `None` if the column is not generated.
    pub fn generated(&self) -> Option<&GeneratedColumn> {
        self.generated.as_ref()
    }

    /// Returns whether and how the database numbers new rows in this column.
    pub fn auto(&self) -> Auto {
        self.auto
    }

    /// Returns whether `select *` leaves the column out, as it does with hidden columns of virtual
    /// tables.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on columns.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// The expression of a generated column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedColumn {
    pub(crate) expression: String,
    pub(crate) stored: bool,
}

impl GeneratedColumn {
    /// Returns the expression as it is written in the schema, without the parentheses around it.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Returns whether the value is computed when the row is written (STORED), instead of when the
    /// column is read (VIRTUAL).
    pub fn is_stored(&self) -> bool {
        self.stored
    }
}
