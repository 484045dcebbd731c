//! Reads the values of rows, by the types of their columns.

use super::numeric::{self, Numeric};
use super::oid::{self, Oid};
use crate::row::DeclaredClass;
use crate::row_batch::RowBatch;
use crate::value::{ArrayRef, IntervalParts, Value, ValueRef, pack};

/// The microseconds from the beginning of 1970 to that of 2000, from which PostgreSQL counts.
pub(super) const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// The days from the beginning of 1970 to that of 2000.
pub(super) const EPOCH_DAYS: i32 = 10_957;

const SECOND: i64 = 1_000_000;

/// How the values of a column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoder {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Text,
    Bytes,
    Jsonb,
    Timestamp,
    DateTime,
    Date,
    Time,
    Interval,
    Numeric,
    /// An array of elements that are read by the decoder of this type.
    Array(Oid),
}

impl Decoder {
    /// Returns the decoder for a type. Values of types that the library does not know are read as
    /// text.
    pub(super) fn of(oid: Oid) -> Decoder {
        match oid {
            oid::BOOL => Decoder::Bool,
            oid::INT2 => Decoder::Int2,
            oid::INT4 => Decoder::Int4,
            oid::INT8 => Decoder::Int8,
            oid::OID => Decoder::Oid,
            oid::FLOAT4 => Decoder::Float4,
            oid::FLOAT8 => Decoder::Float8,
            oid::BYTEA | oid::UUID => Decoder::Bytes,
            oid::JSONB => Decoder::Jsonb,
            oid::TIMESTAMPTZ => Decoder::Timestamp,
            oid::TIMESTAMP => Decoder::DateTime,
            oid::DATE => Decoder::Date,
            oid::TIME => Decoder::Time,
            oid::INTERVAL => Decoder::Interval,
            oid::NUMERIC => Decoder::Numeric,
            oid => oid::element_of(oid).map_or(Decoder::Text, Decoder::Array),
        }
    }

    /// Returns what all values of the type are read as, if it is one class of values.
    pub(super) fn class(self) -> Option<DeclaredClass> {
        match self {
            Decoder::Text => Some(DeclaredClass::Text),
            Decoder::Bool | Decoder::Int2 | Decoder::Int4 | Decoder::Int8 | Decoder::Oid => Some(DeclaredClass::Number),
            Decoder::Float4 | Decoder::Float8 => Some(DeclaredClass::Number),
            _ => None,
        }
    }

    /// Appends a value to a batch. Returns `None` if the bytes are no value of the type.
    #[inline]
    pub(super) fn push(self, bytes: &[u8], batch: &mut RowBatch) -> Option<()> {
        match self {
            Decoder::Int8 => batch.push_integer(i64::from_be_bytes(exactly(bytes)?)),
            Decoder::Int4 => batch.push_integer(i32::from_be_bytes(exactly(bytes)?).into()),
            Decoder::Text => batch.push_text(bytes),
            Decoder::Float8 => push_real(f64::from_be_bytes(exactly(bytes)?), batch),
            Decoder::Bool => batch.push_integer((exactly::<1>(bytes)?[0] != 0).into()),
            Decoder::Int2 => batch.push_integer(i16::from_be_bytes(exactly(bytes)?).into()),
            Decoder::Bytes => batch.push_blob(bytes),
            Decoder::Oid => batch.push_integer(u32::from_be_bytes(exactly(bytes)?).into()),
            Decoder::Float4 => push_real(f32::from_be_bytes(exactly(bytes)?).into(), batch),
            Decoder::Jsonb => {
                let (version, text) = bytes.split_first()?;
                (*version == 1).then(|| batch.push_text(text))?;
            }
            Decoder::Timestamp | Decoder::DateTime | Decoder::Date | Decoder::Time => self.push_time(bytes, batch)?,
            Decoder::Interval => batch.push_text(interval(bytes)?.as_bytes()),
            Decoder::Numeric => match numeric::decode(bytes)? {
                Numeric::Decimal { mantissa, scale } => batch.push(&Value::Decimal { mantissa, scale }),
                Numeric::Text(text) => batch.push_text(text.as_bytes()),
            },
            Decoder::Array(element) => push_array(Decoder::of(element), bytes, batch)?,
        }
        Some(())
    }

