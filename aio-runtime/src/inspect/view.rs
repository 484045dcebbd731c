//! A view.

use super::{Column, Index, Trigger};

/// A view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) materialized: bool,
    pub(crate) indexes: Vec<Index>,
    pub(crate) comment: Option<String>,
    pub(crate) sql: String,
    pub(crate) error: Option<String>,
}

impl View {
    /// Returns the name of the schema that the view belongs to.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the columns. There are none if the view cannot be compiled: see
    /// [`error`](View::error).
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns the INSTEAD OF triggers.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// Returns whether the database stores the rows of the view, until it is refreshed
    /// (MATERIALIZED). SQLite has no such views.
    pub fn is_materialized(&self) -> bool {
        self.materialized
    }

    /// Returns the indexes of a materialized view, in alphabetical order.
    pub fn indexes(&self) -> &[Index] {
        &self.indexes
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on views.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Returns the CREATE VIEW statement.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns why the view cannot be compiled, for instance because a table that it reads was
    /// dropped; `None` if it can be.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}
