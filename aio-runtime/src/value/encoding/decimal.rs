//! Decimals as floating-point numbers, and as text with a number of places.

use super::{Encoding, Unstorable, Value, ValueRef};
use crate::value::text_form::parse_decimal;

/// Returns a decimal as the floating-point number that is nearest to it.
pub(super) fn real(mantissa: i128, scale: u32) -> Result<Value, Unstorable> {
    let decimal = Value::Decimal { mantissa, scale };
    let number = decimal.as_ref().text_form().parse().ok();
    let is_the_same = |number: &f64| of_number(ValueRef::Real(*number)) == Some(normal(mantissa, scale));
    number.filter(is_the_same).map(Value::Real).ok_or_else(|| {
        Unstorable::new(
            "cannot hold this decimal with `decimal = \"real\"`: a floating-point number has 15 digits, and it has more",
        )
    })
}

/// Reads the decimal of a number.
pub(super) fn of_number(value: ValueRef<'_>) -> Option<Value> {
    match value {
        // Rust writes the fewest digits that are this number, without an exponent.
        ValueRef::Real(number) => parse_decimal(&number.to_string()).map(|(mantissa, scale)| normal(mantissa, scale)),
        // A column that is no REAL holds a whole number as an integer.
        ValueRef::Integer(number) => Some(Value::Decimal { mantissa: number.into(), scale: 0 }),
        _ => None,
    }
}

/// Returns a decimal as text with so many places.
pub(super) fn text(mantissa: i128, scale: u32, places: u32) -> Result<Value, Unstorable> {
    let all = places.checked_sub(scale).and_then(|missing| mantissa.checked_mul(10_i128.checked_pow(missing)?));
    let Some(all) = all else {
        return Err(Unstorable::new(format!(
            "cannot hold this decimal with `decimal = \"text({places})\"`: it has more places"
        )));
    };
    let places = places as usize;
    let digits = format!("{:0width$}", all.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if all < 0 { "-" } else { "" };
    let point = if places > 0 { "." } else { "" };
    Ok(Value::Text(format!("{sign}{whole}{point}{fraction}")))
}

/// Reads a decimal from the text that [`text`] has for it.
pub(super) fn of_text(text: &str, places: u32) -> Option<Value> {
    let (mantissa, scale) = parse_decimal(text).filter(|(_, scale)| *scale == places)?;
    let own = self::text(mantissa, scale, places).ok()?;
    (own.as_ref() == ValueRef::Text(text)).then_some(Value::Decimal { mantissa, scale })
}

/// Returns the form that a value has, other than the library's own.
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

/// Returns a decimal without zeros at its end.
fn normal(mut mantissa: i128, mut scale: u32) -> Value {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Value::Decimal { mantissa, scale }
}
