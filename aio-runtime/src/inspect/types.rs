//! What a database has besides tables and views: sequences, and types of its own.

use super::Check;

/// A sequence, which generates numbers
/// (<https://www.postgresql.org/docs/current/sql-createsequence.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) declared_type: String,
    pub(crate) start: i64,
    pub(crate) increment: i64,
    pub(crate) min: i64,
    pub(crate) max: i64,
    pub(crate) cache: i64,
    pub(crate) cycle: bool,
    pub(crate) owner: Option<SequenceOwner>,
    pub(crate) comment: Option<String>,
}

impl Sequence {
    /// Returns the name of the schema that the sequence belongs to.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type of the numbers, such as `bigint`.
    pub fn declared_type(&self) -> &str {
        &self.declared_type
    }

    /// Returns the first number.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// Returns the difference between a number and the next one.
    pub fn increment(&self) -> i64 {
        self.increment
    }

    /// Returns the lowest number.
    pub fn min(&self) -> i64 {
        self.min
    }

    /// Returns the highest number.
    pub fn max(&self) -> i64 {
        self.max
    }

    /// Returns how many numbers a session takes at once.
    pub fn cache(&self) -> i64 {
        self.cache
    }

    /// Returns whether the sequence begins anew after its last number, instead of failing.
    pub fn is_cyclic(&self) -> bool {
        self.cycle
    }

    /// Returns the column with which the sequence is dropped (OWNED BY), or `None` if there is
    /// none.
    pub fn owner(&self) -> Option<&SequenceOwner> {
        self.owner.as_ref()
    }

    /// Returns the comment, or `None` if there is none.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// The column that owns a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceOwner {
    pub(crate) schema: String,
    pub(crate) table: String,
    pub(crate) column: String,
}

impl SequenceOwner {
    /// Returns the name of the schema of the table.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns the name of the column.
    pub fn column(&self) -> &str {
        &self.column
    }
}

/// An enumerated type (<https://www.postgresql.org/docs/current/datatype-enum.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
    pub(crate) comment: Option<String>,
}

impl Enum {
    /// Returns the name of the schema that the type belongs to.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the values, in the order of the type.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Returns the comment, or `None` if there is none.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// A domain: a type with constraints
/// (<https://www.postgresql.org/docs/current/domains.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) declared_type: String,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    pub(crate) collation: Option<String>,
    pub(crate) checks: Vec<Check>,
    pub(crate) comment: Option<String>,
}

impl Domain {
    /// Returns the name of the schema that the domain belongs to.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type whose values the domain restricts.
    pub fn declared_type(&self) -> &str {
        &self.declared_type
    }

    /// Returns whether a value of the domain may be NULL.
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Returns the expression of the DEFAULT clause, or `None` if there is no such clause.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Returns the collation, or `None` if it is that of the underlying type.
    pub fn collation(&self) -> Option<&str> {
        self.collation.as_deref()
    }

    /// Returns the CHECK constraints, by their names. In their conditions the value is called
    /// `VALUE`.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the comment, or `None` if there is none.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}
