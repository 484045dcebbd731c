//! Which statements find at most one row by a unique key.

use super::node::{BinaryOp, Node};
use super::query::{Body, Query};
use super::source::Origin;
use crate::schema::TableDef;

impl Query {
    /// Returns whether the query reads nothing but columns of at most one row of a table, which
    /// the database finds by a unique key.
    pub(crate) fn is_by_key(&self) -> bool {
        let Body::Select(select) = &self.body else { return false };
        self.compounds.is_empty()
            && select.joins.is_empty()
            && matches!(select.source.origin, Origin::Named)
            && select.projection.iter().all(Node::is_of_one_row)
            && is_by_key(select.source.table, select.filter.as_ref())
    }
}

/// Returns whether a filter compares all columns of a unique key with values, so that at most one
/// row passes it, and asks for nothing that takes long.
pub(crate) fn is_by_key(table: &TableDef, filter: Option<&Node>) -> bool {
    let Some(filter) = filter.filter(|filter| filter.is_of_one_row()) else { return false };
    let names: Vec<&str> = match filter {
        Node::Logical(BinaryOp::And, conditions) => conditions.iter().filter_map(equated).collect(),
        condition => equated(condition).into_iter().collect(),
    };
    table.unique_keys().any(|key| key.condition.is_none() && key.is_within(&names))
}

/// Returns the name of the column that a condition compares with a value for equality.
fn equated(condition: &Node) -> Option<&'static str> {
    let Node::Binary(left, BinaryOp::Eq, right) = condition else { return None };
    match (&***left, &***right) {
        (Node::Column(column), Node::Value(..)) => Some(column.name),
        _ => None,
    }
}

impl Node {
    /// Returns whether the expression is computed from the columns of one row, by nothing whose
    /// duration is not known.
    pub(crate) fn is_of_one_row(&self) -> bool {
        !self.any(&|node| {
            matches!(
                node,
                Node::Call(_)
                    | Node::Subquery(_)
                    | Node::Exists(_)
                    | Node::InQuery(..)
                    | Node::Raw(_)
                    | Node::Invalid(_)
            )
        })
    }
}
