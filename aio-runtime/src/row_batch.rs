//! The values of many rows, packed into one buffer.
//!
//! The rows are those of a result, whose values a driver appends on the connection's thread and
//! the task reads in the same order, or rows that a task sends to be inserted. One buffer holds
//! many rows and is reused when it has been read. Each value is a tag byte followed by its
//! content: eight bytes for an integer or a floating-point number, a length of four bytes and the
//! bytes for text, blobs and arrays, the parts of a time or a decimal, nothing for NULL. Large
//! texts and blobs are stored in a list next to the buffer, and the buffer contains their index in
//! the list.

use std::cell::RefCell;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::value::{ArrayRef, Mismatch, Value, ValueRef, pack};

/// A batch of a result, except the first and the last one, is sent to the task as soon as its size
/// is at least this number of bytes.
pub(crate) const TARGET_BYTES: usize = 8 * 1024;

/// The first batch of a result is sent to the task as soon as its size is at least this number of
/// bytes. It is smaller than later batches, so that the first row arrives sooner.
pub(crate) const FIRST_BYTES: usize = 4 * 1024;

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
const LARGE_TEXT: u8 = 10;
const LARGE_BLOB: u8 = 11;
const ARRAY: u8 = 12;

/// Texts and blobs of at least this number of bytes are stored next to the buffer instead of in
/// it.
const LARGE: usize = 64 * 1024;

