//! Decimals as floating-point numbers, and as text with a fixed number of decimal places.

use super::{Encoding, Unstorable, Value, ValueRef};
use crate::value::text_form::parse_decimal;

/// Converts a decimal to the nearest floating-point number.
///
/// # Errors
/// If the decimal cannot be read back from that number.
pub(super) fn real(mantissa: i128, scale: u32) -> Result<Value, Unstorable> {
    let decimal = Value::Decimal { mantissa, scale };
    let number = decimal.as_ref().text_form().parse().ok();
    let is_the_same = |number: &f64| of_number(ValueRef::Real(*number)) == Some(normal(mantissa, scale));
    number.filter(is_the_same).map(Value::Real).ok_or_else(|| {
        Unstorable::new(
            "cannot hold this decimal with `decimal = \"real\"`: it has more than the 15 digits of a floating-point number",
        )
    })
}

/// Converts a stored number to a decimal, or returns `None` if the value is not a number that a
/// decimal can represent.
pub(super) fn of_number(value: ValueRef<'_>) -> Option<Value> {
    match value {
        // `to_string` writes the fewest digits that identify the number, without an exponent.
        ValueRef::Real(number) => parse_decimal(&number.to_string()).map(|(mantissa, scale)| normal(mantissa, scale)),
        // A column that is not declared REAL stores a number without a fraction as an integer.
        ValueRef::Integer(number) => Some(Value::Decimal { mantissa: number.into(), scale: 0 }),
        _ => None,
    }
}

/// Converts a decimal to text with this number of decimal places.
///
/// # Errors
/// If the decimal has more than this number of decimal places.
pub(super) fn text(mantissa: i128, scale: u32, places: u32) -> Result<Value, Unstorable> {
    let all = places.checked_sub(scale).and_then(|missing| mantissa.checked_mul(10_i128.checked_pow(missing)?));
    let Some(all) = all else {
        return Err(Unstorable::new(format!(
            "cannot hold this decimal with `decimal = \"text({places})\"`: it has more decimal places"
        )));
    };
    let places = places as usize;
    let digits = format!("{:0width$}", all.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if all < 0 { "-" } else { "" };
    let point = if places > 0 { "." } else { "" };
    Ok(Value::Text(format!("{sign}{whole}{point}{fraction}")))
}

/// Converts a text to a decimal. Returns `None` if the text differs from the text that [`text`]
/// returns for the decimal.
pub(super) fn of_text(text: &str, places: u32) -> Option<Value> {
    let (mantissa, scale) = parse_decimal(text).filter(|(_, scale)| *scale == places)?;
    let own = self::text(mantissa, scale, places).ok()?;
    (own.as_ref() == ValueRef::Text(text)).then_some(Value::Decimal { mantissa, scale })
}

/// Returns the encoding in which a value is probably a decimal of another program, for a hint in
/// an error message: any number counts as `decimal = "real"`. Returns `None` if the value is in no
/// encoding of decimals.
pub(super) fn form_of(value: ValueRef<'_>) -> Option<Encoding> {
    match value {
        ValueRef::Real(_) | ValueRef::Integer(_) => Some(Encoding::DecimalReal),
        ValueRef::Text(text) => {
            let (_, places) = parse_decimal(text)?;
            of_text(text, places).map(|_| Encoding::DecimalText(places))
        }
        _ => None,
    }
}

/// Returns a decimal without trailing zeros.
fn normal(mut mantissa: i128, mut scale: u32) -> Value {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Value::Decimal { mantissa, scale }
}
