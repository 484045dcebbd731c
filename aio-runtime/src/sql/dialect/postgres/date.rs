//! Writes parts and conversions of dates and times. The parts of a point in time are those in UTC.

use super::super::{ExpressionWriter, Precedence};
use super::operands;
use crate::expr::{DatePart, Node};
use crate::types::Type;

/// Makes the statement fail because the column stores its times in a form that another program
/// uses, and not in one of PostgreSQL's types for times.
pub(super) fn unsupported(writer: &mut dyn ExpressionWriter) {
    writer.unsupported(
        "date function for a column with `time = \"…\"`, which has the form of another program's SQLite file",
    );
}

/// Writes a part of a date or a time of this type as an integer.
pub(super) fn part(writer: &mut dyn ExpressionWriter, part: DatePart, ty: Type, date: &Node) {
    let (begin, end) = match part {
        // PostgreSQL's second has a fraction, which is cut off.
        DatePart::Second => ("CAST(TRUNC(EXTRACT(SECOND FROM ", ")) AS bigint)"),
        // PostgreSQL has no year 0, but a year 1 before Christ. The calendar repeats itself after
        // 4000 years.
        DatePart::Year => ("CAST(EXTRACT(YEAR FROM ", " + INTERVAL '4000 years') - 4000 AS bigint)"),
        DatePart::Month => ("CAST(EXTRACT(MONTH FROM ", ") AS bigint)"),
        DatePart::Day => ("CAST(EXTRACT(DAY FROM ", ") AS bigint)"),
        DatePart::Hour => ("CAST(EXTRACT(HOUR FROM ", ") AS bigint)"),
        DatePart::Minute => ("CAST(EXTRACT(MINUTE FROM ", ") AS bigint)"),
        DatePart::Weekday => ("CAST(EXTRACT(ISODOW FROM ", ") AS bigint)"),
        DatePart::DayOfYear => ("CAST(EXTRACT(DOY FROM ", ") AS bigint)"),
    };
    writer.push(begin);
    in_utc(writer, ty, date);
    writer.push(end);
}

/// Writes a date as text: `2013-01-31`.
pub(super) fn text(writer: &mut dyn ExpressionWriter, ty: Type, date: &Node) {
    to_char(writer, ty, date, "-MM-DD");
}

/// Writes the number of whole seconds since the beginning of 1970.
pub(super) fn unix_seconds(writer: &mut dyn ExpressionWriter, ty: Type, date: &Node) {
    if matches!(ty, Type::Encoded(_)) {
        unsupported(writer);
    }
    writer.push("CAST(FLOOR(EXTRACT(EPOCH FROM ");
    writer.operand(date, Precedence::Whole);
    writer.push(")) AS bigint)");
}

/// Writes a date or a time in the text form of a database without types for them.
pub(super) fn text_form(writer: &mut dyn ExpressionWriter, ty: Type, time: &Node) {
    let form = match ty {
        Type::Date => "-MM-DD",
        // TO_CHAR takes a point in time, not a time of day.
        Type::Time => {
            writer.push("TO_CHAR(DATE '2000-01-01' + ");
            writer.operand(time, Precedence::Product);
            return writer.push(r#", 'HH24:MI:SS.US"000"')"#);
        }
        Type::DateTime => r#"-MM-DD"T"HH24:MI:SS.US"000""#,
        _ => r#"-MM-DD"T"HH24:MI:SS.US"000Z""#,
    };
    to_char(writer, ty, time, form);
}

/// Writes a date or a time as text: the year, which PostgreSQL would write as 0001 for the year 0,
/// and the rest in this form.
fn to_char(writer: &mut dyn ExpressionWriter, ty: Type, time: &Node, form: &str) {
    let utc = |writer: &mut dyn ExpressionWriter| in_utc(writer, ty, time);
    operands::one_written(writer, &utc, operands::may_repeat(time), &|writer, time| {
        writer.push("TO_CHAR(");
        time(writer);
        writer.push(", CASE WHEN ");
        time(writer);
        writer.format(format_args!(" < '0001-01-01' THEN '\"0000\"{form}' ELSE 'YYYY{form}' END)"));
    });
}

fn in_utc(writer: &mut dyn ExpressionWriter, ty: Type, date: &Node) {
    if matches!(ty, Type::Encoded(_)) {
        unsupported(writer);
    }
    writer.operand(date, Precedence::Whole);
    if ty == Type::Timestamp {
        writer.push(" AT TIME ZONE 'UTC'");
    }
}
