//! SQL functions that calculate with decimals of a fixed scale, which are stored as integers.
//!
//! SQLite turns an integer that overflows into a float
//! (<https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>). A float as an
//! argument is therefore an error, except for the function that converts a number to a decimal.
//! Intermediate results have 128 bits.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Null, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Result};

use super::function::user_function_error;
use crate::error::{DECIMAL_ERROR, Error};
use crate::sql::dialect::{CHECKED, DECIMAL_REAL, DECIMAL_TEXT, DIVIDE_TO, TO_SCALE};
use crate::value::{ValueRef as Stored, parse_decimal};

/// Registers the functions. Statements can call them, but the schema of a file (its views,
/// triggers and so on) cannot.
pub(super) fn add_functions(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    raw.create_scalar_function(CHECKED, 1, flags, |context| units(context, 0).map(output))?;
    raw.create_scalar_function(DIVIDE_TO, 3, flags, |context| {
        let (Some(dividend), Some(divisor)) = (units(context, 0)?, units(context, 1)?) else { return Ok(output(None)) };
        let power: i32 = context.get(2)?;
        match divisor {
            0 => Ok(output(None)),
            _ => divided(dividend.into(), divisor.into(), power).map(|units| output(Some(units))).ok_or_else(overflow),
        }
    })?;
    raw.create_scalar_function(DECIMAL_TEXT, 2, flags, |context| {
        let scale = context.get(1)?;
        Ok(units(context, 0)?.map(|units| text(units, scale)))
    })?;
    raw.create_scalar_function(DECIMAL_REAL, 2, flags, |context| {
        let scale = context.get(1)?;
        // Parsing the text gives the nearest float; dividing by a power of ten would round twice.
        Ok(units(context, 0)?.and_then(|units| text(units, scale).parse::<f64>().ok()))
    })?;
    raw.create_scalar_function(TO_SCALE, 2, flags, |context| {
        let scale: i32 = context.get(1)?;
        let parsed = match context.get_raw(0) {
            ValueRef::Null => return Ok(output(None)),
            ValueRef::Integer(value) => Some((i128::from(value), 0)),
            // A float is only near the number that was meant. That number is taken to be the one
            // with the shortest text that is parsed as this float.
            ValueRef::Real(value) => Some(parse_decimal(&format!("{value}")).ok_or_else(overflow)?),
            ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(parse_decimal),
            ValueRef::Blob(_) => None,
        };
        let Some((mantissa, own)) = parsed else {
            return Err(user_function_error(Error::usage(
                "a value that is not a decimal number of at most 38 digits was converted to one",
            )));
        };
        divided(mantissa, 1, scale - own.cast_signed()).map(|units| output(Some(units))).ok_or_else(overflow)
    })
}

/// Returns an integer argument, or `None` if it is NULL. Fails for any other value.
fn units(context: &Context<'_>, index: usize) -> Result<Option<i64>> {
    match context.get_raw(index) {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(units) => Ok(Some(units)),
        ValueRef::Real(value) if value.abs() >= LEAST_OVERFLOW => Err(overflow()),
        ValueRef::Real(_) => Err(user_function_error(Error::usage(format!(
            "{DECIMAL_ERROR} has met a float: one is stored, or an overflow of 64 bits in between has made one; \
             `.round_to::<2>()` in between leaves room for more digits, and `.cast::<Scaled<2>>()` takes a column of floats as \
             decimals",
        )))),
        ValueRef::Text(_) | ValueRef::Blob(_) => Err(user_function_error(Error::usage(format!(
            "{DECIMAL_ERROR} has met a value that is not an integer: a decimal with a `scale` is stored as one",
        )))),
    }
}

/// 2^63: the smallest absolute value of the float that SQLite returns when a sum or product of
/// integers overflows. A smaller float may also come from an overflow, if the calculation went on
/// with its result.
const LEAST_OVERFLOW: f64 = 9_223_372_036_854_775_808.0;

fn output(units: Option<i64>) -> ToSqlOutput<'static> {
    match units {
        Some(units) => ToSqlOutput::Owned(Value::Integer(units)),
        None => ToSqlOutput::from(Null),
    }
}

/// Returns `dividend / divisor * 10^power`, rounded half to even, or `None` if the result does not
/// fit in an `i64`. The divisor must not be 0.
fn divided(dividend: i128, divisor: i128, power: i32) -> Option<i64> {
    let factor = 10_i128.checked_pow(power.unsigned_abs());
    let (dividend, divisor) = match (factor, power < 0) {
        (Some(factor), false) => (dividend.checked_mul(factor)?, divisor),
        // A divisor that has become too large for 128 bits is more than twice as large as any
        // dividend here, so the quotient rounds to 0.
        (factor, true) => match factor.and_then(|factor| divisor.checked_mul(factor)) {
            Some(divisor) => (dividend, divisor),
            None => return Some(0),
        },
        (None, false) => return (dividend == 0).then_some(0),
    };
    i64::try_from(quotient_half_even(dividend, divisor)?).ok()
}

fn quotient_half_even(dividend: i128, divisor: i128) -> Option<i128> {
    let (quotient, rest) = (dividend.checked_div(divisor)?, dividend.checked_rem(divisor)?.unsigned_abs());
    let to_next = divisor.unsigned_abs() - rest;
    let is_up = rest > to_next || (rest == to_next && quotient % 2 != 0);
    let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    if is_up { quotient.checked_add(away) } else { Some(quotient) }
}

/// Returns the decimal `units / 10^scale` as text, without trailing zeros.
fn text(units: i64, scale: u32) -> String {
    Stored::Decimal { mantissa: units.into(), scale }.text_form()
}

fn overflow() -> rusqlite::Error {
    user_function_error(Error::usage(format!(
        "{DECIMAL_ERROR} has overflowed: a result does not fit in 64 bits, which have room for 18 digits and for some numbers \
         of 19, decimal places included; use fewer places, for example with `.round_to::<2>()`",
    )))
}
