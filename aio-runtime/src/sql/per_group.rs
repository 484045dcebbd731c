//! A query with a limit of rows for each group. The rows of each group are numbered, and an outer
//! query selects the rows with the lowest numbers.

use super::writer::Writer;
use crate::expr::{Call, Function, PerGroup, Query, SelectBody, WindowNode};

/// The name of the column that contains the number of a row in its group.
const NUMBER: &str = "n";

impl Writer {
    /// Writes the complete query. The columns get new names, because an expression has no name,
    /// and two columns may have the same name.
    pub(super) fn select_per_group(&mut self, query: &Query, select: &SelectBody, per_group: &PerGroup) {
        let around = self.enter(&query.body);
        let columns = select.selected();
        let name = |place: usize| format!("c{place}");
        self.push("SELECT ");
        self.separated(0..columns.len(), |writer, place| writer.name(&name(place)));
        self.push(" FROM (SELECT ");
        self.separated(columns.iter().enumerate(), |writer, (place, column)| {
            writer.expression(column);
            writer.push(" AS ");
            writer.name(&name(place));
        });
        self.push(", ");
        let window =
            WindowNode { partition: per_group.columns.clone(), orders: query.orders.clone(), ..WindowNode::default() };
        self.shared_call(&Call { over: Some(Box::new(window)), ..Call::new(Function::RowNumber, Vec::new()) });
        self.push(" AS ");
        self.name(NUMBER);
        self.from(select);
        self.end_query();
        self.push(" WHERE ");
        self.name(NUMBER);
        self.push(" <= ");
        self.row_count(per_group.rows);
        self.push(" ORDER BY ");
        self.name(NUMBER);
        self.leave(around);
    }
}