/// A value of a batch, whose text was not yet checked to be valid UTF-8.
#[derive(Clone, Copy)]
pub(crate) enum Packed<'a> {
    /// Text that may not be valid UTF-8.
    Text(&'a [u8]),
    /// Any other value.
    Value(ValueRef<'a>),
}

/// Rows of a result, or rows to be inserted.
#[derive(Clone, Default)]
pub(crate) struct RowBatch {
    bytes: Vec<u8>,
    rows: usize,
    /// The large texts and blobs; `None` if there are none.
    large: Option<Box<Large>>,
}

/// Large texts and blobs, which several batches may share.
#[derive(Clone, Default)]
struct Large {
    values: Vec<Arc<Vec<u8>>>,
    bytes: usize,
}

thread_local! {
    /// Buffers that were read on this thread, to be reused by the requests that it sends next.
    /// Without the pool, the connections' threads would allocate every buffer and the threads of
    /// the tasks would free it, which causes contention in the allocator.
    static POOL: RefCell<Vec<RowBatch>> = const { RefCell::new(Vec::new()) };
}

/// The maximum number of buffers that a thread keeps for reuse.
const POOLED: usize = 8;

impl RowBatch {
    /// Returns an empty batch. It reuses a buffer that `into_pool` has kept on this thread, if
    /// there is one.
    pub(crate) fn from_pool() -> RowBatch {
        POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten().unwrap_or_default()
    }

    /// Keeps the buffer for reuse on this thread, unless the thread already keeps enough buffers.
    /// The contents are cleared, because the request of another user may use the buffer next.
    pub(crate) fn into_pool(mut self) {
        self.clear();
        // This fails if the thread is ending and its pool no longer exists. The buffer is then
        // freed.
        let _ = POOL.try_with(|pool| {
            let mut pool = pool.borrow_mut();
            if pool.len() < POOLED && self.bytes.capacity() > 0 {
                pool.push(self);
            }
        });
    }

    /// Appends NULL.
    pub(crate) fn push_null(&mut self) {
        self.bytes.push(NULL);
    }

    /// Appends an integer.
    pub(crate) fn push_integer(&mut self, value: i64) {
        self.push_number(INTEGER, value.to_le_bytes());
    }

    /// Replaces the integer that was appended when the buffer had `at` bytes.
    pub(crate) fn set_integer(&mut self, at: usize, value: i64) {
        if let Some(packed) = self.bytes.get_mut(at + 1..at + 9) {
            packed.copy_from_slice(&value.to_le_bytes());
        }
    }

    /// Appends a floating-point number.
    pub(crate) fn push_real(&mut self, value: f64) {
        self.push_number(REAL, value.to_le_bytes());
    }

    /// Appends text without checking that it is valid UTF-8. `read` checks that.
    pub(crate) fn push_text(&mut self, bytes: &[u8]) {
        match bytes.len() < LARGE {
            true => self.push_bytes(TEXT, bytes),
            false => self.push_large(LARGE_TEXT, Arc::new(bytes.to_vec())),
        }
    }

    /// Appends an array, whose elements `pack` has written. It is stored in the buffer, however
    /// large it is.
    pub(crate) fn push_array(&mut self, packed: &[u8]) {
        self.push_bytes(ARRAY, packed);
    }

    /// Appends a blob.
    pub(crate) fn push_blob(&mut self, bytes: &[u8]) {
        match bytes.len() < LARGE {
            true => self.push_bytes(BLOB, bytes),
            false => self.push_large(LARGE_BLOB, Arc::new(bytes.to_vec())),
        }
    }

    #[cold]
    fn push_large(&mut self, tag: u8, bytes: Arc<Vec<u8>>) {
        let large = self.large.get_or_insert_default();
        let number = u32::try_from(large.values.len()).unwrap_or(u32::MAX);
        let mut packed = [tag; 5];
        packed[1..].copy_from_slice(&number.to_le_bytes());
        self.bytes.extend_from_slice(&packed);
        large.bytes += bytes.len();
        large.values.push(bytes);
    }

    /// Ends a row: the values that were appended since the row before it are complete.
    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Returns the number of complete rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the size of all values in bytes, including the large texts and blobs.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + self.large.as_ref().map_or(0, |large| large.bytes)
    }

    /// Returns the bytes of the buffer and of the large texts and blobs, for a checksum.
    pub(crate) fn contents(&self) -> Vec<u8> {
        let large = self.large.iter().flat_map(|large| &large.values).map(|value| value.as_slice());
        std::iter::once(&self.bytes[..]).chain(large).collect::<Vec<_>>().concat()
    }

    /// Returns the number of large texts and blobs, which are stored next to the buffer.
    pub(crate) fn large(&self) -> usize {
        self.large.as_ref().map_or(0, |large| large.values.len())
    }

    /// Returns the index of the byte in the buffer at which the next appended value will begin.
    pub(crate) fn end(&self) -> usize {
        self.bytes.len()
    }

    /// Returns which of the values from the byte `at` on are large and are stored without
    /// conversion, as indexes among these values. A large text that may be a number is left out,
    /// because a column with a numeric type converts it.
    #[cold]
    pub(crate) fn large_from(&self, mut at: usize) -> Result<Vec<usize>> {
        let mut large = Vec::new();
        for value in 0.. {
            match self.bytes.get(at) {
                None => break,
                Some(&LARGE_BLOB) => large.push(value),
                Some(&LARGE_TEXT) if !may_be_number(self.large_at(&self.bytes[at + 1..])?) => large.push(value),
                Some(_) => {}
            }
            self.skip(&mut at)?;
        }
        Ok(large)
    }

    /// Returns whether the batch contains no values.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Removes the contents. Keeps the buffer, but shrinks it if it has grown far beyond the usual
    /// size.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.bytes.clear();
        self.bytes.shrink_to(4 * TARGET_BYTES);
        self.large = None;
    }

    /// Reserves space for a batch of the usual size.
    pub(crate) fn reserve_target(&mut self) {
        self.reserve(TARGET_BYTES + TARGET_BYTES / 4);
    }

    /// Reserves space for this number of bytes.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    fn push_number(&mut self, tag: u8, bytes: [u8; 8]) {
        let mut packed = [tag; 9];
        packed[1..].copy_from_slice(&bytes);
        self.bytes.extend_from_slice(&packed);
    }

    fn push_bytes(&mut self, tag: u8, bytes: &[u8]) {
        // The length always fits: texts and blobs of `LARGE` bytes or more are stored next to the
        // buffer, and no database has an array of 4 GiB.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut head = [tag; 5];
        head[1..].copy_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&head);
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a value. A large text or blob is moved, not copied.
    #[inline]
    pub(crate) fn push_owned(&mut self, value: Value) {
        // The most frequent kinds have arms of their own, because dropping a whole `Value`
        // takes a function call.
        match value {
            Value::Null => self.push_null(),
            Value::Integer(value) => self.push_integer(value),
            Value::Text(text) if text.len() >= LARGE => self.push_large(LARGE_TEXT, Arc::new(text.into_bytes())),
            Value::Text(text) => self.push_text(text.as_bytes()),
            Value::Blob(bytes) if bytes.len() >= LARGE => self.push_large(LARGE_BLOB, Arc::new(bytes)),
            value => self.push(&value),
        }
    }

    /// Appends the value that begins at the byte `at` of another batch. A large text or blob is
    /// not copied: both batches share it.
    pub(crate) fn push_shared(&mut self, other: &RowBatch, at: usize) -> Result<()> {
        let mut end = at;
        other.skip(&mut end)?;
        let packed = other.bytes.get(at..end).ok_or_else(past_the_end)?;
        match packed.first() {
            Some(&tag @ (LARGE_TEXT | LARGE_BLOB)) => self.push_large(tag, Arc::clone(other.large_at(&packed[1..])?)),
            _ => self.bytes.extend_from_slice(packed),
        }
        Ok(())
    }

    /// Appends the values of another batch, like [`push_shared`](RowBatch::push_shared).
    pub(crate) fn append(&mut self, other: &RowBatch) {
        let mut at = 0;
        match &other.large {
            None => self.bytes.extend_from_slice(&other.bytes),
            Some(_) => while self.push_shared(other, at).is_ok() && other.skip(&mut at).is_ok() {},
        }
    }

    /// Returns the large text or blob whose index these bytes begin with.
    fn large_at(&self, bytes: &[u8]) -> Result<&Arc<Vec<u8>>> {
        let number = u32::from_le_bytes(*bytes.first_chunk::<4>().ok_or_else(past_the_end)?);
        let large = self.large.as_ref().and_then(|large| large.values.get(number as usize));
        large.ok_or_else(past_the_end)
    }

    /// Appends a copy of a value.
    #[inline]
    pub(crate) fn push(&mut self, value: &Value) {
        match value {
            Value::Null => self.push_null(),
            Value::Integer(value) => self.push_integer(*value),
            Value::Real(value) => self.push_real(*value),
            Value::Text(text) => self.push_text(text.as_bytes()),
            Value::Blob(bytes) => self.push_blob(bytes),
            Value::Timestamp { seconds, nanosecond } => self.push_timestamp(*seconds, *nanosecond),
            Value::DateTime { seconds, nanosecond } => self.push_date_time(*seconds, *nanosecond),
            Value::Date { days } => self.push_number(DATE, i64::from(*days).to_le_bytes()),
            Value::Time { nanoseconds } => self.push_number(TIME, nanoseconds.to_le_bytes()),
            Value::Decimal { mantissa, scale } => self.push_decimal(*mantissa, *scale),
            Value::Array(values) => {
                let mut packed = Vec::new();
                values.iter().for_each(|value| pack(value.as_ref(), &mut packed));
                self.push_array(&packed);
            }
        }
    }

    /// Appends a point in time, by the parts of [`Value::Timestamp`].
    pub(crate) fn push_timestamp(&mut self, seconds: i64, nanosecond: u32) {
        self.push_parts(TIMESTAMP, seconds, nanosecond);
    }

    /// Appends a date and time, by the parts of [`Value::DateTime`].
    pub(crate) fn push_date_time(&mut self, seconds: i64, nanosecond: u32) {
        self.push_parts(DATE_TIME, seconds, nanosecond);
    }

    #[inline(never)]
    fn push_parts(&mut self, tag: u8, seconds: i64, nanosecond: u32) {
        let mut packed = [tag; length_of_parts(TIMESTAMP)];
        packed[1..9].copy_from_slice(&seconds.to_le_bytes());
        packed[9..].copy_from_slice(&nanosecond.to_le_bytes());
        self.bytes.extend_from_slice(&packed);
    }

    #[inline(never)]
    fn push_decimal(&mut self, mantissa: i128, scale: u32) {
        self.bytes.push(DECIMAL);
        self.bytes.extend_from_slice(&mantissa.to_le_bytes());
        self.bytes.extend_from_slice(&scale.to_le_bytes());
    }

    /// Reads the value that begins at the byte `*at`, and advances `*at` to the next value.
    #[inline(always)]
    pub(crate) fn read(&self, at: &mut usize) -> Result<ValueRef<'_>> {
        let text = |bytes| match std::str::from_utf8(bytes) {
            Ok(text) => Ok(ValueRef::Text(text)),
            Err(_) => Err(Mismatch::new("text in UTF-8", "other bytes").into_error()),
        };
        self.read_as(at, text, |value| value)
    }

    /// Reads a value like [`read`](RowBatch::read), but does not check that text is valid UTF-8.
    #[inline(always)]
    pub(crate) fn read_packed(&self, at: &mut usize) -> Result<Packed<'_>> {
        self.read_as(at, |bytes| Ok(Packed::Text(bytes)), Packed::Value)
    }

    // This function is generic and inlined, so that each caller builds the kind of value that it
    // returns (`ValueRef` or `Packed`) directly. Converting one kind into the other would copy
    // every value through memory once more.
    #[inline(always)]
    fn read_as<'a, T>(
        &'a self,
        at: &mut usize,
        text: impl FnOnce(&'a [u8]) -> Result<T>,
        value: impl FnOnce(ValueRef<'a>) -> T,
    ) -> Result<T> {
        let rest = self.bytes.get(*at..).unwrap_or_default();
        let (&tag, rest) = rest.split_first().ok_or_else(past_the_end)?;
        match tag {
            NULL => {
                *at += 1;
                Ok(value(ValueRef::Null))
            }
            INTEGER | REAL => {
                let bytes = *rest.first_chunk::<8>().ok_or_else(past_the_end)?;
                *at += 9;
                Ok(value(match tag {
                    INTEGER => ValueRef::Integer(i64::from_le_bytes(bytes)),
                    _ => ValueRef::Real(f64::from_le_bytes(bytes)),
                }))
            }
            TEXT | BLOB => {
                let length = u32::from_le_bytes(*rest.first_chunk::<4>().ok_or_else(past_the_end)?) as usize;
                let bytes = rest.get(4..4 + length).ok_or_else(past_the_end)?;
                *at += 5 + length;
                if tag == TEXT { text(bytes) } else { Ok(value(ValueRef::Blob(bytes))) }
            }
            LARGE_TEXT | LARGE_BLOB => {
                let bytes = self.large_at(rest)?;
                *at += 5;
                if tag == LARGE_TEXT { text(bytes) } else { Ok(value(ValueRef::Blob(bytes))) }
            }
            ARRAY => {
                let length = u32::from_le_bytes(*rest.first_chunk::<4>().ok_or_else(past_the_end)?) as usize;
                let bytes = rest.get(4..4 + length).ok_or_else(past_the_end)?;
                *at += 5 + length;
                Ok(value(ValueRef::Array(ArrayRef::of_packed(bytes))))
            }
            TIMESTAMP => {
                let (seconds, rest) = rest.split_first_chunk::<8>().ok_or_else(past_the_end)?;
                let nanosecond = *rest.first_chunk::<4>().ok_or_else(past_the_end)?;
                *at += length_of_parts(TIMESTAMP);
                let (seconds, nanosecond) = (i64::from_le_bytes(*seconds), u32::from_le_bytes(nanosecond));
                Ok(value(ValueRef::Timestamp { seconds, nanosecond }))
            }
            _ => {
                let read = unpack_parts(tag, rest)?;
                *at += length_of_parts(tag);
                Ok(value(read))
            }
        }
    }

    /// Reads the integer that begins at the byte `*at`, and advances `*at` to the next value.
    /// Returns `None`, and advances nothing, if the value is not an integer.
    #[inline]
    pub(crate) fn read_integer(&self, at: &mut usize) -> Option<i64> {
        self.read_number(INTEGER, at).map(i64::from_le_bytes)
    }

    /// Reads a floating-point number like [`read_integer`](RowBatch::read_integer).
    #[inline]
    pub(crate) fn read_real(&self, at: &mut usize) -> Option<f64> {
        self.read_number(REAL, at).map(f64::from_le_bytes)
    }

    #[inline]
    fn read_number(&self, tag: u8, at: &mut usize) -> Option<[u8; 8]> {
        let [found, number @ ..] = self.bytes.get(*at..)?.first_chunk::<9>()?;
        if *found != tag {
            return None;
        }
        *at += 9;
        Some(*number)
    }

    /// Reads text that is not large, like [`read_integer`](RowBatch::read_integer). Returns
    /// `None`, too, if it is not valid UTF-8.
    #[inline]
    pub(crate) fn read_text(&self, at: &mut usize) -> Option<&str> {
        let ([TEXT, length @ ..], rest) = self.bytes.get(*at..)?.split_first_chunk::<5>()? else { return None };
        let length = u32::from_le_bytes(*length) as usize;
        let text = std::str::from_utf8(rest.get(..length)?).ok()?;
        *at += 5 + length;
        Some(text)
    }

    /// Reads a point in time like [`read_integer`](RowBatch::read_integer). Returns its seconds
    /// and nanoseconds.
    #[inline]
    pub(crate) fn read_timestamp(&self, at: &mut usize) -> Option<(i64, u32)> {
        let ([TIMESTAMP, seconds @ ..], rest) = self.bytes.get(*at..)?.split_first_chunk::<9>()? else { return None };
        let nanosecond = rest.first_chunk()?;
        *at += length_of_parts(TIMESTAMP);
        Some((i64::from_le_bytes(*seconds), u32::from_le_bytes(*nanosecond)))
    }

    /// Reads NULL like [`read_integer`](RowBatch::read_integer).
    #[inline]
    pub(crate) fn read_null(&self, at: &mut usize) -> Option<()> {
        (*self.bytes.get(*at)? == NULL).then(|| *at += 1)
    }

    /// Returns whether the value at the byte `*at` is NULL, and advances `*at` to the next value.
    pub(crate) fn skip(&self, at: &mut usize) -> Result<bool> {
        let rest = self.bytes.get(*at..).unwrap_or_default();
        let (&tag, rest) = rest.split_first().ok_or_else(past_the_end)?;
        *at += match tag {
            NULL => 1,
            TEXT | BLOB | ARRAY => 5 + u32::from_le_bytes(*rest.first_chunk::<4>().ok_or_else(past_the_end)?) as usize,
            _ => length_of_parts(tag),
        };
        Ok(tag == NULL)
    }
}

