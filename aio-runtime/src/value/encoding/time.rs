//! Times in the encodings of other programs, which are numbers or text.

use super::found_time::FoundTime;
use super::{EncodedKind, Encoding, Unstorable, Value, ValueRef};
use crate::value::civil::{Civil, SECONDS};
use crate::value::text_form::{push_date, push_time};

/// The suffix by which a text indicates that it is in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// No suffix.
    None,
    /// `+00:00`.
    Offset,
    /// `Z`.
    Z,
}

/// The decimal places of the seconds in a text. The allowed numbers of places are `min`, `min +
/// step` and so on up to `max`. Of these, a program writes the smallest number that shows the
/// whole fraction, or else `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// The smallest number of decimal places. With 0 places, there is no decimal point.
    pub min: u8,
    /// The difference between two allowed numbers of places.
    pub step: u8,
    /// The largest number of decimal places.
    pub max: u8,
}

impl Fraction {
    /// Creates a fraction with exactly this number of decimal places.
    pub const fn of(digits: u8) -> Fraction {
        Fraction { min: digits, step: 1, max: digits }
    }

    /// Returns the nanoseconds rounded down to `max` places, and the number of places that are
    /// written.
    fn digits_of(self, nanosecond: u32) -> (u32, u8) {
        let unit = |digits: u8| 10_u32.pow(9_u32.saturating_sub(digits.into()));
        let rounded = nanosecond - nanosecond % unit(self.max);
        let mut digits = self.min;
        while digits < self.max && !rounded.is_multiple_of(unit(digits)) {
            digits = digits.saturating_add(self.step.max(1)).min(self.max);
        }
        (rounded, digits)
    }
}

const NANOSECONDS: i64 = 1_000_000_000;

/// The beginning of 1970 as a Julian day, in milliseconds.
const JULIAN_1970: i64 = 210_866_760_000_000;

const MILLISECONDS_OF_DAY: f64 = 86_400_000.0;

/// Converts a time from the library's own form to the encoding `form` of another program.
///
/// # Errors
/// If the encoding cannot represent the time.
pub(super) fn encode(form: Encoding, value: &Value) -> Result<Value, Unstorable> {
    if !value.is_storable() {
        return Err(value.unstorable());
    }
    let (seconds, nanosecond) = match value {
        Value::Timestamp { seconds, nanosecond } | Value::DateTime { seconds, nanosecond } => (*seconds, *nanosecond),
        Value::Time { nanoseconds } => {
            let second = NANOSECONDS.unsigned_abs();
            let (seconds, nanosecond) = (nanoseconds / second, nanoseconds % second);
            (seconds.cast_signed(), u32::try_from(nanosecond).unwrap_or_default())
        }
        // In the library's own form, a span is the number of its nanoseconds.
        Value::Integer(nanoseconds) => (
            nanoseconds.div_euclid(NANOSECONDS),
            u32::try_from(nanoseconds.rem_euclid(NANOSECONDS)).unwrap_or_default(),
        ),
        other => return Ok(other.clone()),
    };
    Ok(match form {
        Encoding::UnixTime { per_second } | Encoding::Span { per_second } => {
            let per_second = i64::from(per_second.max(1));
            let units = i64::from(nanosecond) / (NANOSECONDS / per_second);
            let units = seconds.checked_mul(per_second).and_then(|whole| whole.checked_add(units));
            Value::Integer(units.ok_or_else(|| {
                Unstorable::new("cannot hold a year outside 1678 to 2261: its nanoseconds do not fit an `i64`")
            })?)
        }
        Encoding::JulianDay => {
            let milliseconds = seconds * 1000 + i64::from(nanosecond / 1_000_000) + JULIAN_1970;
            Value::Real(milliseconds as f64 / MILLISECONDS_OF_DAY)
        }
        Encoding::DateTime { separator, zone, fraction } => {
            let mut text = String::with_capacity(35);
            let (nanosecond, digits) = fraction.digits_of(nanosecond);
            let civil = Civil::of_seconds(seconds, nanosecond).unwrap_or_default();
            push_date(&mut text, civil);
            text.push(separator);
            push_time(&mut text, civil, digits.into());
            text.push_str(zone.text());
            Value::Text(text)
        }
        Encoding::TimeOfDay(fraction) => {
            let mut text = String::with_capacity(18);
            let (nanosecond, digits) = fraction.digits_of(nanosecond);
            push_time(&mut text, Civil::of_seconds(seconds, nanosecond).unwrap_or_default(), digits.into());
            Value::Text(text)
        }
        _ => value.clone(),
    })
}

