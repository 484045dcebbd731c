//! Calculating with decimals that are stored as integers.
//!
//! Both sides of a sum or a comparison are brought to the larger scale, which is a multiplication
//! of integers. Where SQLite's integers overflow it goes on with floats, which are not exact; what
//! was calculated from a float is one, too. So the result of a calculation is looked at once, at
//! its end: a call of [`Function::Checked`] fails where it is a float. Where the end is a column
//! of the statement's own result, the call is left out, for reading a float as a decimal fails.

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

/// The largest power of ten that is an `i64`.
const MOST_DIGITS: u32 = 18;

impl Node {
    /// Returns the expression as the operand of a calculation, at whose end the result is checked.
    pub(crate) fn unchecked(self) -> Node {
        match self {
            Node::Call(call) if call.function == Function::Checked => {
                let Call { mut arguments, .. } = *call.into_inner();
                arguments.pop().unwrap_or(Node::TooDeep)
            }
            other => other,
        }
    }

    /// Returns the expression without the check of its result.
    pub(crate) fn without_check(&self) -> &Node {
        match self {
            Node::Call(call) if call.function == Function::Checked => call.arguments.first().unwrap_or(self),
            other => other,
        }
    }

    fn is_checked(&self) -> bool {
        matches!(self, Node::Call(call) if call.function == Function::Checked)
    }

    /// Returns the expression, whose statement fails where it has overflowed.
    pub(super) fn checked(self) -> Node {
        Node::call(Function::Checked, vec![self])
    }

    /// Returns an integer where a decimal belongs, for which a float must not be taken: the
    /// calculation of an integer may have overflowed.
    fn exact(self) -> Node {
        match self {
            Node::Column(_) | Node::Value(..) | Node::Literal(_) | Node::Invalid(_) => self,
            other if other.is_checked() => other,
            other => other.checked(),
        }
    }

    /// Returns a number of type `B` with this number of further places, beside one of type `W`.
    pub(super) fn raised_beside<B: SqlType, W: SqlType>(self, places: u32) -> Node {
        let raised = self.raised(places);
        if W::CHECKED && !B::CHECKED { raised.exact() } else { raised }
    }

    /// Returns an integer with this number of further decimal places.
    pub(super) fn raised(self, places: u32) -> Node {
        match 10_i64.checked_pow(places) {
            Some(1) => self,
            Some(power) => Node::binary(self.unchecked(), BinaryOp::Multiply, Node::Literal(power)).checked(),
            None => Node::Invalid(Unstorable::new(format!(
                "cannot be calculated with a decimal that has {places} places more: only `i64::MAX` units are exact"
            ))),
        }
    }

    /// Returns the expression, of this scale, where a value with `more` fewer decimal places
    /// belongs.
    pub(super) fn narrowed(self, scale: u32, more: u32) -> Node {
        match scale.checked_sub(more) {
            Some(places) if more > 0 => Node::Invalid(Unstorable::new(format!(
                "cannot take a value with {scale} decimal places where {places} belong: `.round_to::<{places}>()` rounds it"
            ))),
            _ => self,
        }
    }
}

impl Query {
    /// Returns the query without the checks of what it selects, or `None` if it has none: who
    /// reads a float as a decimal fails. What rows are grouped or sorted by is checked all the
    /// same, because a row may be left out by that.
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

/// Returns the sum, the difference, the product or the remainder of two numbers, which is a `B`.
pub(super) fn calculated<B: SqlType>(left: Node, op: BinaryOp, right: Node) -> Node {
    match (B::CHECKED, op) {
        (false, _) => Node::binary(left, op, right),
        // SQLite takes the remainder of integers, into which it turns its operands.
        (true, BinaryOp::Remainder) => Node::binary(left, op, right),
        (true, _) => Node::binary(left.unchecked(), op, right.unchecked()).checked(),
    }
}

/// Returns the number with the other sign.
pub(super) fn negated<B: SqlType>(number: Node) -> Node {
    match B::CHECKED {
        true => Node::unary(UnaryOp::Negate, number.unchecked()).checked(),
        false => Node::unary(UnaryOp::Negate, number),
    }
}

/// Returns a quotient of integers, rounded half to even, times this power of ten. It fails itself
/// where an operand has overflowed.
pub(super) fn divided(dividend: Node, divisor: Node, power: i32) -> Node {
    Node::call(Function::DivideTo(power), vec![dividend.unchecked(), divisor.unchecked()])
}

/// Returns the difference of two numbers of decimal places.
pub(super) fn difference(left: u32, right: u32) -> i32 {
    left.cast_signed() - right.cast_signed()
}

/// Returns a decimal with `from` places as one with `to` places, rounded half to even.
pub(super) fn rounded(number: Node, from: u32, to: u32) -> Node {
    match to.checked_sub(from) {
        Some(more) => number.raised(more),
        None => divided(number, Node::Literal(1), difference(to, from)),
    }
}

/// Returns the integer that a decimal is stored as. It is read as an integer, and so checked.
pub(super) fn stored(number: Node) -> Node {
    match number.is_checked() {
        true => Node::Cast(Child::boxed(number), Type::Integer),
        false => number,
    }
}

/// Returns a value as one of another type: what it is as a number, exactly.
pub(super) fn cast<B: SqlType, W: SqlType>(value: Node) -> Node {
    let call = |function, value| Node::call(function, vec![value]);
    match (B::CHECKED, W::CHECKED) {
        (true, true) => rounded(value, B::SCALE, W::SCALE),
        (true, false) => match W::TYPE {
            Type::Real => call(Function::DecimalReal(B::SCALE), value.unchecked()),
            Type::Text | Type::Decimal => call(Function::DecimalText(B::SCALE), value.unchecked()),
            ty => Node::Cast(Child::boxed(truncated(value, B::SCALE)), ty),
        },
        (false, true) => match B::TYPE {
            Type::Integer | Type::Bool => value.raised_beside::<B, W>(W::SCALE),
            _ => call(Function::ToScale(W::SCALE), value),
        },
        (false, false) => Node::Cast(Child::boxed(value), W::TYPE),
    }
}

/// Returns an integer without its last digits.
fn truncated(value: Node, digits: u32) -> Node {
    match digits {
        0 => value,
        _ => {
            let power = 10_i64.pow(digits.min(MOST_DIGITS));
            let quotient = Node::binary(value, BinaryOp::Divide, Node::Literal(power));
            truncated(quotient, digits.saturating_sub(MOST_DIGITS))
        }
    }
}

/// What a number of type `B` can be multiplied by, or divided by: a Rust value, a column, an
/// expression.
///
/// A number of a type without a scale is an [`Operand`]. Beside a decimal with `N` places, a
/// `Decimal` is taken with `N` places as well, `Scaled::<M>(value)` with `M` places, and an `i64`
/// as the integer that it is.
#[diagnostic::on_unimplemented(
    message = "a `{B}` is not multiplied or divided by a `{Self}`",
    label = "expected a number without a rounding error",
    note = "an integer, a `Decimal`, or a decimal with a `scale`; a float is turned into one by `Decimal::try_from(..)`, \
            and a column of floats by `.cast::<Scaled<4>>()`"
)]
pub trait Factor<B> {
    /// Its own type.
    type Value: ColumnType;

