//! The encodings of other programs: the forms in which they store times, UUIDs and decimals, where
//! these differ from the form in which this library stores them.
//!
//! In each encoding, equal values are stored as equal values, so that they are equal in the
//! database, too. In most encodings, the stored values also sort in the order of the values.

mod decimal;
mod found_time;
mod time;
mod uuid;

use super::{Mismatch, Unstorable, Value, ValueRef};
pub use time::{Fraction, Zone};

/// The form in which another program stores the values of a column.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// An integer: the time since the beginning of 1970 in UTC, in seconds or smaller units.
    UnixTime {
        /// The number of units in a second.
        per_second: u32,
    },
    /// A number: the Julian day, as SQLite's `julianday()` returns it. Its fraction is a whole
    /// number of milliseconds.
    JulianDay,
    /// Text: a date and a time of day. A point in time is stored in UTC.
    DateTime {
        /// The character between the date and the time of day.
        separator: char,
        /// How the text indicates UTC.
        zone: Zone,
        /// The decimal places of the seconds.
        fraction: Fraction,
    },
    /// Text: a time of day.
    TimeOfDay(Fraction),
    /// An integer: a span of time.
    Span {
        /// The number of units in a second.
        per_second: u32,
    },
    /// Text: a UUID.
    Uuid {
        /// Whether the text has hyphens.
        hyphens: bool,
        /// Whether the letters of the text are upper case.
        upper: bool,
    },
    /// A floating-point number. It stands for the decimal with the fewest digits for which this is
    /// the nearest float.
    DecimalReal,
    /// Text: a decimal with this number of decimal places.
    DecimalText(u32),
}

/// The kinds of values that other programs store in several encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncodedKind {
    Timestamp,
    DateTime,
    TimeOfDay,
    Span,
    Uuid,
    Decimal,
}

impl Encoding {
    /// Converts a value from the library's own form to this encoding. A time is rounded down to
    /// the resolution of the encoding.
    ///
    /// # Errors
    /// If this encoding cannot represent the value.
    pub(crate) fn encode(self, value: &Value) -> Result<Value, Unstorable> {
        match (self, value) {
            (Encoding::Uuid { hyphens, upper }, Value::Blob(bytes)) => {
                Ok(Value::Text(uuid::to_text(bytes, hyphens, upper)))
            }
            (Encoding::DecimalReal, Value::Decimal { mantissa, scale }) => decimal::real(*mantissa, *scale),
            (Encoding::DecimalText(places), Value::Decimal { mantissa, scale }) => {
                decimal::text(*mantissa, *scale, places)
            }
            (form, value) => time::encode(form, value),
        }
    }

    /// Returns whether a value in the library's own form is of a kind that can be stored in this
    /// encoding. `is_span` says whether an integer is a span of time, which is the only kind of
    /// integer that can.
    pub(crate) fn accepts(self, value: &Value, is_span: bool) -> bool {
        match value {
            Value::Timestamp { .. } | Value::DateTime { .. } => {
                matches!(self, Encoding::UnixTime { .. } | Encoding::JulianDay | Encoding::DateTime { .. })
            }
            Value::Time { .. } => matches!(self, Encoding::TimeOfDay(_)),
            Value::Integer(_) => is_span && matches!(self, Encoding::Span { .. }),
            Value::Blob(bytes) => bytes.len() == 16 && matches!(self, Encoding::Uuid { .. }),
            Value::Decimal { .. } => matches!(self, Encoding::DecimalReal | Encoding::DecimalText(_)),
            _ => false,
        }
    }

    /// Converts a value from this encoding to the library's own form.
    ///
    /// # Errors
    /// If the value is not in this encoding. If it is in another encoding, the error names that
    /// one.
    pub(crate) fn decode(self, value: ValueRef<'_>, kind: EncodedKind) -> Result<Value, Mismatch> {
        let own = match (self, value) {
            (Encoding::Uuid { hyphens, upper }, ValueRef::Text(text)) => {
                uuid::parse(text).filter(|bytes| uuid::to_text(bytes, hyphens, upper) == text).map(uuid::value)
            }
            (Encoding::DecimalReal, _) => decimal::of_number(value),
            (Encoding::DecimalText(places), ValueRef::Text(text)) => decimal::of_text(text, places),
            (Encoding::Uuid { .. } | Encoding::DecimalText(_), _) => None,
            (form, value) => time::decode(form, value, kind),
        };
        own.ok_or_else(|| Mismatch::new(self.to_string(), found(value, kind)))
    }

