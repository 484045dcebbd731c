//! Semi-joins: a condition over several tables, rewritten as a condition that refers to only one
//! of the tables and has the other tables in a subquery.

use crate::expr::{BinaryOp, Child, JoinKind, Node, SelectQuery, SourceNode};
use crate::schema::TableDef;

/// Returns a condition on the rows of a table. It holds for a row if `filter` holds for this row
/// together with some row of each other table. Returns `None` if there are neither other tables
/// nor a filter.
///
/// The parts of `filter` that read only the table are written before `EXISTS`, so that the
/// database can use indexes for them.
pub(super) fn semi_join(table: &'static TableDef, others: &[SourceNode], filter: Option<Node>) -> Option<Node> {
    let Some((first, more)) = others.split_first() else { return filter };
    let mut parts = Vec::new();
    if let Some(filter) = filter {
        flatten(filter, &mut parts);
    }
    let (mut outside, inside): (Vec<Node>, Vec<Node>) =
        parts.into_iter().partition(|part| reads_only(part, &SourceNode::of_table(table, None)));
    let mut query = SelectQuery::of(first.clone());
    query.body.correlated = true;
    more.iter().for_each(|other| query.body.join(JoinKind::Cross, other.clone(), None));
    inside.into_iter().for_each(|part| query.body.filter(part));
    outside.push(Node::Exists(Child::boxed(query.into())));
    Some(match outside.len() {
        1 => outside.remove(0),
        _ => Node::logical(BinaryOp::And, outside),
    })
}

/// Splits a condition into the parts that are combined by AND, and appends them to `to`.
fn flatten(node: Node, to: &mut Vec<Node>) {
    match node {
        Node::Logical(BinaryOp::And, nodes) if !nodes.is_empty() => {
            nodes.into_inner().into_iter().for_each(|node| flatten(node, to));
        }
        Node::Binary(left, BinaryOp::And, right) => {
            flatten(*left.into_inner(), to);
            flatten(*right.into_inner(), to);
        }
        node => to.push(node),
    }
}

/// Returns whether an expression reads only this table. Expressions with subqueries or raw SQL are
/// assumed to read other tables.
fn reads_only(node: &Node, source: &SourceNode) -> bool {
    match node {
        Node::Column(column) => source.has(column),
        Node::Subquery(_) | Node::Exists(_) | Node::InQuery(..) | Node::Raw(_) => false,
        node => {
            let mut only = true;
            node.each_child(&mut |child| only = only && reads_only(child, source));
            only
        }
    }
}
