//! The differences between an existing table and the one that a struct declares.
//!
//! The declared table is created in an empty in-memory database with the same functions and
//! collations, and both tables are read through the pragmas that describe a table. Two expressions
//! are equal if SQLite compiles them to the same program, so differences that SQLite normalizes
//! (case, quotes, blanks, parentheses) do not count. The CREATE statement is read only for the
//! parts that no pragma reports: the expressions themselves, and whether a foreign key is
//! deferred.

mod affinity;
mod compare;
mod definition;
mod index;
mod program;
mod read;

pub(super) use compare::compare;

/// One property of a table: a column, an index or a constraint.
struct Property {
    /// The kind, followed by a name if a table can have several properties of the kind. A property
    /// is compared with the properties of the same kind.
    kind: String,
    /// The name in a reported difference, such as "the column `id`".
    name: String,
    /// The description in a reported difference.
    description: String,
    /// A text that is equal for two properties of one kind with the same effect.
    meaning: String,
    /// The properties in which a compatible column may differ; `None` if this property is not a
    /// column.
    column: Option<Column>,
}

/// The properties in which two columns that hold the same values may differ.
#[derive(Clone, PartialEq)]
struct Column {
    name: String,
    /// The declared type, in upper case.
    ty: String,
    is_not_null: bool,
    is_key: bool,
    /// Whether the column is AUTOINCREMENT, so that a rowid is never reused.
    autoincrement: bool,
    default: Option<String>,
    is_generated: bool,
}

/// The properties of a table.
#[derive(Default)]
struct Shape {
    is_strict: bool,
    properties: Vec<Property>,
}

impl Shape {
    /// Adds a property that is not a column.
    fn add(&mut self, kind: impl Into<String>, name: String, description: impl Into<String>, meaning: String) {
        self.push(Property { kind: kind.into(), name, description: description.into(), meaning, column: None });
    }

    /// Adds a property, unless an equal one exists.
    fn push(&mut self, new: Property) {
        if !self.properties.iter().any(|known| known.kind == new.kind && known.meaning == new.meaning) {
            self.properties.push(new);
        }
    }

    /// Removes and returns the first property for which `holds` returns true; returns `None` if
    /// there is none.
    fn take(&mut self, holds: impl Fn(&Property) -> bool) -> Option<Property> {
        self.properties.iter().position(holds).map(|place| self.properties.remove(place))
    }
}

/// The kind of a CHECK constraint. The constants that follow are the other kinds; a name is
/// appended for columns, foreign keys and indexes.
const CHECK: &str = "check";
const COLUMN: &str = "column";
const FOREIGN_KEY: &str = "foreign key";
const INDEX: &str = "index";
const UNIQUE: &str = "unique";

/// A prefix that distinguishes the meaning of a unique index from that of a UNIQUE constraint.
const UNIQUE_ON: &str = "unique on ";
