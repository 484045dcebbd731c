//! Cursors: positions in the rows of a sorted query, and their conversion to and from text.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::value::{ArrayRef, Value, ValueRef, pack};

/// A position in the rows of a sorted query, from which a page continues. A cursor can be
/// converted to text and back, so that a client can hold it.
///
/// It contains the values by which the row is sorted, and a number that identifies the order, so
/// that a query with another order rejects the cursor. The text is short and can be part of a URL.
/// It is neither encrypted nor signed: a corrupted text is an error, but anyone can read the
/// values, and can create a cursor with other values.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Cursor, Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database, from: &str) -> Result<()> {
/// let from: Cursor = from.parse()?;
/// let page = User::select().order_by(User::NAME).page(50).after(from).all(&db).await?;
/// let next: Option<String> = page.next.map(|cursor| cursor.to_string());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Cursor {
    /// A checksum of the query's ORDER BY.
    pub(super) order: u32,
    pub(super) values: Vec<Value>,
}

// Only the name of the type is written: the values come from rows, and must not appear in logs.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
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

/// Writes the cursor as text, which consists of letters, digits, `-` and `_`.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.order.to_le_bytes().to_vec();
        for value in &self.values {
            match value {
                Value::Null => bytes.push(NULL),
                Value::Integer(value) => {
                    bytes.push(INTEGER);
                    push_signed(&mut bytes, *value);
                }
                Value::Real(value) => {
                    bytes.push(REAL);
                    bytes.extend(value.to_bits().to_le_bytes());
                }
                Value::Text(text) => push_bytes(&mut bytes, TEXT, text.as_bytes()),
                Value::Blob(blob) => push_bytes(&mut bytes, BLOB, blob),
                Value::Timestamp { seconds, nanosecond } => push_time(&mut bytes, TIMESTAMP, *seconds, *nanosecond),
                Value::DateTime { seconds, nanosecond } => push_time(&mut bytes, DATE_TIME, *seconds, *nanosecond),
                Value::Date { days } => {
                    bytes.push(DATE);
                    push_signed(&mut bytes, (*days).into());
                }
                Value::Time { nanoseconds } => {
                    bytes.push(TIME);
                    push_number(&mut bytes, *nanoseconds);
                }
                Value::Array(values) => {
                    let mut packed = Vec::new();
                    values.iter().for_each(|value| pack(value.as_ref(), &mut packed));
                    push_bytes(&mut bytes, ARRAY, &packed);
                }
                Value::Decimal { mantissa, scale } => {
                    bytes.push(DECIMAL);
                    bytes.extend(mantissa.to_le_bytes());
                    push_number(&mut bytes, (*scale).into());
                }
            }
        }
        let mut all = checksum(&bytes).to_le_bytes().to_vec();
        all.append(&mut bytes);
        f.write_str(&encoded(&all))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Cursor> {
        parse(text).ok_or_else(|| {
            Error::invalid_input("the text is not a cursor, or was changed: use `next` or `previous` of a page")
        })
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let bytes = decoded(text)?;
    let (sum, bytes) = bytes.split_first_chunk()?;
    if u32::from_le_bytes(*sum) != checksum(bytes) {
        return None;
    }
    let (order, mut rest) = bytes.split_first_chunk()?;
    let mut values = Vec::new();
    while let Some((tag, behind)) = rest.split_first() {
        rest = behind;
        values.push(match *tag {
            NULL => Value::Null,
            INTEGER => Value::Integer(take_signed(&mut rest)?),
            REAL => {
                let (bits, behind) = rest.split_first_chunk()?;
                rest = behind;
                Value::Real(f64::from_bits(u64::from_le_bytes(*bits)))
            }
            TEXT => Value::Text(String::from_utf8(take_bytes(&mut rest)?.to_vec()).ok()?),
            BLOB => Value::Blob(take_bytes(&mut rest)?.to_vec()),
            TIMESTAMP => Value::Timestamp { seconds: take_signed(&mut rest)?, nanosecond: take_part(&mut rest)? },
            DATE_TIME => Value::DateTime { seconds: take_signed(&mut rest)?, nanosecond: take_part(&mut rest)? },
            DATE => Value::Date { days: take_signed(&mut rest)?.try_into().ok()? },
            TIME => Value::Time { nanoseconds: take_number(&mut rest)? },
            DECIMAL => {
                let (mantissa, behind) = rest.split_first_chunk()?;
                rest = behind;
                Value::Decimal { mantissa: i128::from_le_bytes(*mantissa), scale: take_part(&mut rest)? }
            }
            ARRAY => Value::from(ValueRef::Array(ArrayRef::of_packed(take_bytes(&mut rest)?))),
            _ => return None,
        });
    }
    let storable = values.iter().all(Value::is_storable);
    storable.then(|| Cursor { order: u32::from_le_bytes(*order), values })
}

fn push_time(bytes: &mut Vec<u8>, tag: u8, seconds: i64, nanosecond: u32) {
    bytes.push(tag);
    push_signed(bytes, seconds);
    push_number(bytes, nanosecond.into());
}

/// Appends a signed number. Numbers near zero take few bytes.
fn push_signed(bytes: &mut Vec<u8>, number: i64) {
    push_number(bytes, (number << 1 ^ number >> 63).cast_unsigned());
}

fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = take_number(bytes)?;
    Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

fn take_part(bytes: &mut &[u8]) -> Option<u32> {
    take_number(bytes)?.try_into().ok()
}

/// Appends a number with seven bits in each byte, the lowest bits first. The highest bit of a byte
/// says that another byte follows.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn push_bytes(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    bytes.push(tag);
    push_number(bytes, content.len() as u64);
    bytes.extend(content);
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(bytes)?).ok()?;
    let (content, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(content)
}

/// Returns a checksum of the bytes (FNV-1a, RFC 9923). It detects accidental changes, but is not a
/// signature.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum: u32, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The alphabet of base64url (RFC 4648, section 5).
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Encodes bytes as base64url, without padding.
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 2);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        text.extend((0..=chunk.len()).map(|index| char::from(ALPHABET[(bits >> (18 - 6 * index)) as usize & 63])));
    }
    text
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0;
        for letter in chunk {
            bits = bits << 6 | ALPHABET.iter().position(|other| other == letter)? as u32;
        }
        bits <<= 6 * (4 - chunk.len());
        let [_, all @ ..] = bits.to_be_bytes();
        let (content, empty) = all.split_at(chunk.len() - 1);
        // A single letter has too few bits for a byte. The bits after the last byte must be zero,
        // so that only one text stands for each value.
        if content.is_empty() || empty.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend(content);
    }
    Some(bytes)
}
