//! Comparisons of a value with a Rust range.

use std::ops::{Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

use super::aggregate::Aggregate;
use super::column::{Column, Expr};
use super::node::{BinaryOp, Node};
use super::operand::{Nulls, Operand};
use super::source::Source;
use crate::types::{ColumnType, Sorts, SqlType};

/// A Rust range that a value of type `B` can be compared with: `a..b`, `a..=b`, `a..`, `..b` or
/// `..=b`. The ends are Rust values, columns or expressions.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let count = |condition| User::select().filter(condition).count(&db);
/// assert_eq!(count(User::KARMA.in_range(3..7)).await?, 1);
/// assert_eq!(User::select().filter(User::KARMA.in_range(3..=7)).count(&db).await?, 2);
/// assert_eq!(User::select().filter(User::NAME.in_range("Dana"..)).count(&db).await?, 1);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{B}` cannot be compared with a `{Self}`",
    label = "expected a range of `{B}`, such as `a..b`"
)]
pub trait ValueRange<B> {
    /// The type of the ends.
    type Value: ColumnType;

    /// The tables `S` and the tables that the ends of the range read.
    type With<S>;

    /// Returns the lower end, and the upper end with the operator that compares the value with it.
    /// Each is `None` if the range does not have this end.
    fn ends(self) -> (Option<Node>, Option<(BinaryOp, Node)>);
}

macro_rules! intervals {
    ($($range:ident, |$from:ident| $ends:expr;)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<B, R: Operand<B>> ValueRange<B> for $range<R> {
            type Value = R::Value;
            type With<S> = R::With<S>;

            fn ends(self) -> (Option<Node>, Option<(BinaryOp, Node)>) {
                let $from = self;
                $ends
            }
        }
    )+ };
}

intervals! {
    Range, |range| (Some(range.start.into_node()), Some((BinaryOp::Lt, range.end.into_node())));
    RangeFrom, |range| (Some(range.start.into_node()), None);
    RangeTo, |range| (None, Some((BinaryOp::Lt, range.end.into_node())));
    RangeToInclusive, |range| (None, Some((BinaryOp::Le, range.end.into_node())));
    RangeInclusive, |range| {
        let (start, end) = range.into_inner();
        (Some(start.into_node()), Some((BinaryOp::Le, end.into_node())))
    };
}

macro_rules! ranges {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns whether the value is in a range, such as
            /// `Order::PLACED.in_range(start..end)`. The ends are values, columns or expressions.
            /// `start..end` excludes its end and `start..=end` includes it; `start..`, `..end` and
            /// `..=end` have only one end. [`between`](Self::between) includes both ends.
            pub fn in_range<R: ValueRange<V::Base>>(self, range: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                Expr::new(in_range(self.into_node(), range.ends()))
            }
        }
    };
}

ranges!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
ranges!([S, V: ColumnType] Expr<S, V>, S);
ranges!([S, V: ColumnType] Aggregate<S, V>, S);

fn in_range(value: Node, ends: (Option<Node>, Option<(BinaryOp, Node)>)) -> Node {
    match ends {
        (Some(start), Some((op, end))) => {
            let above = Node::binary(value.clone(), BinaryOp::Ge, start);
            Node::logical(BinaryOp::And, vec![above, Node::binary(value, op, end)])
        }
        (Some(start), None) => Node::binary(value, BinaryOp::Ge, start),
        (None, Some((op, end))) => Node::binary(value, op, end),
        (None, None) => Node::logical(BinaryOp::And, Vec::new()),
    }
}
