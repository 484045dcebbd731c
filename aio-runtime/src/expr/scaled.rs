//! Calculations with decimals that are stored as integers.
//!
//! Both operands of a sum or a comparison are converted to the larger of their scales, by a
//! multiplication of integers. If an integer overflows, SQLite continues with a float, which is
//! not exact, and every result that is calculated from a float is a float, too. It is therefore
//! enough to check the final result of a calculation: a call of [`Function::Checked`] fails if
//! that result is a float. The call is left out for a column of the statement's result, because
//! reading a float as a decimal fails anyway.

use std::ops::{Add, Div, Mul, Rem, Sub};

use super::aggregate::Aggregate;
use super::child::Child;
use super::column::{Column, Expr};
use super::function::Function;
use super::node::{BinaryOp, Call, Node, UnaryOp};
use super::operand::{Nulls, Operand};
use super::query::{Body, Query};
use super::source::Source;
use crate::types::{ColumnType, Numeric, SqlType, Type, for_each_wrapper, with_decimals};
with_decimals! {
    use super::operand::{Comparable, ConvertedForm};
    use super::scope::Both;
    use crate::types::Wrapper;
    use crate::value::Value;
    use crate::types::{Exact, Multiplies, Scaled, for_each_integer, for_each_pair_of_scales};
}
use crate::value::Unstorable;

/// The exponent of the largest power of ten that fits into an `i64`.
const MAX_EXPONENT: u32 = 18;

impl Node {
    /// Removes the check for overflow, a call of [`Function::Checked`], from an expression that
    /// becomes an operand of a calculation. The result of the calculation is checked instead.
    pub(crate) fn unchecked(self) -> Node {
        match self {
            Node::Call(call) if call.function == Function::Checked => {
                let Call { mut arguments, .. } = *call.into_inner();
                arguments.pop().unwrap_or(Node::TooDeep)
            }
            other => other,
        }
    }

    /// Returns the expression inside a check for overflow, or the expression itself if it has no
    /// check.
    pub(crate) fn without_check(&self) -> &Node {
        match self {
            Node::Call(call) if call.function == Function::Checked => call.arguments.first().unwrap_or(self),
            other => other,
        }
    }

    fn is_checked(&self) -> bool {
        matches!(self, Node::Call(call) if call.function == Function::Checked)
    }

    /// Adds a check for overflow: the statement fails if the result of the calculation is a float
    /// instead of an integer.
    pub(super) fn checked(self) -> Node {
        Node::call(Function::Checked, vec![self])
    }

    /// Adds a check for overflow to an integer that is used as a decimal, unless it is a column or
    /// a value, which cannot have overflowed. Without the check, a float from an overflow would be
    /// treated as a decimal.
    fn checked_if_computed(self) -> Node {
        match self {
            Node::Column(_) | Node::Value(..) | Node::Literal(_) | Node::Invalid(_) => self,
            other if other.is_checked() => other,
            other => other.checked(),
        }
    }

    /// Converts an operand of type `B` to a scale with this many more decimal places. `W` is the
    /// type of the operator's other operand: if that is a decimal and `B` is an integer, also adds
    /// a check for overflow.
    pub(super) fn with_more_places_beside<B: SqlType, W: SqlType>(self, places: u32) -> Node {
        let scaled = self.with_more_places(places);
        if W::CHECKED && !B::CHECKED { scaled.checked_if_computed() } else { scaled }
    }

    /// Converts the number to a scale with this many more decimal places.
    pub(super) fn with_more_places(self, places: u32) -> Node {
        match 10_i64.checked_pow(places) {
            Some(1) => self,
            Some(power) => Node::binary(self.unchecked(), BinaryOp::Multiply, Node::Literal(power)).checked(),
            None => Node::Invalid(Unstorable::new(format!(
                "cannot be calculated with a decimal that has {places} more decimal places: the result would not fit into an `i64`"
            ))),
        }
    }

