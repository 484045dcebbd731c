//! What updates and deletes share: the rows that they write.

use std::time::Duration;

use super::returning::Returned;
use super::semi_join::semi_join;
use crate::expr::{Node, SourceNode};
use crate::schema::TableDef;

/// The rows of a table that an update or a delete writes.
#[derive(Clone, Debug)]
pub(crate) struct WrittenRows {
    pub(crate) table: &'static TableDef,
    /// The other tables that the statement reads.
    pub(crate) others: Vec<SourceNode>,
    pub(crate) filter: Option<Node>,
    /// Whether a statement without a filter may write every row.
    pub(crate) all_rows: bool,
    pub(crate) timeout: Option<Duration>,
    /// Built by `row.save()` or `row.remove()`: one row by its primary key, so its SQL is cached.
    pub(crate) of_row: bool,
    /// What is returned of the rows: as they are after an update, or as they were before a delete.
    pub(crate) returned: Returned,
}

impl WrittenRows {
    pub(super) fn of(table: &'static TableDef) -> WrittenRows {
        WrittenRows {
            table,
            others: Vec::new(),
            filter: None,
            all_rows: false,
            timeout: None,
            of_row: false,
            returned: Returned::Nothing,
        }
    }

    /// Adds a condition to the filter.
    pub(crate) fn filter(&mut self, condition: Node) {
        Node::add_condition(&mut self.filter, condition);
    }

    /// Returns the rows as a condition on their table alone.
    pub(crate) fn condition(&self) -> Option<Node> {
        semi_join(self.table, &self.others, self.filter.clone())
    }
}

/// Writes what the typed shells over [`WrittenRows`] share. Methods with bounds are not among it,
/// because the compiler would show the macro in each message about them.
macro_rules! writes_rows {
    ($statement:ident, $query:ident) => {
        impl<T: $crate::table::Table, F> $statement<T, F> {
            /// Allows the statement to write every row of the table.
            pub fn all_rows(mut self) -> Self {
                self.query.rows.all_rows = true;
                self
            }

            $crate::statement::shell::timeout!(query.rows.timeout);

            pub(crate) fn query(&self) -> &$query {
                &self.query
            }

            pub(crate) fn into_query(self) -> Box<$query> {
                self.query
            }
        }

        $crate::statement::shell::shell!($statement<T, F>, query);
    };
}
pub(super) use writes_rows;
