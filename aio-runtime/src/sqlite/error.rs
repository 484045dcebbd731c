//! Converts SQLite's errors: the kind comes from the result code, the columns from the message.

use rusqlite::{Connection, OptionalExtension, ffi};

use super::{function, limits, messages};
use crate::error::{Error, ErrorKind};

/// Converts an error of SQLite, by its extended result code (<https://sqlite.org/rescode.html>)
/// and its message.
pub(super) fn typed(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => failure(code, message),
        rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
            let near = usize::try_from(offset).ok().and_then(|offset| sql.get(offset..)).unwrap_or_default();
            let near: String = near.chars().take(30).collect();
            let place = if near.is_empty() { String::new() } else { format!(" (at `{near}`)") };
            Error::new(ErrorKind::Sql, with_advice(format!("{msg}{place}")))
                .with_code(error.extended_code)
                .with_source(error)
        }
        rusqlite::Error::MultipleStatement => Error::usage(
            "the text contains several statements, of which only the first would run: use `execute_script` to run all",
        ),
        rusqlite::Error::NulError(_) => Error::usage("a name or a text contains a NUL character: remove it"),
        error => Error::new(ErrorKind::Other, error.to_string()).with_source(error),
    }
}

/// Converts the error of a running statement, leaving out values that SQLite's message may quote.
/// `text` is the statement.
pub(super) fn execution_error(raw: &Connection, text: Option<&str>, error: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(code, Some(words)) = error else { return typed(error) };
    if !may_quote_value(code) {
        return failure(code, Some(words));
    }
    // If the schema has changed, SQLite prepares a statement again when it runs, which may fail.
    // If it fails here too, this was the cause, and the message quotes only the SQL.
    if let Some(Err(error)) = text.map(|text| raw.prepare(text)) {
        return typed(error);
    }
    let input = text.and_then(|_| messages::about_input(&words));
    let shown = match messages::without_values(&words) {
        None if function::is_own_message(&words) => words,
        None => "it failed while it ran; the message is not shown, because it may quote a value".to_owned(),
        Some(shown) => shown,
    };
    match input {
        Some(subject) => failure(code, Some(format!("{subject}{shown}"))).with_kind(ErrorKind::InvalidInput),
        None => failure(code, Some(shown)),
    }
}

/// Converts the error of an on-connect hook, leaving out values that SQLite's message may quote.
pub(super) fn hook_error(raw: &Connection, error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::IntegralValueOutOfRange(column, _) => {
            Error::new(ErrorKind::Other, format!("the integer in column {column} is out of range"))
        }
        rusqlite::Error::FromSqlConversionFailure(column, found, _) => {
            Error::new(ErrorKind::Other, format!("column {column} is {found}, which is not the type that is read"))
        }
        error => execution_error(raw, None, error),
    }
}

/// Returns whether the message of an error with this code may contain a value. The messages of
/// other codes name only tables, columns and constraints, are constant, or were written by the
/// author of a trigger.
fn may_quote_value(code: ffi::Error) -> bool {
    let of_a_table = [
        ffi::SQLITE_CONSTRAINT_UNIQUE,
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
        ffi::SQLITE_CONSTRAINT_ROWID,
        ffi::SQLITE_CONSTRAINT_NOTNULL,
        ffi::SQLITE_CONSTRAINT_CHECK,
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY,
        ffi::SQLITE_CONSTRAINT_DATATYPE,
        // The message of RAISE was written by the author of the trigger.
        ffi::SQLITE_CONSTRAINT_TRIGGER,
    ];
    let is_one = matches!(
        code.extended_code & 0xff,
        ffi::SQLITE_BUSY
            | ffi::SQLITE_LOCKED
            | ffi::SQLITE_READONLY
            | ffi::SQLITE_INTERRUPT
            | ffi::SQLITE_IOERR
            | ffi::SQLITE_CORRUPT
            | ffi::SQLITE_NOTADB
            | ffi::SQLITE_FULL
            | ffi::SQLITE_NOMEM
    );
    !is_one && !of_a_table.contains(&code.extended_code)
}

fn failure(code: ffi::Error, message: Option<String>) -> Error {
    without_code(code, message).with_code(code.extended_code)
}

