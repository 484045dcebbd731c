//! Writes compound queries (UNION, INTERSECT, EXCEPT) and VALUES.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{Body, Child, Node, OrderNode, Query, SelectBody, SetOperator, too_deep};

impl Writer {
    /// Writes a query with all its clauses, from WITH to OFFSET.
    pub(super) fn select(&mut self, query: &Query) {
        if let Body::Select(select) = &query.body
            && let Some(per_group) = &select.per_group
        {
            return self.select_per_group(query, select, per_group);
        }
        let (outer_sources, outer_ctes) = (self.enter(&query.body), self.ctes.len());
        let outer_groups = std::mem::take(&mut self.groups);
        self.with(query.sources());
        let last = query.compounds.len();
        let followed = query.is_sorted_or_limited();
        let closed = self.closed_before(&query.compounds);
        closed.iter().filter(|is_closed| **is_closed).for_each(|_| self.push("("));
        self.part(query, followed && last == 0);
        for ((number, (operator, part)), is_closed) in (1..).zip(&query.compounds).zip(closed) {
            if is_closed {
                self.push(")");
            }
            self.push(match operator {
                SetOperator::Union => " UNION ",
                SetOperator::UnionAll => " UNION ALL ",
                SetOperator::Intersect => " INTERSECT ",
                SetOperator::Except => " EXCEPT ",
            });
            self.enter(&part.body);
            if part.compounds.is_empty() && !part.is_sorted_or_limited() {
                self.part(part, followed && number == last);
            } else {
                // In SQL, a part of a compound query can neither have ORDER BY or LIMIT nor be a
                // compound query itself
                // (https://sqlite.org/lang_select.html#compound_select_statements), so this part
                // becomes a subquery in FROM.
                self.push("SELECT * FROM (");
                self.select(part);
                self.end_query();
            }
        }
        self.enter(&query.body);
        if !query.orders.is_empty() {
            self.push(" ORDER BY ");
            match &query.body {
                Body::Select(select) if query.compounds.is_empty() => {
                    self.orders_by_position(&query.orders, |term| select.position_of(term));
                }
                body => self.compound_orders(query, matches!(body, Body::FromQuery { .. })),
            }
        }
        self.limit(query);
        self.sources = outer_sources;
        self.groups = outer_groups;
        self.ctes.truncate(outer_ctes);
    }

    /// Returns, for each operator of a compound query, whether a parenthesis is closed before it,
    /// so that everything on its left is its left operand. In a tree of expressions, operators
    /// are applied from left to right.
    fn closed_before(&self, compounds: &[(SetOperator, Child<Box<Query>>)]) -> Vec<bool> {
        let mut has_looser = false;
        let is_closed = |(operator, _): &(SetOperator, Child<Box<Query>>)| {
            let is_intersect = *operator == SetOperator::Intersect;
            let is_closed = is_intersect && has_looser && self.syntax.intersect_binds_tighter();
            has_looser = !is_intersect || has_looser && !is_closed;
            is_closed
        };
        compounds.iter().map(is_closed).collect()
    }

    /// Writes one of the queries that UNION and other operators combine, or the only query,
    /// without its ORDER BY and LIMIT. `followed` says whether ORDER BY or LIMIT follows, which
    /// SQLite does not accept after VALUES.
    fn part(&mut self, query: &Query, followed: bool) {
        match &query.body {
            Body::Select(select) => self.select_body(select, &query.orders),
            Body::Values(rows) => {
                if rows.is_empty() {
                    self.fail(Error::usage("`values` needs at least one row: SQL has no empty VALUES"));
                }
                self.push(if followed { "SELECT * FROM (VALUES " } else { "VALUES " });
                self.separated(rows, |writer, row| {
                    writer.push("(");
                    writer.separated(row, Writer::expression);
                    writer.push(")");
                });
                if followed {
                    self.end_query();
                }
            }
            Body::FromQuery { query, distinct } => {
                self.push(if *distinct { "SELECT DISTINCT * FROM (" } else { "SELECT * FROM (" });
                self.select(query);
                self.end_query();
            }
            Body::TooDeep => self.fail(too_deep()),
        }
    }

    /// Writes the terms of ORDER BY of a compound query. Each has to be an expression that the
    /// first query selects. `unnamed` says that the columns of the first query cannot be named in
    /// ORDER BY, so that their positions are written.
    fn compound_orders(&mut self, query: &Query, unnamed: bool) {
        let selected = query.first_select().map(SelectBody::selected).unwrap_or_default();
        let mut orders = Vec::with_capacity(query.orders.len());
        for order in &query.orders {
            let (term, collation) = match &order.node {
                Node::Collate(term, collation) => (&***term, Some(*collation)),
                term => (term, None),
            };
            let position = selected.iter().position(|node| node.is_same(term));
            let Some(position) = position.and_then(|index| u8::try_from(index + 1).ok()) else {
                return self.fail(Error::usage(
                    "a compound query can only be sorted by columns that its first query selects: select the columns to sort by",
                ));
            };
            // Only a column is written again. Another expression may contain placeholders, with
            // which the database would not recognize it as the selected expression, so its
            // position is written.
            let is_column = matches!(term, Node::Column(_));
            let by_position = unnamed || !is_column || self.syntax.sorts_compounds_by_position();
            let mut node = if by_position { Node::Literal(position.into()) } else { term.clone() };
            if let Some(collation) = collation {
                node = Node::Collate(Child::boxed(node), collation);
            }
            orders.push(OrderNode { node, ..order.clone() });
        }
        self.orders(&orders);
    }
}
