//! Converts the errors of the server.

use super::message::Reader;
use crate::error::{Error, ErrorKind};

/// An error or a notice of the server. Its detail, which quotes values, is used to find the names
/// of columns, and never shown.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerError {
    severity: String,
    code: String,
    message: String,
    detail: String,
    hint: String,
    table: String,
    column: String,
    constraint: String,
    routine: String,
    /// What the server was doing, such as reading a row of COPY. It may quote values.
    context: String,
    /// The place in the text of the statement, in characters from 1 on; 0 if none is known.
    position: usize,
}

impl ServerError {
    /// Reads the fields of an error
    /// (<https://www.postgresql.org/docs/current/protocol-error-fields.html>).
    pub(super) fn read(content: &[u8]) -> ServerError {
        let mut reader = Reader(content);
        let mut error = ServerError::default();
        while let Some(field) = reader.byte().filter(|field| *field != 0) {
            let Some(text) = reader.text() else { break };
            let place = match field {
                // The severity in English, whatever the language of the messages is. It comes
                // second; servers of other makers send the first alone.
                b'S' | b'V' => &mut error.severity,
                b'C' => &mut error.code,
                b'M' => &mut error.message,
                b'D' => &mut error.detail,
                b'H' => &mut error.hint,
                b't' => &mut error.table,
                b'c' => &mut error.column,
                b'n' => &mut error.constraint,
                b'R' => &mut error.routine,
                b'W' => &mut error.context,
                b'P' => {
                    error.position = text.parse().unwrap_or(0);
                    continue;
                }
                _ => continue,
            };
            *place = text.into_owned();
        }
        error
    }

