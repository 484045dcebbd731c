//! From the stored form of a value in one database to that in another.
//!
//! The copy has no structs, so the types of the columns decide. A text of SQLite that the library
//! has written as a time becomes a time of PostgreSQL, and so on; what cannot be told for certain
//! is an error.

use std::time::SystemTime;

use aio_sql::types::{Mismatch, Type, Unsorted, Unstorable, ValueRef};
use aio_sql::{SqlType, Value};

use super::tables::ColumnType;
use crate::uuid::hyphenated;

/// A value that is bound as it is.
#[derive(Clone, Debug)]
pub(super) struct Bound(pub(super) Value);

impl SqlType for Bound {
    const TYPE: Type = Type::Text;
    type Order = Unsorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(self.0.clone())
    }

    fn into_value(self) -> Result<Value, Unstorable> {
        Ok(self.0)
    }

    fn from_value(value: ValueRef<'_>) -> Result<Bound, Mismatch> {
        Ok(Bound(value.into()))
    }
}

/// Converts a value of a column into one for a column of another type.
///
/// # Errors
/// If the value does not fit. The text says why, without the value.
pub(super) fn converted(value: Value, from: &ColumnType, to: &ColumnType) -> Result<Value, String> {
    match (from, to) {
        (_, _) if value == Value::Null => Ok(value),
        (_, _) if matches!(value, Value::Real(number) if number.is_nan()) => {
            Err("NaN, which no column of the library holds".to_owned())
        }
        // SQLite stores any value in any column, as far as the target accepts it.
        (ColumnType::Sqlite(_), ColumnType::Sqlite(_)) => Ok(value),
        (_, ColumnType::Postgres(to)) => for_postgres(value, to),
        (ColumnType::Postgres(from), ColumnType::Sqlite(to)) => for_sqlite(value, from, to),
    }
}

fn for_postgres(value: Value, to: &str) -> Result<Value, String> {
    let is_time = to.starts_with("time") || to == "date";
    match value {
        Value::Text(text) if to == "timestamp with time zone" => Ok(instant(&text)),
        Value::Text(text) if is_time => Ok(Value::Text(in_microseconds(text))),
        Value::Integer(_) | Value::Real(_) if is_time => {
            Err(format!("a number cannot become a {to}: it does not say what it counts"))
        }
        Value::Text(text) if text.contains('\0') => {
            Err("text with a NUL character, which PostgreSQL does not support".to_owned())
        }
        Value::Integer(number) if !is_in_range(number, to) => Err(format!("the integer is too large for a {to}")),
        Value::Text(_) if to == "bytea" => Err("text cannot become a bytea".to_owned()),
        Value::Blob(_) if !matches!(to, "bytea" | "uuid") => Err(format!("bytes cannot become a {to}")),
        // In the form in which SQLite shows it, too.
        Value::Real(number) if is_text(to) => Ok(Value::Text(format!("{number:?}"))),
        value => Ok(value),
    }
}

fn for_sqlite(value: Value, from: &str, to: &str) -> Result<Value, String> {
    let is_timed = from.starts_with("time") || from == "date";
    match value {
        Value::Blob(bytes) if to == "TEXT" => match <[u8; 16]>::try_from(bytes) {
            Ok(bytes) if from == "uuid" => Ok(Value::Text(hyphenated(bytes))),
            _ => Err("bytes cannot become TEXT".to_owned()),
        },
        Value::Text(_) if is_timed => Err("an infinite time has no stored form in SQLite".to_owned()),
        Value::Text(_) if from == "numeric" => Err("this numeric has no stored form in SQLite".to_owned()),
        Value::Text(text) if matches!(from, "json" | "jsonb") && to != "BLOB" => Ok(Value::Text(without_blanks(&text))),
        Value::Text(_) if to == "BLOB" => Err("text cannot become a BLOB".to_owned()),
        Value::Timestamp { .. } | Value::DateTime { .. } | Value::Date { .. } | Value::Time { .. }
            if !matches!(to, "TEXT" | "ANY" | "BLOB") =>
        {
            Err(format!("a {from} cannot become {to}"))
        }
        // The stored form of a decimal has no zeros at its end, so that equal decimals are equal
        // texts.
        Value::Decimal { mut mantissa, mut scale } => {
            while scale > 0 && mantissa % 10 == 0 {
                (mantissa, scale) = (mantissa / 10, scale - 1);
            }
            Ok(Value::Decimal { mantissa, scale })
        }
        value => Ok(value),
    }
}

/// Returns the point in time that a text of the library says. Any other text is left to
/// PostgreSQL, which knows many forms.
fn instant(text: &str) -> Value {
    let time = SystemTime::from_value(ValueRef::Text(text)).ok();
    let value = time.and_then(|time| time.to_value().ok());
    value.unwrap_or_else(|| Value::Text(in_microseconds(text.to_owned())))
}

