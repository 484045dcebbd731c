//! A trigger.

/// A trigger of a table or of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    pub(crate) name: String,
    pub(crate) sql: String,
}

impl Trigger {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the CREATE TRIGGER statement.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}