    /// Returns whether the server closes the connection after this error.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(&*self.severity, "FATAL" | "PANIC")
    }

    /// Returns whether the server has ended the session in order, after it has rolled back the
    /// statement under way. That is not so if the server fails altogether, or if the error is that
    /// of a pooler, which does not know what the server has done.
    pub(super) fn is_of_interrupted_session(&self) -> bool {
        self.severity == "FATAL" && !self.code.is_empty() && !self.code.starts_with("08")
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// Returns whether the plan of a prepared statement is older than the tables that it reads, so
    /// that the statement has to be prepared again.
    pub(super) fn is_stale_plan(&self) -> bool {
        self.code == "0A000" && self.routine == "RevalidateCachedQuery"
    }

    /// Returns whether the name of a prepared statement is not the one that the client believes:
    /// another client of a pooler has used the same connection of the server.
    pub(super) fn is_foreign_statement(&self) -> bool {
        matches!(&*self.code, "26000" | "42P05")
    }

    /// Converts the error. `text` is the SQL that failed; empty if it is not known.
    pub(super) fn into_error(self, text: &str) -> Error {
        let (kind, message) = self.kind_and_message(text);
        Error::new(kind, message).with_code(&self.code)
    }

    fn kind_and_message(&self, text: &str) -> (ErrorKind, String) {
        let words = self.message.clone();
        match &*self.code {
            "23505" => self.unique(),
            "23503" => self.foreign_key(),
            "23502" => {
                let message = format!("{}.{} must have a value, but got NULL", self.table, self.column);
                (ErrorKind::NotNull { table: self.table.clone(), column: self.column.clone() }, message)
            }
            "23514" => {
                let constraint = self.constraint.clone();
                let message = format!("the check `{constraint}` does not hold for the row");
                (ErrorKind::Check { table: String::new(), columns: Vec::new(), constraint }, message)
            }
            "23P01" => {
                let kind = ErrorKind::Unique { table: self.table.clone(), columns: Vec::new() };
                (kind, format!("{}: another row conflicts with this one by `{}`", self.table, self.constraint))
            }
            _ if self.is_stale_plan() => {
                let message = "a table was changed since the statement was prepared: run the transaction again";
                (ErrorKind::Conflict, message.to_owned())
            }
            // https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
            "40001" | "40P01" => (ErrorKind::Conflict, format!("{words}: run the transaction again")),
            "55P03" => (ErrorKind::Conflict, format!("another transaction holds the lock ({words})")),
            "40003" => (ErrorKind::OutcomeUnknown, words),
            "57014" => (ErrorKind::Interrupted, words),
            "25006" => (ErrorKind::ReadOnly, words),
            "25P02" => (ErrorKind::RolledBack, words),
            "53100" => (ErrorKind::Full, words),
            "42501" => (ErrorKind::Denied, words),
            "P0001" => (ErrorKind::Raised { message: words.clone() }, words),
            "3D000" | "53300" => (ErrorKind::CannotOpen, words),
            "25P03" | "57P01" | "57P02" | "57P03" | "57P05" => (ErrorKind::Disconnected, words),
            code if code.starts_with("08") => (ErrorKind::Disconnected, words),
            code if code.starts_with("28") => (ErrorKind::CannotOpen, words),
            // An invalid regular expression, which the message does not quote.
            "2201B" => (ErrorKind::InvalidInput, words),
            // The message quotes the value.
            code if code.starts_with("22") => (ErrorKind::Sql, without_quoted(&words)),
            code if code.starts_with("42") || code.starts_with("0A") || code.starts_with("2") => {
                (ErrorKind::Sql, self.with_advice(words, text))
            }
            _ => (ErrorKind::Other, words),
        }
    }

    /// Adds the place in the text and the hint of the server.
    fn with_advice(&self, mut words: String, text: &str) -> String {
        if let Some(line) = self.line(text) {
            words.push_str(&format!(" (in line {line})"));
        }
        if !self.hint.is_empty() {
            words.push_str(": ");
            words.push_str(&self.hint);
        }
        words
    }

    /// Returns the line of the error in a text of several lines.
    fn line(&self, text: &str) -> Option<usize> {
        let before = self.position.checked_sub(1).filter(|_| text.trim_end().contains('\n'))?;
        Some(1 + text.chars().take(before).filter(|c| *c == '\n').count())
    }

    fn unique(&self) -> (ErrorKind, String) {
        let (table, columns) = (self.table.clone(), self.columns());
        let message = match columns.is_empty() {
            true => format!("{table}: another row is equal to this one in the unique index {}", self.constraint),
            false => format!("{table}: another row has the same {}", columns.join(", ")),
        };
        (ErrorKind::Unique { table, columns }, message)
    }

    /// Names what the texts of the error name. They are in the language of the server, but have
    /// the same order: the detail names the columns of one of the two tables and then the other
    /// table. The fields of the error name the table that has the key.
    fn foreign_key(&self) -> (ErrorKind, String) {
        let table = self.table.clone();
        let other = quoted(&self.detail).next_back().unwrap_or_default();
        let is_missing = !other.is_empty() && other != table;
        let (columns, references) = match is_missing {
            true => (self.columns(), other.to_owned()),
            // The row is still referenced, or the key refers to its own table. The columns are
            // those to which the key refers.
            false => (Vec::new(), quoted(&self.message).next().unwrap_or_default().to_owned()),
        };
        let message = match is_missing {
            true => format!("{table}.{}: {references} has no such row", columns.join(", ")),
            false => {
                format!("{references}: a row of {table} refers to the row, or the row to which it refers is missing")
            }
        };
        (ErrorKind::ForeignKey { table, columns, references }, message)
    }

    /// Returns the index of the row of a COPY at which the error has occurred, if it is known. The
    /// context is `COPY table, line 5`, in the language of the server.
    pub(super) fn row_of_copy(&self) -> Option<usize> {
        let (_, place) = self.context.strip_prefix("COPY ")?.split_once(", ")?;
        let digits: String =
            place.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()?.checked_sub(1)
    }

    /// Returns the number of the parameter that the message names, such as 1 for `$1`.
    pub(super) fn parameter(&self) -> Option<usize> {
        let (_, after) = self.message.split_once('$')?;
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        after[..end].parse().ok()
    }

    pub(super) fn table(&self) -> &str {
        &self.table
    }

    pub(super) fn constraint(&self) -> &str {
        &self.constraint
    }

    /// Returns the columns of a violated key, which the detail names before the values: `Key (a,
    /// b)=(1, 2) already exists.` Returns none if one of them is an expression, or if the role may
    /// not see the detail.
    fn columns(&self) -> Vec<String> {
        let inside = self.detail.split_once('(').and_then(|(_, rest)| rest.split_once(")=("));
        let Some((list, _)) = inside else { return Vec::new() };
        let names: Option<Vec<String>> = list.split(", ").map(plain_name).collect();
        names.unwrap_or_default()
    }
}

/// Returns the names in a message, which every language puts in quotes of its own.
fn quoted(message: &str) -> impl DoubleEndedIterator<Item = &str> {
    const QUOTES: [char; 7] = ['"', '«', '»', '“', '”', '„', '‟'];
    let parts: Vec<_> = message.split(QUOTES).collect();
    let names: Vec<_> = parts.into_iter().skip(1).step_by(2).map(str::trim).collect();
    names.into_iter()
}

/// Returns a name without its quotes, or `None` if the text is an expression.
fn plain_name(text: &str) -> Option<String> {
    if let Some(quoted) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return Some(quoted.replace("\"\"", "\""));
    }
    let is_plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    (!text.is_empty() && text.chars().all(is_plain)).then(|| text.to_owned())
}

/// Replaces what stands in double quotes, which may be a value.
fn without_quoted(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for (place, part) in words.split('"').enumerate() {
        match place % 2 {
            0 => text.push_str(part),
            _ => text.push_str("\"…\""),
        }
    }
    text
}
