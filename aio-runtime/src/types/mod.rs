//! The Rust types that a column can have, and how each is stored.
//!
//! A [`SqlType`] determines the form in which its values are stored. A [`ColumnType`] is a
//! [`SqlType`] or an `Option` of a [`SqlType`]. If the stored values do not sort in the database
//! like the values in Rust, the type's `Order` is [`Unsorted`], and queries cannot sort by it.

mod arithmetic;
mod array;
mod bytes;
#[cfg(feature = "chrono")]
mod chrono;
mod civil;
mod column_type;
mod encoded;
pub mod encoding;
mod folding;
mod interval;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "json")]
mod json;
mod number;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
mod system_time;
mod text;
mod text_search;
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
pub use array::{Array, ArrayType};
pub use column_type::{Accepts, ColumnType, NotNull, Nullable, Nullness, Unset, Wrapped};
pub use encoded::Encoded;
pub(crate) use folding::folded;
pub use interval::Interval;
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "json")]
#[doc(hidden)]
pub use json::given;
pub use number::{Integer, Numeric, Summed};
#[cfg(feature = "rust_decimal")]
pub use rust_decimal::Scaled;
pub use text::{Searchable, Textual};
pub use text_search::{FullText, TsQuery, TsVector, TsWeight};

pub use wrapper::Wrapper;
pub(crate) use wrapper::for_each_wrapper;

use crate::row::RowRef;
pub use crate::schema::{Clock, Domain, Element, Type};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// Replaces the type of the same name if the feature `json` is not enabled, so that the compiler's
/// error says which feature `#[column(json)]` needs.
#[cfg(not(feature = "json"))]
#[doc(hidden)]
#[derive(Debug)]
pub struct Json<T>(std::marker::PhantomData<T>);

/// Replaces the type of the same name if the feature `rust_decimal` is not enabled, so that the
/// compiler's error says which feature `#[column(scale = 2)]` needs.
#[cfg(not(feature = "rust_decimal"))]
#[doc(hidden)]
#[derive(Debug)]
pub struct Scaled<const N: u32>;

/// A Rust type that can be stored in a column.
///
/// Derive it for enums and newtypes, or implement it by hand:
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
    note = "`#[derive(SqlType)]` gives an enum or a newtype a stored form; `#[column(json)]` stores a type that implements serde's traits; `#[column(skip)]` leaves the field out",
    note = "types of the crates chrono, jiff, rust_decimal, time and uuid need the feature of aio-sql with the name of the crate"
)]
pub trait SqlType: Sized + Send + 'static {
    /// The type with which the column is declared.
    const TYPE: Type;

    /// The values of [`TYPE`](SqlType::TYPE) that a column of this type may hold. Unless these are
    /// all values, CREATE TABLE limits the column to them by a CHECK constraint, except for a
    /// range in a column with `declared_type`.
    const DOMAIN: Domain = Domain::Any;

    /// The number of decimal places of a decimal that is stored as an integer; 0 for any other
    /// type.
    #[doc(hidden)]
    const SCALE: u32 = 0;

    /// Whether the type is a span of time that is stored as a number of nanoseconds.
    #[doc(hidden)]
    const IS_SPAN: bool = false;

    /// Whether a calculation with values of this type fails if the result does not fit into an
    /// integer. Otherwise, SQLite continues with a float.
    #[doc(hidden)]
    const CHECKED: bool = false;

    /// [`Sorted`] if the stored values sort like the values in Rust, or else [`Unsorted`].
    type Order;

    /// The type that a typed query returns for a value of this type: usually `Self`. A type such
    /// as [`Scaled`] only determines how a field is stored, and the query returns the type of the
    /// field.
    type Read: ReadFrom<Self>;

    /// Converts `self` to the value to store.
    ///
    /// # Errors
    /// [`Unstorable`] if the stored form cannot represent the value. A value must never be changed
    /// to fit.
    fn to_value(&self) -> Result<Value, Unstorable>;

    /// Converts `self` to the value to store. Unlike [`to_value`](SqlType::to_value), it can move
    /// a text or a blob instead of copying it.
    ///
    /// # Errors
    /// Like [`to_value`](SqlType::to_value).
    fn into_value(self) -> Result<Value, Unstorable> {
        self.to_value()
    }

    /// Converts a value that the database returned, and that is not NULL. A database without types
    /// for times and decimals returns them as text.
    ///
    /// # Errors
    /// [`Mismatch`] if the value is not in the form in which this type is stored.
    fn from_value(value: ValueRef<'_>) -> Result<Self, Mismatch>;

    /// Reads the next value of a row if it is in the usual form of this type: faster than
    /// [`from_value`](SqlType::from_value), with the same result. Otherwise returns `None` and
    /// reads nothing.
    #[doc(hidden)]
    #[inline(always)]
    fn read_next(_row: &mut RowRef<'_>) -> Option<Self> {
        None
    }

    /// Converts a value in the encoding of another program. Returns `None` if the value is not in
    /// such an encoding, or if several encodings are possible. Called for a row of raw SQL after
    /// [`from_value`](SqlType::from_value) has failed.
    #[doc(hidden)]
    fn from_other_form(_value: ValueRef<'_>) -> Option<Self> {
        None
    }
}

/// The type that a typed query returns for a stored value of type `W`; see [`SqlType::Read`].
pub trait ReadFrom<W>: Send + 'static {
    /// Converts the stored value to the value that the query returns.
    fn read_from(stored: W) -> Self;
}