    fn push_time(self, bytes: &[u8], batch: &mut RowBatch) -> Option<()> {
        match self {
            Decoder::Date => {
                let days = i32::from_be_bytes(exactly(bytes)?);
                match infinity(days, i32::MIN, i32::MAX) {
                    Some(text) => batch.push_text(text),
                    None => batch.push(&Value::Date { days: days.checked_add(EPOCH_DAYS)? }),
                }
            }
            Decoder::Time => {
                let microseconds = u64::from_be_bytes(exactly(bytes)?);
                batch.push(&Value::Time { nanoseconds: microseconds.checked_mul(1_000)? });
            }
            _ => {
                let microseconds = i64::from_be_bytes(exactly(bytes)?);
                // The sum in microseconds would overflow near the end of PostgreSQL's range.
                let seconds = microseconds.div_euclid(SECOND) + EPOCH_MICROSECONDS / SECOND;
                let nanosecond = u32::try_from(microseconds.rem_euclid(SECOND) * 1_000).ok()?;
                match infinity(microseconds, i64::MIN, i64::MAX) {
                    Some(text) => batch.push_text(text),
                    None if self == Decoder::Timestamp => batch.push_timestamp(seconds, nanosecond),
                    None => batch.push_date_time(seconds, nanosecond),
                }
            }
        }
        Some(())
    }
}

/// Returns the text of an interval, as the server itself writes it.
fn interval(bytes: &[u8]) -> Option<String> {
    let (microseconds, rest) = bytes.split_first_chunk()?;
    let (days, months) = rest.split_first_chunk()?;
    let (days, months) = (i32::from_be_bytes(*days), i32::from_be_bytes(exactly(months)?));
    let microseconds = i64::from_be_bytes(*microseconds);
    match (months, days, microseconds) {
        (i32::MAX, i32::MAX, i64::MAX) => Some("infinity".to_owned()),
        (i32::MIN, i32::MIN, i64::MIN) => Some("-infinity".to_owned()),
        _ => Some(IntervalParts { months, days, microseconds }.text_form()),
    }
}

/// Appends an array. One whose first index is not 1, which no Rust value has, is text.
fn push_array(element: Decoder, bytes: &[u8], batch: &mut RowBatch) -> Option<()> {
    let mut rest = bytes;
    let dimensions = usize::try_from(take_number(&mut rest)?).ok()?;
    // Whether there are NULLs, and the type of the elements.
    take_number(&mut rest)?;
    take_number(&mut rest)?;
    let (mut lengths, mut firsts) = (Vec::new(), Vec::new());
    for _ in 0..dimensions {
        lengths.push(usize::try_from(take_number(&mut rest)?).ok()?);
        firsts.push(take_number(&mut rest)?);
    }
    let mut packed = Vec::new();
    let mut scratch = RowBatch::default();
    match &lengths[..] {
        [] => {}
        lengths => push_dimension(element, lengths, &mut rest, &mut scratch, &mut packed)?,
    }
    if firsts.iter().all(|first| *first == 1) {
        batch.push_array(&packed);
        return Some(());
    }
    let mut text = String::new();
    for (first, length) in firsts.iter().zip(&lengths) {
        let last = i64::from(*first) + i64::try_from(*length).ok()? - 1;
        text.push_str(&format!("[{first}:{last}]"));
    }
    text.push('=');
    text.push_str(&ValueRef::Array(ArrayRef::of_packed(&packed)).text_form());
    batch.push_text(text.as_bytes());
    Some(())
}

/// Packs the elements of the outermost of these dimensions.
fn push_dimension(
    element: Decoder,
    lengths: &[usize],
    rest: &mut &[u8],
    scratch: &mut RowBatch,
    packed: &mut Vec<u8>,
) -> Option<()> {
    let (length, inner) = lengths.split_first()?;
    for _ in 0..*length {
        if !inner.is_empty() {
            let mut array = Vec::new();
            push_dimension(element, inner, rest, scratch, &mut array)?;
            pack(ValueRef::Array(ArrayRef::of_packed(&array)), packed);
            continue;
        }
        let Ok(size) = usize::try_from(take_number(rest)?) else {
            pack(ValueRef::Null, packed);
            continue;
        };
        let (value, behind) = rest.split_at_checked(size)?;
        *rest = behind;
        scratch.clear();
        element.push(value, scratch)?;
        pack(scratch.read(&mut 0).ok()?, packed);
    }
    Some(())
}

fn take_number(rest: &mut &[u8]) -> Option<i32> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(i32::from_be_bytes(*number))
}

/// Appends a float. NaN, which no Rust value stores, is text, so that it is not read as a number.
#[inline]
fn push_real(value: f64, batch: &mut RowBatch) {
    match value.is_nan() {
        true => batch.push_text(b"NaN"),
        false => batch.push_real(value),
    }
}

/// Returns the text of an infinite time, or `None` if the time is finite.
fn infinity<N: PartialEq>(time: N, first: N, last: N) -> Option<&'static [u8]> {
    match time {
        time if time == last => Some(b"infinity"),
        time if time == first => Some(b"-infinity"),
        _ => None,
    }
}

fn exactly<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}
