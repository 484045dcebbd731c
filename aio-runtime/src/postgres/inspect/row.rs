//! Rows of the system catalogues.

use crate::error::{Error, ErrorKind, Result};
use crate::inspect::Action;
use crate::postgres::connection::Connection;
use crate::value::{Param, Value};

/// A row of a query about the catalogues. Its values are taken in their order.
pub(super) struct Row(std::vec::IntoIter<Value>);

/// Returns the rows of a query.
pub(super) fn rows(
    connection: &mut Connection,
    sql: &str,
    params: &[Param],
) -> Result<impl Iterator<Item = Row> + use<>> {
    Ok(connection.query(sql, params)?.into_iter().map(|values| Row(values.into_iter())))
}

/// Returns numbers of objects as one parameter.
pub(super) fn oids(oids: impl IntoIterator<Item = i64>) -> Param {
    Param::List(oids.into_iter().map(Value::Integer).collect())
}

impl Row {
    fn next(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Null)
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self) {
        self.next();
    }

    pub(super) fn text(&mut self) -> Result<String> {
        self.optional_text()?.ok_or_else(unexpected)
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<String>> {
        match self.next() {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(unexpected()),
        }
    }

    pub(super) fn number(&mut self) -> Result<i64> {
        match self.next() {
            Value::Integer(number) => Ok(number),
            _ => Err(unexpected()),
        }
    }

    pub(super) fn optional_number(&mut self) -> Result<Option<i64>> {
        match self.next() {
            Value::Integer(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            _ => Err(unexpected()),
        }
    }

    /// Takes a truth value. NULL is false.
    pub(super) fn truth(&mut self) -> Result<bool> {
        match self.next() {
            Value::Integer(number) => Ok(number != 0),
            Value::Null => Ok(false),
            _ => Err(unexpected()),
        }
    }

    /// Takes an array of texts, which the query has cast to text. NULL is the empty list.
    pub(super) fn texts(&mut self) -> Result<Vec<String>> {
        Ok(self.optional_text()?.map(|array| elements(&array)).unwrap_or_default())
    }

    /// Takes the name of a schema. That of the temporary objects of a session is `pg_temp`.
    pub(super) fn schema(&mut self) -> Result<String> {
        Ok(plain_schema(self.text()?))
    }

    /// Takes the name of a schema, like [`schema`](Row::schema), or NULL.
    pub(super) fn optional_schema(&mut self) -> Result<Option<String>> {
        Ok(self.optional_text()?.map(plain_schema))
    }

    pub(super) fn action(&mut self) -> Result<Action> {
        Ok(match self.optional_text()?.as_deref() {
            Some("r") => Action::Restrict,
            Some("c") => Action::Cascade,
            Some("n") => Action::SetNull,
            Some("d") => Action::SetDefault,
            _ => Action::NoAction,
        })
    }
}

/// The name by which SQL calls the schema of the temporary objects of a session.
pub(super) const TEMP: &str = "pg_temp";

/// Returns the name of a schema, without the number of the session if it is that of temporary
/// objects.
pub(super) fn plain_schema(name: String) -> String {
    if name.starts_with("pg_temp_") { TEMP.to_owned() } else { name }
}

/// Returns the elements of an array in its text form
/// (<https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>).
fn elements(array: &str) -> Vec<String> {
    let inner = array.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let mut elements = Vec::new();
    if inner.is_empty() {
        return elements;
    }
    let (mut element, mut is_quoted, mut chars) = (String::new(), false, inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => element.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => elements.push(std::mem::take(&mut element)),
            c => element.push(c),
        }
    }
    elements.push(element);
    elements
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Other, "a system catalogue of the server has a value that this version does not know")
}
