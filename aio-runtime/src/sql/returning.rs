//! Writes the clause RETURNING.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{Node, SourceNode};
use crate::schema::TableDef;
use crate::statement::Returned;

impl Writer {
    /// Writes RETURNING of all columns, with NULL in place of each column whose index is the first
    /// number of an entry of `kept`. The driver puts the values of these columns into the result.
    pub(super) fn returned_but(&mut self, table: &TableDef, kept: &[(usize, usize)]) {
        self.push(" RETURNING ");
        self.separated(table.columns.iter().enumerate(), |writer, (place, column)| {
            match kept.iter().any(|(kept, _)| *kept == place) {
                true => writer.push("NULL"),
                false => writer.name(column.name),
            }
        });
    }

    /// Writes RETURNING, if the statement returns rows.
    pub(super) fn returned(&mut self, table: &'static TableDef, returned: &Returned) {
        match returned {
            Returned::Nothing => {}
            Returned::Row => {
                self.push(" RETURNING ");
                let columns = SourceNode::of_table(table, None).columns();
                self.separated(columns, |writer, column| writer.column(&column));
            }
            Returned::Columns(columns) => {
                if columns.iter().any(Node::aggregates) {
                    self.fail(Error::usage(format!(
                        "`returning` of `{}` cannot have an aggregate: compute it from the rows that are returned",
                        table.rust_name
                    )));
                }
                self.push(" RETURNING ");
                self.returning = Some(table).filter(|_| !self.syntax.returning_reads_schemas());
                self.separated(columns, Writer::expression);
                self.returning = None;
            }
        }
    }
}
