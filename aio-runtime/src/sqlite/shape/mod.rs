//! What differs between a table as it is and as it should be.
//!
//! SQLite itself says what both look like: the table that should be is made in an empty database
//! beside it, with the functions and collations of this one, and the pragmas that describe a table
//! are asked of both. Expressions are the same where SQLite compiles them to the same program, so
//! that what it normalises (case, quotes, blanks, parentheses) is no difference. The text is read
//! only for what no pragma tells: the expressions themselves, and whether a foreign key is
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
    /// The kind, and what tells apart two that may both be there: a property is compared with
    /// those of the same kind.
    kind: String,
    /// The name in a reported difference, such as "the column `id`".
    name: String,
    /// The description in a reported difference.
    description: String,
    /// A text that is equal where two properties of one kind do the same.
    meaning: String,
    /// What two columns may differ in all the same.
    column: Option<Column>,
}

/// What two columns may differ in that hold the same values.
#[derive(Clone, PartialEq)]
struct Column {
    name: String,
    /// The declared type, in capital letters.
    ty: String,
    is_not_null: bool,
    is_key: bool,
    /// Whether a number is never used a second time.
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
    /// Adds a property that is no column.
    fn add(&mut self, kind: impl Into<String>, name: String, description: impl Into<String>, meaning: String) {
        self.push(Property { kind: kind.into(), name, description: description.into(), meaning, column: None });
    }

    /// Adds a property, unless it is there already.
    fn push(&mut self, new: Property) {
        if !self.properties.iter().any(|known| known.kind == new.kind && known.meaning == new.meaning) {
            self.properties.push(new);
        }
    }

    /// Removes and returns the first property for which this holds.
    fn take(&mut self, holds: impl Fn(&Property) -> bool) -> Option<Property> {
        self.properties.iter().position(holds).map(|place| self.properties.remove(place))
    }
}

/// The kinds of properties. Those of columns, foreign keys and indexes are followed by a name.
const CHECK: &str = "check";
const COLUMN: &str = "column";
const FOREIGN_KEY: &str = "foreign key";
const INDEX: &str = "index";
const UNIQUE: &str = "unique";

/// The prefix by which the meaning of a unique index differs from that of a UNIQUE constraint.
const UNIQUE_ON: &str = "unique on ";
