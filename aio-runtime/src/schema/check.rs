//! The definition of a CHECK constraint.

/// A CHECK constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckDef {
    /// What has to hold, in the words of the database.
    pub expression: &'static str,
    /// Its name; `None` for one made of the table's and the column's.
    pub name: Option<&'static str>,
}

impl CheckDef {
    /// Creates a constraint without a name of its own.
    pub const fn new(expression: &'static str) -> CheckDef {
        CheckDef { expression, name: None }
    }

    /// Sets the name.
    pub const fn named(mut self, name: &'static str) -> CheckDef {
        self.name = Some(name);
        self
    }
}
