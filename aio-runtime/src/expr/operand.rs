//! The operands of an operator: Rust values, columns and expressions.

use super::aggregate::Aggregate;
use super::column::{Column, Expr};
use super::function::Function;
use super::node::Node;
use super::scope::Both;
use super::source::Source;
use crate::types::encoding::Encodes;
use crate::types::{ColumnType, Encoded, Nullness, SqlType, Wrapper};
use crate::value::Value;

/// A value, a column or an expression that can be used where a `B` is expected: in a comparison,
/// or as the new value of a column.
///
/// A decimal is converted to the scale of the other side, and a time to the encoding in which the
/// other side is stored.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let users = User::select;
/// assert_eq!(users().filter(User::KARMA.gt(5)).count(&db).await?, 1); // a value
/// assert_eq!(users().filter(User::KARMA.gt(User::ID)).count(&db).await?, 2); // a column
/// assert_eq!(users().filter(User::KARMA.gt(User::ID + 1)).count(&db).await?, 1); // an expression
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be used as a `{B}`",
    label = "expected a `{B}` or an expression of that type",
    note = "`.cast::<{B}>()` converts an expression of another type",
    note = "an `Option` holds an owned value: `.map(str::to_owned)` makes one of an `Option<&str>`",
    note = "where an `Encoded<T, ..>` belongs, a column in the form of another program, write a `T`"
)]
pub trait Operand<B> {
    /// The type of the operand's value.
    type Value: ColumnType;

    /// The tables `S` and the tables that the operand reads.
    type With<S>;

    /// Whether the operand is a Rust `Option`. If it is, `eq` is written as SQL's `IS`, for which
    /// NULL equals NULL.
    const OPTIONAL: bool = false;

    /// The number of decimal places that a `Self` has more than a `B`.
    #[doc(hidden)]
    const EXTRA_PLACES: u32 = 0;

    /// Returns the operand's expression tree, converted to a `B`. If the operand has more decimal
    /// places than a `B`, the statement fails.
    fn into_node(self) -> Node;

