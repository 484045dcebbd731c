//! Writes the clause RETURNING.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::Node;
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
    pub(super) fn returned(&mut self, table: &TableDef, returned: &Returned) {
        match returned {
            Returned::Nothing => {}
            Returned::Row => {
                self.push(" RETURNING ");
                self.names(table.columns.iter().map(|column| column.name));
            }
            Returned::Columns(columns) => {
                if columns.iter().any(Node::aggregates) {
                    self.fail(Error::usage(format!(
                        "`returning` of `{}` cannot have an aggregate: compute it from the rows that are returned",
                        table.rust_name
                    )));
                }
                self.push(" RETURNING ");
                self.separated(columns, Writer::expression);
            }
        }
    }
}