    /// Returns the expression if `extra` is 0. Otherwise, returns a node that makes the statement
    /// fail: the expression has this `scale`, which is `extra` places more than are allowed, and a
    /// number is rounded only where the user asks for it.
    pub(super) fn without_extra_places(self, scale: u32, extra: u32) -> Node {
        match scale.checked_sub(extra) {
            Some(places) if extra > 0 => Node::Invalid(Unstorable::new(format!(
                "cannot take a value with {scale} decimal places where {places} belong: `.round_to::<{places}>()` rounds it"
            ))),
            _ => self,
        }
    }
}

impl Query {
    /// Returns the query without the checks for overflow of the selected expressions, or `None` if
    /// there are none to leave out. These checks are not needed, because reading a float as a
    /// decimal fails. The checks of the expressions that rows are grouped or sorted by remain,
    /// because LIMIT or HAVING may leave out the row with the float.
    pub(crate) fn without_checks(&self) -> Option<Query> {
        let Body::Select(select) = &self.body else { return None };
        let terms = || select.groups.iter().chain(self.orders.iter().map(|order| &order.node));
        let is_superfluous = |node: &Node| node.is_checked() && !terms().any(|term| term.is_same(node));
        if !self.compounds.is_empty() || !select.projection.iter().any(is_superfluous) {
            return None;
        }
        let selected = select.projection.iter().map(|node| match node {
            node if is_superfluous(node) => node.without_check().clone(),
            node => node.clone(),
        });
        let selected = selected.collect();
        let mut query = self.clone();
        if let Body::Select(select) = &mut query.body {
            select.projection = selected;
        }
        Some(query)
    }
}

/// Returns the sum, difference, product or remainder of two numbers. The result has the type `B`.
pub(super) fn calculated<B: SqlType>(left: Node, op: BinaryOp, right: Node) -> Node {
    match (B::CHECKED, op) {
        (false, _) => Node::binary(left, op, right),
        // SQLite converts the operands of a remainder to integers, so that the result cannot be a
        // float.
        (true, BinaryOp::Remainder) => Node::binary(left, op, right),
        (true, _) => Node::binary(left.unchecked(), op, right.unchecked()).checked(),
    }
}

/// Returns the negated number.
pub(super) fn negated<B: SqlType>(number: Node) -> Node {
    match B::CHECKED {
        true => Node::unary(UnaryOp::Negate, number.unchecked()).checked(),
        false => Node::unary(UnaryOp::Negate, number),
    }
}

/// Returns a quotient of integers, multiplied by ten to this power and rounded half to even. No
/// check is added, because the SQL function itself fails if an operand has overflowed.
pub(super) fn divided(dividend: Node, divisor: Node, power: i32) -> Node {
    Node::call(Function::DivideTo(power), vec![dividend.unchecked(), divisor.unchecked()])
}

/// Returns `left - right`, the difference of two numbers of decimal places, which may be negative.
pub(super) fn difference(left: u32, right: u32) -> i32 {
    left.cast_signed() - right.cast_signed()
}

/// Converts a decimal from `from` to `to` decimal places, rounding half to even.
pub(super) fn rounded(number: Node, from: u32, to: u32) -> Node {
    match to.checked_sub(from) {
        Some(more) => number.with_more_places(more),
        None => divided(number, Node::Literal(1), difference(to, from)),
    }
}

/// Returns the integer that a decimal is stored as. A check for overflow is put into a CAST, where
/// it is not found and removed, because the result is no longer a decimal.
pub(super) fn stored(number: Node) -> Node {
    match number.is_checked() {
        true => Node::Cast(Child::boxed(number), Type::Integer, Type::Integer),
        false => number,
    }
}

