//! Plans the statements of a query with relations.

use super::relation_query::{RelationQuery, check_limit, check_order, compared_all, identity, operand};
use crate::expr::{
    Call, Child, ColumnRef, Function, Node, OrderNode, Origin, PerGroup, Query, SelectQuery, SourceNode, UnaryOp,
};
use crate::schema::{Collation, TableDef, Type};

/// A statement of a query with relations, and where the columns of keys are in its rows.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) query: Query,
    /// The number of columns in each row, including those that are selected only as keys.
    pub(super) width: usize,
    /// The table of the parent rows; for the first statement, the table that it reads.
    pub(super) parent: &'static TableDef,
    /// The columns of the key that says to which parent rows a row belongs; empty for the first
    /// statement.
    pub(super) parent_key: Vec<KeyColumn>,
    /// The relations of the rows that the statement returns.
    pub(super) relations: Vec<PlannedRelation>,
}

/// A relation of the rows of a statement: the columns of those rows that are the key of the
/// related rows, and the index of the relation's own statement.
#[derive(Debug)]
pub(super) struct PlannedRelation {
    pub(super) key: Vec<KeyColumn>,
    pub(super) step: usize,
}

/// A column of a key in the rows of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyColumn {
    /// The index of the column in a row.
    pub(super) index: usize,
    /// The collation by which text in the column is compared.
    pub(super) collation: Option<Collation>,
}

/// Returns the statements of a query and its relations. The query's own statement is the first.
pub(crate) fn plan(query: SelectQuery, relations: &[RelationQuery]) -> Vec<Planned> {
    let mut steps = Vec::new();
    add(query, None, relations, &mut steps);
    steps
}

fn add(
    mut query: SelectQuery,
    own: Option<&RelationQuery>,
    relations: &[RelationQuery],
    steps: &mut Vec<Planned>,
) -> usize {
    if query.body.lock.is_some() {
        query.body.reject(
            "a query with relations cannot lock rows: lock the rows by a query of their own, in the same transaction \
             and before this one",
        );
        query.body.lock = None;
    }
    if !relations.is_empty() && is_limited(&query) {
        check_order(&mut query);
        break_ties(&mut query);
    }
    let step = steps.len();
    let mut selected = query.clone();
    let own_key = own.map(|relation| key(&mut selected, &relation.columns, relation)).unwrap_or_default();
    let keys: Vec<_> =
        relations.iter().map(|relation| key(&mut selected, &relation.parent_columns, relation)).collect();
    let width = match selected.body.projection.len() {
        0 => selected.body.sources().map(|source| source.table.columns.len()).sum(),
        some => some,
    };
    let parent =
        own.and_then(|relation| relation.parent_columns.first()).map_or(query.body.source.table, |column| column.table);
    steps.push(Planned { query: selected.into(), width, parent, parent_key: own_key, relations: Vec::new() });
    for (relation, key) in relations.iter().zip(keys) {
        let related = add(related_rows(&query, relation), Some(relation), &relation.relations, steps);
        steps[step].relations.push(PlannedRelation { key, step: related });
    }
    step
}

/// Returns the query for the related rows of a parent query.
fn related_rows(query: &SelectQuery, relation: &RelationQuery) -> SelectQuery {
    let mut rows = relation.rows();
    check_limit(&mut rows);
    if relation.to_child && is_whole_table(query) {
        // Each row with a key has its parent row among them. A row that breaks its foreign key is
        // read in vain, and belongs to no row of the result.
        let may_be_null = |column: &ColumnRef| column.table.column(column.name).is_none_or(|column| column.nullable);
        for column in relation.columns.iter().filter(|column| may_be_null(column)) {
            rows.body.filter(Node::unary(UnaryOp::IsNotNull, Node::Column(*column)));
        }
    } else {
        let mut keys = query.clone();
        keys.body.projection = columns(&relation.parent_columns);
        if !is_limited(query) {
            keys.orders.clear();
        }
        let operand = operand(&relation.columns, &relation.collations);
        rows.body.filter(Node::InQuery(Child::boxed(operand), Child::boxed(keys.into()), false));
    }
    if let Some(limit) = relation.per_parent {
        rows.body.per_group =
            Some(PerGroup { columns: compared_all(&relation.columns, &relation.collations), rows: limit });
    }
    if relation.counts {
        count(&mut rows, relation);
    }
    rows
}

/// Changes the query to count the related rows of each parent row, instead of selecting them.
fn count(rows: &mut SelectQuery, relation: &RelationQuery) {
    let mut call = Call::new(Function::Count, Vec::new());
    // If a row may occur several times, the query groups the rows by their primary key. Here,
    // COUNT(DISTINCT) of that key takes the place of these groups.
    if !rows.body.groups.is_empty() {
        call.distinct = true;
        call.arguments = columns(&identity(&rows.body.source));
    }
    rows.orders.clear();
    rows.body.groups = relation.group_columns();
    rows.body.projection = relation.columns.iter().map(|column| of_group(rows, column)).collect();
    rows.body.projection.push(Node::Call(Child::boxed(call)));
}

/// Returns whether the query returns all rows of a table.
fn is_whole_table(query: &SelectQuery) -> bool {
    let Query { body, compounds, .. } = query;
    let is_table = matches!(body.source.origin, Origin::Named) && body.joins.is_empty() && compounds.is_empty();
    is_table && body.filter.is_none() && body.distinct_on.is_empty() && !is_limited(query)
}

/// Returns whether the query has a limit, so that the order of the rows decides which rows are
/// returned.
fn is_limited(query: &SelectQuery) -> bool {
    query.is_limited() || query.body.per_group.is_some()
}

/// Adds the primary key to the end of ORDER BY. Otherwise, another statement could sort rows
/// differently that are equal in this order.
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

/// Returns where the columns of a relation's key are in the rows of the query. Selects those that
/// are not selected yet.
fn key(query: &mut SelectQuery, columns: &[ColumnRef], relation: &RelationQuery) -> Vec<KeyColumn> {
    let columns = columns.iter().zip(&relation.collations);
    columns.map(|(column, collation)| KeyColumn { index: index_of(query, column), collation: *collation }).collect()
}

fn index_of(query: &mut SelectQuery, column: &ColumnRef) -> usize {
    let found = match query.body.projection.is_empty() {
        true => query.body.sources().flat_map(SourceNode::columns).position(|other| other == *column),
        false => query.body.projection.iter().position(|node| holds(node, column)),
    };
    found.unwrap_or_else(|| {
        query.body.projection.push(of_group(query, column));
        query.body.projection.len() - 1
    })
}

/// Returns whether the expression is the one that [`of_group`] returns for the column.
fn holds(node: &Node, column: &ColumnRef) -> bool {
    match node {
        Node::Column(other) => other == column,
        Node::Call(call) if matches!(call.function, Function::Min(_)) => {
            matches!(&call.arguments[..], [Node::Column(other)] if other == column)
        }
        _ => false,
    }
}

/// Returns the column as an expression. If the rows are grouped by the column under a collation,
/// returns an expression for one of the texts in the group, which the collation compares as equal.
fn of_group(query: &SelectQuery, column: &ColumnRef) -> Node {
    let collated = |node: &Node| match node {
        Node::Collate(node, _) => matches!(&***node, Node::Column(other) if other == column),
        _ => false,
    };
    match query.body.groups.iter().any(collated) {
        true => Node::call(Function::Min(Type::Text), vec![Node::Column(*column)]),
        false => Node::Column(*column),
    }
}
