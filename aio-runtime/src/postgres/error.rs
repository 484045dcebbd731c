//! Converts the errors of the server.

use super::message::Reader;
use crate::error::{Error, ErrorKind};

/// The code of a write in a transaction that only reads.
pub(super) const READ_ONLY_CODE: &str = "25006";

/// The code of an error in the messages of the other side.
const PROTOCOL_VIOLATION: &str = "08P01";

/// How PgBouncer's messages begin to a client whose statement has waited for a session in vain.
const WAITS_AT_POOLER: [&str; 3] =
    ["query_wait_timeout", "server login has been failing", "pgbouncer cannot connect to server"];

/// An error or a notice of the server. Its detail, which quotes values, is used to find the names
/// of columns, and never shown.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerError {
    severity: String,
    code: String,
    message: String,
    detail: String,
    hint: String,
    schema: String,
    table: String,
    column: String,
    constraint: String,
    routine: String,
    /// What the server was doing, such as reading a row of COPY. It may quote values.
    context: String,
    /// The statement of a function of the server, if that has failed.
    statement: String,
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
                b's' => &mut error.schema,
                b't' => &mut error.table,
                b'c' => &mut error.column,
                b'n' => &mut error.constraint,
                b'R' => &mut error.routine,
                b'W' => &mut error.context,
                b'q' => &mut error.statement,
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

    /// Returns whether a pooler has given up to wait for a session of the server, so that nothing
    /// has reached the server. PgBouncer has the same code for all of its errors.
    pub(super) fn is_of_wait_at_pooler(&self) -> bool {
        self.code == PROTOCOL_VIOLATION && WAITS_AT_POOLER.iter().any(|begin| self.message.starts_with(begin))
    }

    /// Returns whether a pooler refuses a setting of the session that the client asks for when the
    /// connection begins.
    pub(super) fn refuses_startup_parameter(&self) -> bool {
        self.code == PROTOCOL_VIOLATION && self.message.contains("startup parameter")
    }

    /// Returns whether what is remembered of a statement may be why it has failed when it was sent
    /// anew: the number of its columns is another one.
    pub(super) fn may_be_of_other_columns(&self) -> bool {
        self.code == PROTOCOL_VIOLATION && !self.is_fatal()
    }

    /// Returns whether what is remembered of the types of a statement's parameters may be why it
    /// has failed when it was sent anew.
    pub(super) fn may_be_of_other_types(&self) -> bool {
        matches!(&*self.code, "22P03" | "42704" | "42804" | "42883" | "XX000")
    }

    /// Returns whether the plan of a prepared statement is older than the tables that it reads, so
    /// that the statement has to be prepared again.
    pub(super) fn is_stale_plan(&self) -> bool {
        self.code == "0A000" && self.routine == "RevalidateCachedQuery"
    }

    /// Returns whether a request of a pipeline would perhaps succeed if it ran again without
    /// others: it was cancelled, because another one was meant, it has waited for a lock, another
    /// transaction was in its way, or the server has become read-only.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.code(), "57014" | "55P03" | "40001" | "40P01" | READ_ONLY_CODE)
    }

    /// Returns whether a notice says that a commit has not waited for the standbys that it has to
    /// wait for, because it was cancelled meanwhile.
    pub(super) fn is_cut_standby_wait(&self) -> bool {
        self.routine == "SyncRepWaitForLSN"
    }

    /// Returns whether the name of a prepared statement is not the one that the client believes:
    /// another client of a pooler has used the same connection of the server.
    pub(super) fn is_foreign_statement(&self) -> bool {
        matches!(&*self.code, "26000" | "42P05")
    }

    /// Converts the error. `text` is the SQL that failed; empty if it is not known.
    pub(super) fn into_error(self, text: &str) -> Error {
        let (kind, message) = self.kind_and_message(text);
        Error::new(kind, message).with_code(&self.code).with_schema(&self.schema)
    }

    fn kind_and_message(&self, text: &str) -> (ErrorKind, String) {
        let words = self.message.clone();
        match &*self.code {
            "23505" => self.unique(),
            // PostgreSQL 18 has a code of its own for RESTRICT.
            "23503" | "23001" => self.foreign_key(),
            // A domain that does not allow NULL names no column.
            "23502" if !self.column.is_empty() => {
                let message = format!("{}.{} must have a value, but got NULL", self.table, self.column);
                (ErrorKind::NotNull { table: self.table.clone(), column: self.column.clone() }, message)
            }
            "23514" if !self.constraint.is_empty() => {
                violated_check(self.table.clone(), Vec::new(), self.constraint.clone())
            }
            // The row belongs to no partition of the table.
            "23514" => {
                let (table, columns, constraint) = (self.table.clone(), Vec::new(), String::new());
                (ErrorKind::Check { table, columns, constraint }, words)
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
            "55P03" => (
                ErrorKind::Conflict,
                format!(
                    "another transaction holds the lock ({words}): run the transaction again, or wait for the lock"
                ),
            ),
            "40003" => (ErrorKind::OutcomeUnknown, words),
            "57014" => (ErrorKind::Interrupted, words),
            READ_ONLY_CODE => (ErrorKind::ReadOnly, words),
            "25P02" => (ErrorKind::RolledBack, words),
            "53100" => (ErrorKind::Full, words),
            "42501" => (ErrorKind::Denied, words),
            "P0001" => (ErrorKind::Raised { message: words.clone() }, words),
            "3D000" | "53300" => (ErrorKind::CannotOpen, words),
            "25P03" | "57P01" | "57P02" | "57P03" | "57P05" => (ErrorKind::Disconnected, words),
            code if code.starts_with("08") => (ErrorKind::Disconnected, words),
            code if code.starts_with("28") => (ErrorKind::CannotOpen, words),
            // The message says what is wrong, and does not quote the expression.
            "2201B" => (ErrorKind::InvalidInput, format!("the pattern is not a valid regular expression ({words})")),
            "42601" if self.is_about_value() => (ErrorKind::InvalidInput, without_quoted(&words)),
            code if code.starts_with("22") => (ErrorKind::Sql, without_numbers(&without_quoted(&words))),
            code if code.starts_with("42") || code.starts_with("0A") || code.starts_with("2") => {
                (ErrorKind::Sql, self.with_hint(self.without_values(text)))
            }
            _ => (ErrorKind::Other, self.without_values(text)),
        }
    }

    /// Returns whether a syntax error is one of a value that is text in another language, such as
    /// a full-text query: a syntax error of SQL has a place in the text of a statement.
    fn is_about_value(&self) -> bool {
        self.position == 0 && self.statement.is_empty()
    }

    /// Returns the message without the values that it may quote. An error that has a place in the
    /// text was found before a value was seen, and quotes only names and SQL. Any other error may
    /// quote a value, such as the name of a table that a function is given; so only what stands in
    /// the SQL is shown.
    fn without_values(&self, text: &str) -> String {
        // A function may put values into a statement that it executes.
        let is_made_of_values = self.context.contains("EXECUTE");
        let own = if is_made_of_values { "" } else { &*self.statement };
        let is_named = |name: &str| [text, own].iter().any(|sql| contains_words(sql, name));
        match self.position > 0 || quoted(&self.message).all(is_named) {
            true => self.message.clone(),
            false => without_quoted(&self.message),
        }
    }

    /// Adds the hint of the server.
    fn with_hint(&self, mut words: String) -> String {
        if !self.hint.is_empty() {
            words.push_str(": ");
            words.push_str(&self.hint);
        }
        words
    }

    /// Returns the number of characters before the place in the text of the statement at which the
    /// error is, or `None` if it has no place.
    pub(super) fn place(&self) -> Option<usize> {
        self.position.checked_sub(1)
    }

    fn unique(&self) -> (ErrorKind, String) {
        let (table, columns) = (self.table.clone(), self.columns());
        let message = match columns.is_empty() {
            true => format!("{table}: another row is equal to this one in the unique index {}", self.constraint),
            false => format!("{table}: another row has the same {}", columns.join(", ")),
        };
        (ErrorKind::Unique { table, columns }, message)
    }

    /// Reads the columns and the other table of the key from the texts of the error, which are in
    /// the language of the server, but have these names in the same order. The fields of the error
    /// name the table that has the key.
    ///
    /// A name with quotes in it cannot be read from a text. What is left out here, the catalogue
    /// tells.
    fn foreign_key(&self) -> (ErrorKind, String) {
        if self.refers_to_missing_row() {
            // The detail names the columns, and behind their values the other table.
            let mut names = quoted(&self.detail);
            return match (names.next(), names.next()) {
                (Some(references), None) => missing_parent(self.table.clone(), self.columns(), references.to_owned()),
                _ => missing_parent(self.table.clone(), Vec::new(), String::new()),
            };
        }
        // The columns in the detail are those to which the key refers.
        let names: Vec<_> = quoted(&self.message).collect();
        let references = names.first().filter(|_| names.len() == 3).copied().unwrap_or_default().to_owned();
        remaining_child(self.table.clone(), Vec::new(), references)
    }

    /// Returns whether a violation of a foreign key is that of a row whose parent is missing. The
    /// last name in the message is that of the constraint then; for a row that is still
    /// referenced, it is that of the table that has the constraint.
    pub(super) fn refers_to_missing_row(&self) -> bool {
        let name = self.message.trim_end_matches(|c| !QUOTES.contains(&c)).trim_end_matches(QUOTES).trim_end();
        let constraint = self.constraint.trim_end_matches(QUOTES);
        name.strip_suffix(constraint).is_some_and(|before| before.trim_end().ends_with(QUOTES))
    }

    /// Returns the index of the row of a COPY at which the error has occurred, if it is known. The
    /// outermost context is `COPY table, line 5`, in the language of the server.
    pub(super) fn row_of_copy(&self) -> Option<usize> {
        let outermost = self.context.lines().next_back()?;
        let (_, place) = outermost.strip_prefix("COPY ")?.split_once(", ")?;
        let digits: String =
            place.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()?.checked_sub(1)
    }

    /// Returns whether the error is that of a row: it breaks a constraint, or a trigger refuses
    /// it.
    pub(super) fn is_of_row(&self) -> bool {
        self.code.starts_with("23") || self.code == "P0001"
    }

    /// Returns the number of the parameter that the message names, such as 1 for `$1`.
    pub(super) fn parameter(&self) -> Option<usize> {
        let (_, after) = self.message.split_once('$')?;
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        after[..end].parse().ok()
    }

    /// Returns the schema, the table and the name of the constraint that is violated.
    pub(super) fn violated(&self) -> [String; 3] {
        [&self.schema, &self.table, &self.constraint].map(String::clone)
    }

    /// Returns the columns of a violated key, which the detail names before the values: `Key (a,
    /// b)=(1, 2) already exists.` Returns none if one of them is an expression, or if the role may
    /// not see the detail.
    fn columns(&self) -> Vec<String> {
        let Some((_, mut rest)) = self.detail.split_once('(') else { return Vec::new() };
        let mut names = Vec::new();
        loop {
            let Some((name, after)) = next_name(rest) else { return Vec::new() };
            names.push(name);
            match after.strip_prefix(", ") {
                Some(more) => rest = more,
                None if after.starts_with(")=(") => return names,
                None => return Vec::new(),
            }
        }
    }
}

