//! The type of a column, and the values of that type that the column can have.

use crate::value::Encoding;

/// The type of a column's values, independent of the database. Each database has its own name for
/// it, which its dialect (`sql/dialect`) writes.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::schema::Type;
/// # fn main() -> Result<()> {
/// assert_eq!(User::TABLE.columns[1].ty, Type::Text);
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// An integer of up to 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// A UUID.
    Uuid,
    /// A point in time, in UTC.
    Timestamp,
    /// A date and a time of day without a time zone.
    DateTime,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A decimal number without a fixed number of decimal places.
    Decimal,
    /// A JSON document.
    Json,
    /// A value that is stored in a form that another program uses, such as a point in time as a
    /// number of seconds.
    Encoded(Encoding),
    /// An array of values of one type.
    Array(Element),
    /// A distance in time of months, days and microseconds.
    Interval,
    /// A text prepared for full-text search.
    TsVector,
    /// A query of full-text search.
    TsQuery,
}

/// The type of the elements of an array.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Result, Table, schema::{Element, Type}};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Post {
///     #[column(primary_key)]
///     id: i64,
///     #[column(array)]
///     tags: Vec<String>,
/// }
///
/// # fn main() -> Result<()> {
/// assert_eq!(Post::TABLE.columns[1].ty, Type::Array(Element::Text));
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// True or false.
    Bool,
    /// An integer of up to 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Real,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// A UUID.
    Uuid,
    /// A point in time, in UTC.
    Timestamp,
    /// A date and a time of day without a time zone.
    DateTime,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A decimal number without a fixed number of decimal places.
    Decimal,
}

impl Element {
    /// Returns the type of an element by itself.
    pub const fn ty(self) -> Type {
        match self {
            Element::Bool => Type::Bool,
            Element::Integer => Type::Integer,
            Element::Real => Type::Real,
            Element::Text => Type::Text,
            Element::Blob => Type::Blob,
            Element::Uuid => Type::Uuid,
            Element::Timestamp => Type::Timestamp,
            Element::DateTime => Type::DateTime,
            Element::Date => Type::Date,
            Element::Time => Type::Time,
            Element::Decimal => Type::Decimal,
        }
    }
}

impl Type {
    /// Returns the type of an array of values of this type.
    ///
    /// # Panics
    /// At compile time, if there are no arrays of it: of JSON, of arrays, and of what is stored in
    /// the form of another program.
    #[allow(clippy::panic)]
    pub(crate) const fn array(self) -> Type {
        Type::Array(match self {
            Type::Bool => Element::Bool,
            Type::Integer => Element::Integer,
            Type::Real => Element::Real,
            Type::Text => Element::Text,
            Type::Blob => Element::Blob,
            Type::Uuid => Element::Uuid,
            Type::Timestamp => Element::Timestamp,
            Type::DateTime => Element::DateTime,
            Type::Date => Element::Date,
            Type::Time => Element::Time,
            Type::Decimal => Element::Decimal,
            Type::Json | Type::Encoded(_) | Type::Array(_) => panic!("there is no array of this type: use `json`"),
            Type::Interval | Type::TsVector | Type::TsQuery => panic!("the library has no arrays of this type"),
        })
    }

    /// Returns the type of the values in the database: integer, real or text for a value in the
    /// encoding of another program, and the type itself otherwise.
    pub const fn stored(self) -> Type {
        match self {
            Type::Encoded(Encoding::UnixTime { .. } | Encoding::Span { .. }) => Type::Integer,
            Type::Encoded(Encoding::JulianDay | Encoding::DecimalReal) => Type::Real,
            Type::Encoded(_) => Type::Text,
            own => own,
        }
    }

    /// Returns whether values of this type, which are stored as text, can also be stored in a
    /// column with numeric affinity: SQLite does not convert the text to a number, or the number
    /// is read back as the same value. Returns `false` for types that are not stored as text.
    pub(crate) const fn is_never_a_number(self) -> bool {
        match self {
            Type::Timestamp | Type::DateTime | Type::Date | Type::Time => true,
            // SQLite converts a document such as `5` to a number, which is read back as the same
            // document.
            Type::Json => true,
            Type::Encoded(encoding) => encoding.is_never_a_number(),
            _ => false,
        }
    }
}

/// The values of a [`Type`] that a column of a Rust type may hold. Unless these are all values,
/// CREATE TABLE limits the column to them by a CHECK constraint, except for a range in a column
/// with `declared_type`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Domain, Result, Table};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Item {
///     #[column(primary_key)]
///     id: i64,
///     stock: u8,
/// }
///
/// # fn main() -> Result<()> {
/// assert_eq!(Item::TABLE.columns[1].domain, Domain::Range(0, 255));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any value of the type.
    Any,
    /// A number in this range, both ends included.
    Range(i64, i64),
    /// One of these texts.
    Texts(&'static [&'static str]),
    /// One of these numbers.
    Integers(&'static [i64]),
}

impl Domain {
    /// Returns the values as a list for error messages, or `None` if they are not listed one by
    /// one.
    pub(crate) fn list(self) -> Option<String> {
        match self {
            Domain::Any | Domain::Range(..) => None,
            Domain::Texts(texts) => {
                Some(texts.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect::<Vec<_>>().join(", "))
            }
            Domain::Integers(integers) => Some(integers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        }
    }

    /// Returns whether the domain includes this number. A domain of texts is not checked: the
    /// result is then `true`.
    pub(crate) const fn includes(self, number: i64) -> bool {
        match self {
            Domain::Range(min, max) => min <= number && number <= max,
            Domain::Integers(integers) => {
                let mut index = 0;
                while index < integers.len() && integers[index] != number {
                    index += 1;
                }
                index < integers.len()
            }
            Domain::Any | Domain::Texts(_) => true,
        }
    }

    /// Returns whether the domain includes this text. A domain of numbers is not checked: the
    /// result is then `true`.
    pub(crate) const fn includes_text(self, text: &str) -> bool {
        let Domain::Texts(texts) = self else { return true };
        let mut index = 0;
        while index < texts.len() && !is_same(texts[index].as_bytes(), text.as_bytes()) {
            index += 1;
        }
        index < texts.len()
    }

    /// Returns the domain of a Rust integer type with this minimum and maximum, as far as an `i64`
    /// can store its values.
    pub(crate) const fn of_integers(min: i128, max: i128) -> Domain {
        let min = if min < i64::MIN as i128 { i64::MIN } else { min as i64 };
        let max = if max > i64::MAX as i128 { i64::MAX } else { max as i64 };
        if min == i64::MIN && max == i64::MAX { Domain::Any } else { Domain::Range(min, max) }
    }
}

/// Returns whether two texts, given as their bytes, are equal. Unlike `==`, this function can be
/// called in a constant function.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    index == a.len() && index == b.len()
}