/// Converts a time that another program has stored in the encoding `form` to the library's own
/// form. Returns `None` if the value is not in this encoding.
pub(super) fn decode(form: Encoding, value: ValueRef<'_>, kind: EncodedKind) -> Option<Value> {
    let (seconds, nanosecond) = match (form, value) {
        (Encoding::UnixTime { per_second } | Encoding::Span { per_second }, ValueRef::Integer(units)) => {
            let per_second = i64::from(per_second.max(1));
            let part = units.rem_euclid(per_second) * (NANOSECONDS / per_second);
            (units.div_euclid(per_second), u32::try_from(part).ok()?)
        }
        (Encoding::JulianDay, ValueRef::Real(day)) => julian(day)?,
        // A column that is not declared REAL stores a number without a fraction as an integer.
        (Encoding::JulianDay, ValueRef::Integer(day)) if day.unsigned_abs() < 1 << 32 => julian(day as f64)?,
        (Encoding::DateTime { .. } | Encoding::TimeOfDay(_), ValueRef::Text(text)) => {
            let found = FoundTime::parse(text).filter(|found| found.civil.exists() && is_in_form(form, found))?;
            found.seconds()
        }
        _ => return None,
    };
    own_value(kind, seconds, nanosecond)
}

/// Returns whether a text, which was parsed as `found`, is exactly in the encoding `form`.
fn is_in_form(form: Encoding, found: &FoundTime) -> bool {
    let has_places = |fraction: Fraction| {
        let nanosecond = found.civil.nanosecond;
        fraction.digits_of(nanosecond) == (nanosecond, found.digits)
    };
    match form {
        Encoding::DateTime { separator, zone, fraction } => {
            found.separator == Some(separator) && found.zone == Some(zone) && found.offset == 0 && has_places(fraction)
        }
        Encoding::TimeOfDay(fraction) => found.separator.is_none() && has_places(fraction),
        _ => false,
    }
}

/// Returns the encoding in which another program has probably stored a value of this kind, for a
/// hint in an error message, or `None` if the value is in no encoding of this kind.
pub(super) fn form_of(value: ValueRef<'_>, kind: EncodedKind) -> Option<Encoding> {
    let is_time_of_day = kind == EncodedKind::TimeOfDay;
    match (value, kind) {
        (_, EncodedKind::Span | EncodedKind::Uuid | EncodedKind::Decimal) => None,
        (ValueRef::Text(text), _) => {
            let found = FoundTime::parse(text).filter(|found| found.civil.exists())?;
            if found.separator.is_none() != is_time_of_day {
                return None;
            }
            // Text that ends with `Z` sorts in the order of time only if it always has the same
            // number of decimal places. Many programs write it that way, so the encoding with
            // exactly these decimal places is tried first.
            let fixed = (found.zone == Some(Zone::Z)).then(|| Fraction::of(found.digits));
            let forms = fixed.into_iter().chain(FRACTIONS).map(|fraction| match (found.separator, found.zone) {
                (Some(separator), Some(zone)) => Encoding::DateTime { separator, zone, fraction },
                _ => Encoding::TimeOfDay(fraction),
            });
            let mut forms = forms.filter(|form| is_in_form(*form, &found));
            forms.next()
        }
        (_, EncodedKind::TimeOfDay) => None,
        // The unit in which a time of this century has a number of this size.
        (ValueRef::Integer(number), _) => Some(Encoding::UnixTime {
            per_second: match number.unsigned_abs() {
                0..100_000_000_000 => 1,
                100_000_000_000..100_000_000_000_000 => 1_000,
                100_000_000_000_000..100_000_000_000_000_000 => 1_000_000,
                _ => 1_000_000_000,
            },
        }),
        (ValueRef::Real(day), _) => julian(day).map(|_| Encoding::JulianDay),
        _ => None,
    }
}

