//! A query as plain data.
//!
//! Queries are in the same module as expressions because each contains the other: a query has
//! conditions, and an expression may be a subquery.

use super::child::{Child, MAX_DEPTH, Tree};
use super::node::{ColumnRef, Node};
use super::order::OrderNode;
use super::select::SelectBody;
use super::source::SourceNode;
use crate::schema::TableDef;

/// A query as plain data: its body, the queries that are combined with it, and ORDER BY, LIMIT and
/// OFFSET, which apply to the combined rows.
#[derive(Clone, Debug)]
pub struct Query<B = Body> {
    pub(crate) body: B,
    /// The other queries of a compound query, each with the operator that combines it with the
    /// queries before it.
    pub(crate) compounds: Vec<(SetOperator, Child<Box<Query>>)>,
    pub(crate) orders: Vec<OrderNode>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
}

/// The body of a query: what its rows are before ORDER BY, LIMIT and OFFSET.
#[derive(Clone, Debug)]
pub enum Body {
    /// SELECT.
    Select(Box<SelectBody>),
    /// `VALUES (..), (..)`.
    Values(Vec<Vec<Node>>),
    /// `SELECT * FROM (query)` or `SELECT DISTINCT * FROM (query)`, where the inner query has its
    /// own order and limit.
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
    /// The rows of either query, without duplicates.
    Union,
    /// The rows of the first query followed by the rows of the second query.
    UnionAll,
    /// The rows that both queries have, without duplicates.
    Intersect,
    /// The rows of the first query that the second does not have, without duplicates.
    Except,
}

/// A common table expression (CTE): `WITH name AS (query)`.
#[derive(Clone, Debug)]
pub struct CteNode {
    /// The name of the query and the names of its columns.
    pub(crate) table: &'static TableDef,
    pub(crate) query: Child<Box<Query>>,
    /// Whether the query reads its own rows.
    pub(crate) recursive: bool,
    /// `true` for MATERIALIZED, with which the query is computed once; `false` for NOT
    /// MATERIALIZED, with which it becomes a part of each query that reads it; `None` to let the
    /// database choose.
    pub(crate) materialized: Option<bool>,
    /// Whether the part of a compound query that reads it names it, in place of the whole query.
    pub(crate) is_local: bool,
}

impl Tree for Query {
    fn depth(&self) -> u16 {
        let body = match &self.body {
            Body::Select(select) => select.depth(),
            Body::FromQuery { query, .. } => query.depth(),
            Body::Values(_) | Body::TooDeep => 0,
        };
        let parts = self.compounds.iter().map(|(_, part)| part.depth()).max();
        1 + body.max(parts.unwrap_or(0)).max(self.orders.depth())
    }

    fn prune(&mut self) {
        if self.depth() >= MAX_DEPTH {
            *self = Query::new(Body::TooDeep);
        }
    }
}

impl<B> Query<B> {
    pub(crate) fn new(body: B) -> Query<B> {
        Query { body, compounds: Vec::new(), orders: Vec::new(), limit: None, offset: None }
    }

    /// Returns whether the query has LIMIT or OFFSET.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some() || self.offset.is_some()
    }

    /// Returns whether the query has ORDER BY, LIMIT or OFFSET.
    pub(crate) fn is_sorted_or_limited(&self) -> bool {
        !self.orders.is_empty() || self.is_limited()
    }
}

impl Query {
    /// Returns `SELECT * FROM (query)`, or `SELECT DISTINCT * FROM (query)`.
    pub(crate) fn from_query(query: Query, distinct: bool) -> Query {
        Query::new(Body::FromQuery { query: Child::boxed(query), distinct })
    }

    /// Returns the query in a form in which other queries can be combined with it. If it has its
    /// own ORDER BY, LIMIT or OFFSET, it becomes a subquery in FROM.
    pub(crate) fn into_first(self) -> Query {
        if self.is_sorted_or_limited() { Query::from_query(self, false) } else { self }
    }

    /// Returns the first SELECT, which determines the columns of a compound query. Returns `None`
    /// if the first part is VALUES.
    pub(crate) fn first_select(&self) -> Option<&SelectBody> {
        match &self.body {
            Body::Select(select) => Some(select),
            Body::FromQuery { query, .. } => query.first_select(),
            Body::Values(_) | Body::TooDeep => None,
        }
    }

    /// Returns the SELECT if each row that remains after the joins and the filter gives exactly
    /// one result row: if there is no DISTINCT, grouping, aggregate or set operation. LIMIT and
    /// OFFSET are allowed. Otherwise, returns `None`.
    pub(crate) fn plain_select(&self) -> Option<&SelectBody> {
        match &self.body {
            Body::Select(select) if self.compounds.is_empty() && select.is_plain() => Some(select),
            _ => None,
        }
    }

    /// Returns the number of columns of the rows if the query begins with VALUES, or 0 if it does
    /// not.
    pub(crate) fn first_width(&self) -> usize {
        match &self.body {
            Body::Values(rows) => rows.first().map_or(0, Vec::len),
            Body::FromQuery { query, .. } => query.first_width(),
            Body::Select(_) | Body::TooDeep => 0,
        }
    }

    /// Returns the tables in FROM, for a compound query those of all its queries, but not the CTEs
    /// that one of these names itself.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourceNode> {
        let parts = self.compounds.iter().filter_map(|(_, part)| part.first_select());
        let parts = parts.flat_map(SelectBody::sources);
        let parts = parts.filter(|source| !source.cte().is_some_and(|cte| cte.is_local));
        self.first_select().into_iter().flat_map(SelectBody::sources).chain(parts)
    }

    /// Returns whether two queries are certain to be the same, including the values in them.
    /// Returns false if either of them is anything but a single SELECT from tables of the
    /// database.
    pub(super) fn is_same(&self, other: &Query) -> bool {
        let (Body::Select(select), Body::Select(other_select)) = (&self.body, &other.body) else { return false };
        self.compounds.is_empty()
            && other.compounds.is_empty()
            && select.is_same(other_select)
            && OrderNode::are_same(&self.orders, &other.orders)
            && (self.limit, self.offset) == (other.limit, other.offset)
    }

    /// Returns the first column of a surrounding query that this query reads and that is neither
    /// one of `groups`, the terms of the surrounding query's GROUP BY, nor inside an aggregate.
    /// Returns `None` if there is no such column. `is_relevant` says which columns are checked.
    pub(super) fn ungrouped(&self, groups: &[Node], is_relevant: &dyn Fn(&ColumnRef) -> bool) -> Option<ColumnRef> {
        let own = match &self.body {
            Body::Select(select) => select.ungrouped(&self.orders, groups, is_relevant),
            Body::FromQuery { query, .. } => query.ungrouped(groups, is_relevant),
            Body::Values(_) | Body::TooDeep => None,
        };
        own.or_else(|| self.compounds.iter().find_map(|(_, part)| part.ungrouped(groups, is_relevant)))
    }
}
