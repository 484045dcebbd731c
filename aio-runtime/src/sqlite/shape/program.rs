//! Compares expressions by the programs to which SQLite compiles them.

use std::fmt::Write as _;

use rusqlite::Connection;

use super::definition::normal;
use crate::sql::tokens;

/// Compiles expressions.
pub(super) struct Program<'a> {
    /// The in-memory database that contains the declared table.
    pub(super) beside: &'a Connection,
    pub(super) table: &'a str,
}

impl Program<'_> {
    /// Returns a text that is equal for two expressions over a row of the table with the same
    /// meaning.
    pub(super) fn of_row(&self, expression: &str) -> String {
        let table = self.table.replace('"', "\"\"");
        self.compiled(expression, &format!("FROM \"{table}\" NOT INDEXED"))
            .unwrap_or_else(|| normal(&tokens(expression)))
    }

    /// Returns a text that is equal for two defaults of a column with the same meaning.
    pub(super) fn of_default(&self, default: &str) -> String {
        // In a DEFAULT clause an unquoted or double-quoted name is a string.
        let text = || self.compiled(&format!("'{}'", default.replace('\'', "''")), "");
        self.compiled(default, "").or_else(text).unwrap_or_else(|| default.to_owned())
    }

    /// Returns the program of an expression, or `None` if it cannot be compiled, for instance
    /// because it uses a column that the declared table does not have.
    fn compiled(&self, expression: &str, from: &str) -> Option<String> {
        let mut statement = self.beside.prepare(&format!("EXPLAIN SELECT ({expression}) {from}")).ok()?;
        let mut rows = statement.raw_query();
        let mut program = String::new();
        while let Some(row) = rows.next().ok()? {
            // The name of the instruction and its five operands (https://sqlite.org/opcode.html).
            for column in 1..=6 {
                let _ = write!(program, "{:?} ", row.get_ref(column).ok()?);
            }
            program.push('\n');
        }
        Some(program)
    }
}
