//! What a column can hold: one stored form for each Rust type.
//!
//! [`SqlType`] is a type with a stored form, [`ColumnType`] is such a type or an `Option` of one.
//! The forms sort in the database as the values do in Rust, or the type has no order there
//! ([`SqlType::Order`]).

mod arithmetic;
mod bytes;
#[cfg(feature = "chrono")]
mod chrono;
mod civil;
mod column_type;
mod encoded;
pub mod encoding;
mod folding;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "json")]
mod json;
mod number;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
mod system_time;
mod text;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;
mod wrapper;

use std::any::TypeId;

pub(crate) use arithmetic::with_decimals;
pub use arithmetic::{Adds, Exact, Multiplies, Signed};
#[cfg(feature = "rust_decimal")]
pub(crate) use arithmetic::{for_each_integer, for_each_pair_of_scales};
pub use column_type::{Accepts, ColumnType, NotNull, Nullable, Nullness, Unset, Wrapped};
pub use encoded::Encoded;
pub(crate) use folding::folded;
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "json")]
#[doc(hidden)]
pub use json::given;
pub use number::{Integer, Numeric, Summed};
#[cfg(feature = "rust_decimal")]
pub use rust_decimal::Scaled;
pub use text::{Searchable, Textual};

pub use wrapper::Wrapper;
pub(crate) use wrapper::for_each_wrapper;

pub use crate::schema::{Clock, Domain, Type};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// Stands in for the type behind the feature, so that the compiler says what `#[column(json)]`
/// needs.
#[cfg(not(feature = "json"))]
#[doc(hidden)]
#[derive(Debug)]
pub struct Json<T>(std::marker::PhantomData<T>);

/// Stands in for the type behind the feature, so that the compiler says what `#[column(scale =
/// 2)]` needs.
#[cfg(not(feature = "rust_decimal"))]
#[doc(hidden)]
#[derive(Debug)]
pub struct Scaled<const N: u32>;

/// A type with one stored form.
///
/// Derive it for enums and newtypes; implement it for anything else:
///
/// ```
/// use aio_runtime::{Mismatch, Sorted, SqlType, Type, Unstorable, Value, ValueRef};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct Celsius(f64);
///
/// impl SqlType for Celsius {
///     const TYPE: Type = Type::Real;
///     type Order = Sorted;
///     type Read = Self;
///     fn to_value(&self) -> Result<Value, Unstorable> {
///         self.0.to_value()
///     }
///     fn from_value(value: ValueRef<'_>) -> Result<Celsius, Mismatch> {
///         f64::from_value(value).map(Celsius)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a column cannot hold a `{Self}`",
    label = "`{Self}` has no stored form",
    note = "an enum or a newtype gets one by `#[derive(SqlType)]`; `#[column(json)]` stores what serde knows, `#[column(skip)]` leaves the field out",
    note = "types of chrono, jiff, rust_decimal, time and uuid have one with the feature of aio-sql that is called like their crate"
)]
pub trait SqlType: Sized + Send + 'static {
    /// What the column is declared as.
    const TYPE: Type;

    /// The values that it can read, where they are fewer than those of [`TYPE`](SqlType::TYPE).
    const DOMAIN: Domain = Domain::Any;

    /// How many of the digits of the integer that is stored stand behind the point.
    #[doc(hidden)]
    const SCALE: u32 = 0;

    /// Whether the integer that is stored is the number of the nanoseconds of a span of time.
    #[doc(hidden)]
    const IS_SPAN: bool = false;

    /// Whether what was calculated past the end of the integers is an error, not a float.
    #[doc(hidden)]
    const CHECKED: bool = false;

    /// Whether the stored form sorts as the type does in Rust: [`Sorted`] or [`Unsorted`].
    type Order;

    /// What a typed query reads it as: `Self`, or for a type that only says how a field is stored,
    /// such as [`Scaled`], the type of the field.
    type Read: ReadFrom<Self>;

    /// The value to store.
    ///
    /// # Errors
    /// What the stored form cannot hold is an [`Unstorable`], never another value.
    fn to_value(&self) -> Result<Value, Unstorable>;

    /// The value to store, from a value that is no longer needed.
    ///
    /// # Errors
    /// As [`to_value`](SqlType::to_value).
    fn into_value(self) -> Result<Value, Unstorable> {
        self.to_value()
    }

    /// Reads a stored value that is not NULL. A time or a decimal comes as what it is, or as its
    /// text from a database that has no type for it.
    ///
    /// # Errors
    /// Anything but the stored form is a [`Mismatch`].
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch>;

    /// Reads a value in a form of another program that means one thing alone, in a row of raw SQL;
    /// it is asked for where it is not the stored form.
    #[doc(hidden)]
    fn from_other_form(_value: ValueRef<'_>) -> Option<Self> {
        None
    }
}

/// What a value of the type `W` is read as.
///
/// Every type is read as itself, if its [`SqlType::Read`] does not say otherwise.
pub trait ReadFrom<W>: Send + 'static {
    /// Returns what was read.
    fn read_from(stored: W) -> Self;
}

impl<T: Send + 'static> ReadFrom<T> for T {
    #[inline]
    fn read_from(stored: T) -> T {
        stored
    }
}

