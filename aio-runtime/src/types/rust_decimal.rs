//! Decimal numbers of the crate rust_decimal.
//!
//! Without a scale a decimal has no place behind its last digit other than 0, so that two are equal
//! when the numbers are; its text is not in their order. With `#[column(scale = n)]` it is an
//! integer of that many decimal places, which the database can sort and add up.

use rust_decimal::Decimal;

use super::{ReadFrom, Sorted, SqlType, Type, Unsorted, Wrapper};
use crate::value::{Encoded, Mismatch, Unstorable, Value, ValueRef, found, in_any_form};

#[diagnostic::do_not_recommend]
impl SqlType for Decimal {
    const TYPE: Type = Type::Decimal;
    type Order = Unsorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        let number = self.normalize();
        Ok(Value::Decimal { mantissa: number.mantissa(), scale: number.scale() })
    }

    fn from_value(value: ValueRef<'_>) -> Result<Decimal, Mismatch> {
        match value {
            ValueRef::Text(text) => {
                Decimal::from_str_exact(text).map_err(|_| Mismatch::new("a decimal number", "another text"))
            }
            ValueRef::Decimal { mantissa, scale } => Decimal::try_from_i128_with_scale(mantissa, scale)
                .map_err(|_| Mismatch::new("a decimal of at most 28 digits", "a longer one")),
            other => Err(Mismatch::new("a decimal number as text", found(other, Encoded::Decimal))),
        }
    }

    fn from_other_form(value: ValueRef<'_>) -> Option<Decimal> {
        Decimal::from_value(in_any_form(value, Encoded::Decimal)?.as_ref()).ok()
    }
}

#[diagnostic::do_not_recommend]
impl super::IsDecimal for Decimal {}

/// A decimal with `N` decimal places, stored as an integer: the column type of `#[column(scale =
/// N)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scaled<const N: u32>(pub Decimal);

#[diagnostic::do_not_recommend]
impl<const N: u32> SqlType for Scaled<N> {
    const TYPE: Type = Type::Integer;
    const SCALE: u32 = N;
    type Order = Sorted;
    type Read = Decimal;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Self::value_of(&self.0)
    }

    fn from_value(value: ValueRef<'_>) -> Result<Scaled<N>, Mismatch> {
        let units = i64::from_value(value)?;
        Decimal::try_from_i128_with_scale(units.into(), N)
            .map(Scaled)
            .map_err(|_| Mismatch::new("a decimal of at most 28 places", format!("one of {N} places")))
    }
}

#[diagnostic::do_not_recommend]
impl<const N: u32> super::Summed for Scaled<N> {
    type Sum = Scaled<N>;
}

impl<const N: u32> ReadFrom<Scaled<N>> for Decimal {
    #[inline]
    fn read_from(stored: Scaled<N>) -> Decimal {
        stored.0
    }
}

impl<const N: u32> Wrapper<Decimal> for Scaled<N> {
    fn wrap(value: Decimal) -> Scaled<N> {
        Scaled(value)
    }

    fn unwrap(self) -> Decimal {
        self.0
    }

    fn value_of(value: &Decimal) -> Result<Value, Unstorable> {
        let value = value.normalize();
        let units = N
            .checked_sub(value.scale())
            .filter(|_| N <= Decimal::MAX_SCALE)
            .and_then(|missing| value.mantissa().checked_mul(10_i128.checked_pow(missing)?))
            .and_then(|units| i64::try_from(units).ok());
        units.map(Value::Integer).ok_or_else(|| {
            Unstorable::new(format!(
                "cannot hold this decimal with `scale = {N}`: it has more places, or more than 18 digits in all"
            ))
        })
    }
}