/// Returns the error for a row that breaks a CHECK constraint.
pub(super) fn violated_check(table: String, columns: Vec<String>, constraint: String) -> (ErrorKind, String) {
    let row = match (table.is_empty(), columns.first()) {
        (true, _) => String::new(),
        (false, None) => format!("{table}: "),
        (false, Some(column)) => format!("{table}.{column}: "),
    };
    let message = format!("{row}the check `{constraint}` does not hold for the row");
    (ErrorKind::Check { table, columns, constraint }, message)
}

/// Returns the error for a row whose parent is missing.
pub(super) fn missing_parent(table: String, columns: Vec<String>, references: String) -> (ErrorKind, String) {
    let row = if columns.is_empty() { table.clone() } else { format!("{table}.{}", columns.join(", ")) };
    let message = format!("{row}: {references} has no such row");
    (ErrorKind::ForeignKey { table, columns, references }, message)
}

/// Returns the error for a row to which another one still refers.
pub(super) fn remaining_child(table: String, columns: Vec<String>, references: String) -> (ErrorKind, String) {
    let by = if columns.is_empty() { String::new() } else { format!(" by {}", columns.join(", ")) };
    let message = format!("{references}: rows of {table} refer to it{by}");
    (ErrorKind::ForeignKey { table, columns, references }, message)
}

