//! The untyped tree of an expression.

use crate::error::Unstorable;
use crate::schema::{Collation, TableDef};
use crate::types::{ColumnType, Type};
use crate::value::Value;

/// An expression as plain data.
#[derive(Clone, Debug)]
pub enum Node {
    /// A column of a table that the statement reads.
    Column(ColumnRef),
    /// A value, which becomes a parameter.
    Value(Value),
    /// A value that cannot be stored; the statement that it ends up in fails.
    Invalid(Unstorable),
    /// An operator with one side.
    Unary(UnaryOp, Box<Node>),
    /// An operator with two sides.
    Binary(Box<Node>, BinaryOp, Box<Node>),
    /// `operand BETWEEN low AND high`.
    Between(Box<Node>, Box<(Node, Node)>),
    /// `operand IN (values)`, or `NOT IN`.
    In(Box<Node>, Vec<Node>, bool),
    /// All conditions hold, or any of them.
    Join(BinaryOp, Vec<Node>),
    /// A match of text against a part of it.
    Match(Box<Node>, TextMatch, Box<Node>),
    /// `CAST(operand AS type)`.
    Cast(Box<Node>, Type),
    /// `COUNT(*)`.
    CountRows,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnRef {
    /// The table that declares it.
    pub table: &'static TableDef,
    /// The alias of the table in the statement, if it has one.
    pub alias: Option<&'static str>,
    /// The column's name.
    pub name: &'static str,
}

/// An operator with one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `NOT x`
    Not,
    /// `-x`
    Negate,
    /// `x IS NULL`
    IsNull,
    /// `x IS NOT NULL`
    IsNotNull,
}

/// An operator with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    /// Equal, or both NULL.
    NotDistinct,
    /// The opposite of [`BinaryOp::NotDistinct`].
    Distinct,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Concat,
}

/// How text is matched against a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// It begins with it.
    StartsWith,
    /// It ends with it.
    EndsWith,
    /// It contains it.
    Contains,
    /// It matches a pattern with `%` and `_`.
    Like,
    /// The same without regard to the case of ASCII letters.
    ILike,
}

impl ColumnRef {
    /// How the column compares text, if it says so.
    pub(crate) fn collation(&self) -> Option<Collation> {
        self.table.column(self.name).and_then(|column| column.collate)
    }
}

impl Node {
    /// A value as a node.
    pub fn value<V: ColumnType>(value: V) -> Node {
        Node::stored(value.into_column_value())
    }

    /// A value in its stored form, if it has one.
    pub(crate) fn stored(value: Result<Value, Unstorable>) -> Node {
        match value {
            Ok(value) => Node::Value(value),
            Err(reason) => Node::Invalid(reason),
        }
    }

    pub(crate) fn unary(op: UnaryOp, operand: Node) -> Node {
        Node::Unary(op, Box::new(operand))
    }

    pub(crate) fn binary(left: Node, op: BinaryOp, right: Node) -> Node {
        Node::Binary(Box::new(left), op, Box::new(right))
    }

    /// Adds a condition to those that a statement has already.
    #[inline(never)]
    pub(crate) fn narrow(filter: &mut Option<Node>, condition: Node) {
        *filter = Some(match filter.take() {
            Some(first) => first.and(condition),
            None => condition,
        });
    }

    /// Both conditions; a chain of `and` stays one list.
    pub(crate) fn and(self, other: Node) -> Node {
        match self {
            Node::Join(BinaryOp::And, mut all) => {
                all.push(other);
                Node::Join(BinaryOp::And, all)
            }
            first => Node::Join(BinaryOp::And, vec![first, other]),
        }
    }
}
