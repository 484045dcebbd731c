//! Raw statements, and raw SQL inside typed statements.

use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::expr::{Piece, RawNode};
use crate::statement::Sql;

/// The text and the values of a raw statement.
pub(crate) struct RawText(pub(crate) SqlText);

/// A captured list with more values than this is sent to SQLite as a single parameter, because
/// SQLite limits the number of parameters (<https://sqlite.org/limits.html#max_variable_number>).
const MAX_PLACEHOLDERS_OF_LIST: usize = 1_000;

/// Writes a raw statement.
pub(crate) fn raw(dialect: Dialect, sql: &Sql) -> Result<RawText> {
    let mut writer = Writer::new(dialect);
    writer.raw(sql.raw());
    writer.finish().map(RawText)
}

impl Writer {
    /// Writes raw SQL: its text, and the expressions that are captured in its braces.
    pub(super) fn raw(&mut self, raw: &RawNode) {
        if let Some(reason) = &raw.invalid {
            self.fail(reason.clone().into_error().context("an argument of the statement"));
        }
        let raw = match raw.in_forms_of_columns() {
            Ok(raw) => raw,
            Err(error) => return self.fail(error),
        };
        for piece in &raw.pieces {
            match piece {
                Piece::Text(text) => self.push(text),
                Piece::Value(value, _) => self.param(value.clone()),
                Piece::Table(table) => self.table(table),
                Piece::Column(column, _) => self.column(column),
                // A query without rows: on every database, `in` with this query is false and `not
                // in` is true.
                Piece::List(values, _, ty) if values.is_empty() => self.syntax.no_rows(self, *ty),
                Piece::List(values, ..) if values.len() > MAX_PLACEHOLDERS_OF_LIST && !self.plain_lists => {
                    self.syntax.rows_of_list(self, values);
                }
                Piece::List(values, ..) => self.separated(values, |writer, value| writer.param(value.clone())),
            }
        }
        for (value, _) in &raw.bound {
            self.param_without_placeholder(value.clone());
        }
    }
}
