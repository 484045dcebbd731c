//! SQL as text inside a tree.

use std::borrow::Cow;

use super::captured::Form;
use super::node::ColumnRef;
use crate::schema::TableDef;
use crate::value::{Unstorable, Value};

/// Text with values in it.
#[derive(Clone, Debug, Default)]
pub struct RawNode {
    /// The text, and what is in its braces.
    pub(crate) pieces: Vec<Piece>,
    /// The values of `?` in text that was made at run time.
    pub(crate) bound: Vec<(Value, Form)>,
    /// The scale of the type as which the text is read in a typed statement; 0 for none.
    pub(crate) read_scale: u32,
    /// The first argument that cannot be used.
    pub(crate) invalid: Option<Unstorable>,
}

impl RawNode {
    /// Returns whether two texts are the same, with the same values.
    pub(super) fn is_same(&self, other: &RawNode) -> bool {
        let same = |(left, right): (&Piece, &Piece)| match (left, right) {
            (Piece::Text(left), Piece::Text(right)) => left == right,
            (Piece::Value(left, _), Piece::Value(right, _)) => left == right,
            (Piece::List(left, _), Piece::List(right, _)) => left == right,
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

/// A piece of text, or what is in its braces.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text as it is.
    Text(Cow<'static, str>),
    /// A value, which becomes a parameter.
    Value(Value, Form),
    /// A list of values.
    List(Vec<Value>, Form),
    /// The name of a table.
    Table(&'static TableDef),
    /// The name of a column, which is qualified in an expression over several tables, and the
    /// number of decimal places that its integers have.
    Column(ColumnRef, u32),
}
