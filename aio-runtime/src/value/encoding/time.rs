//! Times as numbers and as text.

use super::found_time::FoundTime;
use super::{Encoded, Encoding, Unstorable, Value, ValueRef};
use crate::value::civil::{Civil, SECONDS};
use crate::value::text_form::{push_date, push_time};

/// How a text says that it is in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// It does not.
    None,
    /// By `+00:00`.
    Offset,
    /// By `Z`.
    Z,
}

/// How many digits stand behind the seconds: the fewest of these that show the fraction whole,
/// and otherwise the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// The fewest digits. With none there is no point either.
    pub least: u8,
    /// How many more there are at a time.
    pub step: u8,
    /// The most digits.
    pub most: u8,
}

impl Fraction {
    /// Exactly so many digits.
    pub const fn of(digits: u8) -> Fraction {
        Fraction { least: digits, step: 1, most: digits }
    }

    /// Returns the nanoseconds without what is finer than the most digits, and how many digits
    /// show them.
    fn digits_of(self, nanosecond: u32) -> (u32, u8) {
        let unit = |digits: u8| 10_u32.pow(9_u32.saturating_sub(digits.into()));
        let cut = nanosecond - nanosecond % unit(self.most);
        let mut digits = self.least;
        while digits < self.most && !cut.is_multiple_of(unit(digits)) {
            digits = digits.saturating_add(self.step.max(1)).min(self.most);
        }
        (cut, digits)
    }
}

const NANOSECONDS: i64 = 1_000_000_000;

/// The Julian day on which 1970 began, in milliseconds.
const JULIAN_1970: i64 = 210_866_760_000_000;

const MILLISECONDS_OF_DAY: f64 = 86_400_000.0;

