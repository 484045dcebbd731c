//! The messages that the server sends
//! (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).

use super::decode::Decoder;
use super::encode::Format;
use super::oid::{self, Oid};

pub(super) const AUTHENTICATION: u8 = b'R';
pub(super) const BIND_COMPLETE: u8 = b'2';
pub(super) const CLOSE_COMPLETE: u8 = b'3';
pub(super) const COMMAND_COMPLETE: u8 = b'C';
pub(super) const COPY_IN: u8 = b'G';
pub(super) const COPY_OUT: u8 = b'H';
pub(super) const COPY_BOTH: u8 = b'W';
pub(super) const COPY_DATA: u8 = b'd';
pub(super) const COPY_DONE: u8 = b'c';
pub(super) const DATA_ROW: u8 = b'D';
pub(super) const EMPTY_QUERY: u8 = b'I';
pub(super) const ERROR: u8 = b'E';
pub(super) const KEY: u8 = b'K';
pub(super) const NO_DATA: u8 = b'n';
pub(super) const NOTICE: u8 = b'N';
pub(super) const NOTIFICATION: u8 = b'A';
pub(super) const PARAMETERS: u8 = b't';
pub(super) const PARAMETER_STATUS: u8 = b'S';
pub(super) const PARSE_COMPLETE: u8 = b'1';
pub(super) const PORTAL_SUSPENDED: u8 = b's';
pub(super) const READY: u8 = b'Z';
pub(super) const ROW_DESCRIPTION: u8 = b'T';

/// The type of a message and the length of its content, which are its first five bytes.
pub(super) const HEAD: usize = 5;

/// The tag of a message, and where its content is in the bytes that the socket has consumed.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) tag: u8,
    pub(super) content: std::ops::Range<usize>,
}

/// Splits the content of a row off the received bytes. Returns `None` if they do not begin with
/// all of a row. The second value is what follows the row.
pub(super) fn split_row(received: &[u8]) -> Option<(&[u8], &[u8])> {
    let ([DATA_ROW, length @ ..], rest) = received.split_first_chunk::<HEAD>()? else { return None };
    // The length counts its own four bytes.
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?.checked_sub(4)?;
    rest.split_at_checked(length)
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The type of the values.
    pub(super) ty: Oid,
    /// The number that modifies the type, such as the length of a `varchar`; -1 for none.
    pub(super) modifier: i32,
    /// The number of the table that has the column; 0 for an expression.
    pub(super) table: Oid,
    pub(super) decoder: Decoder,
}

impl Column {
    /// Returns the format in which the values of the column are asked for.
    pub(super) fn format(&self) -> Format {
        if oid::is_binary(self.ty) { Format::Binary } else { Format::Text }
    }
}

/// Reads the parts of a message from left to right.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    pub(super) fn i16(&mut self) -> Option<i16> {
        self.bytes().map(i16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.bytes().map(i32::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_be_bytes)
    }

    /// Reads a text that ends with a zero byte. What is not UTF-8 in it is replaced.
    pub(super) fn text(&mut self) -> Option<std::borrow::Cow<'a, str>> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let (text, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
        Some(String::from_utf8_lossy(text))
    }
}

/// Reads the columns of a row description. Returns `None` if the message is malformed.
pub(super) fn columns(content: &[u8]) -> Option<Vec<Column>> {
    let mut reader = Reader(content);
    let count = reader.i16()?;
    let column = |_| {
        let name = reader.text()?.into_owned();
        let table = reader.u32()?;
        reader.i16()?;
        let ty = reader.u32()?;
        reader.i16()?;
        let modifier = reader.i32()?;
        reader.i16()?;
        Some(Column { name, ty, modifier, table, decoder: Decoder::of(ty) })
    };
    (0..count).map(column).collect()
}

/// Reads the types of the parameters of a statement. Returns `None` if the message is malformed.
pub(super) fn parameters(content: &[u8]) -> Option<Vec<Oid>> {
    let mut reader = Reader(content);
    let count = reader.i16()?;
    (0..count.cast_unsigned()).map(|_| reader.u32()).collect()
}

/// Returns the number of rows that a command has inserted, updated or deleted, from the tag of its
/// completion, such as `INSERT 0 5`. Returns 0 for other commands.
pub(super) fn rows_affected(content: &[u8]) -> u64 {
    let tag = std::str::from_utf8(content).unwrap_or_default().trim_end_matches('\0');
    let mut words = tag.split(' ');
    match words.next() {
        Some("INSERT" | "UPDATE" | "DELETE" | "MERGE" | "COPY") => {
            words.next_back().and_then(|number| number.parse().ok()).unwrap_or(0)
        }
        _ => 0,
    }
}
