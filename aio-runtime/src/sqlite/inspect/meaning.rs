//! Compares expressions by the programs to which SQLite compiles them, and columns by their
//! affinity.

use std::fmt::Write as _;

use rusqlite::Connection;

use super::affinity::Affinity;
use super::definition::{abridged_literals, comparable, normal};
use super::stand_in::with_any_function;
use crate::inspect::{Column, Meaning, Table, Tolerance};
use crate::sql::tokens;

/// The meaning of the definitions of one table.
pub(super) struct Programs<'a> {
    /// An in-memory database that has a table of this name with the wanted columns.
    pub(super) beside: &'a Connection,
    pub(super) table: &'a str,
    /// Whether expressions may call functions that this database does not have.
    pub(super) any_function: bool,
}

impl Programs<'_> {
    /// Returns the program of an expression, or `None` if it cannot be compiled, for instance
    /// because it uses a column that the declared table does not have.
    fn compiled(&self, expression: &str, from: &str) -> Option<String> {
        let explain = format!("EXPLAIN SELECT ({expression}) {from}");
        let prepared = match self.any_function {
            true => with_any_function(self.beside, || self.beside.prepare(&explain)),
            false => self.beside.prepare(&explain),
        };
        let mut statement = prepared.ok()?;
        let mut rows = statement.raw_query();
        let mut program = abridged_literals(&tokens(expression));
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

impl Meaning for Programs<'_> {
    /// Names that differ only in the case of ASCII letters are the same name.
    fn of_name(&self, name: &str) -> String {
        name.to_ascii_lowercase()
    }

    fn of_row(&self, expression: &str) -> String {
        let table = self.table.replace('"', "\"\"");
        self.compiled(expression, &format!("FROM \"{table}\" NOT INDEXED"))
            .unwrap_or_else(|| comparable(&tokens(expression)))
    }

    fn of_default(&self, default: &str) -> String {
        // In a DEFAULT clause an unquoted or double-quoted name is a string.
        let text = || self.compiled(&format!("'{}'", default.replace('\'', "''")), "");
        self.compiled(default, "").or_else(text).unwrap_or_else(|| default.to_owned())
    }

    fn of_statement(&self, sql: &str) -> String {
        comparable(&tokens(sql.trim_end().trim_end_matches(';')))
    }

    fn shown(&self, expression: &str) -> String {
        normal(&tokens(expression))
    }

    /// Compares affinities (<https://sqlite.org/datatype3.html#type_affinity>).
    fn stores(&self, _: &Table, found: &Column, wanted: &Column, tolerance: &Tolerance) -> bool {
        if tolerance.is_numbered(wanted) {
            // Only INTEGER PRIMARY KEY numbers the rows.
            return found.declared_type.eq_ignore_ascii_case(&wanted.declared_type);
        }
        let affinity = Affinity::of(&found.declared_type);
        let is_among = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(&wanted.name));
        let is_never_a_number = is_among(&tolerance.never_numbers);
        match Affinity::of(&wanted.declared_type) {
            // In a column of another affinity 5.0 may be stored as the integer 5, and 5 / 2 is 2.
            Affinity::Real if is_among(&tolerance.floats) => affinity == Affinity::Real,
            _ if found.declared_type.is_empty() => true,
            Affinity::Integer => matches!(affinity, Affinity::Integer | Affinity::Numeric),
            Affinity::Real => matches!(affinity, Affinity::Real | Affinity::Numeric),
            // NUMERIC affinity would store a text that looks like a number as a number.
            Affinity::Text => affinity == Affinity::Text || affinity == Affinity::Numeric && is_never_a_number,
            wanted => affinity == wanted,
        }
    }
}