/// Converts a value of type `B` to type `W`. A decimal with a `scale` is converted as the number
/// that it represents, not as the integer that is stored.
pub(super) fn cast<B: SqlType, W: SqlType>(value: Node) -> Node {
    let call = |function, value| Node::call(function, vec![value]);
    match (B::CHECKED, W::CHECKED) {
        (true, true) => rounded(value, B::SCALE, W::SCALE),
        (true, false) => match W::TYPE {
            Type::Real => call(Function::DecimalReal(B::SCALE), value.unchecked()),
            Type::Text | Type::Decimal => call(Function::DecimalText(B::SCALE), value.unchecked()),
            ty => Node::Cast(Child::boxed(truncated(value, B::SCALE)), Type::Integer, ty),
        },
        (false, true) => match B::TYPE {
            Type::Integer | Type::Bool => value.with_more_places_beside::<B, W>(W::SCALE),
            _ => call(Function::ToScale(W::SCALE), value),
        },
        (false, false) => Node::Cast(Child::boxed(value), B::TYPE, W::TYPE),
    }
}

/// Returns an expression for an integer without its last `digits` decimal digits.
fn truncated(value: Node, digits: u32) -> Node {
    match digits {
        0 => value,
        _ => {
            let power = 10_i64.pow(digits.min(MAX_EXPONENT));
            let quotient = Node::binary(value, BinaryOp::Divide, Node::Literal(power));
            truncated(quotient, digits.saturating_sub(MAX_EXPONENT))
        }
    }
}

/// The right operand of a multiplication or division of a number of type `B`: a Rust value, a
/// column or an expression.
///
/// If `B` has no scale, every [`Operand`] is allowed. If `B` is a decimal with `N` decimal places,
/// a `Decimal` gets `N` places, too; `Scaled::<M>(value)` has `M` places; and an `i64` remains an
/// integer.
#[diagnostic::on_unimplemented(
    message = "a `{B}` cannot be multiplied or divided by a `{Self}`",
    label = "expected an exact number",
    note = "an integer, a `Decimal`, or a decimal with a `scale`; convert a float with `Decimal::try_from(..)`, and a \
            column of floats with `.cast::<Scaled<4>>()`"
)]
pub trait Factor<B> {
    /// The type of the operand's value.
    type Value: ColumnType;

    /// The tables `S` and the tables that the operand reads.
    type With<S>;

    /// Returns the operand's expression tree.
    fn into_factor(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<B: Numeric, R: Operand<B>> Factor<B> for R {
    type Value = R::Value;
    type With<S> = R::With<S>;

    fn into_factor(self) -> Node {
        self.into_full_scale()
    }
}

/// The right operand of `/` after a number of type `B`.
#[diagnostic::on_unimplemented(
    message = "a `{B}` cannot be divided by a `{Self}` with `/`",
    label = "expected a number",
    note = "to divide a decimal with a `scale`, set the number of decimal places of the result: `.div_to::<2, _>(..)`"
)]
pub trait Divisor<B>: Operand<B> {}

impl<B: Numeric, R: Operand<B>> Divisor<B> for R where <R::Value as ColumnType>::Base: Numeric {}

/// A Rust number as the left operand of `+`, `-`, `/` or `%`, used as a `B`.
#[diagnostic::on_unimplemented(message = "a `{Self}` cannot be used as a `{B}`", label = "expected a `{B}`")]
pub trait LeftTerm<B> {
    /// Returns the operand's expression tree.
    fn into_term(self) -> Node;
}

/// A Rust number as the left operand of `*` before a value of type `B`.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be multiplied by a `{B}`",
    label = "expected an exact number"
)]
pub trait LeftFactor<B> {
    /// The type of the product.
    type Product: SqlType;

    /// Returns the operand's expression tree.
    fn into_left_factor(self) -> Node;
}

#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! integers {
    ($($type:ident)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<const N: u32> Comparable<Scaled<N>> for $type {
            type Form = ConvertedForm;
            const MISSING_PLACES: u32 = N;

            fn converted(node: Node) -> Node {
                node.checked_if_computed()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<const N: u32> Comparable<$type> for Scaled<N> {
            type Form = ConvertedForm;
            const EXTRA_PLACES: u32 = N;
        }
    )+ };
}

