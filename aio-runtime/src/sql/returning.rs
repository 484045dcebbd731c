//! RETURNING.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::Node;
use crate::schema::TableDef;
use crate::statement::Returned;

impl Writer {
    /// Writes RETURNING, if anything is returned.
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
                        "`returning` of `{}` has a value for each row, and no aggregate: take it of the rows that come back",
                        table.rust_name
                    )));
                }
                self.push(" RETURNING ");
                self.separated(columns, Writer::expression);
            }
        }
    }
}
