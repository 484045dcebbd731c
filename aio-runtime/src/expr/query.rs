//! The untyped tree of a query.
//!
//! It stands beside the tree of expressions because each holds the other: a query filters by expressions, and an
//! expression may be a query.

use std::sync::Arc;
use std::time::Duration;

use super::node::{ColumnRef, Node};
use super::order::OrderNode;
use crate::error::Error;
use crate::schema::TableDef;

/// A query as plain data.
#[derive(Clone, Debug)]
pub struct Query {
    /// The first of the tables that it reads.
    pub(crate) source: SourceNode,
    pub(crate) joins: Vec<JoinNode>,
    pub(crate) distinct: bool,
    /// What is selected; empty for all columns of all tables.
    pub(crate) projection: Vec<Node>,
    pub(crate) filter: Option<Node>,
    pub(crate) groups: Vec<Node>,
    pub(crate) having: Option<Node>,
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

/// So many rows at most of those that are equal in some columns, the first in the order of the query.
#[derive(Clone, Debug)]
pub(crate) struct PerGroup {
    pub(crate) columns: Vec<Node>,
    pub(crate) rows: u64,
}

/// A table of FROM.
#[derive(Clone, Copy, Debug)]
pub struct SourceNode {
    /// The table that declares the columns.
    pub(crate) table: &'static TableDef,
    /// What it is called in the statement, if not by its name.
    pub(crate) alias: Option<&'static str>,
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

impl SourceNode {
    /// What its columns are qualified by.
    pub(crate) fn name(&self) -> &'static str {
        self.alias.unwrap_or(self.table.name)
    }

    /// All its columns.
    pub(crate) fn columns(self) -> impl Iterator<Item = ColumnRef> {
        let SourceNode { table, alias } = self;
        table.columns.iter().map(move |column| ColumnRef { table, alias, name: column.name })
    }
}

impl Query {
    #[inline(never)]
    pub(crate) fn of(source: SourceNode) -> Query {
        Query {
            source,
            joins: Vec::new(),
            distinct: false,
            projection: Vec::new(),
            filter: None,
            groups: Vec::new(),
            having: None,
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
        Query::of(SourceNode { table, alias: None })
    }

    /// The tables that it reads, in the order of FROM.
    pub(crate) fn sources(&self) -> impl Iterator<Item = SourceNode> {
        std::iter::once(self.source).chain(self.joins.iter().map(|join| join.source))
    }

    #[inline(never)]
    pub(crate) fn join(&mut self, kind: JoinKind, source: SourceNode, on: Option<Node>) {
        self.joins.push(JoinNode { kind, source, on });
    }

    pub(crate) fn filter(&mut self, condition: Node) {
        self.by_key = false;
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
            && self.limit.is_none()
            && self.offset.is_none()
            && !self.projection.iter().any(Node::aggregates)
    }
}
