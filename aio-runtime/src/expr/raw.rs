//! Raw SQL as a part of an expression or a query.

use std::borrow::Cow;

use super::captured::Form;
use super::node::ColumnRef;
use crate::schema::TableDef;
use crate::types::Type;
use crate::value::{Unstorable, Value};

/// Raw SQL with the values, tables and columns that are captured in its braces.
#[derive(Clone, Debug, Default)]
pub struct RawNode {
    /// The pieces of the text and the expressions that are captured in its braces, in their order.
    pub(crate) pieces: Vec<Piece>,
    /// The values that `bind` has given for the placeholders `?` in the text, in their order.
    pub(crate) bound: Vec<(Value, Form)>,
    /// If the text is an expression in a typed statement, the scale of the expression's type, or 0
    /// if the type has none; 0 if the text is a statement of its own.
    pub(crate) read_scale: u32,
    /// The reason why an argument cannot be stored; `None` if all arguments can.
    pub(crate) invalid: Option<Unstorable>,
}

impl RawNode {
    /// Returns whether two raw SQL texts are the same, including the values in them.
    pub(super) fn is_same(&self, other: &RawNode) -> bool {
        let same = |(left, right): (&Piece, &Piece)| match (left, right) {
            (Piece::Text(left), Piece::Text(right)) => left == right,
            (Piece::Value(left, _), Piece::Value(right, _)) => left == right,
            (Piece::List(left, ..), Piece::List(right, ..)) => left == right,
            (Piece::Table(left), Piece::Table(right)) => left.is(right),
            (Piece::Column(left, _), Piece::Column(right, _)) => left == right,
            _ => false,
        };
        self.bound == other.bound
            && self.invalid == other.invalid
            && self.pieces.len() == other.pieces.len()
            && self.pieces.iter().zip(&other.pieces).all(same)
    }
}

/// A piece of raw SQL: text, or an expression that is captured in braces.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text.
    Text(Cow<'static, str>),
    /// A value, which becomes a parameter.
    Value(Value, Form),
    /// A list of values of a type, which become parameters.
    List(Vec<Value>, Form, Type),
    /// A table. Its name is written.
    Table(&'static TableDef),
    /// A column, and its `scale`. The column's name is written, qualified by the table's name if
    /// the expression reads several tables.
    Column(ColumnRef, u32),
}