/// Converts a text in any encoding of times to the library's own form. Returns `None` if the text
/// is not a time of this kind, or if it has an offset from UTC and the kind is a date and time
/// without a time zone.
pub(super) fn in_any_form(text: &str, kind: EncodedKind) -> Option<Value> {
    let found = FoundTime::parse(text).filter(|found| found.civil.exists())?;
    if found.separator.is_none() != (kind == EncodedKind::TimeOfDay)
        || kind == EncodedKind::DateTime && found.offset != 0
    {
        return None;
    }
    let (seconds, nanosecond) = found.seconds();
    own_value(kind, seconds, nanosecond)
}

/// Creates the value of a time in the library's own form. Returns `None` if the time does not fit
/// into that form.
fn own_value(kind: EncodedKind, seconds: i64, nanosecond: u32) -> Option<Value> {
    match kind {
        EncodedKind::Span => seconds.checked_mul(NANOSECONDS)?.checked_add(nanosecond.into()).map(Value::Integer),
        EncodedKind::TimeOfDay => {
            let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds < 86_400)?;
            Some(Value::Time { nanoseconds: seconds * NANOSECONDS.unsigned_abs() + u64::from(nanosecond) })
        }
        _ if !SECONDS.contains(&seconds) => None,
        EncodedKind::Timestamp => Some(Value::Timestamp { seconds, nanosecond }),
        EncodedKind::DateTime => Some(Value::DateTime { seconds, nanosecond }),
        EncodedKind::Uuid | EncodedKind::Decimal => None,
    }
}

/// Returns the word that selects this encoding in the attribute `time = "…"`.
pub(super) fn word(form: Encoding) -> String {
    match form {
        Encoding::UnixTime { per_second } => format!("unix_{}", unit(per_second)),
        Encoding::Span { per_second } => unit(per_second).to_owned(),
        Encoding::TimeOfDay(fraction) => format!("time{}", fraction.word(Zone::None)),
        Encoding::DateTime { separator, zone, fraction } => {
            let name = if separator == 'T' { "iso8601" } else { "datetime" };
            format!("{name}{}{}", fraction.word(zone), zone.text())
        }
        _ => "julian".to_owned(),
    }
}

/// The usual numbers of decimal places in the texts of other programs. The default of the
/// attribute comes first.
const FRACTIONS: [Fraction; 4] = [
    Fraction { min: 0, step: 6, max: 6 },
    Fraction { min: 0, step: 3, max: 9 },
    Fraction { min: 6, step: 1, max: 6 },
    Fraction { min: 0, step: 1, max: 9 },
];

impl Fraction {
    /// Returns the part of the attribute's word that sets the decimal places. It is empty if they
    /// are the default of the encoding.
    fn word(self, zone: Zone) -> String {
        let Fraction { min, step, max } = self;
        match (min, step, max) {
            (3, _, 3) if zone == Zone::Z => String::new(),
            (0, 6, 6) if zone != Zone::Z => String::new(),
            _ if min == max => format!("({min})"),
            (_, 1, _) => format!("({min}..{max})"),
            _ => {
                let numbers = (min..=max).step_by(step.into()).map(|digits| digits.to_string());
                format!("({})", numbers.collect::<Vec<_>>().join("|"))
            }
        }
    }
}

fn unit(per_second: u32) -> &'static str {
    match per_second {
        1 => "seconds",
        1_000 => "millis",
        1_000_000 => "micros",
        _ => "nanos",
    }
}

impl Zone {
    /// Returns the suffix as text.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Zone::None => "",
            Zone::Offset => "+00:00",
            Zone::Z => "Z",
        }
    }
}

/// Converts a Julian day to the seconds since the beginning of 1970 and the nanoseconds. Returns
/// `None` if it is not a whole number of milliseconds, or not in the years 0000 to 9999.
fn julian(day: f64) -> Option<(i64, u32)> {
    let milliseconds = (day * MILLISECONDS_OF_DAY).round();
    if !(0.0..5e14).contains(&milliseconds) || milliseconds / MILLISECONDS_OF_DAY != day {
        return None;
    }
    let since_1970 = milliseconds as i64 - JULIAN_1970;
    let nanosecond = u32::try_from(since_1970.rem_euclid(1000)).unwrap_or_default() * 1_000_000;
    let seconds = since_1970.div_euclid(1000);
    SECONDS.contains(&seconds).then_some((seconds, nanosecond))
}