macro_rules! left {
    (@operand [$($generics:tt)*] $type:ty: [$($own:tt)*] $operand:ty, $scope:ty) => {
        left! { @sum [$($generics)*] $type: [$($own)*] $operand, $scope, V, Add add Add }
        left! { @sum [$($generics)*] $type: [$($own)*] $operand, $scope, V, Sub sub Subtract }
        // A remainder is an `Option`, because a division by zero is NULL.
        left! { @sum [$($generics)*] $type: [$($own)*] $operand, $scope, Option<V::Base>, Rem rem Remainder }

        #[diagnostic::do_not_recommend]
        impl<$($generics)* $($own)*> Mul<$operand> for $type
        where
            $type: LeftFactor<V::Base>,
        {
            type Output = Expr<$scope, Nulls<V, V, <$type as LeftFactor<V::Base>>::Product>>;

            fn mul(self, other: $operand) -> Self::Output {
                let (left, right) = (self.into_left_factor(), other.into_node());
                let product = calculated::<<$type as LeftFactor<V::Base>>::Product>(left, BinaryOp::Multiply, right);
                Expr::new(product)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)* $($own)*> Div<$operand> for $type
        where
            $type: LeftTerm<V::Base>,
            V::Base: Numeric,
        {
            type Output = Expr<$scope, Option<V::Base>>;

            fn div(self, other: $operand) -> Self::Output {
                Expr::new(Node::binary(self.into_term(), BinaryOp::Divide, other.into_node()))
            }
        }
    };
    (@sum [$($generics:tt)*] $type:ty: [$($own:tt)*] $operand:ty, $scope:ty, $value:ty, $trait:ident $method:ident $op:ident) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)* $($own)*> $trait<$operand> for $type
        where
            $type: LeftTerm<V::Base>,
        {
            type Output = Expr<$scope, $value>;

            fn $method(self, other: $operand) -> Self::Output {
                Expr::new(calculated::<V::Base>(self.into_term(), BinaryOp::$op, other.into_node()))
            }
        }
    };
    ([$($generics:tt)*] $type:ty) => {
        left! { @operand [$($generics)*] $type: [T: Source, V: ColumnType, K] Column<T, V, K>, (T,) }
        left! { @operand [$($generics)*] $type: [S, V: ColumnType] Expr<S, V>, S }
        left! { @operand [$($generics)*] $type: [S, V: ColumnType] Aggregate<S, V>, S }
    };
}

macro_rules! numbers {
    ($($type:ident)+) => { $(
        left! { [] $type }

        #[diagnostic::do_not_recommend]
        impl LeftTerm<$type> for $type {
            fn into_term(self) -> Node {
                Node::value(self)
            }
        }

        #[diagnostic::do_not_recommend]
        impl LeftFactor<$type> for $type {
            type Product = $type;

            fn into_left_factor(self) -> Node {
                Node::value(self)
            }
        }
    )+ };
}
numbers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64 }

