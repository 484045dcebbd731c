//! A difference between two schemas.

use std::fmt;

use super::{
    Check, Column, Domain, Enum, Exclusion, ForeignKey, Index, PrimaryKey, Sequence, Table, Trigger, Unique, View,
};

/// A difference between a wanted schema and the one that was found. [`Display`](fmt::Display)
/// shows it as a line such as ``the column `name` is missing: expected TEXT NOT NULL``.
#[derive(Clone, Debug)]
pub struct Difference<'a> {
    pub(crate) schema: &'a str,
    pub(crate) table: &'a str,
    pub(crate) wanted: Option<Part<'a>>,
    pub(crate) found: Option<Part<'a>>,
    pub(crate) text: String,
}

impl<'a> Difference<'a> {
    /// Returns the name of the schema that the table or view belongs to, or the sequence or type.
    /// Tables of different schemas may have the same name.
    pub fn schema(&self) -> &'a str {
        self.schema
    }

    /// Returns the name of the table or view in which the schemas differ; of a sequence or type,
    /// its own name.
    pub fn table(&self) -> &'a str {
        self.table
    }

    /// Returns the part of the wanted schema that was not found, or that was found in another
    /// form; `None` if the found part should not be there.
    pub fn wanted(&self) -> Option<Part<'a>> {
        self.wanted
    }

    /// Returns the part of the found schema that should not be there, or should have another form;
    /// `None` if the wanted part is missing.
    pub fn found(&self) -> Option<Part<'a>> {
        self.found
    }
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A part of a schema in which two schemas can differ.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Part<'a> {
    /// A whole table.
    Table(&'a Table),
    /// The options of a table: STRICT, WITHOUT ROWID, the module of a virtual table, UNLOGGED, or
    /// how it is divided into partitions.
    Options(&'a Table),
    /// The ON CONFLICT clauses of a table.
    ConflictClauses(&'a Table),
    /// A column.
    Column(&'a Column),
    /// A primary key with a collation that is not that of the column. A column's place in the key
    /// belongs to the column.
    PrimaryKey(&'a PrimaryKey),
    /// A foreign key.
    ForeignKey(&'a ForeignKey),
    /// A UNIQUE constraint.
    Unique(&'a Unique),
    /// A CHECK constraint.
    Check(&'a Check),
    /// An EXCLUDE constraint.
    Exclusion(&'a Exclusion),
    /// An index.
    Index(&'a Index),
    /// A trigger.
    Trigger(&'a Trigger),
    /// A whole view.
    View(&'a View),
    /// A sequence.
    Sequence(&'a Sequence),
    /// An enumerated type.
    Enum(&'a Enum),
    /// A domain.
    Domain(&'a Domain),
}
