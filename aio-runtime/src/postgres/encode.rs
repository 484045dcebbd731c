//! Writes the values of parameters, by the types that the server expects.
//!
//! Times are cut to microseconds here, and nowhere else: PostgreSQL would round them, which could
//! change their order.

use bytes::{BufMut, BytesMut};

use super::decode::{EPOCH_DAYS, EPOCH_MICROSECONDS};
use super::numeric;
use super::oid::{self, Oid};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{IntervalParts, Value, ValueRef};

/// The format of a value in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub(super) enum Format {
    Text = 0,
    Binary = 1,
}

/// Appends a value for a parameter of this type, without its length, and returns its format. The
/// value is not NULL.
///
/// # Errors
/// Fails with [`ErrorKind::Unstorable`] if the type cannot hold the value.
pub(super) fn encode(value: ValueRef<'_>, ty: Oid, out: &mut BytesMut) -> Result<Format> {
    match (ty, value) {
        (oid::INT8, ValueRef::Integer(number)) => out.put_i64(number),
        (oid::INT4, ValueRef::Integer(number)) => out.put_i32(within(number, ty)?),
        (oid::INT2, ValueRef::Integer(number)) => out.put_i16(within(number, ty)?),
        (oid::OID, ValueRef::Integer(number)) => out.put_u32(within(number, ty)?),
        (oid::BOOL, ValueRef::Integer(number @ (0 | 1))) => out.put_u8(u8::from(number == 1)),
        (oid::FLOAT8, ValueRef::Real(number)) => out.put_f64(number),
        #[expect(clippy::cast_precision_loss, reason = "SQL converts an integer to a float in the same way")]
        (oid::FLOAT8, ValueRef::Integer(number)) => out.put_f64(number as f64),
        (oid::FLOAT4, ValueRef::Real(number)) => out.put_f32(narrow(number)?),
        (oid::NUMERIC, ValueRef::Decimal { mantissa, scale }) => numeric::encode(mantissa, scale, out),
        (oid::NUMERIC, ValueRef::Integer(number)) => numeric::encode(number.into(), 0, out),
        (oid::BYTEA, ValueRef::Blob(bytes)) => out.put_slice(bytes),
        (oid::BYTEA, ValueRef::Text(_)) => return Err(unfit("cannot hold text: it is a bytea, which holds bytes")),
        (oid::UUID, ValueRef::Blob(bytes)) if bytes.len() == 16 => out.put_slice(bytes),
        (oid::JSONB, ValueRef::Text(text)) => {
            if has_escaped_nul(text) {
                return Err(unfit("cannot hold JSON with the character `\\u0000`, which PostgreSQL does not support"));
            }
            out.put_u8(1);
            put_text(text, out)?;
        }
        (ty, ValueRef::Text(text)) if oid::is_text(ty) => put_text(text, out)?,
        (
            oid::TIMESTAMPTZ | oid::TIMESTAMP,
            ValueRef::Timestamp { seconds, nanosecond } | ValueRef::DateTime { seconds, nanosecond },
        ) => out.put_i64(seconds * 1_000_000 - EPOCH_MICROSECONDS + i64::from(nanosecond / 1_000)),
        (oid::INTERVAL, ValueRef::Text(text)) => match IntervalParts::parse(text) {
            Some(IntervalParts { months, days, microseconds }) => {
                out.put_i64(microseconds);
                out.put_i32(days);
                out.put_i32(months);
            }
            // The server knows more forms.
            None => {
                put_text(text, out)?;
                return Ok(Format::Text);
            }
        },
        (oid::DATE, ValueRef::Date { days }) => out.put_i32(days.saturating_sub(EPOCH_DAYS)),
        (oid::TIME, ValueRef::Time { nanoseconds }) => out.put_u64(nanoseconds / 1_000),
        (ty, ValueRef::Array(array)) => return encode_array(array.iter(), ty, out),
        // The server converts the text of a value as SQL does for a literal.
        (_, value) => {
            put_text(&text_of(value), out)?;
            return Ok(Format::Text);
        }
    }
    Ok(Format::Binary)
}

/// Appends a list for a parameter that is an array, without its length, and returns its format.
///
/// # Errors
/// Like [`encode`].
pub(super) fn encode_list(values: &[Value], ty: Oid, out: &mut BytesMut) -> Result<Format> {
    encode_array(values.iter().map(Value::as_ref), ty, out)
}

