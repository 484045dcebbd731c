//! A single SELECT as plain data.

use std::sync::Arc;

use super::child::Tree;
use super::node::{ColumnRef, Node};
use super::order::OrderNode;
use super::presence::RowPart;
use super::query::{Body, Query};
use super::row_lock::{LockStrength, LockWait, LockedTable, RowLock};
use super::source::{Origin, SourceNode};
use crate::error::Error;
use crate::schema::TableDef;

/// A SELECT, from the selected expressions to HAVING.
#[derive(Clone, Debug)]
pub struct SelectBody {
    /// The first table in FROM.
    pub(crate) source: SourceNode,
    pub(crate) joins: Vec<JoinNode>,
    pub(crate) distinct: bool,
    /// The expressions of DISTINCT ON: of the rows that are equal in them, only the first in the
    /// order of the query is kept. Empty if all rows are.
    pub(crate) distinct_on: Vec<Node>,
    /// The selected expressions; empty for all columns of all tables.
    pub(crate) projection: Vec<Node>,
    /// The ranges of the selected expressions that are read as one value each, such as the columns
    /// of a table that are read as its struct.
    pub(crate) parts: Vec<RowPart>,
    pub(crate) filter: Option<Node>,
    pub(crate) groups: Vec<Node>,
    pub(crate) having: Option<Node>,
    /// A limit on the number of rows that have equal values in some columns, for example on the
    /// rows for each parent row.
    pub(crate) per_group: Option<PerGroup>,
    /// The locks that are taken on the rows; `None` if none are.
    pub(crate) lock: Option<Box<RowLock>>,
    /// Whether the filter is exactly a condition on the primary key, so that the SQL text can be
    /// cached.
    pub(crate) by_key: bool,
    /// Whether the SELECT is a subquery that also reads tables of the surrounding queries.
    pub(crate) correlated: bool,
    /// The reason why the statement fails, such as a key that cannot be stored.
    pub(crate) invalid: Option<Arc<Error>>,
}

/// A query whose body is a SELECT, which the typed builders change.
pub(crate) type SelectQuery = Query<Box<SelectBody>>;

/// A limit on the number of rows that have equal values in `columns`: only the first `rows` of
/// them in the order of the query are kept.
#[derive(Clone, Debug)]
pub(crate) struct PerGroup {
    pub(crate) columns: Vec<Node>,
    pub(crate) rows: i64,
}

/// A joined table.
#[derive(Clone, Debug)]
pub struct JoinNode {
    pub(crate) kind: JoinKind,
    pub(crate) source: SourceNode,
    /// The condition of ON; `None` if every row matches.
    pub(crate) on: Option<Node>,
}

/// The kind of a join: which rows without a match it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Keeps no row without a match.
    Inner,
    /// Keeps the rows without a match of the tables before the joined table.
    Left,
    /// Keeps the rows without a match of the joined table.
    Right,
    /// Keeps the rows without a match of both sides.
    Full,
    /// Combines every row with every row of the joined table, without a condition.
    Cross,
}

impl From<SelectQuery> for Query {
    fn from(query: SelectQuery) -> Query {
        let Query { body, compounds, orders, limit, offset } = query;
        Query { body: Body::Select(body), compounds, orders, limit, offset }
    }
}

impl SelectQuery {
    /// Returns the query for all rows of a table or anything else in FROM.
    #[inline(never)]
    pub(crate) fn of(source: SourceNode) -> SelectQuery {
        Query::new(Box::new(SelectBody {
            source,
            joins: Vec::new(),
            distinct: false,
            distinct_on: Vec::new(),
            projection: Vec::new(),
            parts: Vec::new(),
            filter: None,
            groups: Vec::new(),
            having: None,
            per_group: None,
            lock: None,
            by_key: false,
            correlated: false,
            invalid: None,
        }))
    }

    /// Returns the query for all rows of a table of the database.
    pub(crate) fn of_table(table: &'static TableDef) -> SelectQuery {
        SelectQuery::of(SourceNode::of_table(table, None))
    }

