//! The definition of a CHECK constraint.

/// A CHECK constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckDef {
    /// The condition, in SQL.
    pub expression: &'static str,
    /// The name of the constraint; `None` if the name is made from the names of the table and the
    /// column.
    pub name: Option<&'static str>,
}

impl CheckDef {
    /// Creates a constraint whose name is made from the names of the table and the column.
    pub const fn new(expression: &'static str) -> CheckDef {
        CheckDef { expression, name: None }
    }

    /// Sets the name.
    pub const fn named(mut self, name: &'static str) -> CheckDef {
        self.name = Some(name);
        self
    }
}
