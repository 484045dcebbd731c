//! The range of all texts that begin with a prefix.
//!
//! If the pattern of LIKE or GLOB is in the text of the statement, SQLite itself computes this
//! range in order to use an index. If the pattern is a parameter, SQLite does not compute it
//! (<https://sqlite.org/optoverview.html#the_like_optimization>).

use super::super::ExpressionWriter;
use crate::expr::Node;
use crate::schema::{Collation, ColumnDef, IndexPart, TableDef};
use crate::types::Type;
use crate::value::Value;

/// After a match of a column with a pattern, writes a condition that limits the column to a range,
/// if an index on the column can be used for it. All texts that match are in the range. The SQL is
/// the same for all patterns, so that it can be cached.
pub(super) fn append_range(writer: &mut dyn ExpressionWriter, text: &Node, ignores_case: bool, mut prefix: String) {
    let Node::Column(column) = text else { return };
    let Some(definition) = column.table.column(column.name) else { return };
    // Literals are written only to repeat the condition or the expression of an index. The index
    // has the match without a range, so the match is repeated without one.
    if writer.has_literals() || definition.ty != Type::Text || !is_indexed(column.table, definition) {
        return;
    }
    match definition.collate {
        None | Some(Collation::Binary) if !ignores_case => {}
        Some(Collation::NoCase) => prefix.make_ascii_lowercase(),
        _ => return,
    }
    // SQLite reads a pattern, and compares texts with NOCASE, only up to the first NUL.
    if let Some(end) = prefix.find('\0') {
        prefix.truncate(end);
    }
    // Without an end, the range ends at a blob, which is greater than every text.
    let end = match prefix.is_empty() {
        false => successor(&prefix).map(Value::Text),
        true => None,
    };
    for (operator, bound) in [(" >= ", Value::Text(prefix)), (" < ", end.unwrap_or(Value::Blob(Vec::new())))] {
        writer.push(" AND ");
        writer.expression(text);
        writer.push(operator);
        writer.param(bound);
    }
}

/// Returns whether the column is a part of an index, a unique constraint or the primary key.
fn is_indexed(table: &TableDef, column: &ColumnDef) -> bool {
    let is_column = |part: &IndexPart| matches!(part, IndexPart::Column(name) if *name == column.name);
    table.primary_key.contains(&column.name)
        || table.uniques.iter().any(|unique| unique.contains(&column.name))
        || table.indexes.iter().any(|index| index.parts.iter().any(is_column))
}

/// Returns the smallest text that is greater than every text with this prefix, or `None` if there
/// is no such text.
pub(super) fn successor(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The code points from U+D800 to U+DFFF are surrogates, which are not characters.
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            _ => char::from_u32(last as u32 + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}
