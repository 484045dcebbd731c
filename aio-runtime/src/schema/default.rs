//! The default of a column, and the check that the column can hold it.

use super::{ColumnDef, Domain, Encoding, Type};
use crate::value::parse_decimal;

/// The value of a column in a new row for which no value is given.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Result, Table, schema::DefaultValue};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Item {
///     #[column(primary_key)]
///     id: i64,
///     #[column(default = 0)]
///     stock: i64,
/// }
///
/// # fn main() -> Result<()> {
/// assert_eq!(Item::TABLE.columns[1].default, Some(DefaultValue::Integer(0)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// A bool.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A number with a decimal point or an exponent, in Rust's syntax: `0.19`, `-1e300`.
    Number(&'static str),
    /// Text.
    Text(&'static str),
    /// Bytes.
    Blob(&'static [u8]),
    /// The current time, in the form in which the column stores it.
    Now,
    /// An SQL expression.
    Sql(&'static str),
}

const NOT_A_DECIMAL: &str = "the default of a decimal is a number without an exponent, such as `0` or `0.5`";

const TOO_LONG: &str = "the default has more than 28 digits";

/// Returns whether a `rust_decimal::Decimal` can hold the number with these digits, of which the
/// last `places` are decimal places.
const fn is_readable(mantissa: i128, places: u32) -> bool {
    mantissa.unsigned_abs() < 1 << 96 && places <= 28
}

impl DefaultValue {
    /// Checks that the value can be the default of this column, and returns it. For a column with
    /// a `scale`, a number is converted to the integer that is stored.
    ///
    /// # Panics
    /// At compile time, if the column cannot hold the value. Of a text for a date or a time, only
    /// the length is checked, and JSON is not parsed.
    #[allow(clippy::panic)]
    #[track_caller]
    pub(super) const fn of(self, column: &ColumnDef) -> DefaultValue {
        match (self, column.ty) {
            (DefaultValue::Sql(_), _) => {}
            (DefaultValue::Now, Type::Timestamp | Type::DateTime | Type::Date | Type::Time) => {}
            (DefaultValue::Now, Type::Encoded(encoding)) if encoding.is_time() => {}
            (DefaultValue::Now, _) => panic!("`default = now` is for a column that holds a date or a time"),
            (_, Type::Integer) if column.scale > 0 => match self.decimal() {
                Some(decimal) => return DefaultValue::Integer(units(decimal, column.scale)),
                None => panic!("{}", NOT_A_DECIMAL),
            },
            (_, Type::Decimal) => match self.decimal() {
                Some((mantissa, places)) if is_readable(mantissa, places) => {}
                Some(_) => panic!("{}", TOO_LONG),
                None => panic!("{}", NOT_A_DECIMAL),
            },
            (_, Type::Encoded(Encoding::DecimalReal)) => match self.decimal() {
                Some((mantissa, places)) if !is_readable(mantissa, places) => panic!("{}", TOO_LONG),
                Some((mantissa, _)) if significant_digits(mantissa) <= 15 => {}
                Some(_) => panic!("the default has more than the 15 digits of a floating-point number"),
                None => panic!("{}", NOT_A_DECIMAL),
            },
            (_, Type::Encoded(Encoding::DecimalText(max))) => match self.decimal() {
                Some((mantissa, places)) if places <= max => {
                    let padded = match 10_i128.checked_pow(max - places) {
                        Some(factor) => mantissa.checked_mul(factor),
                        None => None,
                    };
                    match padded {
                        Some(padded) if is_readable(padded, max) => {}
                        _ => panic!("{}", TOO_LONG),
                    }
                }
                Some(_) => panic!("the default has more decimal places than the text of the column"),
                None => panic!("{}", NOT_A_DECIMAL),
            },
            // This function runs at compile time, where it cannot check whether a literal is in
            // the encoding of another program.
            (_, Type::Encoded(_)) => panic!(
                "the default of a column in the form of another program has to be SQL, `default = sql(\"0\")`, or `now` for a time"
            ),
            (DefaultValue::Bool(_), Type::Bool) => {}
            (DefaultValue::Integer(value), Type::Integer) if !column.domain.includes(value) => match column.domain {
                Domain::Integers(_) => panic!("the default is not the number of a variant of the enum"),
                _ => panic!("the default is outside the range of the column's type"),
            },
            (DefaultValue::Text(text), Type::Text) if !column.domain.includes_text(text) => {
                let Domain::Texts(texts) = column.domain else {
                    panic!("the default is not a text of the column's type")
                };
                panic!("{}", VariantsMessage::list(texts).as_str())
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
            (_, Type::Integer) => panic!("the default of an integer is an integer, such as `0`"),
            (_, Type::Real) => panic!("the default of a floating-point number is a number, such as `0.0`"),
            (_, Type::Text | Type::Json) => panic!("the default of this type is a string, such as `\"\"`"),
            (_, Type::Blob) => panic!("the default of bytes is a byte string, such as `b\"\"`"),
            (_, Type::Uuid) => panic!("the default of a UUID is a byte string of 16 bytes"),
            (_, Type::Interval | Type::TsVector | Type::TsQuery) => {
                panic!("the default of this type has to be SQL, such as `default = sql(\"'1 day'\")`")
            }
            (_, _) => panic!("the default of a date or a time is `now` or a string in the stored form"),
        }
        self
    }

    /// Returns the value as a decimal without trailing zeros: its digits as an integer, and the
    /// number of decimal places. Returns `None` if the value is not a decimal.
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

/// Returns the integer that is stored for a decimal in a column with this scale. The decimal is
/// given by its digits and its number of decimal places.
#[allow(clippy::panic)]
#[track_caller]
const fn units((mantissa, places): (i128, u32), scale: u32) -> i64 {
    if places > scale {
        panic!("the default has more decimal places than the `scale` of the column");
    }
    let units = match 10_i128.checked_pow(scale - places) {
        Some(factor) => mantissa.checked_mul(factor),
        None => None,
    };
    match units {
        Some(units) if units >= i64::MIN as i128 && units <= i64::MAX as i128 => units as i64,
        _ => panic!(
            "the default is too large for its `scale`: without the decimal point it is more than 9223372036854775807"
        ),
    }
}

/// Returns the number of significant digits of a number: its digits up to the last that is not
/// zero.
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

/// The error message for a default that is not the text of a variant of an enum. It is built in a
/// buffer of fixed size, because constant evaluation cannot allocate memory.
struct VariantsMessage {
    text: [u8; 240],
    length: usize,
}

impl VariantsMessage {
    /// Creates a message that lists these texts, or as many as fit into the buffer.
    const fn list(texts: &[&str]) -> VariantsMessage {
        let mut list = VariantsMessage { text: [0; 240], length: 0 };
        list.push("the default is not a variant of the enum, which has ");
        let mut index = 0;
        while index < texts.len() {
            if list.length + texts[index].len() + "`, `…".len() > list.text.len() {
                list.push("…");
                return list;
            }
            list.push(if index == 0 { "`" } else { ", `" });
            list.push(texts[index]);
            list.push("`");
            index += 1;
        }
        list
    }

    const fn push(&mut self, text: &str) {
        let mut index = 0;
        while index < text.len() && self.length < self.text.len() {
            self.text[self.length] = text.as_bytes()[index];
            self.length += 1;
            index += 1;
        }
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.text.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "the default is not a variant of the enum",
        }
    }
}
