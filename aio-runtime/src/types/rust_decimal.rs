//! Decimal numbers of the crate rust_decimal.
//!
//! Without a `scale`, SQLite stores a decimal as text. It has no trailing zeros, so that equal
//! numbers are equal texts, but the texts do not sort in the order of the numbers. With
//! `#[column(scale = n)]`, a decimal is stored as an integer, whose last `n` digits are the
//! decimal places, and which the database can sort and sum.

use rust_decimal::Decimal;

use super::{
    Adds, Exact, Multiplies, ReadFrom, Signed, Sorted, SqlType, Type, Unsorted, Wrapper, for_each_integer,
    for_each_pair_of_scales,
};
use crate::value::{EncodedKind, Mismatch, Unstorable, Value, ValueRef, found, in_any_form, largest_decimal};

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
            other => Err(Mismatch::new("a decimal number as text", found(other, EncodedKind::Decimal))),
        }
    }

    fn from_other_form(value: ValueRef<'_>) -> Option<Decimal> {
        Decimal::from_value(in_any_form(value, EncodedKind::Decimal)?.as_ref()).ok()
    }
}

#[diagnostic::do_not_recommend]
impl super::IsDecimal for Decimal {}

/// A decimal that is stored as an integer, whose last `N` digits are the decimal places: the
/// column type of `#[column(scale = N)]`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Scaled, Table, sql};
/// use rust_decimal::Decimal;
///
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Item {
///     #[column(primary_key)]
///     name: String,
///     #[column(scale = 2)]
///     price: Decimal, // in expressions, the column is a `Scaled<2>`
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// db.create(Item).await?;
/// let price = Decimal::new(599, 2);
/// Item::insert(Item { name: "tea".into(), price }).execute(&db).await?;
///
/// // A factor with four decimal places; the product has six.
/// let gross = Item::PRICE * Scaled::<4>(Decimal::new(11, 1));
/// assert_eq!(Item::select().columns(gross).one(&db).await?, Decimal::new(6589, 3));
///
/// // Raw SQL does not know the scale of what it reads.
/// let sum: Scaled<2> = sql!("select sum(price) from {Item}").scalar(&db).await?;
/// assert_eq!(sum.0, price);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scaled<const N: u32>(pub Decimal);

#[diagnostic::do_not_recommend]
impl<const N: u32> SqlType for Scaled<N> {
    const TYPE: Type = Type::Integer;
    const SCALE: u32 = N;
    const CHECKED: bool = true;
    type Order = Sorted;
    type Read = Decimal;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Self::value_of(&self.0)
    }

    fn from_value(value: ValueRef<'_>) -> Result<Scaled<N>, Mismatch> {
        if let ValueRef::Real(_) = value {
            return Err(Mismatch::new(
                "a decimal that is stored as an integer",
                "a float, which is the result of an overflow of 64 bits or of a column or function of floats; \
                 `cast(round(value * 100) as integer)` converts a float to hundredths",
            ));
        }
        let units = i64::from_value(value)?;
        Decimal::try_from_i128_with_scale(units.into(), N)
            .map(Scaled)
            .map_err(|_| Mismatch::new("a decimal of at most 28 decimal places", format!("one of {N} decimal places")))
    }
}

#[diagnostic::do_not_recommend]
impl<const N: u32> super::ListItem for Scaled<N> {}

#[diagnostic::do_not_recommend]
impl<const N: u32> super::Summed for Scaled<N> {
    type Sum = Scaled<N>;
}

#[diagnostic::do_not_recommend]
impl<const N: u32> Signed for Scaled<N> {}

#[diagnostic::do_not_recommend]
impl<const N: u32> Exact for Scaled<N> {}

#[diagnostic::do_not_recommend]
impl<const N: u32> Adds<Scaled<N>> for Scaled<N> {
    type Sum = Scaled<N>;
}

macro_rules! sums {
    ($low:literal $high:literal) => {
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl Adds<Scaled<$low>> for Scaled<$high> {
            type Sum = Scaled<$high>;
        }

        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl Adds<Scaled<$high>> for Scaled<$low> {
            type Sum = Scaled<$high>;
        }
    };
}
for_each_pair_of_scales!(sums);

macro_rules! with_integers {
    ($($type:ident)+) => { $(
        #[diagnostic::do_not_recommend]
        impl<const N: u32> Adds<$type> for Scaled<N> {
            type Sum = Scaled<N>;
        }

        #[diagnostic::do_not_recommend]
        impl<const N: u32> Adds<Scaled<N>> for $type {
            type Sum = Scaled<N>;
        }

        #[diagnostic::do_not_recommend]
        impl<const N: u32> Multiplies<$type> for Scaled<N> {
            type Product = Scaled<N>;
        }

        #[diagnostic::do_not_recommend]
        impl<const N: u32> Multiplies<Scaled<N>> for $type {
            type Product = Scaled<N>;
        }
    )+ };
}
for_each_integer!(with_integers);

/// Implements [`Multiplies`] for each pair of scales whose sum, the scale of the product, is at
/// most twelve.
macro_rules! products {
    ($($left:literal: $($right:literal)+;)+) => { $($(
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl Multiplies<Scaled<$right>> for Scaled<$left> {
            type Product = Scaled<{ $left + $right }>;
        }
    )+)+ };
}

products! {
    0: 0 1 2 3 4 5 6 7 8 9 10 11 12;
    1: 0 1 2 3 4 5 6 7 8 9 10 11;
    2: 0 1 2 3 4 5 6 7 8 9 10;
    3: 0 1 2 3 4 5 6 7 8 9;
    4: 0 1 2 3 4 5 6 7 8;
    5: 0 1 2 3 4 5 6 7;
    6: 0 1 2 3 4 5 6;
    7: 0 1 2 3 4 5;
    8: 0 1 2 3 4;
    9: 0 1 2 3;
    10: 0 1 2;
    11: 0 1;
    12: 0;
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
            let places = value.scale();
            let reason = match places {
                0..=12 if places > N => format!(
                    "it has {places} decimal places; `.round_dp({N})` rounds it, and in a calculation \
                     `Scaled::<{places}>(value)` is the number with all of them"
                ),
                _ if places > N => format!("it has {places} decimal places; `.round_dp({N})` rounds it"),
                _ => format!("the largest number with {N} decimal places is {}", largest_decimal(N)),
            };
            Unstorable::new(format!("cannot hold this decimal with `scale = {N}`: {reason}"))
        })
    }
}
