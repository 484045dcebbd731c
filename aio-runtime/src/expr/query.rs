//! The untyped tree of a query.
//!
//! It stands beside the tree of expressions because each holds the other: a query filters by
//! expressions, and an expression may be a query.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::child::{Child, Levels, MOST_LEVELS, too_deep};
use super::node::{Call, ColumnRef, Node};
use super::order::OrderNode;
use super::presence::Part;
use crate::error::Error;
use crate::schema::TableDef;

/// A query as plain data.
#[derive(Clone, Debug)]
pub struct Query {
    /// The first of the tables that it reads.
    pub(crate) source: SourceNode,
    /// Rows in place of all that.
    pub(crate) values: Vec<Vec<Node>>,
    /// A query in place of all that, with an order and a limit of its own.
    pub(crate) inner: Option<Child<Box<Query>>>,
    pub(crate) joins: Vec<JoinNode>,
    pub(crate) distinct: bool,
    /// What is selected; empty for all columns of all tables.
    pub(crate) projection: Vec<Node>,
    /// Which columns of the projection are read as one.
    pub(crate) parts: Vec<Part>,
    pub(crate) filter: Option<Node>,
    pub(crate) groups: Vec<Node>,
    pub(crate) having: Option<Node>,
    /// Further queries whose rows are added to those of this one, or taken from them, one after
    /// the other. What follows is about all of them.
    pub(crate) compounds: Vec<(SetOperator, Child<Box<Query>>)>,
    pub(crate) orders: Vec<OrderNode>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    /// How many of the rows that are equal in some columns it gives.
    pub(crate) per_group: Option<PerGroup>,
    /// It is the one that finds a row by its key, and nothing more.
    pub(crate) by_key: bool,
    /// It stands inside another query, whose tables it reads too.
    pub(crate) correlated: bool,
    /// A key that cannot be stored.
    pub(crate) invalid: Option<Arc<Error>>,
}

/// How the rows of two queries are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// Those of either, each once.
    Union,
    /// Those of both, one behind the other.
    UnionAll,
    /// Those that both give, each once.
    Intersect,
    /// Those of the first that the second does not give, each once.
    Except,
}

/// A query with a name: `WITH name AS (query)`.
#[derive(Clone, Debug)]
pub struct CteNode {
    /// The name, and those of its columns.
    pub(crate) table: &'static TableDef,
    pub(crate) query: Child<Box<Query>>,
    /// It reads its own rows.
    pub(crate) recursive: bool,
    /// Whether it is to be computed once, or as a part of what reads it; the database decides
    /// unless said.
    pub(crate) materialized: Option<bool>,
}

/// So many rows at most of those that are equal in some columns, the first in the order of the
/// query.
#[derive(Clone, Debug)]
pub(crate) struct PerGroup {
    pub(crate) columns: Vec<Node>,
    pub(crate) rows: u64,
}

/// A table of FROM.
#[derive(Clone, Debug)]
pub struct SourceNode {
    /// The table that declares the columns.
    pub(crate) table: &'static TableDef,
    /// What it is called in the statement, if not by its name.
    pub(crate) alias: Option<&'static str>,
    pub(crate) origin: Origin,
    /// Its rows have a constant more, which says that they are there.
    pub(crate) marked: bool,
}

/// Where the rows of a table of FROM come from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// A table of the database, or what a query around it has given this name.
    Named,
    Cte(Arc<CteNode>),
    Function(Arc<Call>),
    /// A query that is raw text.
    Raw(Arc<Node>),
}

/// A further table of FROM.
#[derive(Clone, Debug)]
pub struct JoinNode {
    pub(crate) kind: JoinKind,
    pub(crate) source: SourceNode,
    /// Which of its rows belong to a row of the tables before it; nothing for all of them.
    pub(crate) on: Option<Node>,
}

/// Which rows a join gives beside those that fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// None.
    Inner,
    /// Those of the tables before.
    Left,
    /// Those of the joined table.
    Right,
    /// Both.
    Full,
    /// Every row fits every other.
    Cross,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Named => f.write_str("Named"),
            // Queries that read each other twice would be shown twice as often with each of them.
            Origin::Cte(cte) => f.debug_tuple("Cte").field(&cte.table.name).finish(),
            Origin::Function(call) => call.fmt(f),
            Origin::Raw(text) => text.fmt(f),
        }
    }
}

impl SourceNode {
    /// A table of the database, or what a query around it has given this name.
    pub(crate) fn of_table(table: &'static TableDef, alias: Option<&'static str>) -> SourceNode {
        SourceNode::new(table, alias, Origin::Named)
    }

