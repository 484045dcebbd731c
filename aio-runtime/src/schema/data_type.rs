//! The type of a column, and the values of that type that it can have.

use crate::value::Encoding;

/// The kind of a column's values. The dialect says what the database calls it.
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
    /// A decimal number without a fixed scale.
    Decimal,
    /// A JSON document.
    Json,
    /// A value in the form of another program.
    Encoded(Encoding),
}

impl Type {
    /// Returns the type of what is stored: for a value in the form of another program an integer,
    /// a number or text, and otherwise the type itself.
    pub const fn stored(self) -> Type {
        match self {
            Type::Encoded(Encoding::UnixTime { .. } | Encoding::Span { .. }) => Type::Integer,
            Type::Encoded(Encoding::JulianDay | Encoding::DecimalReal) => Type::Real,
            Type::Encoded(_) => Type::Text,
            own => own,
        }
    }

    /// Whether its values are text that SQLite takes for a number in no column.
    pub(crate) const fn is_never_a_number(self) -> bool {
        match self {
            Type::Timestamp | Type::DateTime | Type::Date | Type::Time => true,
            // A document that is a number is read as one.
            Type::Json => true,
            Type::Encoded(encoding) => encoding.is_never_a_number(),
            _ => false,
        }
    }
}

/// The values of a [`Type`] that a Rust type can read, for the CHECK of its columns.
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
    /// Returns the values as an error lists them, if they are finite in number.
    pub(crate) fn list(self) -> Option<String> {
        match self {
            Domain::Any | Domain::Range(..) => None,
            Domain::Texts(texts) => {
                Some(texts.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect::<Vec<_>>().join(", "))
            }
            Domain::Integers(integers) => Some(integers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        }
    }

    /// Returns whether a number is one of these, or within the range, if there is one.
    pub(crate) const fn includes(self, number: i64) -> bool {
        match self {
            Domain::Range(least, most) => least <= number && number <= most,
            Domain::Integers(integers) => {
                let mut place = 0;
                while place < integers.len() && integers[place] != number {
                    place += 1;
                }
                place < integers.len()
            }
            Domain::Any | Domain::Texts(_) => true,
        }
    }

    /// Returns whether a text is one of these.
    pub(crate) const fn includes_text(self, text: &str) -> bool {
        let Domain::Texts(texts) = self else { return true };
        let mut place = 0;
        while place < texts.len() && !is_same(texts[place].as_bytes(), text.as_bytes()) {
            place += 1;
        }
        place < texts.len()
    }

    /// Returns the domain of an integer type with these limits.
    pub(crate) const fn of_integers(least: i128, most: i128) -> Domain {
        let least = if least < i64::MIN as i128 { i64::MIN } else { least as i64 };
        let most = if most > i64::MAX as i128 { i64::MAX } else { most as i64 };
        if least == i64::MIN && most == i64::MAX { Domain::Any } else { Domain::Range(least, most) }
    }
}

/// Returns whether two texts are the same, in a constant.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut place = 0;
    while place < a.len() && place < b.len() && a[place] == b[place] {
        place += 1;
    }
    place == a.len() && place == b.len()
}
