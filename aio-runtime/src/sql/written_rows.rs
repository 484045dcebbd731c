//! Writes and checks the clauses that determine the rows to write, which UPDATE and DELETE share.

use super::table_name::duplicate_name;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::expr::SourceNode;
use crate::statement::WrittenRows;

impl Writer {
    /// Returns an error if a statement has no filter and `all_rows` was not called.
    pub(super) fn check_rows(&mut self, rows: &WrittenRows, verb: &str, done: &str) -> Result<()> {
        if rows.filter.is_some() || rows.all_rows {
            return Ok(());
        }
        Err(Error::usage(format!(
            "the {verb} of `{}` has no filter: add `.filter(..)`, or `.all_rows()` if every row is to be {done}",
            rows.table.rust_name
        )))
    }

    /// Writes the other tables that the statement reads, after a keyword such as FROM.
    pub(super) fn others(&mut self, keyword: &str, rows: &WrittenRows) {
        if rows.others.is_empty() {
            return;
        }
        self.check_others(rows);
        self.push(keyword);
        self.separated(&rows.others, |writer, other| writer.source(other));
    }

    /// Makes the statement fail if two tables have the same name in it.
    pub(super) fn check_others(&mut self, rows: &WrittenRows) {
        let others = rows.others.iter().map(|other: &SourceNode| (other.table, other.alias));
        let written = std::iter::once((rows.table, None));
        if let Some((name, table)) = duplicate_name(written.chain(others)) {
            self.fail(Error::usage(format!(
                "the statement reads `{name}` twice: give the second an alias, `alias!(Other = {table})`"
            )));
        }
    }
}