    /// What gives rows of these columns.
    pub(crate) fn new(table: &'static TableDef, alias: Option<&'static str>, origin: Origin) -> SourceNode {
        SourceNode { table, alias, origin, marked: false }
    }

    /// How many levels what it reads has.
    fn levels(&self) -> u16 {
        match &self.origin {
            Origin::Named => 0,
            Origin::Cte(cte) => cte.query.levels(),
            Origin::Function(call) => call.levels(),
            Origin::Raw(text) => text.levels(),
        }
    }

    /// The query that it is, if that has a name.
    pub(crate) fn cte(&self) -> Option<&Arc<CteNode>> {
        match &self.origin {
            Origin::Cte(cte) => Some(cte),
            _ => None,
        }
    }

    /// What its columns are qualified by.
    pub(crate) fn name(&self) -> &'static str {
        self.alias.unwrap_or(self.table.name)
    }

    /// Whether two have the same columns, by the same name.
    fn is_same(&self, other: &SourceNode) -> bool {
        self.table.is(other.table) && self.alias == other.alias
    }

    /// Whether a column is one of its own.
    pub(crate) fn has(&self, column: &ColumnRef) -> bool {
        self.table.is(column.table) && self.alias == column.alias
    }

    /// All its columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = ColumnRef> + use<> {
        let SourceNode { table, alias, .. } = *self;
        table.columns.iter().map(move |column| ColumnRef { table, alias, name: column.name })
    }
}

impl Levels for Query {
    fn levels(&self) -> u16 {
        let nodes = [&self.projection, &self.groups].into_iter().map(Vec::levels);
        let conditions = [&self.filter, &self.having].into_iter().map(Option::levels);
        let joins = self.joins.iter().map(|join| join.source.levels().max(join.on.levels()));
        let queries = self.compounds.iter().map(|(_, part)| part).chain(&self.inner).map(Child::levels);
        let per_group = self.per_group.iter().map(|groups| groups.columns.levels());
        let most = nodes.chain(conditions).chain(joins).chain(queries).chain(per_group).max();
        1 + most.unwrap_or(0).max(self.source.levels()).max(self.orders.levels())
    }

    fn prune(&mut self) {
        if self.levels() >= MOST_LEVELS {
            *self = Query::of_table(self.source.table);
            self.invalid = Some(Arc::new(too_deep()));
        }
    }
}

impl Query {
    #[inline(never)]
    pub(crate) fn of(source: SourceNode) -> Query {
        Query {
            source,
            values: Vec::new(),
            inner: None,
            joins: Vec::new(),
            distinct: false,
            projection: Vec::new(),
            parts: Vec::new(),
            filter: None,
            groups: Vec::new(),
            having: None,
            compounds: Vec::new(),
            orders: Vec::new(),
            limit: None,
            offset: None,
            timeout: None,
            per_group: None,
            by_key: false,
            correlated: false,
            invalid: None,
        }
    }

    /// All rows of a table.
    pub(crate) fn of_table(table: &'static TableDef) -> Query {
        Query::of(SourceNode::of_table(table, None))
    }

