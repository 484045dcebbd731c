//! Whether two spellings in a schema mean the same, which each kind of database decides for
//! itself.

use super::comparison::Tolerance;
use super::{Column, Table};

/// Tells when two spellings in the definitions of one table mean the same to the database.
///
/// The texts that the methods return are only compared with each other.
pub(crate) trait Meaning {
    /// Returns a text that is equal for two spellings of one name.
    fn of_name(&self, name: &str) -> String;

    /// Returns a text that is equal for two expressions over a row of the table with the same
    /// meaning.
    fn of_row(&self, expression: &str) -> String;

    /// Returns a text that is equal for two defaults of a column with the same meaning.
    fn of_default(&self, default: &str) -> String;

    /// Returns a text that is equal for two statements that differ only in white space, comments,
    /// the case of words, and quotes around names.
    fn of_statement(&self, sql: &str) -> String;

    /// Returns an expression in the form in which an error shows it, without comments.
    fn shown(&self, expression: &str) -> String;

    /// Returns whether the column `found` of the table `of` stores the values of the column
    /// `wanted` unchanged, although their types may differ.
    fn stores(&self, of: &Table, found: &Column, wanted: &Column, tolerance: &Tolerance) -> bool;
}
