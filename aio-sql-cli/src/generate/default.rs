//! Defaults, from SQL to the value of the attribute.

use aio_sql::schema::DefaultValue;

use super::attribute::Item;
use super::literal::{bytes, string};
use super::rust_type::{RustType, leak, leaked};
use super::sql_text::{name, one_line, text, tokens};

/// The default of a column.
#[derive(Clone, Debug)]
pub(super) struct Default {
    value: DefaultValue,
    /// The value as it is written in Rust.
    written: String,
}

impl Default {
    /// Reads the expression of a DEFAULT clause. Returns `None` if it is NULL.
    pub(super) fn of(sql: &str, ty: &RustType) -> Option<Default> {
        let sql = one_line(sql);
        let tokens = tokens(&sql);
        if tokens.len() == 1 && tokens[0].eq_ignore_ascii_case("null") {
            return None;
        }
        Some(literal(&tokens, ty).unwrap_or_else(|| Default::expression(&sql, &tokens)))
    }

    /// Returns the default as an expression of SQL, which any type can have.
    pub(super) fn as_expression(sql: &str) -> Default {
        let sql = one_line(sql);
        Default::expression(&sql, &tokens(&sql))
    }

    fn expression(sql: &str, tokens: &[&str]) -> Default {
        // In a DEFAULT clause a name without parentheses is a text.
        let sql = match tokens {
            [word] if is_name(word) => format!("'{}'", name(word).replace('\'', "''")),
            _ => sql.to_owned(),
        };
        Default { written: format!("sql({})", string(&sql)), value: DefaultValue::Sql(leak(&sql)) }
    }

    pub(super) fn item(&self) -> Item {
        match self.value {
            DefaultValue::Sql(_) => Item::value("default", &self.written),
            // In Rust, a number with a minus sign is an expression and not a literal.
            _ if self.written.starts_with('-') => Item::value("default", &self.written),
            _ => Item::literal("default", &self.written),
        }
    }

    pub(super) fn value(&self) -> DefaultValue {
        self.value
    }
}

/// Returns whether a token in a DEFAULT clause is a name, which SQLite takes as a text.
fn is_name(token: &str) -> bool {
    const VALUES: [&str; 6] = ["null", "true", "false", "current_time", "current_date", "current_timestamp"];
    match token.chars().next() {
        Some('"' | '`' | '[') => true,
        Some(first) if first.is_alphabetic() || first == '_' => {
            !token.ends_with('\'') && !VALUES.iter().any(|value| token.eq_ignore_ascii_case(value))
        }
        _ => false,
    }
}

/// Returns the default as a literal of Rust, if the type has one for it.
fn literal(tokens: &[&str], ty: &RustType) -> Option<Default> {
    let (minus, token) = match tokens {
        ["-", token] => ("-", *token),
        ["+", token] | [token] => ("", *token),
        _ => return None,
    };
    let number = || {
        let text = format!("{minus}{token}");
        let is_plain = token.chars().all(|c| c.is_ascii_digit() || c == '.') && token.starts_with(|c: char| c != '.');
        is_plain.then_some(text)
    };
    match ty {
        RustType::Integer => {
            let value: i64 = number()?.parse().ok()?;
            Some(Default { written: value.to_string(), value: DefaultValue::Integer(value) })
        }
        RustType::Bool => {
            let value = match token.to_ascii_lowercase().as_str() {
                "1" | "true" => true,
                "0" | "false" => false,
                _ => return None,
            };
            minus.is_empty().then(|| Default { written: value.to_string(), value: DefaultValue::Bool(value) })
        }
        RustType::Float => decimal(&number()?, 17),
        RustType::Decimal(Some(form)) if form == "real" => decimal(&number()?, 15),
        RustType::Text | RustType::Json => {
            let value = text(token).or_else(|| is_name(token).then(|| name(token)))?;
            Some(Default { written: string(&value), value: DefaultValue::Text(leak(&value)) })
        }
        RustType::Enum(_, texts) => {
            let value = text(token).filter(|value| texts.contains(value))?;
            Some(Default { written: string(&value), value: DefaultValue::Text(leak(&value)) })
        }
        RustType::Bytes => {
            let digits = token.strip_prefix(['x', 'X'])?.strip_prefix('\'')?.strip_suffix('\'')?;
            let byte = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
            let value: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?;
            Some(Default { written: bytes(&value), value: DefaultValue::Blob(leaked(value)) })
        }
        _ => None,
    }
}

/// Returns the default for a number with a decimal point and at most `max` digits. Returns `None`
/// for an integer, which has to be written as SQL: the derive would write another default for the
/// literal.
fn decimal(number: &str, max: usize) -> Option<Default> {
    let (whole, places) = number.split_once('.')?;
    let is_short = whole.len() + places.len() <= max && !places.is_empty();
    let is_number = is_short && number.parse::<f64>().is_ok_and(|number| number != 0.0);
    is_number.then(|| Default { written: number.to_owned(), value: DefaultValue::Number(leak(number)) })
}
