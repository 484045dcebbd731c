//! The text form of times and decimals: the texts in which they are stored in databases without
//! types for them.
//!
//! | what | form |
//! |---|---|
//! | a point in time | `2013-01-01T10:00:00.000000000Z`, in UTC |
//! | date and time of day | `2013-01-01T10:00:00.000000000` |
//! | date | `2013-01-01` |
//! | time of day | `10:00:00.000000000` |
//! | decimal | `-12.5` |
//!
//! All texts in the same form of time have the same length, so that they sort in the order of
//! time.

use super::civil::Civil;
use super::{Value, ValueRef};

/// The text forms of points in time, dates and times of day. They differ in the parts of a
/// [`Civil`] that they contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    Timestamp,
    DateTime,
    Date,
    Time,
}

impl TimeForm {
    /// Returns a description of the form for error messages.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            TimeForm::Timestamp => "a timestamp like 2013-01-01T10:00:00.000000000Z",
            TimeForm::DateTime => "a date and time like 2013-01-01T10:00:00.000000000",
            TimeForm::Date => "a date like 2013-01-01",
            TimeForm::Time => "a time like 10:00:00.000000000",
        }
    }

    fn has_date(self) -> bool {
        self != TimeForm::Time
    }

    fn has_time(self) -> bool {
        self != TimeForm::Date
    }
}

/// Returns the largest decimal with this number of decimal places that is stored as an integer of
/// 64 bits, as text.
pub(crate) fn largest_decimal(scale: u32) -> String {
    ValueRef::Decimal { mantissa: i64::MAX.into(), scale }.text_form()
}

impl Value {
    /// Converts a time or a decimal to the text that a database without types for times and
    /// decimals, such as SQLite, stores, and an array to the text that PostgreSQL has for it.
    /// Other values are returned unchanged.
    #[must_use]
    pub fn into_text_form(self) -> Value {
        let text = self.as_ref().text_form();
        if text.is_empty() { self } else { Value::Text(text) }
    }
}

impl ValueRef<'_> {
    /// Returns the text form of a time, a decimal or an array, or an empty text for other values.
    pub(crate) fn text_form(self) -> String {
        let mut text = String::new();
        self.push_text_form(&mut text);
        text
    }

    /// Appends the text form of a time, a decimal or an array, or nothing for other values.
    #[inline(never)]
    pub(crate) fn push_text_form(self, text: &mut String) {
        match self {
            ValueRef::Timestamp { seconds, nanosecond } => push_seconds(text, seconds, nanosecond, TimeForm::Timestamp),
            ValueRef::DateTime { seconds, nanosecond } => push_seconds(text, seconds, nanosecond, TimeForm::DateTime),
            ValueRef::Date { days } => {
                Civil::of_days(days.into()).unwrap_or_default().push_text(text, TimeForm::Date);
            }
            ValueRef::Time { nanoseconds } => {
                Civil::of_nanoseconds(nanoseconds).push_text(text, TimeForm::Time);
            }
            ValueRef::Decimal { mantissa, scale } => push_decimal(text, mantissa, scale),
            ValueRef::Array(array) => array.push_text(text),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {}
        }
    }
}

fn push_seconds(text: &mut String, seconds: i64, nanosecond: u32, form: TimeForm) {
    // A year that does not fit into an `i32` cannot occur here, because `Value::storable` rejects
    // such a value.
    Civil::of_seconds(seconds, nanosecond).unwrap_or_default().push_text(text, form);
}

