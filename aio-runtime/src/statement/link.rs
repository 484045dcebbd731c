//! The columns of a foreign key, as joins and relations compare them.

use crate::expr::{BinaryOp, Child, ColumnRef, Node, SourceNode};
use crate::schema::Collation;

/// The columns of a foreign key on both sides, which are equal in rows that belong together.
#[derive(Clone, Debug)]
pub struct Link {
    /// The columns of this table.
    pub(super) here: Vec<ColumnRef>,
    /// The columns of the other table.
    pub(super) there: Vec<ColumnRef>,
    /// Whether the key leads from the other table to this one.
    pub(super) down: bool,
}

impl Link {
    /// Finds the key that leads from one table to another: the one of this column, or the first.
    #[inline(never)]
    pub(super) fn up(from: SourceNode, to: SourceNode, column: Option<&str>) -> Link {
        let key = from.table.foreign_keys.iter().find(|key| {
            (key.table)().is(to.table) && column.is_none_or(|name| key.columns().eq(std::iter::once(name)))
        });
        let pairs = key.map(|key| key.pairs).unwrap_or_default();
        let column = |source: &SourceNode, name| ColumnRef { table: source.table, alias: source.alias, name };
        Link {
            here: pairs.iter().map(|pair| column(&from, pair.column)).collect(),
            there: pairs.iter().map(|pair| column(&to, pair.target)).collect(),
            down: false,
        }
    }

    /// Reverses the direction, so that `here` is the table that the key refers to.
    pub(super) fn reversed(self) -> Link {
        Link { here: self.there, there: self.here, down: !self.down }
    }

    /// Returns the condition that two rows belong together.
    pub(super) fn condition(&self) -> Node {
        let (from, to) = if self.down { (&self.there, &self.here) } else { (&self.here, &self.there) };
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

    /// Returns the collation by which each pair of columns is compared.
    pub(super) fn collations(&self) -> Vec<Option<Collation>> {
        let targets = if self.down { &self.here } else { &self.there };
        targets.iter().map(ColumnRef::collation).collect()
    }
}

/// Returns a column as a foreign key compares it: with the collation of the column that it refers
/// to.
pub(super) fn compared(column: ColumnRef, collation: Option<Collation>) -> Node {
    let binary = Some(Collation::Binary);
    match collation.or(binary) {
        other if other == column.collation().or(binary) => Node::Column(column),
        Some(other) => Node::Collate(Child::boxed(Node::Column(column)), other),
        None => Node::Column(column),
    }
}
