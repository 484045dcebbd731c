//! A checksum of the ORDER BY of a query, by which a cursor is found to belong to another query.

use super::writer::Writer;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::expr::{Node, OrderNode};
use crate::row_batch::RowBatch;
use crate::statement::checksum;
use crate::value::Param;

/// Returns a checksum of the ORDER BY of a query: of its expressions with their values, the
/// directions and the places of NULL, and the types and collations of its columns.
pub(crate) fn order_of(dialect: Dialect, orders: &[OrderNode]) -> Result<u32> {
    let mut writer = Writer::new(dialect);
    // With more than one table, columns are written with the names of their tables.
    writer.sources = 2;
    writer.plain_lists = true;
    for order in orders {
        writer.expression(&order.node);
        writer.push(if order.descending { " DESC" } else { " ASC" });
        writer.push(if order.has_nulls_first() { " FIRST" } else { " LAST" });
        if let Node::Column(column) = &order.node
            && let Some(column) = column.table.column(column.name)
        {
            writer.number(format_args!(" {:?} {:?};", column.ty, column.collate));
        }
    }
    let sql = writer.finish()?;
    let mut values = RowBatch::default();
    sql.params.iter().flat_map(Param::values).for_each(|value| values.push(value));
    Ok(checksum(&[sql.text.as_bytes(), &values.contents()].concat()))
}
