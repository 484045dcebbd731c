//! Writes compound queries (UNION, INTERSECT, EXCEPT) and VALUES.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{Body, Child, Node, OrderNode, Query, SelectBody, SetOperator, too_deep};
use crate::schema::Collation;

impl Writer {
    /// Writes a query with all its clauses, from WITH to OFFSET.
    pub(super) fn select(&mut self, query: &Query) {
        if let Body::Select(select) = &query.body
            && let Some(per_group) = &select.per_group
        {
            if let Some(lock) = &select.lock {
                self.row_lock(query, select, lock);
            }
            return self.select_per_group(query, select, per_group);
        }
        let (outer, outer_ctes) = (self.enter(&query.body), self.ctes.len());
        let outer_groups = std::mem::take(&mut self.groups);
        self.with(query.sources());
        let collated = self.syntax.query_with_collations(self, query, false);
        let written = collated.as_ref().unwrap_or(query);
        let last = query.compounds.len();
        let followed = query.is_sorted_or_limited();
        let has_names = self.needs_names(query);
        if has_names {
            self.push("SELECT * FROM (");
        }
        let closed = self.closed_before(&query.compounds);
        closed.iter().filter(|is_closed| **is_closed).for_each(|_| self.push("("));
        self.part(written, followed && last == 0);
        for ((number, (operator, part)), is_closed) in (1..).zip(&written.compounds).zip(closed) {
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
            let has_lock = matches!(&part.body, Body::Select(select) if select.lock.is_some());
            if part.compounds.is_empty() && !part.is_sorted_or_limited() && !has_lock {
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
        if has_names {
            self.end_query();
            self.push(" (");
            let width = query.first_select().map(SelectBody::selected).unwrap_or_default().len();
            self.separated(1..=width, |writer, column| writer.name(&column.to_string()));
            self.push(")");
        }
        self.enter(&query.body);
        if !query.orders.is_empty() {
            self.push(" ORDER BY ");
            match &query.body {
                Body::Select(select) if query.compounds.is_empty() => {
                    self.orders_by_position(&query.orders, select.distinct, |term| select.position_of(term));
                }
                body => self.compound_orders(query, matches!(body, Body::FromQuery { .. }), has_names),
            }
        }
        self.limit(query);
        if let Body::Select(select) = &query.body
            && let Some(lock) = &select.lock
        {
            self.row_lock(query, select, lock);
        }
        self.leave(outer);
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

    /// Returns whether the columns of a compound query need names, because the query is sorted by
    /// one of them with another collation than its own, and COLLATE cannot follow a position.
    fn needs_names(&self, query: &Query) -> bool {
        let is_plain = matches!(&query.body, Body::Select(_)) && query.compounds.is_empty();
        if is_plain || !self.syntax.sorts_compounds_by_position() {
            return false;
        }
        query.orders.iter().any(|order| match position(query, &order.node) {
            Some((index, Some(collation))) => self.syntax.column_of_compound(self, query, index) != Some(collation),
            _ => false,
        })
    }

    /// Writes the terms of ORDER BY of a compound query. Each has to be an expression that the
    /// first query selects. `unnamed` says that the columns of the first query cannot be named in
    /// ORDER BY, so that their positions are written. `numbered` says that the names of the
    /// columns are their positions.
    fn compound_orders(&mut self, query: &Query, unnamed: bool, numbered: bool) {
        self.separated(&query.orders, |writer, order| {
            let Some((index, collation)) = position(query, &order.node) else {
                return writer.fail(Error::usage(
                    "a compound query can only be sorted by columns that its first query selects: select the columns to sort by",
                ));
            };
            let (position, by_position) = (index + 1, writer.syntax.sorts_compounds_by_position());
            match &order.node {
                // Only a column is written again. Another expression may contain placeholders,
                // with which the database would not recognize it as the selected expression, so
                // its position is written.
                Node::Column(column) if !unnamed && !by_position => writer.column(column),
                Node::Collate(column, _) if !unnamed && !by_position && matches!(***column, Node::Column(_)) => {
                    writer.expression(column);
                }
                _ if numbered => writer.name(&position.to_string()),
                _ => writer.number(position),
            }
            if let Some(collation) = collation.filter(|_| numbered || !by_position) {
                writer.collate(collation);
            }
            let node = if by_position || unnamed { Node::Literal(0) } else { order.node.clone() };
            writer.direction(&OrderNode { node, ..order.clone() });
        });
    }
}

/// Returns the index of the column that a compound query is sorted by, and the collation of
/// COLLATE. Returns `None` if the first query does not select this column.
fn position(query: &Query, term: &Node) -> Option<(usize, Option<Collation>)> {
    let (term, collation) = match term {
        Node::Collate(term, collation) => (&***term, Some(*collation)),
        term => (term, None),
    };
    let selected = query.first_select()?.selected();
    Some((selected.iter().position(|node| node.is_same(term))?, collation))
}