fn without_code(code: ffi::Error, message: Option<String>) -> Error {
    let words = message.unwrap_or_else(|| code.to_string());
    let kind = match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            return unique(&words).with_source(code);
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => return not_null(&words).with_source(code),
        ffi::SQLITE_CONSTRAINT_CHECK => return check(&words).with_source(code),
        ffi::SQLITE_CONSTRAINT_DATATYPE => return datatype(&words).with_source(code),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => foreign_key(),
        // `ON DELETE RESTRICT` is implemented as a trigger inside SQLite, and fails like one.
        ffi::SQLITE_CONSTRAINT_TRIGGER if words == "FOREIGN KEY constraint failed" => foreign_key(),
        ffi::SQLITE_CONSTRAINT_TRIGGER => ErrorKind::Raised { message: words.clone() },
        // For a virtual table, only the message says which kind of constraint was violated, not
        // the code.
        ffi::SQLITE_CONSTRAINT if words.starts_with("UNIQUE constraint failed: ") => {
            return unique(&words).with_source(code);
        }
        ffi::SQLITE_CONSTRAINT if words.starts_with("rtree constraint failed: ") => {
            return check(&words).with_source(code);
        }
        // This code comes from a commit hook: the library's hook, which refuses if a hook of the
        // application does, or one that user code has set on the connection.
        ffi::SQLITE_CONSTRAINT_COMMITHOOK => ErrorKind::Denied,
        ffi::SQLITE_BUSY_SNAPSHOT => ErrorKind::Conflict,
        extended => match extended & 0xff {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => ErrorKind::Busy,
            ffi::SQLITE_READONLY => ErrorKind::ReadOnly,
            ffi::SQLITE_INTERRUPT => ErrorKind::Interrupted,
            ffi::SQLITE_IOERR => ErrorKind::Io,
            // A schema that calls a forbidden function is reported as corrupt, but the file is not
            // damaged.
            ffi::SQLITE_CORRUPT if schema_advice(&words).is_some() => ErrorKind::Sql,
            ffi::SQLITE_CORRUPT => ErrorKind::Corrupt,
            ffi::SQLITE_NOTADB => ErrorKind::NotADatabase,
            ffi::SQLITE_FULL => ErrorKind::Full,
            ffi::SQLITE_CANTOPEN => ErrorKind::CannotOpen,
            ffi::SQLITE_ERROR | ffi::SQLITE_TOOBIG => ErrorKind::Sql,
            // A text of blanks and comments is prepared as an empty statement, which cannot run.
            ffi::SQLITE_MISUSE => ErrorKind::Usage,
            _ => ErrorKind::Other,
        },
    };
    let words = match &kind {
        ErrorKind::ForeignKey { .. } => {
            "a foreign key is violated: the referenced row is missing, or the row is still referenced".to_owned()
        }
        ErrorKind::Conflict => "another transaction has written since this one began to read: run it again".to_owned(),
        ErrorKind::Busy if code.extended_code & 0xff == ffi::SQLITE_LOCKED => {
            format!("a running statement uses the table, on this connection or on one that shares its cache ({words})")
        }
        ErrorKind::Busy => format!(
            "another process or connection holds the lock; SQLite waits for it up to the busy timeout, except where \
             waiting could not help ({words})"
        ),
        ErrorKind::Denied => format!("a commit hook has refused to commit ({words})"),
        ErrorKind::Full => format!("the disk, or the size allowed for the database, is full ({words})"),
        ErrorKind::NotADatabase => format!("the file is not a SQLite database, or it is encrypted ({words})"),
        ErrorKind::Corrupt => format!("the database file is damaged ({words})"),
        ErrorKind::Usage => format!("the text contains no statement ({words})"),
        ErrorKind::Sql => with_advice(words),
        _ => words,
    };
    Error::new(kind, words).with_source(code)
}

/// Appends the advice for a message to it, if there is advice.
fn with_advice(words: String) -> String {
    match schema_advice(&words)
        .or_else(|| feature_advice(&words))
        .or_else(|| attach_advice(&words))
        .or_else(|| limits::advice(&words))
    {
        Some(advice) => format!("{words}: {advice}"),
        None => words,
    }
}

/// Returns the advice to enable a feature of the library, if that would provide the missing
/// function or collation; otherwise `None`.
fn feature_advice(words: &str) -> Option<&'static str> {
    const MISSING: [&str; 3] = ["no such collation sequence: ", "no such function: ", "unknown function: "];
    let missing = MISSING.iter().find_map(|missing| words.strip_prefix(missing));
    let name = missing?.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?.to_ascii_lowercase();
    match name.as_str() {
        "unicode_nocase" | "unicode_lower" | "unicode_upper" | "unicode_fold" => {
            Some("enable the feature `unicode` of the library, as in the program that created the file")
        }
        "regexp" => Some("enable the feature `regexp` of the library"),
        _ => None,
    }
}

/// Returns the advice if a statement names a schema that the connection does not have; otherwise
/// `None`.
fn attach_advice(words: &str) -> Option<&'static str> {
    let is_missing = words.starts_with("unknown database ")
        || words.starts_with("no such table: ") && words.contains(".sqlite_schema");
    is_missing.then_some("with SQLite, a schema is an attached file: attach one with this name by `Builder::attach`")
}

/// Returns the advice if the message says that the schema of the file uses a function or a virtual
/// table that a schema must not use; `None` for any other message
/// (<https://sqlite.org/src/doc/latest/doc/trusted-schema.md>).
fn schema_advice(words: &str) -> Option<&'static str> {
    if words.contains("unsafe use of virtual table") {
        return Some(
            "a view or a trigger of the file reads it; if you trust the file, open it with `Builder::trust_schema`",
        );
    }
    words.contains("unsafe use of").then_some(
        "the schema of the file calls this function; register one that indexes, checks, generated columns, triggers and \
         views may call with `Builder::schema_function`, or, for functions of SQLite and of `on_connect` and if you trust \
         the file, open it with `Builder::trust_schema`",
    )
}