/// The quotes in which the languages of the server put names and values.
const QUOTES: [char; 9] = ['"', '«', '»', '“', '”', '„', '‟', '「', '」'];

/// Returns what stands in quotes in a message, which every language puts in quotes of its own.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split(QUOTES).skip(1).step_by(2).map(str::trim)
}

/// Returns the name at the beginning of a list of columns, without its quotes, and what follows
/// it. Returns `None` if there is an expression.
fn next_name(list: &str) -> Option<(String, &str)> {
    let Some(mut rest) = list.strip_prefix('"') else {
        let is_plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let end = list.find(|c| !is_plain(c)).filter(|end| *end > 0)?;
        return Some((list[..end].to_owned(), &list[end..]));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        // A quote in a name is doubled.
        match after.strip_prefix('"') {
            Some(more) => rest = more,
            None => return Some((name, after)),
        }
        name.push('"');
    }
}

/// Returns whether the SQL contains these words as whole words. Ignores case and double quotes.
fn contains_words(sql: &str, words: &str) -> bool {
    let (sql, words) = (sql.replace('"', "").to_lowercase(), words.to_lowercase());
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let is_whole = |(at, found): (usize, &str)| {
        let (before, after) = (sql[..at].chars().next_back(), sql[at + found.len()..].chars().next());
        !is_inside(before) && !is_inside(after)
    };
    words.is_empty() || sql.match_indices(&*words).any(is_whole)
}

/// Replaces what stands in quotes, which may be a value. A value may contain quotes, so everything
/// from the first one to the last one is replaced.
fn without_quoted(words: &str) -> String {
    let mut quotes = words.match_indices(QUOTES);
    let Some((begin, open)) = quotes.next() else { return words.to_owned() };
    let (end, close) = quotes.next_back().unwrap_or((words.len(), ""));
    format!("{}{open}…{close}{}", &words[..begin], &words[(end + close.len()).min(words.len())..])
}

/// Replaces the numbers in a message, which may be values, except for the length of a type.
fn without_numbers(words: &str) -> String {
    let is_number = |word: &&str| {
        let word = word.trim_start_matches(['-', '+', '(']);
        word.starts_with(|c: char| c.is_ascii_digit())
    };
    let shown: Vec<_> = words.split(' ').map(|word| if is_number(&word) { "…" } else { word }).collect();
    shown.join(" ")
}
