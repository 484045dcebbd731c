//! What is calculated with what, and what comes of it.

use super::{Integer, Numeric, SqlType};

/// A type to whose values those of the type `R` can be added, or from which they can be
/// subtracted.
#[diagnostic::on_unimplemented(
    message = "the database cannot calculate with a `{Self}` and a `{R}`",
    label = "expected numbers",
    note = "a Rust integer or float, a decimal with a `scale`, or an `Option` of one"
)]
pub trait Adds<R>: SqlType {
    /// The type of the sum, of the difference, and of the remainder.
    type Sum: SqlType;
}

/// A type whose values can be multiplied by those of the type `R`.
#[diagnostic::on_unimplemented(
    message = "the database cannot multiply a `{Self}` by a `{R}`",
    label = "expected numbers",
    note = "the scales of two decimals add up, to twelve places at most: `.round_to::<2>()` before that leaves fewer"
)]
pub trait Multiplies<R>: SqlType {
    /// The type of the product.
    type Product: SqlType;
}

/// A number that has a sign.
#[diagnostic::on_unimplemented(
    message = "the database cannot calculate with a `{Self}`",
    label = "expected a number",
    note = "a Rust integer or float, a decimal with a `scale`, or an `Option` of one"
)]
pub trait Signed: SqlType {}

/// A number without a rounding error: an integer, or a decimal with a `scale`.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` has no exact quotient, mean or rounding",
    label = "expected an integer, or a decimal with a `scale`",
    note = "of floats, `/`, `avg` and `round` are the ones to take"
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

/// Writes items of the build that has the crate rust_decimal.
#[cfg(feature = "rust_decimal")]
macro_rules! with_decimals {
    ($($item:item)*) => { $($item)* };
}

#[cfg(not(feature = "rust_decimal"))]
macro_rules! with_decimals {
    ($($item:item)*) => {};
}

/// Calls a macro with each integer type.
#[allow(unused_macros, reason = "a build without decimals has no scales")]
macro_rules! for_each_integer {
    ($macro:ident) => {
        $macro! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }
    };
}

/// Calls a macro with each pair of different scales up to twelve, the smaller one first.
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