    /// The tables that it reads, in the order of FROM.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &SourceNode> {
        std::iter::once(&self.source).chain(self.joins.iter().map(|join| &join.source))
    }

    /// Whether two queries over tables are written in the same way, with the same values; others
    /// never are.
    pub(super) fn is_same(&self, other: &Query) -> bool {
        let of_tables = |query: &Query| {
            query.values.is_empty()
                && query.inner.is_none()
                && query.compounds.is_empty()
                && query.per_group.is_none()
                && query.invalid.is_none()
                && query.sources().all(|source| matches!(source.origin, Origin::Named))
        };
        let optional = |left: &Option<Node>, right: &Option<Node>| Node::are_same(left.as_slice(), right.as_slice());
        let joined = |(left, right): (&JoinNode, &JoinNode)| {
            left.kind == right.kind && left.source.is_same(&right.source) && optional(&left.on, &right.on)
        };
        let sorted = |(left, right): (&OrderNode, &OrderNode)| {
            left.descending == right.descending
                && left.nulls_first == right.nulls_first
                && left.node.is_same(&right.node)
        };
        of_tables(self)
            && of_tables(other)
            && self.source.is_same(&other.source)
            && self.joins.len() == other.joins.len()
            && self.joins.iter().zip(&other.joins).all(joined)
            && self.distinct == other.distinct
            && Node::are_same(&self.projection, &other.projection)
            && optional(&self.filter, &other.filter)
            && Node::are_same(&self.groups, &other.groups)
            && optional(&self.having, &other.having)
            && self.orders.len() == other.orders.len()
            && self.orders.iter().zip(&other.orders).all(sorted)
            && (self.limit, self.offset) == (other.limit, other.offset)
    }

    /// Those of its further parts too.
    pub(crate) fn all_sources(&self) -> impl Iterator<Item = &SourceNode> {
        self.sources().chain(self.compounds.iter().flat_map(|(_, part)| part.sources()))
    }

    /// Whether more stands behind its rows than the rows alone.
    pub(crate) fn is_sorted_or_limited(&self) -> bool {
        !self.orders.is_empty() || self.limit.is_some() || self.offset.is_some()
    }

    /// The query as one to which others can be added: with its order and its limit inside of it.
    pub(crate) fn into_first(self: Box<Query>) -> Box<Query> {
        if !self.is_sorted_or_limited() {
            return self;
        }
        let mut outer = Query::of(self.source.clone());
        outer.inner = Some(Child::new(self));
        Box::new(outer)
    }

    /// The query whose columns are those of all that were put together.
    pub(crate) fn first_part(&self) -> &Query {
        self.inner.as_ref().map_or(self, |inner| inner.first_part())
    }

    /// What it selects.
    pub(crate) fn selected(&self) -> Vec<Node> {
        match self.projection.is_empty() {
            true => self.sources().flat_map(SourceNode::columns).map(Node::Column).collect(),
            false => self.projection.clone(),
        }
    }

    /// Whether a column is one of its own tables, and not of those of a query around it.
    pub(crate) fn has(&self, column: &ColumnRef) -> bool {
        self.sources().any(|source| source.has(column))
    }

    /// The first column of some tables of a query around it that is neither one of `groups` nor
    /// taken by an aggregate.
    pub(super) fn ungrouped(&self, groups: &[Node], is_of_them: &dyn Fn(&ColumnRef) -> bool) -> Option<ColumnRef> {
        if !self.correlated {
            return None;
        }
        let is_of_them = |column: &ColumnRef| is_of_them(column) && !self.has(column);
        let arguments = self.sources().flat_map(|source| match &source.origin {
            Origin::Function(call) => call.arguments.as_slice(),
            _ => &[],
        });
        let mut nodes = arguments
            .chain(self.joins.iter().filter_map(|join| join.on.as_ref()))
            .chain(&self.projection)
            .chain(&self.filter)
            .chain(&self.groups)
            .chain(&self.having)
            .chain(self.orders.iter().map(|order| &order.node));
        let mut parts = self.compounds.iter().map(|(_, part)| part).chain(&self.inner);
        nodes
            .find_map(|node| node.ungrouped(groups, &is_of_them))
            .or_else(|| parts.find_map(|part| part.ungrouped(groups, &is_of_them)))
    }

    #[inline(never)]
    pub(crate) fn join(&mut self, kind: JoinKind, source: SourceNode, on: Option<Node>) {
        on.iter().for_each(|condition| self.check_condition(condition));
        self.joins.push(JoinNode { kind, source, on });
    }

    /// Rows are chosen one by one, by what is known of each.
    fn check_condition(&mut self, condition: &Node) {
        let why = if condition.has_window() {
            "a window has its values when the rows have been chosen, and none are chosen by it: take it in a `cte`, and filter what \
             reads that"
        } else if condition.aggregates() {
            "an aggregate has a value for a group, and rows are chosen one by one: choose groups by `.having(..)`, or take it in a \
             `cte` or a subquery"
        } else {
            return;
        };
        self.invalid.get_or_insert_with(|| Arc::new(Error::usage(why)));
    }

    pub(crate) fn filter(&mut self, condition: Node) {
        self.by_key = false;
        self.check_condition(&condition);
        Node::narrow(&mut self.filter, condition);
    }

    /// The query for the row with this key.
    pub(crate) fn filter_key(&mut self, condition: Node) {
        self.filter(condition);
        self.by_key = true;
    }

    /// Whether it gives a row for each that its tables have, joined and filtered, and no other.
    pub(crate) fn is_plain(&self) -> bool {
        !self.distinct
            && self.groups.is_empty()
            && self.having.is_none()
            && self.compounds.is_empty()
            && self.values.is_empty()
            && self.inner.is_none()
            && self.limit.is_none()
            && self.offset.is_none()
            && !self.projection.iter().any(Node::aggregates)
    }
}
