//! A query with relations as the statements that are sent.

use super::branch::{Branch, check_limit, check_order, compared_all, identity, operand};
use crate::expr::{Call, Child, ColumnRef, Function, Node, OrderNode, PerGroup, Query, SelectQuery, SourceNode};
use crate::schema::{Collation, TableDef};

/// One statement of a query with relations, and the positions of the key columns in its rows.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) query: Query,
    /// The number of columns in its rows.
    pub(super) width: usize,
    /// The table of the parent rows; its own table for the first statement.
    pub(super) parent: &'static TableDef,
    /// The key by which its rows are found; empty for the first statement.
    pub(super) own: Vec<KeyColumn>,
    /// The relations of its rows.
    pub(super) below: Vec<Below>,
}

/// A relation: its key in the parent rows, and its statement.
#[derive(Debug)]
pub(super) struct Below {
    pub(super) key: Vec<KeyColumn>,
    pub(super) step: usize,
}

/// A column of a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyColumn {
    /// Its position in the row.
    pub(super) place: usize,
    /// The collation by which its text is compared.
    pub(super) collation: Option<Collation>,
}

/// Returns the statements of a query and its relations, the query's own first.
pub(crate) fn plan(query: SelectQuery, branches: &[Branch]) -> Vec<Planned> {
    let mut steps = Vec::new();
    add(query, None, branches, &mut steps);
    steps
}

fn add(mut query: SelectQuery, own: Option<&Branch>, branches: &[Branch], steps: &mut Vec<Planned>) -> usize {
    if !branches.is_empty() && is_limited(&query) {
        check_order(&mut query);
        break_ties(&mut query);
    }
    let step = steps.len();
    let mut selected = query.clone();
    let own_key = own.map(|branch| key(&mut selected, &branch.own, branch)).unwrap_or_default();
    let keys: Vec<_> = branches.iter().map(|branch| key(&mut selected, &branch.parent, branch)).collect();
    let width = match selected.body.projection.len() {
        0 => selected.body.sources().map(|source| source.table.columns.len()).sum(),
        some => some,
    };
    let parent = own.and_then(|branch| branch.parent.first()).map_or(query.body.source.table, |column| column.table);
    steps.push(Planned { query: selected.into(), width, parent, own: own_key, below: Vec::new() });
    for (branch, key) in branches.iter().zip(keys) {
        let related = add(related_rows(&query, branch), Some(branch), &branch.branches, steps);
        steps[step].below.push(Below { key, step: related });
    }
    step
}

/// Returns the query for the related rows of a parent query.
fn related_rows(query: &SelectQuery, branch: &Branch) -> SelectQuery {
    let mut keys = query.clone();
    keys.body.projection = columns(&branch.parent);
    if !is_limited(query) {
        keys.orders.clear();
    }
    let mut rows = branch.rows();
    check_limit(&mut rows);
    let operand = operand(&branch.own, &branch.collations);
    rows.body.filter(Node::InQuery(Child::boxed(operand), Child::boxed(keys.into()), false));
    if let Some(limit) = branch.per_parent {
        rows.body.per_group = Some(PerGroup { columns: compared_all(&branch.own, &branch.collations), rows: limit });
    }
    if branch.counts {
        count(&mut rows, branch);
    }
    rows
}

/// Replaces the rows by their number.
fn count(rows: &mut SelectQuery, branch: &Branch) {
    let mut call = Call::new(Function::Count, Vec::new());
    // The rows are grouped already if one may occur twice.
    if !rows.body.groups.is_empty() {
        call.distinct = true;
        call.arguments = columns(&identity(&rows.body.source));
    }
    rows.orders.clear();
    rows.body.groups = branch.own_groups();
    rows.body.projection = branch.own.iter().map(|column| of_group(rows, column)).collect();
    rows.body.projection.push(Node::Call(Child::boxed(call)));
}

/// Returns whether the order of the rows decides which ones are returned.
fn is_limited(query: &SelectQuery) -> bool {
    query.is_limited() || query.body.per_group.is_some()
}

/// Adds the primary key to the order. Rows that are sorted as equal could otherwise come in a
/// different order when only their keys are read.
fn break_ties(query: &mut SelectQuery) {
    let plain = |column| OrderNode { node: Node::Column(column), descending: false, nulls_first: None };
    let sorted = |column: &ColumnRef| {
        query.orders.iter().any(|order| matches!(&order.node, Node::Column(other) if other == column))
    };
    let further: Vec<_> =
        identity(&query.body.source).into_iter().filter(|column| !sorted(column)).map(plain).collect();
    query.orders.extend(further);
}

fn columns(columns: &[ColumnRef]) -> Vec<Node> {
    columns.iter().copied().map(Node::Column).collect()
}

/// Returns the positions of a relation's key in the rows; adds the columns that are missing.
fn key(query: &mut SelectQuery, columns: &[ColumnRef], branch: &Branch) -> Vec<KeyColumn> {
    let columns = columns.iter().zip(&branch.collations);
    columns.map(|(column, collation)| KeyColumn { place: place(query, column), collation: *collation }).collect()
}

fn place(query: &mut SelectQuery, column: &ColumnRef) -> usize {
    let found = match query.body.projection.is_empty() {
        true => query.body.sources().flat_map(SourceNode::columns).position(|other| other == *column),
        false => query.body.projection.iter().position(|node| holds(node, column)),
    };
    found.unwrap_or_else(|| {
        query.body.projection.push(of_group(query, column));
        query.body.projection.len() - 1
    })
}

/// Returns whether the node is what [`of_group`] returns for the column.
fn holds(node: &Node, column: &ColumnRef) -> bool {
    match node {
        Node::Column(other) => other == column,
        Node::Call(call) if call.function == Function::Min => {
            matches!(&call.arguments[..], [Node::Column(other)] if other == column)
        }
        _ => false,
    }
}

/// Returns the column, or one of its spellings if a group has several.
fn of_group(query: &SelectQuery, column: &ColumnRef) -> Node {
    let collated = |node: &Node| match node {
        Node::Collate(node, _) => matches!(&***node, Node::Column(other) if other == column),
        _ => false,
    };
    match query.body.groups.iter().any(collated) {
        true => Node::call(Function::Min, vec![Node::Column(*column)]),
        false => Node::Column(*column),
    }
}
