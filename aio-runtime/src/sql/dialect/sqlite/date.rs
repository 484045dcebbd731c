//! Parts of dates and times, the current time, and conversions of times, for every form in which a
//! column can store a time.

use super::super::{ExpressionWriter, Precedence};
use crate::expr::{DatePart, Function, Node};
use crate::types::Type;
use crate::value::{Encoding, Fraction, Zone};

/// Writes a part of a date or a time as an integer.
pub(super) fn part(writer: &mut dyn ExpressionWriter, part: DatePart, ty: Type, time: &Node) {
    let format = match part {
        DatePart::Year => "%Y",
        DatePart::Month => "%m",
        DatePart::Day => "%d",
        DatePart::Hour => "%H",
        DatePart::Minute => "%M",
        DatePart::Second => "%S",
        DatePart::Weekday => "%u",
        DatePart::DayOfYear => "%j",
    };
    writer.push("CAST(");
    match (is_number(ty), part) {
        (true, _) => formatted(writer, format, ty, time),
        (false, DatePart::Weekday | DatePart::DayOfYear) => {
            writer.push("STRFTIME('");
            writer.push(format);
            writer.push("', ");
            characters(writer, time, 1, 10);
            writer.push(")");
        }
        (false, part) => {
            // The position in the text, counted in characters from 1, at which the hour begins.
            let hour = if matches!(ty, Type::Time | Type::Encoded(Encoding::TimeOfDay(_))) { 1 } else { 12 };
            let (from, count) = match part {
                DatePart::Year => (1, 4),
                DatePart::Month => (6, 2),
                DatePart::Day => (9, 2),
                DatePart::Hour => (hour, 2),
                DatePart::Minute => (hour + 3, 2),
                _ => (hour + 6, 2),
            };
            characters(writer, time, from, count);
        }
    }
    writer.push(" AS INTEGER)");
}

/// Writes a date as text: `2013-01-31`.
pub(super) fn text(writer: &mut dyn ExpressionWriter, ty: Type, time: &Node) {
    if is_number(ty) { formatted(writer, "%Y-%m-%d", ty, time) } else { characters(writer, time, 1, 10) }
}

/// Writes the number of whole seconds since the beginning of 1970.
pub(super) fn unix_seconds(writer: &mut dyn ExpressionWriter, ty: Type, time: &Node) {
    match ty {
        Type::Encoded(Encoding::UnixTime { per_second }) => seconds(writer, per_second, time),
        Type::Encoded(Encoding::JulianDay) => {
            writer.push("CAST(");
            formatted(writer, "%s", ty, time);
            writer.push(" AS INTEGER)");
        }
        _ => {
            writer.push("UNIXEPOCH(");
            characters(writer, time, 1, 19);
            writer.push(")");
        }
    }
}

fn is_number(ty: Type) -> bool {
    matches!(ty.stored(), Type::Integer | Type::Real)
}

/// Writes a part of a time that is stored as text: `count` characters from the position `from`.
/// All text forms of times have the parts up to the whole seconds at the same positions, except
/// that a time of day has no date before it.
fn characters(writer: &mut dyn ExpressionWriter, text: &Node, from: u8, count: u8) {
    writer.push("SUBSTR(");
    writer.expression(text);
    writer.format(format_args!(", {from}, {count})"));
}

/// Writes the conversion of a time that is stored as a number to text in a format of STRFTIME
/// (<https://sqlite.org/lang_datefunc.html>).
fn formatted(writer: &mut dyn ExpressionWriter, format: &str, ty: Type, time: &Node) {
    writer.format(format_args!("STRFTIME('{format}', "));
    match ty {
        Type::Encoded(Encoding::UnixTime { per_second }) => {
            seconds(writer, per_second, time);
            writer.push(", 'unixepoch')");
        }
        _ => {
            writer.expression(time);
            writer.push(", 'julianday')");
        }
    }
}