// Next to decimals, `i64` is the only integer type, so that the compiler can infer the type of a
// literal such as `1`.
with_decimals! {
    #[diagnostic::do_not_recommend]
    impl<const N: u32> LeftTerm<Scaled<N>> for i64 {
        fn into_term(self) -> Node {
            Operand::<Scaled<N>>::into_node(self)
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32> LeftFactor<Scaled<N>> for i64 {
        type Product = Scaled<N>;

        fn into_left_factor(self) -> Node {
            Node::value(self)
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32> Factor<Scaled<N>> for i64 {
        type Value = i64;
        type With<S> = S;

        fn into_factor(self) -> Node {
            Node::value(self)
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32> Operand<Scaled<N>> for i64 {
        type Value = Scaled<N>;
        type With<S> = S;

        fn into_node(self) -> Node {
            Node::value(Scaled::<N>(rust_decimal::Decimal::from(self)))
        }
    }

    for_each_integer!(integers);
}

#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! wrapped {
    ([$($generics:tt)*] $wrapper:ty => $field:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<$wrapper> for $field {
            type Value = $wrapper;
            type With<S> = S;

            fn into_node(self) -> Node {
                Node::stored(<$wrapper as Wrapper<$field>>::value_of(&self), <$wrapper as SqlType>::TYPE)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<$wrapper> for &$field {
            type Value = $wrapper;
            type With<S> = S;

            fn into_node(self) -> Node {
                Node::stored(<$wrapper as Wrapper<$field>>::value_of(self), <$wrapper as SqlType>::TYPE)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Operand<$wrapper> for Option<$field> {
            type Value = Option<$wrapper>;
            type With<S> = S;
            const OPTIONAL: bool = true;

            fn into_node(self) -> Node {
                let value = self.as_ref().map_or(Ok(Value::Null), <$wrapper as Wrapper<$field>>::value_of);
                Node::stored(value, <$wrapper as SqlType>::TYPE)
            }
        }
    };
}
for_each_wrapper!(wrapped);

#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! pairs {
    ($low:literal $high:literal) => {
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl Comparable<Scaled<$high>> for Scaled<$low> {
            type Form = ConvertedForm;
            const MISSING_PLACES: u32 = $high - $low;
        }

        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl Comparable<Scaled<$low>> for Scaled<$high> {
            type Form = ConvertedForm;
            const EXTRA_PLACES: u32 = $high - $low;
        }

        /// A Rust value with more decimal places than the decimal that it is an operand for.
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl Operand<Scaled<$low>> for Scaled<$high> {
            type Value = Scaled<$high>;
            type With<S> = S;
            const EXTRA_PLACES: u32 = $high - $low;

            fn into_node(self) -> Node {
                Node::value(Scaled::<$low>(self.0))
            }

            fn into_full_scale(self) -> Node {
                Node::value(self)
            }
        }

        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl Operand<Scaled<$high>> for Scaled<$low> {
            type Value = Scaled<$high>;
            type With<S> = S;

            fn into_node(self) -> Node {
                Node::value(Scaled::<$high>(self.0))
            }
        }
    };
}

#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! exact_factor {
    ([$($own:tt)*] $operand:ty, $scope:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($own)*, const N: u32> Factor<Scaled<N>> for $operand
        where
            V::Base: Exact,
        {
            type Value = V;
            type With<S> = Both<S, $scope>;

            fn into_factor(self) -> Node {
                self.into_node()
            }
        }
    };
}

with_decimals! {
    left! { [] rust_decimal::Decimal }
    left! { [const M: u32,] Scaled<M> }

    #[diagnostic::do_not_recommend]
    impl<const N: u32> LeftTerm<Scaled<N>> for rust_decimal::Decimal {
        fn into_term(self) -> Node {
            Node::value(Scaled::<N>(self))
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32> LeftTerm<Scaled<N>> for Scaled<N> {
        fn into_term(self) -> Node {
            Node::value(self)
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32> LeftFactor<Scaled<N>> for rust_decimal::Decimal
    where
        Scaled<N>: Multiplies<Scaled<N>>,
    {
        type Product = <Scaled<N> as Multiplies<Scaled<N>>>::Product;

        fn into_left_factor(self) -> Node {
            Node::value(Scaled::<N>(self))
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32, const M: u32> LeftFactor<Scaled<N>> for Scaled<M>
    where
        Scaled<M>: Multiplies<Scaled<N>>,
    {
        type Product = <Scaled<M> as Multiplies<Scaled<N>>>::Product;

        fn into_left_factor(self) -> Node {
            Node::value(self)
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32> Factor<Scaled<N>> for rust_decimal::Decimal {
        type Value = Scaled<N>;
        type With<S> = S;

        fn into_factor(self) -> Node {
            Node::value(Scaled::<N>(self))
        }
    }

    #[diagnostic::do_not_recommend]
    impl<const N: u32, const M: u32> Factor<Scaled<N>> for Scaled<M> {
        type Value = Scaled<M>;
        type With<S> = S;

        fn into_factor(self) -> Node {
            Node::value(self)
        }
    }

    exact_factor! { [T: Source, V: ColumnType, K] Column<T, V, K>, (T,) }
    exact_factor! { [R, V: ColumnType] Expr<R, V>, R }
    exact_factor! { [R, V: ColumnType] Aggregate<R, V>, R }

    for_each_pair_of_scales!(pairs);
}
