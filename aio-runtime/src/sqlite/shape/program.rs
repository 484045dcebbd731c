//! Expressions, compared by the programs that SQLite compiles them to.

use std::fmt::Write as _;

use rusqlite::Connection;

use super::definition::normal;
use crate::sql::tokens;

/// Compiles expressions.
pub(super) struct Program<'a> {
    /// The database with the table as it should be.
    pub(super) beside: &'a Connection,
    pub(super) table: &'a str,
}

impl Program<'_> {
    /// Returns what an expression over a row of the table means.
    pub(super) fn of_row(&self, expression: &str) -> String {
        let table = self.table.replace('"', "\"\"");
        self.compiled(expression, &format!("FROM \"{table}\" NOT INDEXED"))
            .unwrap_or_else(|| normal(&tokens(expression)))
    }

    /// Returns what the default of a column means.
    pub(super) fn of_default(&self, default: &str) -> String {
        // A name alone is a text there, as is one in quotes.
        let text = || self.compiled(&format!("'{}'", default.replace('\'', "''")), "");
        self.compiled(default, "").or_else(text).unwrap_or_else(|| default.to_owned())
    }

    /// Returns the program that an expression is compiled to; `None` if it cannot be compiled, as
    /// where it names a column that the table should not have.
    fn compiled(&self, expression: &str, from: &str) -> Option<String> {
        let mut statement = self.beside.prepare(&format!("EXPLAIN SELECT ({expression}) {from}")).ok()?;
        let mut rows = statement.raw_query();
        let mut program = String::new();
        while let Some(row) = rows.next().ok()? {
            // https://sqlite.org/opcode.html: the name and the five operands.
            for column in 1..=6 {
                let _ = write!(program, "{:?} ", row.get_ref(column).ok()?);
            }
            program.push('\n');
        }
        Some(program)
    }
}
