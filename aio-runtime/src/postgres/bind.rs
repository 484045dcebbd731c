//! The message that gives a statement its values.

use bytes::{BufMut, BytesMut};
use postgres_protocol::message::frontend;

use super::encode::{encode, encode_list, set_length};
use super::message::Column;
use super::oid::Oid;
use super::place::Place;
use super::statement::Statement;
use crate::error::{Error, Result};
use crate::value::{Param, Value, ValueRef};

/// A value for a placeholder.
pub(super) enum Bound<'a> {
    Value(ValueRef<'a>),
    List(&'a [Value]),
}

impl<'a> From<&'a Param> for Bound<'a> {
    fn from(param: &'a Param) -> Bound<'a> {
        match param {
            Param::Value(value) => Bound::Value(value.as_ref()),
            Param::List(values) => Bound::List(values),
        }
    }
}

/// Appends the message that binds values to a statement, and its text before it if that is sent
/// anew each time. `is_repeated` says that the same statement was bound just before, so that the
/// server has its text. `place_of` returns the column that a value belongs to, if it is known.
///
/// # Errors Fails with [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) if a type cannot
/// hold its value, and if the number of values is not that of the placeholders. Nothing is
/// appended in these cases.
pub(super) fn bind<'a>(
    statement: &Statement,
    values: impl ExactSizeIterator<Item = Result<Bound<'a>>>,
    is_repeated: bool,
    place_of: impl Fn(usize) -> Option<Place>,
    out: &mut BytesMut,
) -> Result<()> {
    let begin = out.len();
    let bound = try_bind(statement, values, is_repeated, place_of, out);
    if bound.is_err() {
        out.truncate(begin);
    }
    bound
}

fn try_bind<'a>(
    statement: &Statement,
    values: impl ExactSizeIterator<Item = Result<Bound<'a>>>,
    is_repeated: bool,
    place_of: impl Fn(usize) -> Option<Place>,
    out: &mut BytesMut,
) -> Result<()> {
    check_count(statement.parameters.len(), values.len())?;
    // The limit is that of the protocol, in which the number of values has 16 bits.
    let count = u16::try_from(values.len()).map_err(|_| {
        Error::usage("a statement can have at most 65535 parameters: pass values as a list, which is one parameter")
    })?;
    if statement.name.is_empty() && !is_repeated {
        frontend::parse("", &statement.text, statement.parameters.iter().copied(), out)
            .map_err(|error| Error::usage(format!("the statement cannot be sent: {error}")))?;
    }
    out.put_u8(b'B');
    let length = out.len();
    out.put_i32(0);
    // The unnamed portal.
    out.put_u8(0);
    out.put_slice(statement.name.as_bytes());
    out.put_u8(0);
    out.put_u16(count);
    let formats = out.len();
    out.put_bytes(0, 2 * usize::from(count));
    out.put_u16(count);
    for (place, (value, ty)) in values.zip(&statement.parameters).enumerate() {
        let format = put(value?, *ty, out).map_err(|error| named(error, place, &place_of))?;
        let at = formats + 2 * place;
        out[at..at + 2].copy_from_slice(&format.to_be_bytes());
    }
    put_formats(&statement.columns, out);
    set_length_with_itself(out, length)?;
    if statement.is_described_again() {
        frontend::describe(b'P', "", out)
            .map_err(|error| Error::usage(format!("the statement cannot be sent: {error}")))?;
    }
    Ok(())
}

/// Appends the length of a value and the value. Returns its format.
fn put(value: Bound<'_>, ty: Oid, out: &mut BytesMut) -> Result<i16> {
    let length = out.len();
    let format = match value {
        Bound::Value(ValueRef::Null) => {
            out.put_i32(-1);
            return Ok(0);
        }
        Bound::Value(value) => {
            out.put_i32(0);
            encode(value, ty, out)?
        }
        Bound::List(values) => {
            out.put_i32(0);
            encode_list(values, ty, out)?
        }
    };
    set_length(out, length)?;
    Ok(format as i16)
}

/// Appends the formats in which the columns of the result are asked for.
fn put_formats(columns: &[Column], out: &mut BytesMut) {
    out.put_u16(u16::try_from(columns.len()).unwrap_or(u16::MAX));
    for column in columns {
        out.put_i16(column.format() as i16);
    }
}

/// Writes the length of a message, which counts its own four bytes, at `at`.
fn set_length_with_itself(out: &mut BytesMut, at: usize) -> Result<()> {
    let length = i32::try_from(out.len() - at).map_err(|_| {
        Error::usage("the values of one statement are larger than 2 GiB: insert fewer rows by one statement")
    })?;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Adds the name of the column, or the number of the placeholder, to the error of a value.
#[cold]
fn named(error: Error, index: usize, place_of: &impl Fn(usize) -> Option<Place>) -> Error {
    match place_of(index) {
        Some(Place { table, column }) => error.at_column(table.as_deref(), &column),
        None => error.context(format_args!("${}", index + 1)),
    }
}

fn check_count(wanted: usize, given: usize) -> Result<()> {
    if wanted == given {
        return Ok(());
    }
    let parameters = if wanted == 1 { "parameter" } else { "parameters" };
    let values = if given == 1 { "value was" } else { "values were" };
    Err(Error::usage(format!(
        "the statement has {wanted} {parameters}, but {given} {values} given (a value in braces or a `$1` inside quotes is \
         part of the text)"
    )))
}