fn encode_array<'a>(values: impl Iterator<Item = ValueRef<'a>> + Clone, ty: Oid, out: &mut BytesMut) -> Result<Format> {
    let Some(element) = oid::element_of(ty) else {
        put_text(&array_text(values), out)?;
        return Ok(Format::Text);
    };
    let has_null = values.clone().any(|value| value == ValueRef::Null);
    let count = i32::try_from(values.clone().count()).map_err(|_| unfit("cannot hold so many values"))?;
    let begin = out.len();
    out.put_i32(i32::from(count > 0));
    out.put_i32(has_null.into());
    out.put_u32(element);
    if count > 0 {
        out.put_i32(count);
        // The index of the first element.
        out.put_i32(1);
    }
    for value in values.clone() {
        let length = out.len();
        if value == ValueRef::Null {
            out.put_i32(-1);
            continue;
        }
        out.put_i32(0);
        if encode(value, element, out)? == Format::Text {
            // All elements of a binary array are binary.
            out.truncate(begin);
            put_text(&array_text(values), out)?;
            return Ok(Format::Text);
        }
        set_length(out, length)?;
    }
    Ok(Format::Binary)
}

/// Writes the length of what follows into the four bytes at `at`, which do not count.
///
/// # Errors
/// Fails if more follows than a message can hold.
pub(super) fn set_length(out: &mut BytesMut, at: usize) -> Result<()> {
    let length = i32::try_from(out.len() - at - 4)
        .map_err(|_| unfit("cannot hold so much: PostgreSQL accepts less than 1 GiB in one value"))?;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn within<N: TryFrom<i64>>(number: i64, ty: Oid) -> Result<N> {
    number.try_into().map_err(|_| {
        unfit(format!("cannot hold this integer: it is {}, which is too small for it", with_article(oid::name(ty))))
    })
}

fn with_article(name: Option<&str>) -> String {
    match name {
        Some(name) if name.starts_with(['a', 'e', 'i', 'o']) => format!("an {name}"),
        name => format!("a {}", name.unwrap_or("type")),
    }
}

/// Returns a number with the precision of a `real`. It may lose digits, but not become infinite or
/// zero.
fn narrow(number: f64) -> Result<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "the column has this precision")]
    let narrow = number as f32;
    match narrow.is_infinite() == number.is_infinite() && (narrow == 0.0) == (number == 0.0) {
        true => Ok(narrow),
        false => Err(unfit("cannot hold this number: it is a real, whose range is smaller")),
    }
}

/// Returns whether a JSON document contains the escape sequence of NUL. A backslash that is itself
/// escaped begins none.
fn has_escaped_nul(text: &str) -> bool {
    text.match_indices("\\u0000")
        .any(|(at, _)| text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0)
}

fn put_text(text: &str, out: &mut BytesMut) -> Result<()> {
    if text.contains('\0') {
        return Err(unfit("cannot hold text with a NUL character, which PostgreSQL does not support"));
    }
    out.put_slice(text.as_bytes());
    Ok(())
}

fn unfit(reason: impl std::fmt::Display) -> Error {
    let kind = ErrorKind::Unstorable { table: None, column: None };
    Error::new(kind, reason.to_string())
}

/// Returns a value as SQL writes it in quotes. Times are cut to microseconds.
fn text_of(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) if number.is_infinite() => {
            if number > 0.0 {
                "Infinity".to_owned()
            } else {
                "-Infinity".to_owned()
            }
        }
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => text.to_owned(),
        ValueRef::Blob(bytes) => {
            let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
            "\\x".chars().chain(digits.filter_map(|digit| char::from_digit(digit.into(), 16))).collect()
        }
        ValueRef::Timestamp { seconds, nanosecond } => {
            ValueRef::Timestamp { seconds, nanosecond: cut(nanosecond) }.text_form()
        }
        ValueRef::DateTime { seconds, nanosecond } => {
            ValueRef::DateTime { seconds, nanosecond: cut(nanosecond) }.text_form()
        }
        ValueRef::Array(array) => array_text(array.iter()),
        ValueRef::Time { nanoseconds } => ValueRef::Time { nanoseconds: nanoseconds - nanoseconds % 1_000 }.text_form(),
        date_or_decimal => date_or_decimal.text_form(),
    }
}

fn cut(nanosecond: u32) -> u32 {
    nanosecond - nanosecond % 1_000
}

/// Returns an array as SQL writes it in quotes.
fn array_text<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> String {
    let mut text = String::from("{");
    for (place, value) in values.enumerate() {
        if place > 0 {
            text.push(',');
        }
        match value {
            ValueRef::Null => text.push_str("NULL"),
            ValueRef::Array(inner) => text.push_str(&array_text(inner.iter())),
            value => {
                text.push('"');
                for c in text_of(value).chars() {
                    if matches!(c, '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(c);
                }
                text.push('"');
            }
        }
    }
    text.push('}');
    text
}
