//! The definition of an index.

/// An index.
#[derive(Clone, Copy, Debug)]
pub struct IndexDef {
    /// The name that the user gave, if any.
    pub name: Option<&'static str>,
    /// The columns or expressions that are indexed.
    pub parts: &'static [IndexPart],
    /// Whether the index is unique.
    pub unique: bool,
    /// The condition of a partial index, in SQL; `None` if all rows are indexed.
    pub condition: Option<&'static str>,
}

impl IndexDef {
    /// Creates an index on these parts.
    pub const fn new(parts: &'static [IndexPart]) -> IndexDef {
        IndexDef { name: None, parts, unique: false, condition: None }
    }

    /// Sets the name.
    pub const fn named(mut self, name: &'static str) -> IndexDef {
        self.name = Some(name);
        self
    }

    /// Makes the index unique.
    pub const fn unique(mut self) -> IndexDef {
        self.unique = true;
        self
    }

    /// Makes the index a partial index, of only the rows for which a condition in SQL holds.
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
