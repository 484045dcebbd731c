//! Integers, floating-point numbers and bool.

use super::{Domain, Sorted, SqlType, Type, mismatch};
use crate::row::RowRef;
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// A number with which the database calculates as it is stored: a Rust integer or float. A decimal
/// with a `scale` is not one, because its calculations have to take account of the decimal places.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Column, Numeric, Select};
/// /// Returns the average of a column of any type of numbers, or `None` if there are no rows.
/// async fn mean<T: Table>(
///     column: Column<T, impl Numeric>,
///     db: &Database,
/// ) -> Result<Option<f64>> {
///     Select::<T>::new().columns(column.avg()).one(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(mean(User::KARMA, &db).await?, Some(5.0));
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the database cannot calculate with a `{Self}`",
    label = "expected a number",
    note = "a Rust integer or float, or an `Option` of one; for a decimal with a `scale`, use `.div_to::<2, _>(..)`, \
            `.avg_to::<2>()` or `.round_to::<2>()`, which set the number of decimal places"
)]
pub trait Numeric: SqlType {}

/// An integer. Bitwise operators are only for integers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of integers",
    label = "expected an integer",
    note = "a Rust integer, or an `Option` of one"
)]
pub trait Integer: Numeric {}

/// A type that the aggregate `sum` accepts: an integer, a float, a decimal with a `scale`, or a
/// span of time.
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` cannot be summed",
    label = "expected a number or a span of time",
    note = "a Rust integer or float, a decimal with a `scale`, a `Duration`, or an `Option` of one"
)]
pub trait Summed: SqlType {
    /// The type of the sum: `i64` for integers, `f64` for floats, and its own type for a decimal
    /// or a span of time.
    type Sum: SqlType;
}

macro_rules! integers {
    ($($type:ident)+) => { $(
        #[diagnostic::do_not_recommend]
        impl SqlType for $type {
            const TYPE: Type = Type::Integer;
            const DOMAIN: Domain = Domain::of_integers($type::MIN as i128, $type::MAX as i128);
            type Order = Sorted;
            type Read = Self;

            fn to_value(&self) -> Result<Value, Unstorable> {
                match i64::try_from(*self) {
                    Ok(value) => Ok(Value::Integer(value)),
                    Err(_) => Err(Unstorable::new(concat!(
                        "cannot hold this `", stringify!($type), "`: it is greater than `i64::MAX`, the largest integer of the database"
                    ))),
                }
            }

            #[inline]
            fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
                match value {
                    ValueRef::Integer(value) => $type::try_from(value).map_err(|_| {
                        Mismatch::new(
                            concat!("an integer from ", stringify!($type), "::MIN to ", stringify!($type), "::MAX"),
                            "an integer outside that range",
                        )
                    }),
                    other => Err(mismatch("an integer", other)),
                }
            }

            fn read_next(row: &mut RowRef<'_>) -> Option<Self> {
                row.next_integer(|value| $type::try_from(value).ok())
            }
        }

        #[diagnostic::do_not_recommend]
        impl Numeric for $type {}

        #[diagnostic::do_not_recommend]
        impl Integer for $type {}

        #[diagnostic::do_not_recommend]
        impl Summed for $type {
            type Sum = i64;
        }
    )+ };
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

macro_rules! floats {
    ($($type:ident)+) => { $(
        #[diagnostic::do_not_recommend]
        impl SqlType for $type {
            const TYPE: Type = Type::Real;
            type Order = Sorted;
            type Read = Self;

            fn to_value(&self) -> Result<Value, Unstorable> {
                if self.is_nan() {
                    return Err(Unstorable::new(concat!(
                        "cannot hold a `", stringify!($type), "` that is NaN, or be compared with it: use `None` of an `Option`"
                    )));
                }
                // Adding 0.0 turns -0.0 into 0.0, so that equal numbers are stored as the same
                // bits.
                Ok(Value::Real(f64::from(*self) + 0.0))
            }

            #[inline]
            fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch> {
                match value {
                    ValueRef::Real(value) => Ok(value as $type),
                    // A float may be read from an integer: SQLite returns an integer for `select
                    // 1`, and for a number without a fraction in a column without a type.
                    ValueRef::Integer(value) if value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS => Ok(value as $type),
                    other => Err(mismatch("a real number", other)),
                }
            }

            fn read_next(row: &mut RowRef<'_>) -> Option<Self> {
                row.next_real().map(|value| value as $type)
            }
        }

        #[diagnostic::do_not_recommend]
        impl Numeric for $type {}

        #[diagnostic::do_not_recommend]
        impl Summed for $type {
            type Sum = f64;
        }
    )+ };
}

floats! { f32 f64 }

#[diagnostic::do_not_recommend]
impl SqlType for bool {
    const TYPE: Type = Type::Bool;
    const DOMAIN: Domain = Domain::Range(0, 1);
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Integer(i64::from(*self)))
    }

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<bool, Mismatch> {
        match value {
            ValueRef::Integer(0) => Ok(false),
            ValueRef::Integer(1) => Ok(true),
            ValueRef::Integer(_) => Err(Mismatch::new("a bool (0 or 1)", "another integer")),
            other => Err(mismatch("a bool (0 or 1)", other)),
        }
    }

    fn read_next(row: &mut RowRef<'_>) -> Option<bool> {
        row.next_integer(|value| match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })
    }
}