    /// Returns the operand's expression tree with all of its decimal places.
    #[doc(hidden)]
    fn into_full_scale(self) -> Node
    where
        Self: Sized,
    {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<B: SqlType> Operand<B> for B {
    type Value = B;
    type With<S> = S;

    fn into_node(self) -> Node {
        Node::value(self)
    }
}

#[diagnostic::do_not_recommend]
impl<B: SqlType<Read = B>> Operand<B> for Option<B> {
    type Value = Option<B>;
    type With<S> = S;
    const OPTIONAL: bool = true;

    fn into_node(self) -> Node {
        Node::value(self)
    }
}

macro_rules! borrowed {
    ($($borrowed:ty => $owned:ty),+) => { $(
        #[diagnostic::do_not_recommend]
        impl Operand<$owned> for $borrowed {
            type Value = $owned;
            type With<S> = S;

            fn into_node(self) -> Node {
                Node::value(<$owned>::from(self.to_owned()))
            }
        }
    )+ };
}

borrowed! { &str => String, &[u8] => Vec<u8>, &str => Box<str> }

// There is no impl for `Option<&B>` or `Option<&str>`: with it, the compiler could not infer the
// type of `None` for a column of text.
#[diagnostic::do_not_recommend]
impl<B: SqlType> Operand<B> for &B {
    type Value = B;
    type With<S> = S;

    fn into_node(self) -> Node {
        Node::stored(self.to_value(), B::TYPE)
    }
}

/// Implements [`Operand`] for Rust values next to a column that stores values in the encoding of
/// another program: the Rust value is converted to the encoding.
///
/// There is no generic impl for all types, because with it the compiler could not infer the type
/// of a literal such as `1`.
macro_rules! encoded {
    ($($(#[$cfg:meta])? $type:ty),+ $(,)?) => { $(
        $(#[$cfg])?
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl<E: Encodes<$type>> Operand<Encoded<$type, E>> for $type {
            type Value = Encoded<$type, E>;
            type With<S> = S;

            fn into_node(self) -> Node {
                encoded::<$type, E>(&self)
            }
        }

        $(#[$cfg])?
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl<E: Encodes<$type>> Operand<Encoded<$type, E>> for &$type {
            type Value = Encoded<$type, E>;
            type With<S> = S;

            fn into_node(self) -> Node {
                encoded::<$type, E>(self)
            }
        }

        $(#[$cfg])?
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl<E: Encodes<$type>> Operand<Encoded<$type, E>> for Option<$type> {
            type Value = Option<Encoded<$type, E>>;
            type With<S> = S;
            const OPTIONAL: bool = true;

            fn into_node(self) -> Node {
                let ty = Encoded::<$type, E>::TYPE;
                self.map_or_else(|| Node::stored(Ok(Value::Null), ty), |value| encoded::<$type, E>(&value))
            }
        }
    )+ };
}

encoded! {
    std::time::SystemTime, std::time::Duration,
    #[cfg(feature = "uuid")] ::uuid::Uuid,
    #[cfg(feature = "jiff")] ::jiff::Timestamp,
    #[cfg(feature = "jiff")] ::jiff::civil::DateTime,
    #[cfg(feature = "jiff")] ::jiff::civil::Time,
    #[cfg(feature = "jiff")] ::jiff::SignedDuration,
    #[cfg(feature = "chrono")] ::chrono::DateTime<::chrono::Utc>,
    #[cfg(feature = "chrono")] ::chrono::NaiveDateTime,
    #[cfg(feature = "chrono")] ::chrono::NaiveTime,
    #[cfg(feature = "chrono")] ::chrono::TimeDelta,
    #[cfg(feature = "time")] ::time::OffsetDateTime,
    #[cfg(feature = "time")] ::time::PrimitiveDateTime,
    #[cfg(feature = "time")] ::time::Time,
    #[cfg(feature = "time")] ::time::Duration,
    #[cfg(feature = "rust_decimal")] ::rust_decimal::Decimal,
}

/// `i64` is the only integer type that is an operand next to decimals, so that the compiler can
/// infer the type of a literal such as `1`.
#[cfg(feature = "rust_decimal")]
#[diagnostic::do_not_recommend]
impl<E: Encodes<::rust_decimal::Decimal>> Operand<Encoded<::rust_decimal::Decimal, E>> for i64 {
    type Value = Encoded<::rust_decimal::Decimal, E>;
    type With<S> = S;

    fn into_node(self) -> Node {
        encoded::<::rust_decimal::Decimal, E>(&self.into())
    }
}

#[cfg(feature = "rust_decimal")]
#[diagnostic::do_not_recommend]
impl Operand<::rust_decimal::Decimal> for i64 {
    type Value = ::rust_decimal::Decimal;
    type With<S> = S;

    fn into_node(self) -> Node {
        Node::value(::rust_decimal::Decimal::from(self))
    }
}

fn encoded<T: SqlType, E: Encodes<T>>(value: &T) -> Node {
    Node::stored(Encoded::<T, E>::value_of(value), Encoded::<T, E>::TYPE)
}

#[diagnostic::do_not_recommend]
impl<T: Source, V: ColumnType, K, B> Operand<B> for Column<T, V, K>
where
    V::Base: Comparable<B>,
{
    type Value = V;
    type With<S> = Both<S, (T,)>;

    const EXTRA_PLACES: u32 = <V::Base as Comparable<B>>::EXTRA_PLACES;

    fn into_node(self) -> Node {
        Operand::<B>::into_full_scale(self)
            .without_extra_places(V::Base::SCALE, <V::Base as Comparable<B>>::EXTRA_PLACES)
    }

    fn into_full_scale(self) -> Node {
        <V::Base as Comparable<B>>::converted(Column::into_node(self))
            .with_more_places(<V::Base as Comparable<B>>::MISSING_PLACES)
    }
}

#[diagnostic::do_not_recommend]
impl<R, V: ColumnType, B> Operand<B> for Expr<R, V>
where
    V::Base: Comparable<B>,
{
    type Value = V;
    type With<S> = Both<S, R>;

    const EXTRA_PLACES: u32 = <V::Base as Comparable<B>>::EXTRA_PLACES;

    fn into_node(self) -> Node {
        Operand::<B>::into_full_scale(self)
            .without_extra_places(V::Base::SCALE, <V::Base as Comparable<B>>::EXTRA_PLACES)
    }

    fn into_full_scale(self) -> Node {
        <V::Base as Comparable<B>>::converted(Expr::into_node(self))
            .with_more_places(<V::Base as Comparable<B>>::MISSING_PLACES)
    }
}

#[diagnostic::do_not_recommend]
impl<R, V: ColumnType, B> Operand<B> for Aggregate<R, V>
where
    V::Base: Comparable<B>,
{
    type Value = V;
    type With<S> = Both<S, R>;

    const EXTRA_PLACES: u32 = <V::Base as Comparable<B>>::EXTRA_PLACES;

    fn into_node(self) -> Node {
        Operand::<B>::into_full_scale(self)
            .without_extra_places(V::Base::SCALE, <V::Base as Comparable<B>>::EXTRA_PLACES)
    }

    fn into_full_scale(self) -> Node {
        <V::Base as Comparable<B>>::converted(Aggregate::into_node(self))
            .with_more_places(<V::Base as Comparable<B>>::MISSING_PLACES)
    }
}

/// Implemented if the database can compare values of type `Self` with values of type `B`.
#[diagnostic::on_unimplemented(
    message = "the database cannot compare a `{B}` with a `{Self}`",
    label = "expected a `{B}`",
    note = "`.cast::<{B}>()` converts one side to the type of the other"
)]
pub trait Comparable<B> {
    /// [`SameForm`] if the database stores values of both types in the same form, or
    /// [`ConvertedForm`] if it has to convert a `Self` to a `B`.
    #[doc(hidden)]
    type Form;

    /// Converts an expression of type `Self` to the stored form of a `B`.
    #[doc(hidden)]
    fn converted(node: Node) -> Node {
        node
    }

    /// The number of decimal places that a `Self` has fewer than a `B`.
    #[doc(hidden)]
    const MISSING_PLACES: u32 = 0;

    /// The number of decimal places that a `Self` has more than a `B`.
    #[doc(hidden)]
    const EXTRA_PLACES: u32 = 0;
}

/// Says that two types store their values in the same form.
#[doc(hidden)]
#[derive(Debug)]
pub enum SameForm {}

/// Says that two types store their values in different forms. An operand is converted before it is
/// compared. The rows of a subquery after IN cannot be converted, so such a subquery does not
/// compile.
#[doc(hidden)]
#[derive(Debug)]
pub enum ConvertedForm {}

#[diagnostic::do_not_recommend]
impl<B: SqlType> Comparable<B> for B {
    type Form = SameForm;
}

macro_rules! comparable {
    ($($left:ident: $($right:ident)+;)+) => { $($(
        #[diagnostic::do_not_recommend]
        impl Comparable<$right> for $left {
            type Form = SameForm;
        }
    )+)+ };
}

comparable! {
    i8: i16 i32 i64 isize u8 u16 u32 u64 usize;
    i16: i8 i32 i64 isize u8 u16 u32 u64 usize;
    i32: i8 i16 i64 isize u8 u16 u32 u64 usize;
    i64: i8 i16 i32 isize u8 u16 u32 u64 usize;
    isize: i8 i16 i32 i64 u8 u16 u32 u64 usize;
    u8: i8 i16 i32 i64 isize u16 u32 u64 usize;
    u16: i8 i16 i32 i64 isize u8 u32 u64 usize;
    u32: i8 i16 i32 i64 isize u8 u16 u64 usize;
    u64: i8 i16 i32 i64 isize u8 u16 u32 usize;
    usize: i8 i16 i32 i64 isize u8 u16 u32 u64;
    f32: f64;
    f64: f32;
}

/// Implements [`Comparable`] between a type of time that is stored in the library's own form and
/// the same type stored in the encoding of another program. In a comparison, SQL converts the
/// library's form to the other encoding.
macro_rules! converted {
    ($($(#[$cfg:meta])? $type:ty),+ $(,)?) => { $(
        $(#[$cfg])?
        #[doc(hidden)]
        #[diagnostic::do_not_recommend]
        impl<E: Encodes<$type>> Comparable<Encoded<$type, E>> for $type {
            type Form = ConvertedForm;

            fn converted(node: Node) -> Node {
                Node::call(Function::Encoded(<$type>::TYPE, E::ENCODING), vec![node])
            }
        }
    )+ };
}

converted! {
    std::time::SystemTime,
    #[cfg(feature = "jiff")] ::jiff::Timestamp,
    #[cfg(feature = "jiff")] ::jiff::civil::DateTime,
    #[cfg(feature = "jiff")] ::jiff::civil::Time,
    #[cfg(feature = "chrono")] ::chrono::DateTime<::chrono::Utc>,
    #[cfg(feature = "chrono")] ::chrono::NaiveDateTime,
    #[cfg(feature = "chrono")] ::chrono::NaiveTime,
    #[cfg(feature = "time")] ::time::OffsetDateTime,
    #[cfg(feature = "time")] ::time::PrimitiveDateTime,
    #[cfg(feature = "time")] ::time::Time,
}

/// The type of a result that is computed from a `V` and a `W`: `B`, or `Option<B>` if the `V` or
/// the `W` may be NULL.
pub type Nulls<V, W, B> = <<<V as ColumnType>::Null as Nullness>::Or<<W as ColumnType>::Null> as Nullness>::Of<B>;
