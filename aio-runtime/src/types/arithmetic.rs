//! Which types of numbers can be added and multiplied in SQL, and the type of the result.

use super::{Integer, Numeric, SqlType};

/// A number to which a number of type `R` can be added, and from which it can be subtracted. The
/// sum of two decimals with a `scale` has the larger of the two scales.
#[diagnostic::on_unimplemented(
    message = "the database cannot calculate with a `{Self}` and a `{R}`",
    label = "expected numbers",
    note = "a Rust integer or float, a decimal with a `scale`, or an `Option` of one"
)]
pub trait Adds<R>: SqlType {
    /// The type of the sum, the difference and the remainder.
    type Sum: SqlType;
}

/// A number that can be multiplied by a number of type `R`. The product of two decimals with a
/// `scale` has the sum of the two scales, which is at most twelve.
#[diagnostic::on_unimplemented(
    message = "the database cannot multiply a `{Self}` by a `{R}`",
    label = "expected numbers",
    note = "the product of two decimals has the decimal places of both, at most twelve: round one of them first, `.round_to::<2>()`"
)]
pub trait Multiplies<R>: SqlType {
    /// The type of the product.
    type Product: SqlType;
}

/// A number that can be negated, or whose sign or absolute value can be computed.
#[diagnostic::on_unimplemented(
    message = "the database cannot calculate with a `{Self}`",
    label = "expected a number",
    note = "a Rust integer or float, a decimal with a `scale`, or an `Option` of one"
)]
pub trait Signed: SqlType {}

/// A number whose quotients and means can be rounded exactly: an integer, or a decimal with a
/// `scale`.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` has no exact quotient, mean or rounding",
    label = "expected an integer, or a decimal with a `scale`",
    note = "for floats, use `/`, `avg` and `round`"
)]
pub trait Exact: SqlType {}

#[diagnostic::do_not_recommend]
impl<L: Numeric, R: Numeric> Adds<R> for L {
    type Sum = L;
}

#[diagnostic::do_not_recommend]
impl<L: Numeric, R: Numeric> Multiplies<R> for L {
    type Product = L;
}

#[diagnostic::do_not_recommend]
impl<L: Numeric> Signed for L {}

#[diagnostic::do_not_recommend]
impl<L: Integer> Exact for L {}

/// Expands to the given items. Without the feature `rust_decimal`, a macro of the same name
/// expands to nothing.
#[cfg(feature = "rust_decimal")]
macro_rules! with_decimals {
    ($($item:item)*) => { $($item)* };
}

#[cfg(not(feature = "rust_decimal"))]
macro_rules! with_decimals {
    ($($item:item)*) => {};
}

/// Calls a macro once, with a list of all integer types.
#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! for_each_integer {
    ($macro:ident) => {
        $macro! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }
    };
}

/// Calls a macro once for each pair of different scales from 0 to 12, the smaller one first.
#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! for_each_pair_of_scales {
    ($macro:ident) => {
        $crate::types::for_each_pair_of_scales! { @from $macro 0 1 2 3 4 5 6 7 8 9 10 11 12 }
    };
    (@from $macro:ident $first:literal $($rest:literal)*) => {
        $($macro! { $first $rest })*
        $crate::types::for_each_pair_of_scales! { @from $macro $($rest)* }
    };
    (@from $macro:ident) => {};
}

pub(crate) use with_decimals;
#[cfg(feature = "rust_decimal")]
pub(crate) use {for_each_integer, for_each_pair_of_scales};