/// Writes the conversion of a time in units, of which a second has `per_second`, to whole seconds,
/// rounded down. A plain `/` would round towards zero, which is wrong before 1970.
fn seconds(writer: &mut dyn ExpressionWriter, per_second: u32, time: &Node) {
    if per_second == 1 {
        return writer.operand(time, Precedence::Prefix);
    }
    writer.push("((");
    writer.operand(time, Precedence::Sum);
    writer.format(format_args!(" - {} * (", per_second - 1));
    writer.operand(time, Precedence::Bits);
    writer.format(format_args!(" < 0)) / {per_second})"));
}

/// Writes the current time as a column of this type stores it.
pub(super) fn now(writer: &mut dyn ExpressionWriter, ty: Type) {
    match ty {
        Type::Date => writer.push("(strftime('%Y-%m-%d', 'now'))"),
        Type::Time => writer.push("(strftime('%H:%M:%f000000', 'now'))"),
        Type::DateTime => writer.push("(strftime('%Y-%m-%dT%H:%M:%f000000', 'now'))"),
        Type::Encoded(encoding) => encoded_now(writer, encoding),
        _ => writer.push("(strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now'))"),
    }
}

/// Writes the conversion of a time from the library's own stored form to the encoding of another
/// program.
pub(super) fn encoded(writer: &mut dyn ExpressionWriter, ty: Type, encoding: Encoding, time: &Node) {
    if let Node::Call(call) = time
        && matches!(call.function, Function::Now(_))
    {
        return encoded_now(writer, encoding);
    }
    // The positions in the text, counted in characters from 1, at which the time of day and the
    // `.` before the fraction of the second are.
    let hour = if ty == Type::Time { 1 } else { 12 };
    let point = hour + 8;
    match encoding {
        Encoding::UnixTime { per_second } => {
            writer.push("(UNIXEPOCH(");
            characters(writer, time, 1, 19);
            writer.push(")");
            if per_second > 1 {
                writer.format(format_args!(" * {per_second} + CAST("));
                characters(writer, time, point + 1, 9);
                writer.format(format_args!(" AS INTEGER) / {}", 1_000_000_000 / per_second));
            }
            writer.push(")");
        }
        Encoding::JulianDay => {
            writer.push("JULIANDAY(");
            characters(writer, time, 1, 23);
            writer.push(")");
        }
        Encoding::DateTime { separator, zone, fraction } => {
            writer.push("(");
            characters(writer, time, 1, 10);
            writer.format(format_args!(" || '{separator}' || "));
            characters(writer, time, hour, 8);
            encoded_fraction(writer, point, fraction, time);
            writer.format(format_args!(" || '{}')", zone.text()));
        }
        Encoding::TimeOfDay(fraction) => {
            writer.push("(");
            characters(writer, time, hour, 8);
            encoded_fraction(writer, point, fraction, time);
            writer.push(")");
        }
        // Does not occur: these are not encodings of points in time or times of day.
        Encoding::Span { .. } | Encoding::Uuid { .. } | Encoding::DecimalReal | Encoding::DecimalText(_) => {
            writer.expression(time);
        }
    }
}

/// Appends the fraction of the second to a time that is being converted. In the library's own
/// stored form, the fraction has nine digits after the `.` at the position `point`. Writes the
/// smallest number of digits that `fraction` allows and that leaves out only zeros, or the
/// maximum.
fn encoded_fraction(writer: &mut dyn ExpressionWriter, point: u8, fraction: Fraction, time: &Node) {
    let Fraction { min, step, max } = fraction;
    let length = |digits: u8| if digits == 0 { 0 } else { digits + 1 };
    if max == 0 {
        return;
    }
    if min == max {
        writer.push(" || ");
        return characters(writer, time, point, length(max));
    }
    writer.push(" || CASE");
    for digits in (min..max).step_by(usize::from(step.max(1))) {
        writer.push(" WHEN ");
        characters(writer, time, point + 1 + digits, max - digits);
        writer.format(format_args!(" = '{}' THEN ", "0".repeat(usize::from(max - digits))));
        characters(writer, time, point, length(digits));
    }
    writer.push(" ELSE ");
    characters(writer, time, point, length(max));
    writer.push(" END");
}

