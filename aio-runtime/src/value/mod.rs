//! The values that a database stores, owned and borrowed.

mod array;
mod civil;
mod conversion;
mod encoding;
mod interval;
mod param;
mod storable;
mod text_form;
mod unredacted;

pub use array::ArrayRef;
pub(crate) use array::pack;
pub(crate) use civil::Civil;
pub use conversion::{Mismatch, Unstorable};
pub(crate) use encoding::{EncodedKind, found, in_any_form};
pub use encoding::{Encoding, Fraction, Zone};
pub(crate) use interval::IntervalParts;
pub use param::Param;
pub(crate) use text_form::{TimeForm, largest_decimal, parse_decimal};
pub(crate) use unredacted::Unredacted;

/// A value of a database: one that is sent to it, or one that was read and copied from a row.
///
/// A database without types for times and decimals, such as SQLite, stores these values as text,
/// which [`into_text_form`](Value::into_text_form) returns.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Row, Value, query};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // A row whose columns are known only at run time.
/// let row: Row = query("select * from user where id = 1").one(&db).await?;
/// let texts = row.values().iter().map(|value| match value {
///     Value::Null => "nothing".to_owned(),
///     Value::Integer(number) => number.to_string(),
///     Value::Text(text) => text.clone(),
///     other => format!("{other:?}"),
/// });
/// assert_eq!(texts.collect::<Vec<_>>(), ["1", "Dana", "7"]);
/// # db.close().await
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number. NaN cannot be stored.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A point in time.
    Timestamp {
        /// The whole seconds since the beginning of 1970 in UTC, rounded down.
        seconds: i64,
        /// The nanoseconds within that second.
        nanosecond: u32,
    },
    /// A date and a time of day without a time zone.
    DateTime {
        /// The whole seconds since the beginning of 1970, rounded down.
        seconds: i64,
        /// The nanoseconds within that second.
        nanosecond: u32,
    },
    /// A date.
    Date {
        /// The days since 1970-01-01.
        days: i32,
    },
    /// A time of day.
    Time {
        /// The nanoseconds since midnight.
        nanoseconds: u64,
    },
    /// An exact decimal number.
    Decimal {
        /// All digits of the number, as an integer.
        mantissa: i128,
        /// The number of decimal places: how many of these digits follow the decimal point.
        scale: u32,
    },
    /// An array. An element of an array of several dimensions is itself an array.
    Array(Vec<Value>),
}

/// A value that borrows its text or bytes, usually from the buffer of the row from which it is
/// read.
///
/// ```
/// use aio_runtime::{Value, ValueRef};
///
/// let value = Value::Text("Dana".into());
/// assert_eq!(value.as_ref(), ValueRef::Text("Dana"));
/// assert_eq!(value.as_ref().kind(), "text");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
    /// A point in time, like [`Value::Timestamp`].
    Timestamp {
        /// The whole seconds since the beginning of 1970 in UTC, rounded down.
        seconds: i64,
        /// The nanoseconds within that second.
        nanosecond: u32,
    },
    /// A date and a time of day without a time zone, like [`Value::DateTime`].
    DateTime {
        /// The whole seconds since the beginning of 1970, rounded down.
        seconds: i64,
        /// The nanoseconds within that second.
        nanosecond: u32,
    },
    /// A date, like [`Value::Date`].
    Date {
        /// The days since 1970-01-01.
        days: i32,
    },
    /// A time of day, like [`Value::Time`].
    Time {
        /// The nanoseconds since midnight.
        nanoseconds: u64,
    },
    /// An exact decimal number, like [`Value::Decimal`].
    Decimal {
        /// All digits of the number, as an integer.
        mantissa: i128,
        /// The number of decimal places: how many of these digits follow the decimal point.
        scale: u32,
    },
    /// An array, like [`Value::Array`].
    Array(ArrayRef<'a>),
}

impl Value {
    /// Returns the value as a [`ValueRef`] that borrows its content.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Integer(i) => ValueRef::Integer(*i),
            Value::Real(r) => ValueRef::Real(*r),
            Value::Text(text) => ValueRef::Text(text),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
            Value::Timestamp { seconds, nanosecond } => {
                ValueRef::Timestamp { seconds: *seconds, nanosecond: *nanosecond }
            }
            Value::DateTime { seconds, nanosecond } => {
                ValueRef::DateTime { seconds: *seconds, nanosecond: *nanosecond }
            }
            Value::Date { days } => ValueRef::Date { days: *days },
            Value::Time { nanoseconds } => ValueRef::Time { nanoseconds: *nanoseconds },
            Value::Decimal { mantissa, scale } => ValueRef::Decimal { mantissa: *mantissa, scale: *scale },
            Value::Array(values) => ValueRef::Array(ArrayRef::of(values)),
        }
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Value {
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(i) => Value::Integer(i),
            ValueRef::Real(r) => Value::Real(r),
            ValueRef::Text(text) => Value::Text(text.to_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            ValueRef::Timestamp { seconds, nanosecond } => Value::Timestamp { seconds, nanosecond },
            ValueRef::DateTime { seconds, nanosecond } => Value::DateTime { seconds, nanosecond },
            ValueRef::Date { days } => Value::Date { days },
            ValueRef::Time { nanoseconds } => Value::Time { nanoseconds },
            ValueRef::Decimal { mantissa, scale } => Value::Decimal { mantissa, scale },
            ValueRef::Array(array) => Value::Array(array.iter().map(Value::from).collect()),
        }
    }
}

impl ValueRef<'_> {
    /// Returns the kind of the value in words, such as `"an integer"`.
    pub fn kind(self) -> &'static str {
        match self {
            ValueRef::Null => "NULL",
            ValueRef::Integer(_) => "an integer",
            ValueRef::Real(_) => "a real number",
            ValueRef::Text(_) => "text",
            ValueRef::Blob(_) => "a blob",
            ValueRef::Timestamp { .. } => "a point in time",
            ValueRef::DateTime { .. } => "a date and a time of day",
            ValueRef::Date { .. } => "a date",
            ValueRef::Time { .. } => "a time of day",
            ValueRef::Decimal { .. } => "a decimal number",
            ValueRef::Array(_) => "an array",
        }
    }
}

// `Debug` does not show the content of a value: it may be a password, and `Debug` output is often
// written to logs.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl std::fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ValueRef::Null => "Null",
            ValueRef::Integer(_) => "Integer(..)",
            ValueRef::Real(_) => "Real(..)",
            ValueRef::Text(_) => "Text(..)",
            ValueRef::Blob(_) => "Blob(..)",
            ValueRef::Timestamp { .. } => "Timestamp(..)",
            ValueRef::DateTime { .. } => "DateTime(..)",
            ValueRef::Date { .. } => "Date(..)",
            ValueRef::Time { .. } => "Time(..)",
            ValueRef::Decimal { .. } => "Decimal(..)",
            ValueRef::Array(_) => "Array(..)",
        })
    }
}
