//! The operators of columns and expressions.
//!
//! One macro implements them for [`Column`], [`Expr`] and [`Aggregate`] as inherent methods, so
//! that users have no trait to import.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use super::aggregate::Aggregate;
use super::child::Child;
use super::column::{Column, Expr};
use super::in_operand::InOperand;
use super::node::{BinaryOp, Node, TextMatch, UnaryOp};
use super::operand::{Nulls, Operand};
use super::order::Order;
use super::scaled::{Divisor, Factor, calculated, cast, negated};
use super::scope::Guard;
use super::source::Source;
use crate::types::{Adds, ColumnType, Integer, Multiplies, Nullness, Searchable, Signed, Sorts, SqlType, Textual};

macro_rules! operators {
    ([$($generics:tt)*] $type:ty, $scope:ty) => {
        impl<$($generics)*> $type {
            /// Returns whether the values are equal. If `other` is a Rust `Option`, NULL equals
            /// NULL, as with SQL's `IS`, so that `eq(None)` matches NULL.
            pub fn eq<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>> {
                let op = if R::OPTIONAL { BinaryOp::NotDistinct } else { BinaryOp::Eq };
                Expr::new(compared(self.into_node(), op, other))
            }

            /// Returns whether the values are not equal. If `other` is a Rust `Option`, NULL
            /// equals NULL, as with SQL's `IS NOT`.
            pub fn ne<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>> {
                let op = if R::OPTIONAL { BinaryOp::Distinct } else { BinaryOp::Ne };
                Expr::new(compared(self.into_node(), op, other))
            }

            /// Returns whether the values are equal. NULL is equal to NULL.
            pub fn is_not_distinct_from<R: Operand<V::Base>>(self, other: R) -> Expr<Guard<R::With<$scope>>, bool> {
                Expr::new(compared(self.into_node(), BinaryOp::NotDistinct, other))
            }

            /// Returns whether the values are not equal. NULL is equal to NULL.
            pub fn is_distinct_from<R: Operand<V::Base>>(self, other: R) -> Expr<Guard<R::With<$scope>>, bool> {
                Expr::new(compared(self.into_node(), BinaryOp::Distinct, other))
            }

            /// Returns whether the value is NULL.
            pub fn is_null(self) -> Expr<Guard<$scope>, bool> {
                Expr::new(Node::unary(UnaryOp::IsNull, self.into_node()))
            }

            /// Returns whether the value is not NULL.
            pub fn is_not_null(self) -> Expr<Guard<$scope>, bool> {
                Expr::new(Node::unary(UnaryOp::IsNotNull, self.into_node()))
            }

            /// Returns whether the value is equal to a value in a list, or to a value that a query
            /// returns: `User::ID.is_in([1, 2, 3])`,
            /// `User::ID.is_in(Post::select().columns(Post::USER_ID))`.
            ///
            /// An empty list matches nothing. A long list is sent as a single parameter. In a list
            /// of Rust `Option`s, `None` matches NULL, as with `eq`.
            pub fn is_in<A: InOperand<V::Base>>(
                self,
                values: A,
            ) -> Expr<A::With<$scope>, <<V::Null as Nullness>::Or<A::Null> as Nullness>::Of<bool>> {
                Expr::new(values.into_in(self.into_node(), false))
            }

            /// Returns whether the value differs from all values in a list, or from all values
            /// that a query returns. With a list of Rust `Option`s, the result is also true for
            /// NULL, unless the list contains `None`.
            pub fn is_not_in<A: InOperand<V::Base>>(
                self,
                values: A,
            ) -> Expr<A::With<$scope>, <<V::Null as Nullness>::Or<A::Null> as Nullness>::Of<bool>> {
                Expr::new(values.into_in(self.into_node(), true))
            }

            /// Returns whether the value is less than `other`.
            pub fn lt<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                Expr::new(compared(self.into_node(), BinaryOp::Lt, other))
            }

            /// Returns whether the value is less than or equal to `other`.
            pub fn le<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                Expr::new(compared(self.into_node(), BinaryOp::Le, other))
            }

            /// Returns whether the value is greater than `other`.
            pub fn gt<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                Expr::new(compared(self.into_node(), BinaryOp::Gt, other))
            }

            /// Returns whether the value is greater than or equal to `other`.
            pub fn ge<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                Expr::new(compared(self.into_node(), BinaryOp::Ge, other))
            }

            /// Returns whether the value is between `low` and `high`, including both.
            pub fn between<L: Operand<V::Base>, H: Operand<V::Base>>(
                self,
                low: L,
                high: H,
            ) -> Expr<H::With<L::With<$scope>>, Nulls<V, Nulls<L::Value, H::Value, bool>, bool>>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                let more = L::EXTRA_PLACES.max(H::EXTRA_PLACES);
                let (low, high) = (low.into_full_scale().with_more_places(more - L::EXTRA_PLACES), high.into_full_scale().with_more_places(more - H::EXTRA_PLACES));
                let between = self
                    .into_node()
                    .with_more_places_beside::<V::Base, <L::Value as ColumnType>::Base>(more)
                    .with_more_places_beside::<V::Base, <H::Value as ColumnType>::Base>(0);
                Expr::new(Node::Between(Child::boxed(between), Child::boxed((low, high))))
            }

            /// Converts the value to another type in the database: `User::ID.cast::<String>()`.
            ///
            /// For a decimal with a `scale`, the number is converted, not the integer that is
            /// stored: to text exactly, to the nearest float, or to an integer without its decimal
            /// places. A conversion to a smaller `scale`, or from a float, rounds half to even.
            pub fn cast<W: ColumnType>(self) -> Expr<$scope, <V::Null as Nullness>::Of<W::Base>> {
                Expr::new(cast::<V::Base, W::Base>(self.into_node()))
            }

            /// Sorts in ascending order. NULL comes first, as `None` does in Rust.
            pub fn asc(self) -> Order<$scope>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                Order::new(self.into_node(), false)
            }

            /// Sorts in descending order. NULL comes last.
            pub fn desc(self) -> Order<$scope>
            where
                <V::Base as SqlType>::Order: Sorts<V::Base>,
            {
                Order::new(self.into_node(), true)
            }
        }

        impl<$($generics)*> $type
        where
            V::Base: Textual,
        {
            /// Returns whether the text begins with `prefix`, in which no character is a wildcard.
            /// An index on the column is used if `prefix` is a Rust value. Matching is
            /// case-sensitive, unless the collation of the text ignores case. The collation is set
            /// by [`collate`](Column::collate), or else by the column's definition.
            pub fn starts_with<R: Operand<String>>(
                self,
                prefix: R,
            ) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>> {
                Expr::new(text_match(self.into_node(), TextMatch::StartsWith, prefix.into_node()))
            }

            /// Returns whether the text ends with `suffix`, in which no character is a wildcard.
            /// Matching follows the collation, as with `starts_with`.
            pub fn ends_with<R: Operand<String>>(self, suffix: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>> {
                Expr::new(text_match(self.into_node(), TextMatch::EndsWith, suffix.into_node()))
            }

            /// Returns whether the text contains `part`, in which no character is a wildcard. No
            /// index is used. Matching follows the collation, as with `starts_with`.
            pub fn contains<R: Operand<String>>(self, part: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>> {
                Expr::new(text_match(self.into_node(), TextMatch::Contains, part.into_node()))
            }

            /// Returns whether the text matches a pattern: `%` matches any text, `_` matches any
            /// one character, and `\` escapes the next character ([`escape_like`] inserts it where
            /// necessary). Matching follows the collation, as with `starts_with`.
            pub fn like(self, pattern: impl Into<String>) -> Expr<$scope, Nulls<V, V, bool>> {
                Expr::new(text_match(self.into_node(), TextMatch::Like, Node::value(pattern.into())))
            }

            /// Returns whether the text matches a pattern of `like`, ignoring the case of ASCII
            /// letters; `Ä` and `ä` still differ. If the text has the collation
            /// [`Unicode`](crate::Collation::Unicode), the case of every letter is ignored.
            pub fn ilike(self, pattern: impl Into<String>) -> Expr<$scope, Nulls<V, V, bool>> {
                Expr::new(text_match(self.into_node(), TextMatch::ILike, Node::value(pattern.into())))
            }

            /// Returns whether the text matches a pattern as in a shell: `*` matches any text, `?`
            /// any one character, `[a-c]` one of these characters, `[^a-c]` any other character,
            /// and `[*]` the `*` itself. Matching is case-sensitive with every collation.
            pub fn glob(self, pattern: impl Into<String>) -> Expr<$scope, Nulls<V, V, bool>> {
                Expr::new(text_match(self.into_node(), TextMatch::Glob, Node::value(pattern.into())))
            }

            /// Returns whether a regular expression matches a part of the text:
            /// `User::NAME.regexp("^D.*a$")`, or `"(?i)dan"` to ignore case. The syntax is
            /// described in the documentation of [regex-lite](https://docs.rs/regex-lite). This
            /// method needs the feature `regexp`. With an invalid pattern, the statement fails.
            pub fn regexp<R: Operand<String>>(self, pattern: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>>
            where
                V::Base: Searchable,
            {
                Expr::new(text_match(self.into_node(), TextMatch::Regexp, pattern.into_node()))
            }

            /// Returns the text with `other` appended: `||`.
            pub fn concat<R: Operand<String>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, String>> {
                Expr::new(Node::binary(self.into_node(), BinaryOp::Concat, other.into_node()))
            }
        }

        impl<$($generics)*> $type
        where
            V::Base: Integer,
        {
            /// Returns the bitwise AND: `User::FLAGS.bit_and(4).ne(0)`.
            pub fn bit_and<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>> {
                Expr::new(Node::binary(self.into_node(), BinaryOp::BitAnd, other.into_node()))
            }

            /// Returns the bitwise OR.
            pub fn bit_or<R: Operand<V::Base>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>> {
                Expr::new(Node::binary(self.into_node(), BinaryOp::BitOr, other.into_node()))
            }

            /// Shifts the bits of the value, as an `i64`, to the left (`<<`).
            pub fn shift_left<R: Operand<u32>>(self, places: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, i64>> {
                Expr::new(Node::binary(self.into_node(), BinaryOp::ShiftLeft, places.into_node()))
            }

            /// Shifts the bits to the right (`>>`). A negative number stays negative.
            pub fn shift_right<R: Operand<u32>>(self, places: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, V::Base>> {
                Expr::new(Node::binary(self.into_node(), BinaryOp::ShiftRight, places.into_node()))
            }

            /// Inverts all bits of the value, as an `i64` (`~`):
            /// `User::FLAGS.bit_and(value(4).bit_not())`.
            pub fn bit_not(self) -> Expr<$scope, Nulls<V, V, i64>> {
                Expr::new(Node::unary(UnaryOp::BitNot, self.into_node()))
            }
        }

        impl<$($generics)*> $type
        where
            V: ColumnType<Base = bool>,
        {
            /// Returns whether both conditions hold.
            pub fn and<R: Operand<bool>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>> {
                Expr::new(Node::binary(self.into_node(), BinaryOp::And, other.into_node()))
            }

            /// Returns whether at least one of the conditions holds.
            pub fn or<R: Operand<bool>>(self, other: R) -> Expr<R::With<$scope>, Nulls<V, R::Value, bool>> {
                Expr::new(Node::binary(self.into_node(), BinaryOp::Or, other.into_node()))
            }
        }

        impl<$($generics)*> std::ops::Not for $type
        where
            V: ColumnType<Base = bool>,
        {
            type Output = Expr<$scope, V>;

            fn not(self) -> Self::Output {
                Expr::new(Node::unary(UnaryOp::Not, self.into_node()))
            }
        }

        impl<$($generics)*> Neg for $type
        where
            V::Base: Signed,
        {
            type Output = Expr<$scope, V>;

            fn neg(self) -> Self::Output {
                Expr::new(negated::<V::Base>(self.into_node()))
            }
        }

        operators!(@sum [$($generics)*] $type, $scope, Add add Add);
        operators!(@sum [$($generics)*] $type, $scope, Sub sub Subtract);

        impl<$($generics)*, R: Factor<V::Base>> Mul<R> for $type
        where
            V::Base: Multiplies<<R::Value as ColumnType>::Base>,
        {
            type Output = Expr<R::With<$scope>, Nulls<V, R::Value, Product<V, R::Value>>>;

            fn mul(self, other: R) -> Self::Output {
                let (left, right) = (self.into_node(), other.into_factor());
                Expr::new(calculated::<Product<V, R::Value>>(left, BinaryOp::Multiply, right))
            }
        }

        // The result is an `Option`, because a division by zero is NULL
        // (https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes).
        impl<$($generics)*, R: Divisor<V::Base>> Div<R> for $type {
            type Output = Expr<R::With<$scope>, Option<V::Base>>;

            fn div(self, other: R) -> Self::Output {
                Expr::new(Node::binary(self.into_node(), BinaryOp::Divide, other.into_node()))
            }
        }

        impl<$($generics)*, R: Operand<V::Base>> Rem<R> for $type
        where
            V::Base: Adds<<R::Value as ColumnType>::Base>,
        {
            type Output = Expr<R::With<$scope>, Option<Sum<V, R::Value>>>;

            fn rem(self, other: R) -> Self::Output {
                let left = self.into_node().with_more_places_beside::<V::Base, <R::Value as ColumnType>::Base>(R::EXTRA_PLACES);
                Expr::new(calculated::<Sum<V, R::Value>>(left, BinaryOp::Remainder, other.into_full_scale()))
            }
        }
    };
    (@sum [$($generics:tt)*] $type:ty, $scope:ty, $trait:ident $method:ident $op:ident) => {
        impl<$($generics)*, R: Operand<V::Base>> $trait<R> for $type
        where
            V::Base: Adds<<R::Value as ColumnType>::Base>,
        {
            type Output = Expr<R::With<$scope>, Nulls<V, R::Value, Sum<V, R::Value>>>;

            fn $method(self, other: R) -> Self::Output {
                let left = self.into_node().with_more_places_beside::<V::Base, <R::Value as ColumnType>::Base>(R::EXTRA_PLACES);
                Expr::new(calculated::<Sum<V, R::Value>>(left, BinaryOp::$op, other.into_full_scale()))
            }
        }
    };
}

/// The type of the sum of a `V` and a `W`, without its `Option`.
type Sum<V, W> = <<V as ColumnType>::Base as Adds<<W as ColumnType>::Base>>::Sum;

/// The type of the product of a `V` and a `W`, without its `Option`.
type Product<V, W> = <<V as ColumnType>::Base as Multiplies<<W as ColumnType>::Base>>::Product;

/// Returns the comparison of a value of type `B` with another value. If they are decimals, both
/// are converted to the larger of their scales.
fn compared<B: SqlType, R: Operand<B>>(left: Node, op: BinaryOp, right: R) -> Node {
    Node::binary(
        left.with_more_places_beside::<B, <R::Value as ColumnType>::Base>(R::EXTRA_PLACES),
        op,
        right.into_full_scale(),
    )
}

operators!([T: Source, V: ColumnType, K] Column<T, V, K>, (T,));
operators!([S, V: ColumnType] Expr<S, V>, S);
operators!([S, V: ColumnType] Aggregate<S, V>, S);

fn text_match(text: Node, how: TextMatch, part: Node) -> Node {
    Node::Match(Child::boxed(text), how, Child::boxed(part))
}

/// Escapes a text for a pattern of [`like`](Column::like), so that it matches itself: inserts `\`
/// before `%`, `_` and `\`.
///
/// ```
/// assert_eq!(aio_runtime::escape_like("100%"), r"100\%");
/// ```
pub fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
