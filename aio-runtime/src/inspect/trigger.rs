//! A trigger.

/// A trigger of a table or of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) sql: String,
}

impl Trigger {
    /// Returns the name of the schema that the trigger belongs to: that of its table, or `temp`
    /// for a temporary trigger of a table of another schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the CREATE TRIGGER statement.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}
