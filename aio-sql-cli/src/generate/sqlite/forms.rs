//! The forms in which programs write times, UUIDs, decimals and documents as text.

use std::collections::BTreeSet;

/// The shape of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// `2026-01-05`
    Date,
    /// `10:00:00.120`, with the digits after the point.
    TimeOfDay(Fraction),
    /// `2026-01-05 10:00:00.120+00:00`
    DateTime {
        separator: char,
        fraction: Fraction,
        zone: &'static str,
    },
    /// A UUID with hyphens. One without letters is both in lower and in upper case.
    Uuid {
        is_lower: bool,
        is_upper: bool,
    },
    /// 32 hexadecimal digits in lower case.
    SimpleUuid,
    /// An object or an array.
    Json,
    /// A number without an exponent, with this number of decimal places.
    Decimal(usize),
    Other,
}

/// The digits after the seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fraction {
    digits: usize,
    /// The number of zeros at the end.
    zeros: usize,
}

impl Shape {
    pub(super) fn of(text: &str) -> Shape {
        if is_date(text) {
            return Shape::Date;
        }
        if let Some(fraction) = time_of_day(text) {
            return Shape::TimeOfDay(fraction);
        }
        if let Some(shape) = date_time(text) {
            return shape;
        }
        if let Some(shape) = uuid(text) {
            return shape;
        }
        if text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok() {
            return Shape::Json;
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
        if !whole.is_empty() && are_digits(whole) && are_digits(places) && !digits.ends_with('.') {
            return Shape::Decimal(places.len());
        }
        Shape::Other
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let are_digits = |from: usize, to: usize| bytes[from..to].iter().all(u8::is_ascii_digit);
    let number = |from: usize, to: usize| text[from..to].parse::<u8>().unwrap_or_default();
    bytes.len() == 10
        && text.is_ascii()
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && are_digits(0, 4)
        && are_digits(5, 7)
        && are_digits(8, 10)
        && (1..=12).contains(&number(5, 7))
        && (1..=31).contains(&number(8, 10))
}

fn time_of_day(text: &str) -> Option<Fraction> {
    let (time, fraction) = match text.split_once('.') {
        Some((time, fraction)) if !fraction.is_empty() => (time, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    let mut parts = time.split(':');
    let mut part = |max: u8| {
        let part = parts.next()?;
        let is_number = part.len() == 2 && part.bytes().all(|c| c.is_ascii_digit());
        (is_number && part.parse::<u8>().ok()? <= max).then_some(())
    };
    part(23)?;
    part(59)?;
    part(59)?;
    let digits = fraction.len();
    let is_fraction = parts.next().is_none() && digits <= 9 && fraction.bytes().all(|c| c.is_ascii_digit());
    is_fraction.then(|| Fraction { digits, zeros: digits - fraction.trim_end_matches('0').len() })
}

fn date_time(text: &str) -> Option<Shape> {
    let date = text.get(..10).filter(|date| is_date(date))?;
    let separator = text[date.len()..].chars().next().filter(|separator| [' ', 'T'].contains(separator))?;
    let rest = &text[date.len() + 1..];
    let zone = ["Z", "+00:00"].into_iter().find(|zone| rest.ends_with(zone)).unwrap_or_default();
    let fraction = time_of_day(&rest[..rest.len() - zone.len()])?;
    Some(Shape::DateTime { separator, fraction, zone })
}

fn uuid(text: &str) -> Option<Shape> {
    let is_hex = |text: &str| text.bytes().all(|c| c.is_ascii_hexdigit());
    let is_lower = !text.bytes().any(|c| c.is_ascii_uppercase());
    if text.len() == 32 && is_hex(text) && is_lower {
        return Some(Shape::SimpleUuid);
    }
    let parts: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    let is_uuid = lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| is_hex(part));
    let is_upper = !text.bytes().any(|c| c.is_ascii_lowercase());
    is_uuid.then_some(Shape::Uuid { is_lower, is_upper })
}

/// Returns the word in `time = "…"` for all of these points in time: `Some(None)` if it is the
/// library's own form, and `None` if they have no form in common. `count` is the number of values
/// that were seen.
pub(super) fn timestamp(shapes: &BTreeSet<Shape>, count: u64) -> Option<Option<String>> {
    let (mut prefixes, mut fractions) = (BTreeSet::new(), Vec::new());
    for shape in shapes {
        let Shape::DateTime { separator, fraction, zone } = shape else { return None };
        prefixes.insert((*separator, *zone));
        fractions.push(*fraction);
    }
    let [(separator, zone)] = prefixes.into_iter().collect::<Vec<_>>()[..] else { return None };
    let digits = digits(&fractions, count)?;
    if (separator, zone, digits.as_str()) == ('T', "Z", "(9)") {
        return Some(None);
    }
    let name = if separator == 'T' { "iso8601" } else { "datetime" };
    Some(Some(match digits.as_str() {
        // The word without parentheses means this number of digits.
        "(3)" if zone == "Z" => format!("{name}{zone}"),
        "(0|6)" if zone != "Z" => format!("{name}{zone}"),
        // No word allows none or six digits in this case; this one reads both.
        "(0|6)" => format!("{name}(0|3|6|9){zone}"),
        digits => format!("{name}{digits}{zone}"),
    }))
}

/// Returns the word in `time = "…"` for all of these times of day, as [`timestamp`].
pub(super) fn time_of_day_form(shapes: &BTreeSet<Shape>, count: u64) -> Option<Option<String>> {
    let fraction = |shape: &Shape| match shape {
        Shape::TimeOfDay(fraction) => Some(*fraction),
        _ => None,
    };
    let fractions: Vec<_> = shapes.iter().map(fraction).collect::<Option<_>>()?;
    Some(match digits(&fractions, count)?.as_str() {
        "(9)" => None,
        "(0|6)" => Some("time".to_owned()),
        digits => Some(format!("time{digits}")),
    })
}

/// If a column has at least this number of values, all without a fraction, it is taken for one in
/// which no value has a fraction.
const MANY: u64 = 10;

/// Returns the numbers of digits that the fractions have, as a form of the library in parentheses,
/// such as `(0|6)`. Returns `None` if no form fits. `count` is the number of values.
fn digits(fractions: &[Fraction], count: u64) -> Option<String> {
    let lengths: BTreeSet<_> = fractions.iter().map(|fraction| fraction.digits).collect();
    let lengths: Vec<_> = lengths.into_iter().collect();
    match lengths.as_slice() {
        [] => None,
        [0] if count >= MANY => Some("(0)".to_owned()),
        [0] | [0, 6] => Some("(0|6)".to_owned()),
        [digits] => Some(format!("({digits})")),
        // Each is as short as its fraction allows, in groups of three digits.
        lengths
            if lengths.iter().all(|digits| digits % 3 == 0)
                && fractions.iter().all(|fraction| fraction.digits == 0 || fraction.zeros < 3) =>
        {
            Some("(0|3|6|9)".to_owned())
        }
        _ if fractions.iter().all(|fraction| fraction.zeros == 0) => {
            let max = if lengths.last() == Some(&7) { 7 } else { 9 };
            Some(format!("(0..{max})"))
        }
        _ if fractions.iter().all(|fraction| fraction.digits > 0 && (fraction.zeros == 0 || fraction.digits == 1)) => {
            Some("(1..9)".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form_of(texts: &[&str]) -> Option<Option<String>> {
        timestamp(&texts.iter().map(|text| Shape::of(text)).collect(), texts.len() as u64)
    }

    #[test]
    fn the_forms_of_the_guide_are_recognised() {
        for (texts, form) in [
            (&["2026-01-05T10:00:00.000000000Z"][..], None),
            (&["2026-01-05 10:00:00", "2026-01-05 10:00:00.123456"], Some("datetime")),
            (&["2026-01-05 10:00:00"; 10], Some("datetime(0)")),
            (&["2026-01-05 10:00:00.000000", "2026-01-05 10:00:00.120000"], Some("datetime(6)")),
            (&["2026-01-05 10:00:00.000"], Some("datetime(3)")),
            (
                &["2026-01-05 10:00:00", "2026-01-05 10:00:00.120", "2026-01-05 10:00:00.123456"],
                Some("datetime(0|3|6|9)"),
            ),
            (&["2026-01-05 10:00:00", "2026-01-05 10:00:00.12"], Some("datetime(0..9)")),
            (&["2026-01-05 10:00:00", "2026-01-05 10:00:00.1234567"], Some("datetime(0..7)")),
            (&["2026-01-05 10:00:00.0", "2026-01-05 10:00:00.12"], Some("datetime(1..9)")),
            (&["2026-01-05 10:00:00+00:00", "2026-01-05 10:00:00.123456+00:00"], Some("datetime+00:00")),
            (&["2026-01-05T10:00:00+00:00", "2026-01-05T10:00:00.120+00:00"], Some("iso8601(0|3|6|9)+00:00")),
            (&["2026-01-05T10:00:00.000Z", "2026-01-05T10:00:00.120Z"], Some("iso8601Z")),
            (&["2026-01-05T10:00:00Z", "2026-01-05T10:00:00.12Z"], Some("iso8601(0..9)Z")),
            (&["2026-01-05T10:00:00", "2026-01-05T10:00:00.123456"], Some("iso8601")),
        ] {
            assert_eq!(form_of(texts), Some(form.map(str::to_owned)), "{texts:?}");
        }
    }

    #[test]
    fn texts_of_several_forms_have_none() {
        for texts in [
            &["2026-01-05 10:00:00", "2026-01-05T10:00:00"][..],
            &["2026-01-05 10:00:00", "2026-01-05"],
            &["2026-01-05 10:00:00+02:00"],
            &["2026-13-05 10:00:00"],
            &["2026-01-05 25:00:00"],
            &["2026-01-05 10:00:00", "2026-01-05 10:00:00.100000", "2026-01-05 10:00:00.12"],
            &["2026-01-05 10:00:00."],
            &["soon"],
        ] {
            assert_eq!(form_of(texts), None, "{texts:?}");
        }
    }

    #[test]
    fn the_shapes_of_other_texts_are_told_apart() {
        for (text, shape) in [
            ("2026-01-05", Shape::Date),
            ("67e55044-10b1-426f-9247-bb680e5fe0c8", Shape::Uuid { is_lower: true, is_upper: false }),
            ("67E55044-10B1-426F-9247-BB680E5FE0C8", Shape::Uuid { is_lower: false, is_upper: true }),
            ("67e5504410b1426f9247bb680e5fe0c8", Shape::SimpleUuid),
            ("{\"a\": [1]}", Shape::Json),
            ("{a}", Shape::Other),
            ("-12.50", Shape::Decimal(2)),
            ("12.", Shape::Other),
            ("1e3", Shape::Other),
            ("", Shape::Other),
            ("äöü", Shape::Other),
            ("2026-01-0ü", Shape::Other),
        ] {
            assert_eq!(Shape::of(text), shape, "{text}");
        }
    }
}