/// The stored form sorts as the Rust type does.
#[derive(Debug)]
pub enum Sorted {}

/// The stored form sorts in another way, so that `<`, `order_by`, `min` and `max` do not compile.
#[derive(Debug)]
pub enum Unsorted {}

/// Whether values of the type `B` can be put in order by the database.
#[diagnostic::on_unimplemented(
    message = "the database cannot put `{B}` values in order",
    label = "`{B}` is not stored in the order of its values",
    note = "an enum sorts when it is stored as integers, `#[sql_type(integer)]`, or when its texts stand in alphabetical order; a decimal sorts with `#[column(scale = n)]`"
)]
pub trait Sorts<B> {}

#[diagnostic::do_not_recommend]
impl<B> Sorts<B> for Sorted {}

/// A type with a date in it, in UTC where it is a point in time.
#[diagnostic::on_unimplemented(message = "a `{Self}` has no date", label = "expected a date or a point in time")]
pub trait HasDate: SqlType {}

/// A type with a time of day in it, in UTC where it is a point in time.
#[diagnostic::on_unimplemented(message = "a `{Self}` has no time of day", label = "expected a time or a point in time")]
pub trait HasTime: SqlType {}

/// A time of day without a date.
#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "a `{Self}` is no time of day", label = "expected a time of day")]
pub trait IsTimeOfDay: HasTime {}

/// A span of time.
#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "a `{Self}` is no span of time", label = "expected a span of time")]
pub trait IsSpan: SqlType {}

/// A UUID.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no UUID",
    label = "expected a UUID",
    note = "use `uuid::Uuid`, with the feature `uuid` of aio-sql"
)]
pub trait IsUuid: SqlType {}

/// A decimal number.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no decimal number",
    label = "expected a decimal number",
    note = "use `rust_decimal::Decimal`, with the feature `rust_decimal` of aio-sql"
)]
pub trait IsDecimal: SqlType {}

/// A type that is stored as JSON.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no JSON",
    label = "expected JSON",
    note = "`#[column(json)]` stores a field as JSON, with the feature `json`"
)]
pub trait Document: SqlType {}

/// A type that knows what time it is: for `created_at` and `updated_at`, which are set to what its
/// clock says, in its stored form. It is asked once for each statement, and for each chunk of a
/// stream.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot hold the current time",
    label = "expected a point in time",
    note = "use `std::time::SystemTime`, or a type of the crates jiff, chrono or time, with the feature of that name"
)]
pub trait CurrentTime: SqlType {
    /// The current time.
    fn now() -> Self;
}

impl Clock {
    /// Returns the clock of a type.
    pub const fn of<T: CurrentTime>() -> Clock {
        Clock::new(TypeId::of::<T>(), || T::now().into_value())
    }
}

/// A type that a list in [`sql!`](crate::sql!) can hold: every type but `u8`, for a list of bytes
/// is a blob.
///
/// `#[derive(SqlType)]` says so; beside a hand-written `SqlType` it is one empty impl.
#[diagnostic::on_unimplemented(
    message = "a list of `{Self}` cannot stand in the braces of `sql!`",
    label = "expected values that can be stored"
)]
pub trait ListItem: SqlType {}

macro_rules! list_items {
    ($($(#[$cfg:meta])? $type:ty),+ $(,)?) => { $(
        $(#[$cfg])?
        #[diagnostic::do_not_recommend]
        impl ListItem for $type {}
    )+ };
}

list_items! {
    i8, i16, i32, i64, isize, u16, u32, u64, usize, f32, f64, bool, char, String, Box<str>, Vec<u8>,
    std::time::SystemTime, std::time::Duration,
    #[cfg(feature = "uuid")] ::uuid::Uuid,
    #[cfg(feature = "jiff")] ::jiff::Timestamp,
    #[cfg(feature = "jiff")] ::jiff::civil::DateTime,
    #[cfg(feature = "jiff")] ::jiff::civil::Date,
    #[cfg(feature = "jiff")] ::jiff::civil::Time,
    #[cfg(feature = "jiff")] ::jiff::SignedDuration,
    #[cfg(feature = "chrono")] ::chrono::DateTime<::chrono::Utc>,
    #[cfg(feature = "chrono")] ::chrono::NaiveDateTime,
    #[cfg(feature = "chrono")] ::chrono::NaiveDate,
    #[cfg(feature = "chrono")] ::chrono::NaiveTime,
    #[cfg(feature = "chrono")] ::chrono::TimeDelta,
    #[cfg(feature = "time")] ::time::OffsetDateTime,
    #[cfg(feature = "time")] ::time::PrimitiveDateTime,
    #[cfg(feature = "time")] ::time::Date,
    #[cfg(feature = "time")] ::time::Time,
    #[cfg(feature = "time")] ::time::Duration,
    #[cfg(feature = "rust_decimal")] ::rust_decimal::Decimal,
}

impl<const N: usize> ListItem for [u8; N] {}

pub(crate) fn mismatch(expected: &'static str, value: ValueRef<'_>) -> Mismatch {
    Mismatch::new(expected, value.kind())
}