/// Returns a time in a form.
///
/// # Errors
/// That the form cannot hold the time.
pub(super) fn encode(form: Encoding, value: &Value) -> Result<Value, Unstorable> {
    if !value.is_storable() {
        return Err(value.refused());
    }
    let (seconds, nanosecond) = match value {
        Value::Timestamp { seconds, nanosecond } | Value::DateTime { seconds, nanosecond } => (*seconds, *nanosecond),
        Value::Time { nanoseconds } => {
            let second = NANOSECONDS.unsigned_abs();
            let (seconds, nanosecond) = (nanoseconds / second, nanoseconds % second);
            (seconds.cast_signed(), u32::try_from(nanosecond).unwrap_or_default())
        }
        // A span is the number of its nanoseconds.
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

/// Reads a time in a form.
pub(super) fn decode(form: Encoding, value: ValueRef<'_>, kind: Encoded) -> Option<Value> {
    let (seconds, nanosecond) = match (form, value) {
        (Encoding::UnixTime { per_second } | Encoding::Span { per_second }, ValueRef::Integer(units)) => {
            let per_second = i64::from(per_second.max(1));
            let part = units.rem_euclid(per_second) * (NANOSECONDS / per_second);
            (units.div_euclid(per_second), u32::try_from(part).ok()?)
        }
        (Encoding::JulianDay, ValueRef::Real(day)) => julian(day)?,
        // A column that is no REAL holds a whole number as an integer.
        (Encoding::JulianDay, ValueRef::Integer(day)) if day.unsigned_abs() < 1 << 32 => julian(day as f64)?,
        (Encoding::DateTime { .. } | Encoding::TimeOfDay(_), ValueRef::Text(text)) => {
            let found = FoundTime::parse(text).filter(|found| found.civil.exists() && is_written(form, found))?;
            found.seconds()
        }
        _ => return None,
    };
    own_value(kind, seconds, nanosecond)
}

/// Returns whether a text is exactly how the form writes the time that it stands for.
fn is_written(form: Encoding, found: &FoundTime) -> bool {
    let is_shown = |fraction: Fraction| {
        let nanosecond = found.civil.nanosecond;
        fraction.digits_of(nanosecond) == (nanosecond, found.digits)
    };
    match form {
        Encoding::DateTime { separator, zone, fraction } => {
            found.separator == Some(separator) && found.zone == Some(zone) && found.offset == 0 && is_shown(fraction)
        }
        Encoding::TimeOfDay(fraction) => found.separator.is_none() && is_shown(fraction),
        _ => false,
    }
}

/// Returns the form that a value has, of those that such times may have.
pub(super) fn form_of(value: ValueRef<'_>, kind: Encoded) -> Option<Encoding> {
    let is_time_of_day = kind == Encoded::TimeOfDay;
    match (value, kind) {
        (_, Encoded::Span | Encoded::Uuid | Encoded::Decimal) => None,
        (ValueRef::Text(text), _) => {
            let found = FoundTime::parse(text).filter(|found| found.civil.exists())?;
            if found.separator.is_none() != is_time_of_day {
                return None;
            }
            // Text that ends with Z sorts if it has one width alone, as that of many programs has.
            let fixed = (found.zone == Some(Zone::Z)).then(|| Fraction::of(found.digits));
            let forms = fixed.into_iter().chain(FRACTIONS).map(|fraction| match (found.separator, found.zone) {
                (Some(separator), Some(zone)) => Encoding::DateTime { separator, zone, fraction },
                _ => Encoding::TimeOfDay(fraction),
            });
            let mut forms = forms.filter(|form| is_written(*form, &found));
            forms.next()
        }
        (_, Encoded::TimeOfDay) => None,
        // That which is nearer to the present: seconds, or parts of them.
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

/// Reads a text in any of the forms in which programs write times, if it says by itself which time
/// it is.
pub(super) fn in_any_form(text: &str, kind: Encoded) -> Option<Value> {
    let found = FoundTime::parse(text).filter(|found| found.civil.exists())?;
    if found.separator.is_none() != (kind == Encoded::TimeOfDay) || kind == Encoded::DateTime && found.offset != 0 {
        return None;
    }
    let (seconds, nanosecond) = found.seconds();
    own_value(kind, seconds, nanosecond)
}

/// Returns a time in the library's own form.
fn own_value(kind: Encoded, seconds: i64, nanosecond: u32) -> Option<Value> {
    match kind {
        Encoded::Span => seconds.checked_mul(NANOSECONDS)?.checked_add(nanosecond.into()).map(Value::Integer),
        Encoded::TimeOfDay => {
            let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds < 86_400)?;
            Some(Value::Time { nanoseconds: seconds * NANOSECONDS.unsigned_abs() + u64::from(nanosecond) })
        }
        _ if !SECONDS.contains(&seconds) => None,
        Encoded::Timestamp => Some(Value::Timestamp { seconds, nanosecond }),
        Encoded::DateTime => Some(Value::DateTime { seconds, nanosecond }),
        Encoded::Uuid | Encoded::Decimal => None,
    }
}

/// Returns the word that the attribute `time` has for a form.
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

/// The numbers of digits that programs write, those that are written without parentheses first.
const FRACTIONS: [Fraction; 4] = [
    Fraction { least: 0, step: 6, most: 6 },
    Fraction { least: 0, step: 3, most: 9 },
    Fraction { least: 6, step: 1, most: 6 },
    Fraction { least: 0, step: 1, most: 9 },
];

impl Fraction {
    /// Returns how the attribute writes it, which is nothing for that of a form by itself.
    fn word(self, zone: Zone) -> String {
        let Fraction { least, step, most } = self;
        match (least, step, most) {
            (3, _, 3) if zone == Zone::Z => String::new(),
            (0, 6, 6) if zone != Zone::Z => String::new(),
            _ if least == most => format!("({least})"),
            (_, 1, _) => format!("({least}..{most})"),
            _ => {
                let numbers = (least..=most).step_by(step.into()).map(|digits| digits.to_string());
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
    /// Returns what stands behind the time.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Zone::None => "",
            Zone::Offset => "+00:00",
            Zone::Z => "Z",
        }
    }
}

/// Returns the seconds since 1970 and the nanoseconds of a Julian day that is one of whole
/// milliseconds.
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