    /// Returns the attribute of a field that selects this encoding.
    fn attribute(self) -> String {
        match self {
            Encoding::Uuid { hyphens: true, upper: false } => "uuid = \"text\"".to_owned(),
            Encoding::Uuid { hyphens: true, upper: true } => "uuid = \"upper\"".to_owned(),
            Encoding::Uuid { hyphens: false, .. } => "uuid = \"simple\"".to_owned(),
            Encoding::DecimalReal => "decimal = \"real\"".to_owned(),
            Encoding::DecimalText(places) => format!("decimal = \"text({places})\""),
            time => format!("time = \"{}\"", time::word(time)),
        }
    }

    /// Returns whether this is an encoding of points in time, dates with times, or times of day. A
    /// column in such an encoding may have the current time as its default.
    pub(crate) const fn is_time(self) -> bool {
        matches!(
            self,
            Encoding::UnixTime { .. } | Encoding::JulianDay | Encoding::DateTime { .. } | Encoding::TimeOfDay(_)
        )
    }

    /// Returns whether the stored values are text that SQLite never converts to a number, whatever
    /// the affinity of the column.
    pub(crate) const fn is_never_a_number(self) -> bool {
        matches!(self, Encoding::DateTime { .. } | Encoding::TimeOfDay(_) | Encoding::Uuid { hyphens: true, .. })
    }
}

/// Describes the encoding for error messages.
impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Encoding::UnixTime { .. } | Encoding::Span { .. } => "an integer",
            Encoding::JulianDay | Encoding::DecimalReal => "a number",
            _ => "text",
        };
        write!(f, "{kind} in the form of `{}`", self.attribute())
    }
}

/// Describes a stored value that is not in the expected form, for error messages. If it is in an
/// encoding of other programs, the description names the attribute for that encoding.
pub(crate) fn found(value: ValueRef<'_>, kind: EncodedKind) -> String {
    let form = match (kind, value) {
        (EncodedKind::Uuid, ValueRef::Text(text)) => uuid::form_of(text),
        (EncodedKind::Decimal, value) => decimal::form_of(value),
        (_, value) => time::form_of(value, kind),
    };
    match (form, value) {
        (Some(form @ Encoding::DecimalReal), ValueRef::Integer(_)) => format!(
            "an integer; if its last n digits are decimal places, write `scale = n` in the field's attribute (outside of \
             a record, read a `Scaled<n>`); if it is the whole number, write `{}`",
            form.attribute()
        ),
        (Some(form @ Encoding::UnixTime { .. }), _) => {
            format!("an integer; if it counts from 1970, write `{}` in the field's attribute", form.attribute())
        }
        (Some(form), _) => {
            format!("{} in another form; write `{}` in the field's attribute", value.kind(), form.attribute())
        }
        (None, ValueRef::Text(_)) => "another text".to_owned(),
        (None, value) => value.kind().to_owned(),
    }
}

/// Converts a value that another program has stored in any encoding to the library's own form.
/// Returns `None` if the value is in no encoding, or if several encodings are possible.
pub(crate) fn in_any_form(value: ValueRef<'_>, kind: EncodedKind) -> Option<Value> {
    match (kind, value) {
        (EncodedKind::Uuid, ValueRef::Text(text)) => uuid::parse(text).map(uuid::value),
        // Only a REAL is certain to be the number itself. An INTEGER may be the number or the
        // number times a power of ten (`scale`), so it is not converted here.
        (EncodedKind::Decimal, ValueRef::Real(_)) => decimal::of_number(value),
        (_, ValueRef::Text(text)) => time::in_any_form(text, kind),
        _ => None,
    }
}