    /// Returns the query for the row for which `key`, a condition on the primary key, holds.
    pub(crate) fn of_key(table: &'static TableDef, key: Node) -> SelectQuery {
        let mut query = SelectQuery::of_table(table);
        query.body.filter(key);
        query.body.by_key = true;
        query
    }
}

impl SelectBody {
    /// Returns the number of levels below this SELECT.
    pub(super) fn depth(&self) -> u16 {
        let nodes = [&self.projection, &self.groups, &self.distinct_on].into_iter().map(Vec::depth);
        let conditions = [&self.filter, &self.having].into_iter().map(Option::depth);
        let joins = self.joins.iter().map(|join| join.source.depth().max(join.on.depth()));
        let per_group = self.per_group.iter().map(|groups| groups.columns.depth());
        let most = nodes.chain(conditions).chain(joins).chain(per_group).max();
        most.unwrap_or(0).max(self.source.depth())
    }

    /// Returns the tables that the SELECT reads, in the order of FROM.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourceNode> {
        std::iter::once(&self.source).chain(self.joins.iter().map(|join| &join.source))
    }

    /// Returns the selected expressions, which by default are all columns of all tables.
    pub(crate) fn selected(&self) -> Vec<Node> {
        match self.projection.is_empty() {
            true => self.sources().flat_map(SourceNode::columns).map(Node::Column).collect(),
            false => self.projection.clone(),
        }
    }

    /// Returns the position, counted from 1, of the selected expression that equals a term of
    /// GROUP BY or ORDER BY. If the position is written in place of the term, the database
    /// computes the expression once. If the expression were written twice, each copy would have
    /// its own parameters, and the database would treat them as two expressions.
    ///
    /// Returns `None` if no selected expression equals the term, and also for a column, which
    /// costs nothing to compute, and for a constant.
    pub(crate) fn position_of(&self, term: &Node) -> Option<usize> {
        match term {
            Node::Column(_) | Node::Value(..) | Node::Literal(_) => None,
            term => self.projection.iter().position(|selected| selected.is_same(term)).map(|place| place + 1),
        }
    }

    /// Returns whether a column belongs to a table of this SELECT, not to a table of a surrounding
    /// query.
    pub(crate) fn has(&self, column: &ColumnRef) -> bool {
        self.sources().any(|source| source.has(column))
    }

    /// Returns whether rows are left out that are equal to others, in all or in some columns.
    pub(crate) fn is_distinct(&self) -> bool {
        self.distinct || !self.distinct_on.is_empty()
    }

    /// Returns whether each row that remains after the joins and the filter gives exactly one
    /// result row.
    pub(super) fn is_plain(&self) -> bool {
        !self.is_distinct()
            && self.groups.is_empty()
            && self.having.is_none()
            && self.per_group.is_none()
            && !self.projection.iter().any(Node::aggregates)
    }

    /// Returns whether two SELECTs are certain to be the same, including the values in them.
    /// Returns false if either of them reads anything but tables of the database.
    pub(super) fn is_same(&self, other: &SelectBody) -> bool {
        let of_tables = |select: &SelectBody| {
            select.per_group.is_none()
                && select.invalid.is_none()
                && select.sources().all(|source| matches!(source.origin, Origin::Named))
        };
        let optional = |left: &Option<Node>, right: &Option<Node>| Node::are_same(left.as_slice(), right.as_slice());
        let joined = |(left, right): (&JoinNode, &JoinNode)| {
            left.kind == right.kind && left.source.is_same(&right.source) && optional(&left.on, &right.on)
        };
        of_tables(self)
            && of_tables(other)
            && self.source.is_same(&other.source)
            && self.joins.len() == other.joins.len()
            && self.joins.iter().zip(&other.joins).all(joined)
            && self.distinct == other.distinct
            && Node::are_same(&self.distinct_on, &other.distinct_on)
            && self.lock == other.lock
            && Node::are_same(&self.projection, &other.projection)
            && optional(&self.filter, &other.filter)
            && Node::are_same(&self.groups, &other.groups)
            && optional(&self.having, &other.having)
    }

    /// Returns the first column of a surrounding query that this SELECT reads and that is neither
    /// one of `groups`, the terms of that query's GROUP BY, nor inside an aggregate. Returns
    /// `None` if there is no such column. `is_relevant` says which columns are checked.
    pub(super) fn ungrouped(
        &self,
        orders: &[OrderNode],
        groups: &[Node],
        is_relevant: &dyn Fn(&ColumnRef) -> bool,
    ) -> Option<ColumnRef> {
        if !self.correlated {
            return None;
        }
        let is_relevant = |column: &ColumnRef| is_relevant(column) && !self.has(column);
        let arguments = self.sources().flat_map(|source| match &source.origin {
            Origin::Function(call) => call.arguments.as_slice(),
            _ => &[],
        });
        let mut nodes = arguments
            .chain(self.joins.iter().filter_map(|join| join.on.as_ref()))
            .chain(&self.projection)
            .chain(&self.distinct_on)
            .chain(&self.filter)
            .chain(&self.groups)
            .chain(&self.having)
            .chain(orders.iter().map(|order| &order.node));
        nodes.find_map(|node| node.ungrouped(groups, &is_relevant))
    }

    /// Adds a joined table to FROM.
    #[inline(never)]
    pub(crate) fn join(&mut self, kind: JoinKind, source: SourceNode, on: Option<Node>) {
        on.iter().for_each(|condition| self.check_condition(condition));
        self.joins.push(JoinNode { kind, source, on });
    }

    /// Makes the statement fail if the condition has a window function or an aggregate, whose
    /// values are known only after the rows have been filtered.
    fn check_condition(&mut self, condition: &Node) {
        let reason = if condition.has_window() {
            "a condition cannot have a window function, which is computed after the rows are filtered: select it in a `cte`, and \
             filter the query that reads the `cte`"
        } else if condition.aggregates() {
            "a condition on rows cannot have an aggregate, which is computed for a group of rows: filter the groups with \
             `.having(..)`, or compute it in a `cte` or a subquery"
        } else {
            return;
        };
        self.reject(reason);
    }

    /// Makes the statement fail with a usage error. If this is called several times, the first
    /// reason is reported.
    #[cold]
    pub(crate) fn reject(&mut self, reason: &'static str) {
        self.invalid.get_or_insert_with(|| Arc::new(Error::usage(reason)));
    }

    /// Locks the rows of a table, or of all tables if there is none.
    pub(crate) fn lock(&mut self, strength: LockStrength, table: Option<LockedTable>) {
        let lock =
            self.lock.get_or_insert_with(|| Box::new(RowLock { strength, tables: Vec::new(), wait: LockWait::Wait }));
        lock.tables.extend(table);
        if lock.strength != strength {
            self.reject("a query takes one kind of row locks: call either `for_update` or `for_share`, or one of the weaker forms");
        }
    }

    /// Sets what is done with rows that another transaction has locked.
    pub(crate) fn lock_wait(&mut self, wait: LockWait) {
        match &mut self.lock {
            None => self.reject(
                "`skip_locked` and `no_wait` say what to do with rows that another transaction has locked: call \
                 `for_update` or `for_share` before",
            ),
            Some(lock) if lock.wait != LockWait::Wait && lock.wait != wait => {
                self.reject(
                    "a query either leaves out rows that are locked, or fails: call `skip_locked` or `no_wait`",
                );
            }
            Some(lock) => lock.wait = wait,
        }
    }

    /// Adds a condition to WHERE, combined by AND with those that are there.
    pub(crate) fn filter(&mut self, condition: Node) {
        self.by_key = false;
        self.check_condition(&condition);
        Node::add_condition(&mut self.filter, condition);
    }
}