fn push_decimal(text: &mut String, mantissa: i128, scale: u32) {
    let scale = scale as usize;
    let digits = format!("{:0width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, places) = digits.split_at(digits.len() - scale);
    // Trailing zeros are removed, so that equal numbers have the same text.
    let places = places.trim_end_matches('0');
    if mantissa < 0 {
        text.push('-');
    }
    text.push_str(whole);
    if !places.is_empty() {
        text.push('.');
        text.push_str(places);
    }
}

/// Parses a decimal. Returns its digits as an integer, and the number of decimal places. Returns
/// `None` if the text is not a decimal.
pub(crate) const fn parse_decimal(text: &str) -> Option<(i128, u32)> {
    let (bytes, mut index) = (text.as_bytes(), 0);
    let is_negative = !bytes.is_empty() && bytes[0] == b'-';
    if is_negative || !bytes.is_empty() && bytes[0] == b'+' {
        index = 1;
    }
    let (mut mantissa, mut digits, mut point) = (0_i128, 0_u32, None);
    while index < bytes.len() {
        match bytes[index] {
            b'.' if point.is_none() => point = Some(digits),
            digit @ b'0'..=b'9' => {
                let digit = (digit - b'0') as i128;
                let Some(tens) = mantissa.checked_mul(10) else { return None };
                let Some(more) = tens.checked_add(if is_negative { -digit } else { digit }) else { return None };
                mantissa = more;
                digits += 1;
            }
            _ => return None,
        }
        index += 1;
    }
    match point {
        _ if digits == 0 => None,
        Some(before) => Some((mantissa, digits - before)),
        None => Some((mantissa, 0)),
    }
}

impl Civil {
    fn push_text(self, text: &mut String, form: TimeForm) {
        if form.has_date() {
            push_date(text, self);
        }
        if form.has_date() && form.has_time() {
            text.push('T');
        }
        if form.has_time() {
            push_time(text, self, 9);
        }
        if form == TimeForm::Timestamp {
            text.push('Z');
        }
    }

    /// Parses a text that is exactly in this form. Returns `None` if the text is not in this form.
    /// Does not check that the date and the time of day exist.
    pub(crate) fn parse(text: &str, form: TimeForm) -> Option<Civil> {
        let mut reader = Reader(text.as_bytes());
        let mut civil = Civil::default();
        if form.has_date() {
            civil.year = reader.number(4)?.try_into().ok()?;
            reader.literal(b'-')?;
            civil.month = reader.two()?;
            reader.literal(b'-')?;
            civil.day = reader.two()?;
        }
        if form.has_date() && form.has_time() {
            reader.literal(b'T')?;
        }
        if form.has_time() {
            civil.hour = reader.two()?;
            reader.literal(b':')?;
            civil.minute = reader.two()?;
            reader.literal(b':')?;
            civil.second = reader.two()?;
            reader.literal(b'.')?;
            civil.nanosecond = reader.number(9)?;
        }
        if form == TimeForm::Timestamp {
            reader.literal(b'Z')?;
        }
        reader.0.is_empty().then_some(civil)
    }
}

/// Appends a date: `2013-01-01`.
pub(super) fn push_date(text: &mut String, civil: Civil) {
    push_digits(text, civil.year.unsigned_abs(), 4);
    text.push('-');
    push_digits(text, civil.month.into(), 2);
    text.push('-');
    push_digits(text, civil.day.into(), 2);
}

/// Appends a time of day with this number of decimal places of the seconds: `10:00:00.000`.
pub(super) fn push_time(text: &mut String, civil: Civil, digits: u32) {
    push_digits(text, civil.hour.into(), 2);
    text.push(':');
    push_digits(text, civil.minute.into(), 2);
    text.push(':');
    push_digits(text, civil.second.into(), 2);
    if digits > 0 {
        text.push('.');
        push_digits(text, civil.nanosecond / 10_u32.pow(9_u32.saturating_sub(digits)), digits);
    }
}

/// Appends the last `width` digits of a number, with leading zeros.
fn push_digits(text: &mut String, number: u32, width: u32) {
    let digit = |place| char::from_digit(number / 10_u32.pow(place) % 10, 10).unwrap_or('0');
    text.extend((0..width).rev().map(digit));
}

/// Appends a byte as two hexadecimal digits.
pub(super) fn push_hexadecimal(text: &mut String, byte: u8, upper: bool) {
    for digit in [byte >> 4, byte & 0xf] {
        let digit = char::from_digit(digit.into(), 16).unwrap_or('0');
        text.push(if upper { digit.to_ascii_uppercase() } else { digit });
    }
}

/// A parser of the bytes of a text from left to right.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    /// Parses a number with exactly this many digits. Returns `None` if the next bytes are not
    /// that many digits.
    pub(super) fn number(&mut self, digits: usize) -> Option<u32> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        head.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    }

    /// Parses a number with exactly two digits. Returns `None` if the next bytes are not two
    /// digits.
    pub(super) fn two(&mut self) -> Option<u8> {
        self.number(2)?.try_into().ok()
    }

    /// Skips this byte. Returns `None` if the next byte is another one.
    pub(super) fn literal(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }
}
