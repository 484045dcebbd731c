//! The elements of an array.

use std::fmt;

use super::{Value, ValueRef};

/// The elements of an array that is borrowed from the buffer of the row from which it is read, or
/// from a [`Value`]. An element of an array of several dimensions is itself an array.
///
/// ```
/// use aio_runtime::{Value, ValueRef};
///
/// let value = Value::Array(vec![Value::Integer(1), Value::Integer(2)]);
/// let ValueRef::Array(array) = value.as_ref() else { panic!("an array") };
/// assert_eq!(array.iter().collect::<Vec<_>>(), [ValueRef::Integer(1), ValueRef::Integer(2)]);
/// ```
#[derive(Clone, Copy)]
pub struct ArrayRef<'a>(Elements<'a>);

#[derive(Clone, Copy)]
enum Elements<'a> {
    Values(&'a [Value]),
    /// The elements one after another, as `pack` writes them.
    Packed(&'a [u8]),
}

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;
const TIMESTAMP: u8 = 5;
const DATE_TIME: u8 = 6;
const DATE: u8 = 7;
const TIME: u8 = 8;
const DECIMAL: u8 = 9;
const ARRAY: u8 = 10;

impl<'a> ArrayRef<'a> {
    pub(super) fn of(values: &'a [Value]) -> ArrayRef<'a> {
        ArrayRef(Elements::Values(values))
    }

    /// Returns the array whose elements `pack` has written.
    pub(crate) fn of_packed(bytes: &'a [u8]) -> ArrayRef<'a> {
        ArrayRef(Elements::Packed(bytes))
    }

    /// Returns the elements.
    pub fn iter(self) -> impl Iterator<Item = ValueRef<'a>> + Clone + use<'a> {
        let (values, mut packed) = match self.0 {
            Elements::Values(values) => (values, &[][..]),
            Elements::Packed(bytes) => (&[][..], bytes),
        };
        values.iter().map(Value::as_ref).chain(std::iter::from_fn(move || take(&mut packed)))
    }

    /// Returns whether there are no elements.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// Appends the text form of PostgreSQL, such as `{1,2}`
    /// (<https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>).
    pub(super) fn push_text(self, text: &mut String) {
        text.push('{');
        for (place, element) in self.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            match element {
                ValueRef::Null => text.push_str("NULL"),
                ValueRef::Integer(number) => text.push_str(&number.to_string()),
                ValueRef::Real(number) if number.is_infinite() => {
                    text.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
                }
                ValueRef::Real(number) => text.push_str(&number.to_string()),
                ValueRef::Text(element) => push_quoted(text, element),
                ValueRef::Blob(bytes) => {
                    text.push_str("\"\\\\x");
                    bytes.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
                    text.push('"');
                }
                ValueRef::Array(array) => array.push_text(text),
                time_or_decimal => push_quoted(text, &time_or_decimal.text_form()),
            }
        }
        text.push('}');
    }
}

/// Appends a text as an element, in quotes if its characters could be taken for others.
fn push_quoted(text: &mut String, element: &str) {
    let is_special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_whitespace();
    let is_plain = !element.is_empty() && !element.eq_ignore_ascii_case("null") && !element.contains(is_special);
    if is_plain {
        return text.push_str(element);
    }
    text.push('"');
    for c in element.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

/// Appends an element to packed ones: a byte for its kind, and its content.
pub(crate) fn pack(value: ValueRef<'_>, to: &mut Vec<u8>) {
    match value {
        ValueRef::Null => to.push(NULL),
        ValueRef::Integer(number) => push(to, INTEGER, &number.to_le_bytes()),
        ValueRef::Real(number) => push(to, REAL, &number.to_le_bytes()),
        ValueRef::Text(text) => push_bytes(to, TEXT, text.as_bytes()),
        ValueRef::Blob(bytes) => push_bytes(to, BLOB, bytes),
        ValueRef::Timestamp { seconds, nanosecond } => {
            push(to, TIMESTAMP, &seconds.to_le_bytes());
            to.extend(nanosecond.to_le_bytes());
        }
        ValueRef::DateTime { seconds, nanosecond } => {
            push(to, DATE_TIME, &seconds.to_le_bytes());
            to.extend(nanosecond.to_le_bytes());
        }
        ValueRef::Date { days } => push(to, DATE, &days.to_le_bytes()),
        ValueRef::Time { nanoseconds } => push(to, TIME, &nanoseconds.to_le_bytes()),
        ValueRef::Decimal { mantissa, scale } => {
            push(to, DECIMAL, &mantissa.to_le_bytes());
            to.extend(scale.to_le_bytes());
        }
        ValueRef::Array(array) => {
            let mut inner = Vec::new();
            array.iter().for_each(|element| pack(element, &mut inner));
            push_bytes(to, ARRAY, &inner);
        }
    }
}

fn push(to: &mut Vec<u8>, kind: u8, content: &[u8]) {
    to.push(kind);
    to.extend_from_slice(content);
}

fn push_bytes(to: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    push(to, kind, &(bytes.len() as u64).to_le_bytes());
    to.extend_from_slice(bytes);
}

/// Takes the first of the packed elements. Returns `None` if there are none.
fn take<'a>(rest: &mut &'a [u8]) -> Option<ValueRef<'a>> {
    let (kind, behind) = rest.split_first()?;
    *rest = behind;
    Some(match *kind {
        NULL => ValueRef::Null,
        INTEGER => ValueRef::Integer(i64::from_le_bytes(take_array(rest)?)),
        REAL => ValueRef::Real(f64::from_le_bytes(take_array(rest)?)),
        TEXT => ValueRef::Text(std::str::from_utf8(take_bytes(rest)?).ok()?),
        BLOB => ValueRef::Blob(take_bytes(rest)?),
        TIMESTAMP => ValueRef::Timestamp {
            seconds: i64::from_le_bytes(take_array(rest)?),
            nanosecond: u32::from_le_bytes(take_array(rest)?),
        },
        DATE_TIME => ValueRef::DateTime {
            seconds: i64::from_le_bytes(take_array(rest)?),
            nanosecond: u32::from_le_bytes(take_array(rest)?),
        },
        DATE => ValueRef::Date { days: i32::from_le_bytes(take_array(rest)?) },
        TIME => ValueRef::Time { nanoseconds: u64::from_le_bytes(take_array(rest)?) },
        DECIMAL => ValueRef::Decimal {
            mantissa: i128::from_le_bytes(take_array(rest)?),
            scale: u32::from_le_bytes(take_array(rest)?),
        },
        _ => ValueRef::Array(ArrayRef::of_packed(take_bytes(rest)?)),
    })
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*first)
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u64::from_le_bytes(take_array(rest)?)).ok()?;
    let (bytes, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(bytes)
}

