//! An index, and the columns and expressions of indexes and keys.

/// An index. The indexes that a database keeps for PRIMARY KEY and UNIQUE constraints are not
/// among the indexes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub(crate) name: String,
    pub(crate) parts: Vec<IndexPart>,
    pub(crate) unique: bool,
    pub(crate) condition: Option<String>,
    pub(crate) method: String,
    pub(crate) included: Vec<String>,
    pub(crate) nulls_distinct: bool,
    pub(crate) valid: bool,
    pub(crate) comment: Option<String>,
    pub(crate) sql: String,
}

impl Index {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the columns and expressions, in the order of the index.
    pub fn parts(&self) -> &[IndexPart] {
        &self.parts
    }

    /// Returns the names of the columns; expressions are left out.
    pub fn columns(&self) -> Vec<&str> {
        column_names(&self.parts)
    }

    /// Returns whether the index is unique.
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// Returns the condition of a partial index as it is written in the schema, or `None` if all
    /// rows are indexed.
    pub fn condition(&self) -> Option<&str> {
        self.condition.as_deref()
    }

    /// Returns the access method, such as `btree`, which is the only one of SQLite, or `gin`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the columns that the index stores beside its parts (INCLUDE).
    pub fn included(&self) -> &[String] {
        &self.included
    }

    /// Returns whether a unique index allows several rows with NULL, which it does unless it is
    /// declared NULLS NOT DISTINCT.
    pub fn has_distinct_nulls(&self) -> bool {
        self.nulls_distinct
    }

    /// Returns whether queries can use the index. A PostgreSQL index is invalid if
    /// CREATE INDEX CONCURRENTLY has failed.
    pub fn is_valid(&self) -> bool {
        self.valid
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on indexes.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Returns the CREATE INDEX statement.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}

/// A column or an expression of an index, of a primary key or of a UNIQUE constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexPart {
    pub(crate) column: Option<String>,
    pub(crate) expression: Option<String>,
    pub(crate) collation: Option<String>,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
    pub(crate) operator_class: Option<String>,
}

impl IndexPart {
    /// Returns the name of the column, or `None` if the part is an expression.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// Returns the expression as it is written in the schema, or `None` if the part is a column.
    pub fn expression(&self) -> Option<&str> {
        self.expression.as_deref()
    }

    /// Returns the collation, or `None` if it is that of the column or, for an expression, the
    /// default collation.
    pub fn collation(&self) -> Option<&str> {
        self.collation.as_deref()
    }

    /// Returns whether the order is descending.
    pub fn is_descending(&self) -> bool {
        self.descending
    }

    /// Returns whether NULL comes before all other values. By default it does in the ascending
    /// order of SQLite and in the descending order of PostgreSQL.
    pub fn has_nulls_first(&self) -> bool {
        self.nulls_first
    }

    /// Returns the operator class, or `None` if it is the default one of the type. SQLite has no
    /// operator classes.
    pub fn operator_class(&self) -> Option<&str> {
        self.operator_class.as_deref()
    }
}

/// Returns the names of the columns among the parts.
pub(super) fn column_names(parts: &[IndexPart]) -> Vec<&str> {
    parts.iter().filter_map(IndexPart::column).collect()
}
