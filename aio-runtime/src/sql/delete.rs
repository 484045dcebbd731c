//! Writes the text of DELETE.

use super::cached_text::{WrittenStatement, write_statement};
use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::statement::{CachedStatement, DeleteQuery};

/// Writes a DELETE.
pub(crate) fn delete(dialect: Dialect, query: &DeleteQuery) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.delete(query)?;
    writer.finish()
}

/// Writes a DELETE, with its text from the cache if possible.
pub(crate) fn delete_statement(dialect: Dialect, query: &DeleteQuery) -> Result<WrittenStatement> {
    let rows = &query.rows;
    write_statement(dialect, rows.by_key.then_some((rows.table, CachedStatement::Remove)), |writer| {
        writer.delete(query)
    })
}

impl Writer {
    fn delete(&mut self, query: &DeleteQuery) -> Result<()> {
        let rows = &query.rows;
        self.check_rows(rows, "delete", "deleted")?;
        self.with(rows.others.iter());
        self.push("DELETE FROM ");
        self.table(rows.table);
        self.check_others(rows);
        self.filter(rows.condition().as_ref());
        self.returned(rows.table, &rows.returned);
        Ok(())
    }
}
