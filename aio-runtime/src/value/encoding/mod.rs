//! The forms in which other programs store times, UUIDs and decimals.
//!
//! Each has one stored value for each value, so that values that are equal are equal in the
//! database too, and those that sort do so there.

mod decimal;
mod found_time;
mod time;
mod uuid;

use super::{Mismatch, Unstorable, Value, ValueRef};
pub use time::{Fraction, Zone};

/// The form of a column that holds values as another program writes them.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// An integer: the units since 1970 began in UTC, so many to the second.
    UnixTime {
        /// How many units a second has.
        per_second: u32,
    },
    /// A number: the Julian day with its fraction, in whole milliseconds, as SQLite's
    /// `julianday()` returns it.
    JulianDay,
    /// Text: a date and a time of day, in UTC where it is a point in time.
    DateTime {
        /// What stands between the two.
        separator: char,
        /// What stands behind them.
        zone: Zone,
        /// The digits behind the seconds.
        fraction: Fraction,
    },
    /// Text: a time of day.
    TimeOfDay(Fraction),
    /// An integer: a span of time in units, so many to the second.
    Span {
        /// How many units a second has.
        per_second: u32,
    },
    /// Text: a UUID.
    Uuid {
        /// Whether its parts are separated.
        hyphens: bool,
        /// Whether its letters are capital.
        upper: bool,
    },
    /// A floating-point number: the decimal with the fewest digits that it is nearest to.
    DecimalReal,
    /// Text: a decimal with so many places.
    DecimalText(u32),
}

/// What the values of a type are that have such forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoded {
    Timestamp,
    DateTime,
    TimeOfDay,
    Span,
    Uuid,
    Decimal,
}

impl Encoding {
    /// Returns a value in this form, from its value in the library's own. What is finer than the
    /// form of a time is cut off, towards the past.
    ///
    /// # Errors
    /// That the form cannot hold the value.
    pub(crate) fn encode(self, value: &Value) -> Result<Value, Unstorable> {
        match (self, value) {
            (Encoding::Uuid { hyphens, upper }, Value::Blob(bytes)) => {
                Ok(Value::Text(uuid::written(bytes, hyphens, upper)))
            }
            (Encoding::DecimalReal, Value::Decimal { mantissa, scale }) => decimal::real(*mantissa, *scale),
            (Encoding::DecimalText(places), Value::Decimal { mantissa, scale }) => {
                decimal::text(*mantissa, *scale, places)
            }
            (form, value) => time::encode(form, value),
        }
    }

    /// Returns whether a value of the library's own form can have this form too. A number is one
    /// only if it is known to be a span of time.
    pub(crate) fn takes(self, value: &Value, is_span: bool) -> bool {
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

    /// Reads a value of this form as one of the library's own.
    ///
    /// # Errors
    /// That the value is none of this form, and which form has it.
    pub(crate) fn decode(self, value: ValueRef<'_>, kind: Encoded) -> Result<Value, Mismatch> {
        let own = match (self, value) {
            (Encoding::Uuid { hyphens, upper }, ValueRef::Text(text)) => {
                uuid::parse(text).filter(|bytes| uuid::written(bytes, hyphens, upper) == text).map(uuid::value)
            }
            (Encoding::DecimalReal, _) => decimal::of_number(value),
            (Encoding::DecimalText(places), ValueRef::Text(text)) => decimal::of_text(text, places),
            (Encoding::Uuid { .. } | Encoding::DecimalText(_), _) => None,
            (form, value) => time::decode(form, value, kind),
        };
        own.ok_or_else(|| Mismatch::new(self.to_string(), found(value, kind)))
    }

    /// Returns what the attribute of a field says for it.
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

    /// Whether it is the form of a time, which may be the present.
    pub(crate) const fn has_present(self) -> bool {
        matches!(
            self,
            Encoding::UnixTime { .. } | Encoding::JulianDay | Encoding::DateTime { .. } | Encoding::TimeOfDay(_)
        )
    }

    /// Whether its values are text that SQLite takes for a number in no column.
    pub(crate) const fn is_never_a_number(self) -> bool {
        matches!(self, Encoding::DateTime { .. } | Encoding::TimeOfDay(_) | Encoding::Uuid { hyphens: true, .. })
    }
}

/// Shows the form in words, for errors.
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

/// Returns in words what was found in place of a value: its form, if other programs write it.
pub(crate) fn found(value: ValueRef<'_>, kind: Encoded) -> String {
    let form = match (kind, value) {
        (Encoded::Uuid, ValueRef::Text(text)) => uuid::form_of(text),
        (Encoded::Decimal, value) => decimal::form_of(value),
        (_, value) => time::form_of(value, kind),
    };
    match (form, value) {
        (Some(form @ Encoding::DecimalReal), ValueRef::Integer(_)) => format!(
            "an integer; write `scale = n` in the field's attribute if its last n digits stand behind the point (outside \
             of a record, read a `Scaled<n>`), and `{}` if it is the whole number",
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

/// Reads a value in any of the forms that say by themselves which value it is.
pub(crate) fn in_any_form(value: ValueRef<'_>, kind: Encoded) -> Option<Value> {
    match (kind, value) {
        (Encoded::Uuid, ValueRef::Text(text)) => uuid::parse(text).map(uuid::value),
        // An integer may be a whole number, or one that has a `scale`.
        (Encoded::Decimal, ValueRef::Real(_)) => decimal::of_number(value),
        (_, ValueRef::Text(text)) => time::in_any_form(text, kind),
        _ => None,
    }
}
