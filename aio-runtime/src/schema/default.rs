//! The default of a column, and whether the column can hold it.

use super::{ColumnDef, Domain, Encoding, Type};
use crate::value::parse_decimal;

/// The value of a column in a new row that has none for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// A bool.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a point or an exponent, as Rust writes it: `0.19`, `-1e300`.
    Number(&'static str),
    /// Text.
    Text(&'static str),
    /// Bytes.
    Blob(&'static [u8]),
    /// The current time, in the stored form of the column's type.
    Now,
    /// An expression.
    Sql(&'static str),
}

const NO_DECIMAL: &str = "the default of a decimal is a number without an exponent, such as `0` or `0.5`";

impl DefaultValue {
    /// Returns the default of this column: the value itself, or, where the column has a `scale`,
    /// the integer that is stored for it.
    ///
    /// # Panics
    /// At compile time, if the column cannot hold the value.
    #[allow(clippy::panic)]
    #[track_caller]
    pub(super) const fn of(self, column: &ColumnDef) -> DefaultValue {
        match (self, column.ty) {
            (DefaultValue::Sql(_), _) => {}
            (DefaultValue::Now, Type::Timestamp | Type::DateTime | Type::Date | Type::Time) => {}
            (DefaultValue::Now, Type::Encoded(encoding)) if encoding.has_present() => {}
            (DefaultValue::Now, _) => panic!("`default = now` is for a column that holds a date or a time"),
            (_, Type::Integer) if column.scale > 0 => match self.decimal() {
                Some(decimal) => return DefaultValue::Integer(units(decimal, column.scale)),
                None => panic!("{}", NO_DECIMAL),
            },
            (_, Type::Decimal) => match self.decimal() {
                Some((mantissa, places)) if mantissa.unsigned_abs() < 1 << 96 && places <= 28 => {}
                Some(_) => panic!("the default has more than 28 digits"),
                None => panic!("{}", NO_DECIMAL),
            },
            (_, Type::Encoded(Encoding::DecimalReal)) => match self.decimal() {
                Some((mantissa, _)) if significant_digits(mantissa) <= 15 => {}
                Some(_) => panic!("the default has more than the 15 digits of a floating-point number"),
                None => panic!("{}", NO_DECIMAL),
            },
            (_, Type::Encoded(Encoding::DecimalText(most))) => match self.decimal() {
                Some((_, places)) if places <= most => {}
                Some(_) => panic!("the default has more places than the column's text"),
                None => panic!("{}", NO_DECIMAL),
            },
            // Whether a literal is a value of such a form cannot be said here.
            (_, Type::Encoded(_)) => panic!(
                "the default of a column in the form of another program is SQL: `default = sql(\"0\")`; that of a time may be `now`"
            ),
            (DefaultValue::Bool(_), Type::Bool) => {}
            (DefaultValue::Integer(value), Type::Integer) if !column.domain.includes(value) => match column.domain {
                Domain::Integers(_) => panic!("the default is the number of no variant of the enum"),
                _ => panic!("the default is past the limits of the column's type"),
            },
            (DefaultValue::Text(text), Type::Text) if !column.domain.includes_text(text) => {
                let Domain::Texts(texts) = column.domain else { panic!("the default is no text of the column's type") };
                panic!("{}", TextsOfEnum::list(texts).as_str())
            }
            (DefaultValue::Integer(_), Type::Integer | Type::Real) => {}
            (DefaultValue::Number(_), Type::Real) => {}
            (DefaultValue::Text(_), Type::Text | Type::Json) => {}
            (DefaultValue::Text(text), Type::Timestamp) if text.len() == 30 => {}
            (DefaultValue::Text(text), Type::DateTime) if text.len() == 29 => {}
            (DefaultValue::Text(text), Type::Date) if text.len() == 10 => {}
            (DefaultValue::Text(text), Type::Time) if text.len() == 18 => {}
            (DefaultValue::Text(_), Type::Timestamp | Type::DateTime | Type::Date | Type::Time) => {
                panic!("the default is not in the stored form, such as `2013-01-01T10:00:00.000000000Z`")
            }
            (DefaultValue::Blob(_), Type::Blob) => {}
            (DefaultValue::Blob(bytes), Type::Uuid) if bytes.len() == 16 => {}
            (_, Type::Bool) => panic!("the default of a bool is `true` or `false`"),
            (_, Type::Integer) => panic!("the default of an integer is a whole number, such as `0`"),
            (_, Type::Real) => panic!("the default of a floating point number is a number, such as `0.0`"),
            (_, Type::Text | Type::Json) => panic!("the default of this type is a string, such as `\"\"`"),
            (_, Type::Blob) => panic!("the default of bytes is a byte string, such as `b\"\"`"),
            (_, Type::Uuid) => panic!("the default of a UUID is a byte string of 16 bytes"),
            (_, _) => panic!("the default of a date or a time is `now` or a string in the stored form"),
        }
        self
    }

    /// Returns the decimal that the value is, if it is one: its digits, and how many of them stand
    /// behind the point, the last of which is not 0.
    pub(crate) const fn decimal(self) -> Option<(i128, u32)> {
        let decimal = match self {
            DefaultValue::Integer(value) => Some((value as i128, 0)),
            DefaultValue::Number(text) | DefaultValue::Text(text) => parse_decimal(text),
            _ => None,
        };
        let Some((mut mantissa, mut places)) = decimal else { return None };
        while places > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            places -= 1;
        }
        Some((mantissa, places))
    }
}

/// Returns the integer that is stored for a decimal in a column with this scale.
#[allow(clippy::panic)]
#[track_caller]
const fn units((mantissa, places): (i128, u32), scale: u32) -> i64 {
    if places > scale {
        panic!("the default has more places than the column's `scale`");
    }
    let units = match 10_i128.checked_pow(scale - places) {
        Some(factor) => mantissa.checked_mul(factor),
        None => None,
    };
    match units {
        Some(units) if units >= i64::MIN as i128 && units <= i64::MAX as i128 => units as i64,
        _ => panic!("the default has more than the 18 digits of a decimal with a `scale`"),
    }
}

/// Returns how many digits a number has between its first and its last that are not 0.
const fn significant_digits(number: i128) -> u32 {
    let mut number = number;
    while number != 0 && number % 10 == 0 {
        number /= 10;
    }
    match number.unsigned_abs().checked_ilog10() {
        Some(last) => last + 1,
        None => 0,
    }
}

/// The error of a default that is no text of an enum. It is a fixed space, for a constant has no
/// other.
struct TextsOfEnum {
    text: [u8; 240],
    length: usize,
}

impl TextsOfEnum {
    /// Lists these texts, or as many of them as there is space for.
    const fn list(texts: &[&str]) -> TextsOfEnum {
        let mut list = TextsOfEnum { text: [0; 240], length: 0 };
        list.push("the default is no variant of the enum, which is one of ");
        let mut place = 0;
        while place < texts.len() {
            if list.length + texts[place].len() + "`, `…".len() > list.text.len() {
                list.push("…");
                return list;
            }
            list.push(if place == 0 { "`" } else { ", `" });
            list.push(texts[place]);
            list.push("`");
            place += 1;
        }
        list
    }

    const fn push(&mut self, text: &str) {
        let mut place = 0;
        while place < text.len() && self.length < self.text.len() {
            self.text[self.length] = text.as_bytes()[place];
            self.length += 1;
            place += 1;
        }
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.text.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "the default is no variant of the enum",
        }
    }
}