impl PartialEq for ArrayRef<'_> {
    fn eq(&self, other: &ArrayRef<'_>) -> bool {
        self.iter().eq(other.iter())
    }
}

// Like that of `ValueRef`, this does not show the content.
impl fmt::Debug for ArrayRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Array(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_elements_are_read_as_they_were() {
        let inner = vec![Value::Date { days: -3 }, Value::Null];
        let values = [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Real(-0.5),
            Value::Text("ä, \"x\"".into()),
            Value::Blob(vec![0, 255]),
            Value::Timestamp { seconds: -1, nanosecond: 999_999_999 },
            Value::DateTime { seconds: 7, nanosecond: 0 },
            Value::Time { nanoseconds: 1 },
            Value::Decimal { mantissa: -125, scale: 2 },
            Value::Array(inner),
            Value::Array(Vec::new()),
        ];
        let mut bytes = Vec::new();
        values.iter().for_each(|value| pack(value.as_ref(), &mut bytes));
        let packed = ArrayRef::of_packed(&bytes);
        assert!(packed == ArrayRef::of(&values));
        assert_eq!(packed.iter().map(Value::from).collect::<Vec<_>>(), values);
        // What is cut off is left out.
        assert_eq!(ArrayRef::of_packed(&bytes[..bytes.len() - 1]).iter().count(), values.len() - 1);
    }

    #[test]
    fn the_text_form_is_that_of_postgresql() {
        let of = |values: Vec<Value>| Value::Array(values).as_ref().text_form();
        let texts = ["a", "", "null", "a b", "{", "\"\\"].map(|text| Value::Text(text.into()));
        assert_eq!(of(texts.to_vec()), r#"{a,"","null","a b","{","\"\\"}"#);
        assert_eq!(of(vec![]), "{}");
        let nested = Value::Array(vec![Value::Integer(1), Value::Null]);
        assert_eq!(of(vec![nested.clone(), nested]), "{{1,NULL},{1,NULL}}");
        assert_eq!(of(vec![Value::Blob(vec![1, 0xab]), Value::Date { days: 0 }]), r#"{"\\x01ab",1970-01-01}"#);
    }
}