impl<T: Send + 'static> ReadFrom<T> for T {
    #[inline]
    fn read_from(stored: T) -> T {
        stored
    }
}

/// The [`SqlType::Order`] of a type whose stored values sort like the values in Rust.
#[derive(Debug)]
pub enum Sorted {}

/// The [`SqlType::Order`] of a type whose stored values sort differently from the values in Rust,
/// so that `lt`, `order_by`, `min` and `max` do not compile.
#[derive(Debug)]
pub enum Unsorted {}

/// Implemented by the [`SqlType::Order`] of the type `B` if the database can sort values of `B`.
#[diagnostic::on_unimplemented(
    message = "the database cannot sort values of type `{B}`",
    label = "the stored values of `{B}` do not sort like its values in Rust",
    note = "an enum sorts if it is stored as integers, `#[sql_type(integer)]`, or if its texts are in alphabetical order; a decimal sorts with `#[column(scale = n)]`; a time in a form that does not sort is sorted by its `.unix_seconds()`"
)]
pub trait Sorts<B> {}

#[diagnostic::do_not_recommend]
impl<B> Sorts<B> for Sorted {}

/// A type that has a date. A point in time has the date in UTC.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Column, Condition, HasDate, Table};
/// /// Returns the condition that a date or a point in time is in this year.
/// fn in_year<T: Table, V: HasDate>(column: Column<T, V>, year: i64) -> Condition<T> {
///     column.year().eq(year)
/// }
/// ```
#[diagnostic::on_unimplemented(message = "a `{Self}` has no date", label = "expected a date or a point in time")]
pub trait HasDate: SqlType {}

/// A type that has a time of day. A point in time has the time of day in UTC.
#[diagnostic::on_unimplemented(message = "a `{Self}` has no time of day", label = "expected a time or a point in time")]
pub trait HasTime: SqlType {}

/// A type of times of day, without a date.
#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "`{Self}` is not a type of times of day", label = "expected a time of day")]
pub trait IsTimeOfDay: HasTime {}

/// A type of spans of time.
#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "`{Self}` is not a type of time spans", label = "expected a span of time")]
pub trait IsSpan: SqlType {}

/// A type of UUIDs.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of UUIDs",
    label = "expected a UUID",
    note = "use `uuid::Uuid`, with the feature `uuid` of aio-sql"
)]
pub trait IsUuid: SqlType {}

/// A type of decimal numbers.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of decimal numbers",
    label = "expected a decimal number",
    note = "use `rust_decimal::Decimal`, with the feature `rust_decimal` of aio-sql"
)]
pub trait IsDecimal: SqlType {}

/// A type that is stored as JSON, which the JSON functions accept.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Column, Database, Document, Result, Select, Table};
/// /// Returns for each row of a table how many elements an array in it has.
/// async fn lengths<T: Table, D: Document>(
///     array: Column<T, D>,
///     db: &Database,
/// ) -> Result<Vec<i64>> {
///     Select::<T>::new().columns(array.json_array_length()).all(db).await
/// }
/// # #[derive(Table)] #[table(crate = "aio_runtime")]
/// # struct Recipe { #[column(primary_key)] id: i64, #[column(json)] steps: Vec<String> }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// # db.create(Recipe).await?;
///
/// let steps = vec!["boil".into(), "pour".into()];
/// Recipe::insert(Recipe { id: 1, steps }).execute(&db).await?;
/// assert_eq!(lengths(Recipe::STEPS, &db).await?, [2]);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not stored as JSON",
    label = "expected JSON",
    note = "`#[column(json)]` stores a field as JSON, with the feature `json`"
)]
pub trait Document: SqlType {}

/// A type that can hold the current time, for columns with `created_at` and `updated_at`. The
/// library stores the time that [`now`](CurrentTime::now) returns, and calls `now` anew for each
/// statement and each chunk of an `insert_stream`, not for each row.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// use std::time::SystemTime;
///
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Note {
///     #[column(primary_key, auto)]
///     id: i64,
///     text: String,
///     #[column(created_at)]
///     created_at: SystemTime,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// db.create(Note).await?;
/// let before = SystemTime::now();
/// let note = Note::insert(NewNote { text: "Hello".into() }).one(&db).await?;
/// assert!(note.created_at >= before);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot hold the current time",
    label = "expected a point in time",
    note = "use `std::time::SystemTime`, or a type of the crates jiff, chrono or time with the feature of the same name"
)]
pub trait CurrentTime: SqlType {
    /// Returns the current time.
    fn now() -> Self;
}

impl Clock {
    /// Creates the clock of a type, which calls [`CurrentTime::now`].
    pub const fn of<T: CurrentTime>() -> Clock {
        Clock::new(TypeId::of::<T>(), || T::now().into_value())
    }
}

/// A type whose values can be captured in [`sql!`](crate::sql!) as a list, such as a `Vec<i64>`.
/// It is not implemented for `u8`, because a list of bytes is a blob.
///
/// `#[derive(SqlType)]` implements it. If you implement `SqlType` by hand, add an empty impl of
/// this trait.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::sql;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let ids = vec![1, 2, 99];
/// let names = sql!("select name from {User} where id in ({ids}) order by 1");
/// let names: Vec<String> = names.all(&db).await?;
/// assert_eq!(names, ["Dan", "Dana"]);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a list of `{Self}` cannot be captured in `sql!`",
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
