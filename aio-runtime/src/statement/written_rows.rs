//! Which rows an UPDATE or DELETE writes.

use std::time::Duration;

use super::returning::Returned;
use super::semi_join::semi_join;
use crate::expr::{Node, SourceNode, is_by_key};
use crate::schema::TableDef;

/// Which rows of a table an UPDATE or DELETE writes, and what it returns of these rows.
#[derive(Clone, Debug)]
pub(crate) struct WrittenRows {
    pub(crate) table: &'static TableDef,
    /// The other tables that the statement reads.
    pub(crate) others: Vec<SourceNode>,
    pub(crate) filter: Option<Node>,
    /// Whether a statement without a filter may write every row.
    pub(crate) all_rows: bool,
    pub(crate) timeout: Option<Duration>,
    /// Whether the statement was built by `row.save()` or `row.remove()`: it writes one row by its
    /// primary key, so its SQL is cached.
    pub(crate) by_key: bool,
    /// The RETURNING clause: which values it returns, after an update or before a delete.
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
            by_key: false,
            returned: Returned::Nothing,
        }
    }

    /// Returns whether at most one row is written, which the database finds by a unique key, and
    /// nothing is read for it.
    pub(crate) fn is_by_key(&self) -> bool {
        let returns_row = match &self.returned {
            Returned::Nothing | Returned::Row => true,
            Returned::Columns(values) => values.iter().all(Node::is_of_one_row),
        };
        returns_row && self.others.is_empty() && is_by_key(self.table, self.filter.as_ref())
    }

    /// Adds a condition to the filter, combined by AND with the conditions that are there.
    pub(crate) fn filter(&mut self, condition: Node) {
        Node::add_condition(&mut self.filter, condition);
    }

    /// Returns the filter for a statement that has only the written table: the other tables, with
    /// the conditions on them, are in a subquery. Returns `None` if there are neither other tables
    /// nor a filter.
    pub(crate) fn condition(&self) -> Option<Node> {
        semi_join(self.table, &self.others, self.filter.clone())
    }
}

/// Writes the methods that [`Update`](crate::Update) and [`Delete`](crate::Delete) share. Methods
/// with bounds are not in the macro, because the compiler would show the macro in each message
/// about such a bound.
macro_rules! writes_rows {
    ($statement:ident, $query:ident) => {
        impl<T: $crate::table::Table, F> $statement<T, F> {
            /// Allows the statement to write every row of the table.
            pub fn all_rows(mut self) -> Self {
                self.query.rows.all_rows = true;
                self
            }

            $crate::statement::wrapper::timeout!(query.rows.timeout);

            pub(crate) fn query(&self) -> &$query {
                &self.query
            }

            pub(crate) fn into_query(self) -> Box<$query> {
                self.query
            }
        }

        $crate::statement::wrapper::wrapper!($statement<T, F>, query);
    };
}
pub(super) use writes_rows;
