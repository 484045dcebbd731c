//! The definition of an index.

/// An index.
#[derive(Clone, Copy, Debug)]
pub struct IndexDef {
    /// Its name, if it was given one.
    pub name: Option<&'static str>,
    /// What it is on.
    pub parts: &'static [IndexPart],
    /// Whether no two rows may be equal in it.
    pub unique: bool,
    /// The rows that it has: all, or those that this condition holds for.
    pub condition: Option<&'static str>,
}

impl IndexDef {
    /// An index on these parts.
    pub const fn new(parts: &'static [IndexPart]) -> IndexDef {
        IndexDef { name: None, parts, unique: false, condition: None }
    }

    /// The same with this name.
    pub const fn named(mut self, name: &'static str) -> IndexDef {
        self.name = Some(name);
        self
    }

    /// The same, unique.
    pub const fn unique(mut self) -> IndexDef {
        self.unique = true;
        self
    }

    /// The same for the rows that a condition holds for.
    pub const fn condition(mut self, condition: &'static str) -> IndexDef {
        self.condition = Some(condition);
        self
    }
}

/// A part of an index.
#[derive(Clone, Copy, Debug)]
pub enum IndexPart {
    /// A column, by name.
    Column(&'static str),
    /// An expression in SQL.
    Expression(&'static str),
}
