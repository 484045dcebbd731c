//! Writes the text of UPDATE.

use super::cached_text::{WrittenStatement, write_statement};
use super::dialect::Precedence;
use super::managed::now;
use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::Node;
use crate::schema::TableDef;
use crate::statement::{CachedStatement, UpdateQuery};

/// Writes an UPDATE.
pub(crate) fn update(dialect: Dialect, query: &UpdateQuery) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.update(query)?;
    writer.finish()
}

/// Writes an UPDATE, with its text from the cache if possible.
pub(crate) fn update_statement(dialect: Dialect, query: &UpdateQuery) -> Result<WrittenStatement> {
    let rows = &query.rows;
    write_statement(dialect, rows.by_key.then_some((rows.table, CachedStatement::Save)), |writer| writer.update(query))
}

impl Writer {
    fn update(&mut self, query: &UpdateQuery) -> Result<()> {
        let (rows, table) = (&query.rows, query.rows.table);
        if let Some(invalid) = &query.invalid {
            return Err(invalid.without_source());
        }
        self.check_rows(rows, "update", "updated")?;
        if query.sets.is_empty() {
            return Err(Error::usage(format!(
                "the update of `{0}` sets no column: add `.set({0}::COLUMN, value)`",
                table.rust_name
            )));
        }
        self.with(rows.others.iter());
        self.read_in_schemas(rows.others.iter());
        self.push("UPDATE ");
        self.table(table);
        self.push(" SET ");
        self.sources = 1 + rows.others.len();
        self.sets(table, &query.sets);
        self.managed_sets(table, &query.sets, |writer, column, clock| match now(table, column, clock) {
            Ok(time) => writer.param(time),
            Err(error) => writer.fail(error),
        });
        self.others(" FROM ", rows);
        self.filter(rows.filter.as_ref());
        self.returned(table, &rows.returned);
        self.sources = 1;
        Ok(())
    }

    /// Writes the assignments of SET: `column = value, …`.
    pub(super) fn sets(&mut self, table: &TableDef, sets: &[(&'static str, Node)]) {
        self.separated(sets, |writer, (column, node)| {
            writer.check_written(table, column);
            writer.name(column);
            writer.push(" = ");
            match node {
                Node::Invalid(reason) => {
                    writer.fail(reason.clone().into_error().at_column(Some(table.full_name), column));
                }
                node => writer.untyped(node, Precedence::Or),
            }
        });
    }

    /// Makes the statement fail if the column is a generated column, which cannot be set.
    pub(super) fn check_written(&mut self, table: &TableDef, column: &str) {
        if table.column(column).is_some_and(|column| column.generated.is_some()) {
            self.fail(Error::usage(format!(
                "{}.{column} is a generated column and cannot be set: set the columns that it is computed from",
                table.full_name
            )));
        }
    }
}