fn encoded_now(writer: &mut dyn ExpressionWriter, encoding: Encoding) {
    match encoding {
        Encoding::UnixTime { per_second: 1 } | Encoding::Span { .. } => {
            writer.push("(unixepoch())");
        }
        Encoding::UnixTime { per_second } => {
            writer.push("(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)");
            if per_second > 1000 {
                writer.format(format_args!(" * {}", per_second / 1000));
            }
            writer.push(")");
        }
        Encoding::JulianDay => writer.push("(julianday('now'))"),
        // Other programs also write this expression as the default of such a column.
        Encoding::DateTime { separator: ' ', zone: Zone::None, fraction: Fraction { max: 0, .. } } => {
            writer.push("CURRENT_TIMESTAMP");
        }
        Encoding::DateTime { separator, zone, fraction } => {
            text_now(writer, &format!("%Y-%m-%d{separator}"), fraction, zone);
        }
        Encoding::TimeOfDay(fraction) => text_now(writer, "", fraction, Zone::None),
        // Does not occur: these are not encodings of points in time or times of day.
        Encoding::Uuid { .. } | Encoding::DecimalReal | Encoding::DecimalText(_) => writer.push("NULL"),
    }
}

/// Writes the current time as text. SQLite's clock has a resolution of one millisecond, so that
/// digits after the third are zeros.
fn text_now(writer: &mut dyn ExpressionWriter, date: &str, fraction: Fraction, zone: Zone) {
    let Fraction { min, step, max } = fraction;
    let suffix = zone.text();
    let width = if date.is_empty() { 9 } else { 20 };
    let cut =
        |digits: u8| format!("substr(strftime('{date}%H:%M:%f', 'now'), 1, {})", width + u32::from(digits.min(3)));
    let zeros = |digits: u8| "0".repeat(usize::from(digits.saturating_sub(3)));
    let text = match (min, step, max) {
        (_, _, 0) => format!("strftime('{date}%H:%M:%S{suffix}', 'now')"),
        _ if min == max && max >= 3 => {
            format!("strftime('{date}%H:%M:%f{}{suffix}', 'now')", zeros(max))
        }
        _ if min == max => format!("{} || '{suffix}'", cut(max)),
        // Any number of digits up to the maximum is allowed, so that trailing zeros are removed.
        (0, 1, _) => format!("rtrim(rtrim({}, '0'), '.') || '{suffix}'", cut(max)),
        (_, 1, _) => {
            format!("{0} || rtrim(substr({1}, {2}), '0') || '{suffix}'", cut(min), cut(max), width + 1 + u32::from(min))
        }
        // The allowed numbers of digits begin with 0, with a step such as 3 or 6. The first step
        // shows all digits of the clock, so that the text has either that many digits or, for a
        // whole second, none.
        (0, 3.., _) => {
            let digits = step.min(max);
            let all = format!("strftime('{date}%H:%M:%f{}{suffix}', 'now')", zeros(digits));
            format!("replace({all}, '.000{}{suffix}', '{suffix}')", zeros(digits))
        }
        // Writes the smallest allowed number of digits that leaves out only zeros, or else the
        // smallest that shows all digits of the clock, or the maximum.
        _ => {
            let allowed = || (min..=max).step_by(usize::from(step));
            let last = allowed().find(|digits| *digits >= 3).or_else(|| allowed().next_back()).unwrap_or(max);
            let mut text = "CASE".to_owned();
            for digits in allowed().filter(|digits| *digits < last) {
                let (rest, omitted) = (4 + digits, "0".repeat(usize::from(last.min(3) - digits)));
                let shown = if digits == 0 { format!("strftime('{date}%H:%M:%S', 'now')") } else { cut(digits) };
                let length = omitted.len();
                text += &format!(" WHEN substr(strftime('%f', 'now'), {rest}, {length}) = '{omitted}' THEN {shown}");
            }
            let mut shown = format!("{} || '{}'", cut(last), zeros(last));
            shown.truncate(shown.trim_end_matches(" || ''").len());
            let text = if text == "CASE" { shown } else { format!("{text} ELSE {shown} END") };
            format!("{text} || '{suffix}'")
        }
    };
    writer.push("(");
    writer.push(text.trim_end_matches(" || ''"));
    writer.push(")");
}
