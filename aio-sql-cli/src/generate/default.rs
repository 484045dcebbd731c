//! Defaults, as the value of the attribute.

use aio_sql::schema::DefaultValue;

use super::attribute::Item;
use super::literal::{bytes, string};
use super::rust_type::{RustType, leak, leaked};

/// The default of a column.
#[derive(Clone, Debug)]
pub(super) struct Default {
    value: DefaultValue,
    /// The value as it is written in Rust.
    written: String,
}

impl Default {
    /// Returns a default that is an expression of SQL.
    pub(super) fn sql(expression: &str) -> Default {
        Default { written: format!("sql({})", string(expression)), value: DefaultValue::Sql(leak(expression)) }
    }

    pub(super) fn bool(value: bool) -> Default {
        Default { written: value.to_string(), value: DefaultValue::Bool(value) }
    }

    pub(super) fn text(value: &str) -> Default {
        Default { written: string(value), value: DefaultValue::Text(leak(value)) }
    }

    pub(super) fn bytes(value: Vec<u8>) -> Default {
        Default { written: bytes(&value), value: DefaultValue::Blob(leaked(value)) }
    }

    /// Returns the default for a number, such as `-1` or `4.99`, if the type has a literal for it.
    pub(super) fn number(number: &str, ty: &RustType) -> Option<Default> {
        let digits = number.strip_prefix('-').unwrap_or(number);
        let is_plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.') && digits.starts_with(|c: char| c != '.');
        match ty {
            _ if !is_plain => None,
            RustType::Integer(_) => {
                let value: i64 = number.parse().ok()?;
                Some(Default { written: value.to_string(), value: DefaultValue::Integer(value) })
            }
            RustType::Float(_) => Default::decimal(number, 17),
            RustType::Decimal(_) => Default::decimal(number, 15),
            _ => None,
        }
    }

    /// Returns the default for a number with a decimal point and at most `max` digits. Returns
    /// `None` for an integer, which has to be written as SQL: the derive would write another
    /// default for the literal.
    fn decimal(number: &str, max: usize) -> Option<Default> {
        let (whole, places) = number.split_once('.')?;
        let is_short = whole.len() + places.len() <= max && !places.is_empty();
        let is_number = is_short && number.parse::<f64>().is_ok_and(|number| number != 0.0);
        is_number.then(|| Default { written: number.to_owned(), value: DefaultValue::Number(leak(number)) })
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