/// Cuts the fraction of a second after six digits, as the library does: PostgreSQL would round.
fn in_microseconds(mut text: String) -> String {
    if let Some(point) = text.find('.') {
        let digits = text[point + 1..].bytes().take_while(u8::is_ascii_digit).count();
        if digits > 6 {
            text.replace_range(point + 7..point + 1 + digits, "");
        }
    }
    text
}

/// Removes the blanks between the parts of a JSON document, so that equal documents are equal
/// texts, as the library writes them.
fn without_blanks(document: &str) -> String {
    let (mut is_in_text, mut is_escaped) = (false, false);
    let is_kept = |c: &char| {
        let is_kept = is_in_text || !c.is_ascii_whitespace();
        if *c == '"' && !is_escaped {
            is_in_text = !is_in_text;
        }
        is_escaped = *c == '\\' && !is_escaped;
        is_kept
    };
    document.chars().filter(is_kept).collect()
}

fn is_in_range(number: i64, ty: &str) -> bool {
    match ty {
        "smallint" => i16::try_from(number).is_ok(),
        "integer" => i32::try_from(number).is_ok(),
        _ => true,
    }
}

fn is_text(ty: &str) -> bool {
    matches!(ty, "text" | "character varying" | "character" | "citext" | "name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_postgres(value: Value, to: &str) -> Result<Value, String> {
        converted(value, &ColumnType::Sqlite("TEXT".to_owned()), &ColumnType::Postgres(to.to_owned()))
    }

    fn to_sqlite(value: Value, from: &str, to: &str) -> Result<Value, String> {
        converted(value, &ColumnType::Postgres(from.to_owned()), &ColumnType::Sqlite(to.to_owned()))
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn a_time_is_cut_to_microseconds_and_never_rounded() {
        let time = to_postgres(text("1969-12-31T23:59:59.999999999Z"), "timestamp with time zone");
        assert_eq!(time, Ok(Value::Timestamp { seconds: -1, nanosecond: 999_999_999 }));
        let foreign = to_postgres(text("2024-05-01 12:00:00.123456789+02"), "timestamp with time zone");
        assert_eq!(foreign, Ok(text("2024-05-01 12:00:00.123456+02")));
        assert_eq!(to_postgres(text("23:59:59.999999999"), "time without time zone"), Ok(text("23:59:59.999999")));
        assert_eq!(to_postgres(text("2024-05-01"), "date"), Ok(text("2024-05-01")));
    }

    #[test]
    fn what_would_change_its_meaning_is_refused() {
        assert!(to_postgres(Value::Integer(1_700_000_000), "timestamp with time zone").is_err());
        assert!(to_postgres(Value::Blob(vec![1]), "text").is_err());
        assert!(to_postgres(text("a"), "bytea").is_err());
        assert!(to_postgres(text("a\0b"), "text").is_err());
        assert!(to_postgres(Value::Integer(40_000), "smallint").is_err());
        assert!(to_postgres(Value::Integer(40_000), "integer").is_ok());
        assert!(to_sqlite(Value::Real(f64::NAN), "double precision", "REAL").is_err());
        assert!(to_sqlite(text("infinity"), "timestamp with time zone", "TEXT").is_err());
        assert!(to_sqlite(text("NaN"), "numeric", "TEXT").is_err());
        assert!(to_sqlite(Value::Date { days: 1 }, "date", "INTEGER").is_err());
        assert!(to_sqlite(Value::Blob(vec![1]), "bytea", "TEXT").is_err());
    }

    #[test]
    fn equal_decimals_have_the_same_text() {
        let decimal = |mantissa, scale| to_sqlite(Value::Decimal { mantissa, scale }, "numeric", "TEXT");
        assert_eq!(decimal(1500, 3), decimal(15, 1));
        assert_eq!(decimal(0, 2), Ok(Value::Decimal { mantissa: 0, scale: 0 }));
    }

    #[test]
    fn a_document_loses_its_blanks_but_no_text() {
        let document = to_sqlite(text(r#"{"a b": [1, "x \" y", "\\ "], "c": null}"#), "jsonb", "TEXT");
        assert_eq!(document, Ok(text(r#"{"a b":[1,"x \" y","\\ "],"c":null}"#)));
    }

    #[test]
    fn a_uuid_is_bytes_or_text_as_the_column_says() {
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(to_sqlite(Value::Blob(bytes.clone()), "uuid", "BLOB"), Ok(Value::Blob(bytes.clone())));
        let shown = "00010203-0405-0607-0809-0a0b0c0d0e0f";
        assert_eq!(to_sqlite(Value::Blob(bytes), "uuid", "TEXT"), Ok(text(shown)));
    }
}