    /// The tables `S` and its own.
    type With<S>;

    /// Returns its tree.
    fn into_factor(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<B: Numeric, R: Operand<B>> Factor<B> for R {
    type Value = R::Value;
    type With<S> = R::With<S>;

    fn into_factor(self) -> Node {
        self.into_finer()
    }
}

/// What a number of type `B` is divided by with `/`.
#[diagnostic::on_unimplemented(
    message = "a `{B}` is not divided by `/` and a `{Self}`",
    label = "expected a number",
    note = "a decimal with a `scale` is divided to as many places as are wanted: `.div_to::<2, _>(..)`"
)]
pub trait Divisor<B>: Operand<B> {}

impl<B: Numeric, R: Operand<B>> Divisor<B> for R where <R::Value as ColumnType>::Base: Numeric {}

/// A number in Rust on the left of `+` or `-`, where a value of type `B` belongs.
#[diagnostic::on_unimplemented(message = "a `{Self}` cannot be used as a `{B}`", label = "expected a `{B}`")]
pub trait LeftTerm<B> {
    /// Returns its tree.
    fn into_term(self) -> Node;
}

/// A number in Rust on the left of `*`, by which a value of type `B` is multiplied.
#[diagnostic::on_unimplemented(
    message = "a `{B}` is not multiplied by a `{Self}`",
    label = "expected a number without a rounding error"
)]
pub trait LeftFactor<B> {
    /// The type of the product.
    type Product: SqlType;

    /// Returns its tree.
    fn into_left_factor(self) -> Node;
}

#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! integers {
    ($($type:ident)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<const N: u32> Comparable<Scaled<N>> for $type {
            type Form = ConvertedForm;
            const FEWER: u32 = N;

            fn in_form(node: Node) -> Node {
                node.exact()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<const N: u32> Comparable<$type> for Scaled<N> {
            type Form = ConvertedForm;
            const MORE: u32 = N;
        }
    )+ };
}

macro_rules! left {
    (@operand [$($generics:tt)*] $type:ty: [$($own:tt)*] $operand:ty, $scope:ty) => {
        left! { @sum [$($generics)*] $type: [$($own)*] $operand, $scope, V, Add add Add }
        left! { @sum [$($generics)*] $type: [$($own)*] $operand, $scope, V, Sub sub Subtract }
        // A division by zero is NULL.
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

// Of the integers one type alone stands beside decimals: the compiler then knows of which one `1`
// is.
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
        #[diagnostic::do_not_recommend]
        impl Comparable<Scaled<$high>> for Scaled<$low> {
            type Form = ConvertedForm;
            const FEWER: u32 = $high - $low;
        }

        #[diagnostic::do_not_recommend]
        impl Comparable<Scaled<$low>> for Scaled<$high> {
            type Form = ConvertedForm;
            const MORE: u32 = $high - $low;
        }

        /// A value that says its own scale.
        #[diagnostic::do_not_recommend]
        impl Operand<Scaled<$low>> for Scaled<$high> {
            type Value = Scaled<$high>;
            type With<S> = S;
            const MORE: u32 = $high - $low;

            fn into_node(self) -> Node {
                Node::value(Scaled::<$low>(self.0))
            }

            fn into_finer(self) -> Node {
                Node::value(self)
            }
        }

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
