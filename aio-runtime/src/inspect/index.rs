//! An index, and the columns and expressions of indexes and keys.

/// An index. The indexes that a database keeps for PRIMARY KEY and UNIQUE constraints are not
/// among the indexes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub(crate) name: String,
    pub(crate) parts: Vec<IndexPart>,
    pub(crate) unique: bool,
    pub(crate) condition: Option<String>,
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
}

/// Returns the names of the columns among the parts.
pub(super) fn column_names(parts: &[IndexPart]) -> Vec<&str> {
    parts.iter().filter_map(IndexPart::column).collect()
}
