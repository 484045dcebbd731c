//! Defaults of PostgreSQL.

use super::tokens::{text, tokens, without_casts};
use crate::generate::default::Default;
use crate::generate::rust_type::RustType;
use crate::generate::sql_text::one_line;

/// Reads the expression of a DEFAULT clause. Returns `None` if it is NULL.
pub(super) fn of(sql: &str, ty: &RustType) -> Option<Default> {
    let tokens = tokens(sql);
    let value: Vec<_> = without_casts(&tokens).into_iter().filter(|token| !matches!(*token, "(" | ")")).collect();
    if matches!(value.as_slice(), [null] if null.eq_ignore_ascii_case("null")) {
        return None;
    }
    Some(literal(&value, ty).unwrap_or_else(|| Default::sql(&one_line(sql))))
}

/// Returns the default as a literal of Rust, if the type has one for it.
fn literal(tokens: &[&str], ty: &RustType) -> Option<Default> {
    let (minus, token) = match tokens {
        ["-", token] => ("-", *token),
        [token] => ("", *token),
        _ => return None,
    };
    match ty {
        RustType::Bool if minus.is_empty() => match token {
            "true" => Some(Default::bool(true)),
            "false" => Some(Default::bool(false)),
            _ => None,
        },
        RustType::Text => text(token).map(|value| Default::text(&value)),
        RustType::Enum(_, texts) => {
            text(token).filter(|value| texts.contains(value)).map(|value| Default::text(&value))
        }
        // The server writes some numbers as texts with a cast.
        RustType::Integer(_) | RustType::Float(_) | RustType::Decimal(_) => {
            let number = text(token).unwrap_or_else(|| token.to_owned());
            Default::number(&format!("{minus}{number}"), ty)
        }
        _ => None,
    }
}
