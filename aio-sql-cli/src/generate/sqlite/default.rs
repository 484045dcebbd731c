//! Defaults of SQLite.

use crate::generate::default::Default;
use crate::generate::rust_type::RustType;
use crate::generate::sql_text::{name, one_line, text, tokens};

/// Reads the expression of a DEFAULT clause. Returns `None` if it is NULL.
pub(super) fn of(sql: &str, ty: &RustType) -> Option<Default> {
    let sql = one_line(sql);
    let tokens = tokens(&sql);
    if tokens.len() == 1 && tokens[0].eq_ignore_ascii_case("null") {
        return None;
    }
    Some(literal(&tokens, ty).unwrap_or_else(|| expression_of(&sql, &tokens)))
}

/// Returns the default as an expression of SQL, which any type can have.
pub(super) fn expression(sql: &str) -> Default {
    let sql = one_line(sql);
    expression_of(&sql, &tokens(&sql))
}

fn expression_of(sql: &str, tokens: &[&str]) -> Default {
    // In a DEFAULT clause a name without parentheses is a text.
    match tokens {
        [word] if is_name(word) => Default::sql(&format!("'{}'", name(word).replace('\'', "''"))),
        _ => Default::sql(sql),
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
    match ty {
        RustType::Bool => {
            let value = match token.to_ascii_lowercase().as_str() {
                "1" | "true" => true,
                "0" | "false" => false,
                _ => return None,
            };
            minus.is_empty().then(|| Default::bool(value))
        }
        RustType::Decimal(form) if form.as_deref() != Some("real") => None,
        RustType::Text | RustType::Json => {
            text(token).or_else(|| is_name(token).then(|| name(token))).map(|value| Default::text(&value))
        }
        RustType::Enum(_, texts) => {
            text(token).filter(|value| texts.contains(value)).map(|value| Default::text(&value))
        }
        RustType::Bytes => {
            let digits = token.strip_prefix(['x', 'X'])?.strip_prefix('\'')?.strip_suffix('\'')?;
            let byte = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
            (0..digits.len()).step_by(2).map(byte).collect::<Option<_>>().map(Default::bytes)
        }
        ty => Default::number(&format!("{minus}{token}"), ty),
    }
}