fn foreign_key() -> ErrorKind {
    let (table, columns, references) = Default::default();
    ErrorKind::ForeignKey { table, columns, references }
}

/// Parses `UNIQUE constraint failed: users.email, users.name`, or `…: index 'name'` for an index
/// on an expression. The message of some virtual tables contains no names.
fn unique(words: &str) -> Error {
    let Some((_, list)) = words.split_once(": ") else {
        let kind = ErrorKind::Unique { table: String::new(), columns: Vec::new() };
        return Error::new(kind, "another row has the same unique value or rowid");
    };
    if let Some(index) = list.strip_prefix("index ") {
        let kind = ErrorKind::Unique { table: String::new(), columns: Vec::new() };
        return Error::new(kind, format!("another row is equal to this one in the unique index {index}"));
    }
    let (table, columns) = columns(list);
    let message = format!("{table}: another row has the same {}", columns.join(", "));
    Error::new(ErrorKind::Unique { table, columns }, message)
}

/// Parses `NOT NULL constraint failed: users.email`.
fn not_null(words: &str) -> Error {
    let (table, columns) = columns(words.split_once(": ").map_or("", |(_, list)| list));
    let column = columns.into_iter().next().unwrap_or_default();
    let message = format!("{table}.{column} must have a value, but got NULL");
    Error::new(ErrorKind::NotNull { table, column }, message)
}

/// Parses `cannot store TEXT value in INTEGER column users.age`.
fn datatype(words: &str) -> Error {
    let found = words.strip_prefix("cannot store ").and_then(|rest| rest.split_once(" value in "));
    let (found, rest) = found.unwrap_or_default();
    let (expected, path) = rest.split_once(" column ").unwrap_or_default();
    let (table, column) = path.rsplit_once('.').unwrap_or_default();
    let message = format!("{path} must be {expected}, but got {found}");
    let [table, column, expected, found] = [table, column, expected, found].map(str::to_owned);
    Error::new(ErrorKind::Datatype { table, column, expected, found }, message)
}

/// Parses `CHECK constraint failed: name`. For an unnamed constraint, SQLite gives its condition
/// as the name.
fn check(words: &str) -> Error {
    let constraint = words.split_once(": ").map_or("", |(_, name)| name).to_owned();
    let message = format!("the check `{constraint}` does not hold for the row");
    Error::new(ErrorKind::Check { table: String::new(), columns: Vec::new(), constraint }, message)
}

fn columns(list: &str) -> (String, Vec<String>) {
    let mut table = String::new();
    let mut columns = Vec::new();
    for path in list.split(", ") {
        // A table's name may contain a dot, so the column follows the last dot.
        let (of, column) = path.rsplit_once('.').unwrap_or(("", path));
        of.clone_into(&mut table);
        columns.push(column.to_owned());
    }
    (table, columns)
}

/// Converts the error of a COMMIT. If a foreign key is violated, finds out which one it is. The
/// transaction must still be open.
pub(super) fn foreign_key_at_commit(raw: &Connection, error: rusqlite::Error) -> Error {
    let error = typed(error);
    if !matches!(error.kind(), ErrorKind::ForeignKey { .. }) {
        return error;
    }
    match violated_key(raw) {
        Ok((table, columns, references)) => {
            let message = format!("{table}.{} references no existing row of {references}", columns.join(", "));
            error.with_kind_and_message(ErrorKind::ForeignKey { table, columns, references }, message)
        }
        Err(_) => error,
    }
}

fn violated_key(raw: &Connection) -> rusqlite::Result<(String, Vec<String>, String)> {
    // https://sqlite.org/pragma.html#pragma_foreign_key_check
    let mut schemas = raw.prepare("SELECT name FROM pragma_database_list ORDER BY seq")?;
    let schemas: Vec<String> = schemas.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut violated = raw.prepare("SELECT \"table\", parent, fkid FROM pragma_foreign_key_check(NULL, ?) LIMIT 1")?;
    let mut violated_in = |schema: String| {
        let found = violated.query_row([&schema], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional();
        found.transpose().map(|found| found.map(|found| (schema, found)))
    };
    let found = schemas.into_iter().find_map(&mut violated_in).transpose()?;
    let (schema, (table, references, key)): (String, (String, String, i64)) =
        found.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let mut columns = raw.prepare("SELECT \"from\" FROM pragma_foreign_key_list(?, ?) WHERE id = ? ORDER BY seq")?;
    let columns = columns.query_map((&table, &schema, key), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let full_name = |name: String| if schema == "main" { name } else { format!("{schema}.{name}") };
    Ok((full_name(table), columns, full_name(references)))
}
