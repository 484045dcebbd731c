//! The values of a series.

use super::ExpressionWriter;
use crate::error::Error;
use crate::expr::{Call, Node};
use crate::value::Value;

/// A series as a dialect writes it.
pub(super) enum Series {
    /// Integers: the first and the last one, and the distance.
    Integers(i64, i64, i64),
    /// All values.
    Values(Vec<Value>),
}

/// The number of values up to which a series of dates or times is computed.
const MAX_VALUES: usize = 1_000_000;

const SECOND: i128 = 1_000_000_000;

const DAY: i128 = 86_400 * SECOND;

/// Returns the values of a series. The last integer is one of the series. Returns `None` if there
/// are none, and after an error.
pub(super) fn values(writer: &mut dyn ExpressionWriter, call: &Call) -> Option<Series> {
    let [first, last, Node::Value(Value::Integer(step), _)] = &call.arguments[..] else { return None };
    let (Node::Value(first, _), Node::Value(last, _)) = (first, last) else {
        // Makes the statement fail.
        [first, last].iter().for_each(|node| writer.expression(node));
        return None;
    };
    if *step == 0 {
        writer
            .fail(Error::usage("the step of `generate_series` is zero: a series needs a distance between its values"));
        return None;
    }
    if let (Value::Integer(first), Value::Integer(last)) = (first, last) {
        let (from, step) = (i128::from(*first), i128::from(*step));
        let steps = (i128::from(*last) - from) / step;
        let is_empty = (step > 0 && last < first) || (step < 0 && last > first);
        return match (is_empty, i64::try_from(from + steps * step), i64::try_from(step)) {
            (false, Ok(last), Ok(step)) => Some(Series::Integers(*first, last, step)),
            _ => None,
        };
    }
    let step = i128::from(*step);
    if matches!(first, Value::Date { .. }) && step % DAY != 0 {
        writer.fail(Error::usage(
            "the step of a series of dates is a number of whole days: `Duration::from_secs(86_400)`",
        ));
        return None;
    }
    let (mut at, end) = (nanoseconds(first)?, nanoseconds(last)?);
    let mut values = Vec::new();
    while at <= end {
        if values.len() == MAX_VALUES {
            writer.fail(Error::usage("`generate_series` makes at most a million dates or times: choose a longer step"));
            return None;
        }
        values.push(at_nanoseconds(first, at)?);
        at += step;
    }
    (!values.is_empty()).then_some(Series::Values(values))
}

/// Returns the nanoseconds since the beginning of 1970; `None` if the value is no time.
fn nanoseconds(value: &Value) -> Option<i128> {
    match value {
        Value::Timestamp { seconds, nanosecond } | Value::DateTime { seconds, nanosecond } => {
            Some(i128::from(*seconds) * SECOND + i128::from(*nanosecond))
        }
        Value::Date { days } => Some(i128::from(*days) * DAY),
        _ => None,
    }
}

/// Returns the time at these nanoseconds, in the form of another value.
fn at_nanoseconds(form: &Value, at: i128) -> Option<Value> {
    let seconds = i64::try_from(at.div_euclid(SECOND)).ok()?;
    let nanosecond = u32::try_from(at.rem_euclid(SECOND)).ok()?;
    match form {
        Value::Timestamp { .. } => Some(Value::Timestamp { seconds, nanosecond }),
        Value::DateTime { .. } => Some(Value::DateTime { seconds, nanosecond }),
        _ => Some(Value::Date { days: i32::try_from(at.div_euclid(DAY)).ok()? }),
    }
}
