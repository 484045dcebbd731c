//! The columns of a foreign key on both sides, for joins and relations.

use crate::expr::{BinaryOp, Child, ColumnRef, Node, SourceNode};
use crate::schema::Collation;

/// The columns of a foreign key in the child table and in the parent table, in one direction. Two
/// rows belong together if their values in these columns are equal.
#[derive(Clone, Debug)]
pub struct Link {
    /// The key's columns in the table at which the link begins.
    pub(super) near: Vec<ColumnRef>,
    /// The key's columns in the table to which the link leads.
    pub(super) far: Vec<ColumnRef>,
    /// Whether the foreign key is in the table to which the link leads, so that the link goes from
    /// parent to child.
    pub(super) to_child: bool,
}

impl Link {
    /// Finds the foreign key of the table `from` that refers to the table `to`: the key that
    /// consists of `column`, or the first key if `column` is `None`.
    #[inline(never)]
    pub(super) fn to_parent(from: SourceNode, to: SourceNode, column: Option<&str>) -> Link {
        let key = from.table.foreign_keys.iter().find(|key| {
            (key.table)().is(to.table) && column.is_none_or(|name| key.columns().eq(std::iter::once(name)))
        });
        let pairs = key.map(|key| key.pairs).unwrap_or_default();
        let column = |source: &SourceNode, name| ColumnRef { table: source.table, alias: source.alias, name };
        Link {
            near: pairs.iter().map(|pair| column(&from, pair.column)).collect(),
            far: pairs.iter().map(|pair| column(&to, pair.target)).collect(),
            to_child: false,
        }
    }

    /// Returns this link in the opposite direction.
    pub(super) fn reversed(self) -> Link {
        Link { near: self.far, far: self.near, to_child: !self.to_child }
    }

    /// Returns the condition that two rows belong together.
    pub(super) fn condition(&self) -> Node {
        let (from, to) = if self.to_child { (&self.far, &self.near) } else { (&self.near, &self.far) };
        let pairs = from.iter().zip(to).zip(self.collations());
        let equal = |((from, to), collation): ((&ColumnRef, &ColumnRef), _)| {
            Node::binary(compared(*from, collation), BinaryOp::Eq, Node::Column(*to))
        };
        let mut conditions: Vec<_> = pairs.map(equal).collect();
        match conditions.len() {
            1 => conditions.remove(0),
            _ => Node::logical(BinaryOp::And, conditions),
        }
    }

    /// Returns, for each pair of columns, the collation by which the foreign key compares them:
    /// that of the parent's column.
    pub(super) fn collations(&self) -> Vec<Option<Collation>> {
        let targets = if self.to_child { &self.near } else { &self.far };
        targets.iter().map(ColumnRef::collation).collect()
    }
}

/// Returns a column of a foreign key as an expression that is compared by `collation`, which is
/// that of the parent's column. COLLATE is added only if the column itself has another collation.
pub(super) fn compared(column: ColumnRef, collation: Option<Collation>) -> Node {
    let binary = Some(Collation::Binary);
    match collation.or(binary) {
        other if other == column.collation().or(binary) => Node::Column(column),
        Some(other) => Node::Collate(Child::boxed(Node::Column(column)), other),
        None => Node::Column(column),
    }
}
