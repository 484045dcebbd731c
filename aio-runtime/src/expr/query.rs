//! The untyped tree of a query.
//!
//! It is next to the tree of expressions because each contains the other: a query filters by
//! expressions, and an expression may be a query.

use super::child::{Child, Levels, MOST_LEVELS};
use super::node::{ColumnRef, Node};
use super::order::OrderNode;
use super::select::SelectBody;
use super::source::SourceNode;
use crate::schema::TableDef;

/// A query as plain data: where its rows come from, and what applies to all of them.
#[derive(Clone, Debug)]
pub struct Query<B = Body> {
    pub(crate) body: B,
    /// Further queries, each with the operator that combines it with those before.
    pub(crate) compounds: Vec<(SetOperator, Child<Box<Query>>)>,
    pub(crate) orders: Vec<OrderNode>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
}

/// Where the rows of a query come from.
#[derive(Clone, Debug)]
pub enum Body {
    /// SELECT.
    Select(Box<SelectBody>),
    /// `VALUES (..), (..)`.
    Values(Vec<Vec<Node>>),
    /// `SELECT * FROM (query)`, or `SELECT DISTINCT`: a query with an order and a limit of its
    /// own.
    FromQuery {
        /// The inner query.
        query: Child<Box<Query>>,
        /// Whether duplicate rows are removed.
        distinct: bool,
    },
    /// A query that was nested too deep. The statement that contains it fails.
    TooDeep,
}

/// How the rows of two queries are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// The rows of either, without duplicates.
    Union,
    /// The rows of the first followed by those of the second.
    UnionAll,
    /// The rows that both have, without duplicates.
    Intersect,
    /// The rows of the first that the second does not have, without duplicates.
    Except,
}

/// A query with a name: `WITH name AS (query)`.
#[derive(Clone, Debug)]
pub struct CteNode {
    /// The name, and the names of its columns.
    pub(crate) table: &'static TableDef,
    pub(crate) query: Child<Box<Query>>,
    /// Whether it reads its own rows.
    pub(crate) recursive: bool,
    /// Whether it is computed once, or as a part of each query that reads it; `None` leaves that
    /// to the database.
    pub(crate) materialized: Option<bool>,
}

impl Levels for Query {
    fn levels(&self) -> u16 {
        let body = match &self.body {
            Body::Select(select) => select.levels(),
            Body::FromQuery { query, .. } => query.levels(),
            Body::Values(_) | Body::TooDeep => 0,
        };
        let parts = self.compounds.iter().map(|(_, part)| part.levels()).max();
        1 + body.max(parts.unwrap_or(0)).max(self.orders.levels())
    }

    fn prune(&mut self) {
        if self.levels() >= MOST_LEVELS {
            *self = Query::new(Body::TooDeep);
        }
    }
}

impl<B> Query<B> {
    pub(crate) fn new(body: B) -> Query<B> {
        Query { body, compounds: Vec::new(), orders: Vec::new(), limit: None, offset: None }
    }

    /// Returns whether it has LIMIT or OFFSET.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some() || self.offset.is_some()
    }

    /// Returns whether it has ORDER BY, LIMIT or OFFSET.
    pub(crate) fn is_sorted_or_limited(&self) -> bool {
        !self.orders.is_empty() || self.is_limited()
    }
}

impl Query {
    /// Returns `SELECT * FROM (query)`.
    pub(crate) fn from_query(query: Query, distinct: bool) -> Query {
        Query::new(Body::FromQuery { query: Child::boxed(query), distinct })
    }

    /// Returns the query in a form to which others can be added, with its order and its limit
    /// inside.
    pub(crate) fn into_first(self) -> Query {
        if self.is_sorted_or_limited() { Query::from_query(self, false) } else { self }
    }

    /// Returns the SELECT whose columns are those of all combined queries, if there is one.
    pub(crate) fn first_select(&self) -> Option<&SelectBody> {
        match &self.body {
            Body::Select(select) => Some(select),
            Body::FromQuery { query, .. } => query.first_select(),
            Body::Values(_) | Body::TooDeep => None,
        }
    }

    /// Returns its SELECT, if that returns one row for each joined and filtered row of its tables,
    /// and no others. LIMIT and OFFSET may apply to them.
    pub(crate) fn plain_select(&self) -> Option<&SelectBody> {
        match &self.body {
            Body::Select(select) if self.compounds.is_empty() && select.is_plain() => Some(select),
            _ => None,
        }
    }

    /// Returns the number of columns, for rows that do not come from a SELECT.
    pub(crate) fn first_width(&self) -> usize {
        match &self.body {
            Body::Values(rows) => rows.first().map_or(0, Vec::len),
            Body::FromQuery { query, .. } => query.first_width(),
            Body::Select(_) | Body::TooDeep => 0,
        }
    }

    /// Returns the tables that it reads, including those of the queries combined with it.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourceNode> {
        let parts = self.compounds.iter().filter_map(|(_, part)| part.first_select());
        self.first_select().into_iter().chain(parts).flat_map(SelectBody::sources)
    }

    /// Returns whether two SELECTs over tables have the same form and the same values. It is false
    /// for all other queries.
    pub(super) fn is_same(&self, other: &Query) -> bool {
        let (Body::Select(select), Body::Select(other_select)) = (&self.body, &other.body) else { return false };
        let sorted = |(left, right): (&OrderNode, &OrderNode)| {
            left.descending == right.descending
                && left.nulls_first == right.nulls_first
                && left.node.is_same(&right.node)
        };
        self.compounds.is_empty()
            && other.compounds.is_empty()
            && select.is_same(other_select)
            && self.orders.len() == other.orders.len()
            && self.orders.iter().zip(&other.orders).all(sorted)
            && (self.limit, self.offset) == (other.limit, other.offset)
    }

    /// Returns the first column of some tables of a surrounding query that is neither one of
    /// `groups` nor inside an aggregate.
    pub(super) fn ungrouped(&self, groups: &[Node], is_relevant: &dyn Fn(&ColumnRef) -> bool) -> Option<ColumnRef> {
        let own = match &self.body {
            Body::Select(select) => select.ungrouped(&self.orders, groups, is_relevant),
            Body::FromQuery { query, .. } => query.ungrouped(groups, is_relevant),
            Body::Values(_) | Body::TooDeep => None,
        };
        own.or_else(|| self.compounds.iter().find_map(|(_, part)| part.ungrouped(groups, is_relevant)))
    }
}