impl std::fmt::Debug for RowBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowBatch").field("rows", &self.rows).field("bytes", &self.len()).finish()
    }
}

/// Returns whether a text may be a number, possibly surrounded by whitespace: it has only
/// characters of numbers and whitespace.
fn may_be_number(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b' ' | b'\t'..=b'\r'))
}

/// Returns the number of bytes that a value with this tag takes in the buffer, including the tag.
/// The tag must not be that of NULL, or of text or a blob that is stored in the buffer.
const fn length_of_parts(tag: u8) -> usize {
    match tag {
        LARGE_TEXT | LARGE_BLOB => 5,
        TIMESTAMP | DATE_TIME => 13,
        DECIMAL => 21,
        _ => 9,
    }
}

/// Reads the time or the decimal whose tag and following bytes are given.
#[cold]
#[inline(never)]
fn unpack_parts(tag: u8, bytes: &[u8]) -> Result<ValueRef<'static>> {
    let (first, rest) = bytes.split_first_chunk::<8>().ok_or_else(past_the_end)?;
    let number = i64::from_le_bytes(*first);
    let nanosecond = || rest.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)).ok_or_else(past_the_end);
    Ok(match tag {
        DATE_TIME => ValueRef::DateTime { seconds: number, nanosecond: nanosecond()? },
        DATE => ValueRef::Date { days: i32::try_from(number).map_err(|_| past_the_end())? },
        TIME => ValueRef::Time { nanoseconds: number.cast_unsigned() },
        _ => {
            let (mantissa, rest) = bytes.split_first_chunk().ok_or_else(past_the_end)?;
            let scale = u32::from_le_bytes(*rest.first_chunk().ok_or_else(past_the_end)?);
            ValueRef::Decimal { mantissa: i128::from_le_bytes(*mantissa), scale }
        }
    })
}

#[cold]
pub(crate) fn past_the_end() -> Error {
    Error::usage("the row has fewer columns than the type reads: select one column for each field")
}
