//! SQLite's errors as ours: the kind from the result code, the columns from the message.

use rusqlite::{Connection, ffi};

use super::{function, limits, words};
use crate::error::{Error, ErrorKind};

/// The kind of an error, from its extended result code (<https://sqlite.org/rescode.html>) and its
/// message.
pub(super) fn typed(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => failure(code, message),
        rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
            let near = usize::try_from(offset).ok().and_then(|offset| sql.get(offset..)).unwrap_or_default();
            let near: String = near.chars().take(30).collect();
            let place = if near.is_empty() { String::new() } else { format!(" (at `{near}`)") };
            Error::new(ErrorKind::Sql, advised(format!("{msg}{place}")))
                .with_code(error.extended_code)
                .with_source(error)
        }
        rusqlite::Error::MultipleStatement => Error::usage(
            "the text holds several statements, of which only the first would run: use `execute_script` for them all",
        ),
        rusqlite::Error::NulError(_) => Error::usage("a name or a text has a NUL character in it: take it out"),
        error => Error::new(ErrorKind::Other, error.to_string()).with_source(error),
    }
}

/// Returns the error of a statement that runs: what SQLite quotes from a value is left out. `text`
/// is what it was compiled from.
pub(super) fn while_running(raw: &Connection, text: Option<&str>, error: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(code, Some(words)) = error else { return typed(error) };
    if !may_quote(code) {
        return failure(code, Some(words));
    }
    // A statement is compiled again where the schema has changed, and may fail there: that message
    // quotes its text alone.
    if let Some(Err(error)) = text.map(|text| raw.prepare(text)) {
        return typed(error);
    }
    let of_input = text.is_some() && words::are_about_input(&words);
    let shown = match words::without_values(&words) {
        None if function::said(&words) => words,
        None => "it failed while it ran; what the database or a function says is left out, for it may quote a value"
            .to_owned(),
        Some(shown) => shown,
    };
    let error = failure(code, Some(shown));
    if of_input { error.with_kind(ErrorKind::InvalidInput) } else { error }
}

/// Returns the error of code that was given the connection when it was opened.
pub(super) fn of_hook(raw: &Connection, error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::IntegralValueOutOfRange(column, _) => {
            Error::new(ErrorKind::Other, format!("the integer in column {column} is out of range"))
        }
        rusqlite::Error::FromSqlConversionFailure(column, found, _) => {
            Error::new(ErrorKind::Other, format!("column {column} is {found}, which is not what is read"))
        }
        error => while_running(raw, None, error),
    }
}

/// Returns whether the message of such an error may have a value in it. The others name tables,
/// columns and constraints, or are always the same.
fn may_quote(code: ffi::Error) -> bool {
    let of_a_table = [
        ffi::SQLITE_CONSTRAINT_UNIQUE,
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
        ffi::SQLITE_CONSTRAINT_ROWID,
        ffi::SQLITE_CONSTRAINT_NOTNULL,
        ffi::SQLITE_CONSTRAINT_CHECK,
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY,
        ffi::SQLITE_CONSTRAINT_DATATYPE,
        // The words of a RAISE are those of whoever has written the trigger.
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
        // `ON DELETE RESTRICT` is a trigger inside SQLite, and fails as one.
        ffi::SQLITE_CONSTRAINT_TRIGGER if words == "FOREIGN KEY constraint failed" => foreign_key(),
        ffi::SQLITE_CONSTRAINT_TRIGGER => ErrorKind::Raised { message: words.clone() },
        // Virtual tables tell no more than this of their constraints.
        ffi::SQLITE_CONSTRAINT if words.starts_with("UNIQUE constraint failed: ") => {
            return unique(&words).with_source(code);
        }
        ffi::SQLITE_CONSTRAINT if words.starts_with("rtree constraint failed: ") => {
            return check(&words).with_source(code);
        }
        // The code is that of a commit hook, of which the library has the only one, unless it is
        // set on the connection itself.
        ffi::SQLITE_CONSTRAINT_COMMITHOOK => ErrorKind::Denied,
        ffi::SQLITE_BUSY_SNAPSHOT => ErrorKind::Conflict,
        extended => match extended & 0xff {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => ErrorKind::Busy,
            ffi::SQLITE_READONLY => ErrorKind::ReadOnly,
            ffi::SQLITE_INTERRUPT => ErrorKind::Interrupted,
            ffi::SQLITE_IOERR => ErrorKind::Io,
            // A schema that cannot be read is no damage where it calls what it may not call.
            ffi::SQLITE_CORRUPT if schema_advice(&words).is_some() => ErrorKind::Sql,
            ffi::SQLITE_CORRUPT => ErrorKind::Corrupt,
            ffi::SQLITE_NOTADB => ErrorKind::NotADatabase,
            ffi::SQLITE_FULL => ErrorKind::Full,
            ffi::SQLITE_CANTOPEN => ErrorKind::CannotOpen,
            ffi::SQLITE_ERROR | ffi::SQLITE_TOOBIG => ErrorKind::Sql,
            // A text of blanks and comments has been compiled to nothing, which cannot be run.
            ffi::SQLITE_MISUSE => ErrorKind::Usage,
            _ => ErrorKind::Other,
        },
    };
    let words = match &kind {
        ErrorKind::ForeignKey { .. } => {
            "a foreign key leads nowhere, or a row that others refer to would go".to_owned()
        }
        ErrorKind::Conflict => "another transaction has written since this one began to read: run it again".to_owned(),
        ErrorKind::Busy if code.extended_code & 0xff == ffi::SQLITE_LOCKED => {
            format!(
                "a statement that has not ended yet uses the table, on this connection or one that shares its cache ({words})"
            )
        }
        ErrorKind::Busy => format!(
            "another process or connection holds the lock, for which SQLite waits up to the busy timeout where it can wait \
             at all ({words})"
        ),
        ErrorKind::Denied => format!("a commit hook has refused to commit ({words})"),
        ErrorKind::Full => format!("the disk, or the size allowed for the database, is full ({words})"),
        ErrorKind::NotADatabase => format!("the file is no SQLite database, or it is encrypted ({words})"),
        ErrorKind::Corrupt => format!("the database file is damaged ({words})"),
        ErrorKind::Usage => format!("the text holds no statement ({words})"),
        ErrorKind::Sql => advised(words),
        _ => words,
    };
    Error::new(kind, words).with_source(code)
}

/// What to do, where something is known, stands behind the message.
fn advised(words: String) -> String {
    match schema_advice(&words).or_else(|| feature_advice(&words)).or_else(|| limits::advice(&words)) {
        Some(advice) => format!("{words}: {advice}"),
        None => words,
    }
}

/// What to do where something is missing that a feature of the library brings.
fn feature_advice(words: &str) -> Option<&'static str> {
    const MISSING: [&str; 3] = ["no such collation sequence: ", "no such function: ", "unknown function: "];
    let missing = MISSING.iter().find_map(|missing| words.strip_prefix(missing));
    let name = missing?.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?.to_ascii_lowercase();
    match name.as_str() {
        "unicode_nocase" | "unicode_lower" | "unicode_upper" | "unicode_fold" => Some(
            "the library has it where it is built with the feature `unicode`, as the program was that made the file",
        ),
        "regexp" => Some("the library has it where it is built with the feature `regexp`"),
        _ => None,
    }
}

/// What to do where the schema of the file calls something that a schema may not call
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

/// `UNIQUE constraint failed: users.email, users.name`, or `…: index 'name'` for an index on an
/// expression; without names where a virtual table says it.
fn unique(words: &str) -> Error {
    let Some((_, list)) = words.split_once(": ") else {
        let kind = ErrorKind::Unique { table: String::new(), columns: Vec::new() };
        return Error::new(kind, "another row has the same unique value or number");
    };
    if let Some(index) = list.strip_prefix("index ") {
        let kind = ErrorKind::Unique { table: String::new(), columns: Vec::new() };
        return Error::new(kind, format!("another row is equal to this one in the unique index {index}"));
    }
    let (table, columns) = columns(list);
    let message = format!("{table}: another row has the same {}", columns.join(", "));
    Error::new(ErrorKind::Unique { table, columns }, message)
}

/// `NOT NULL constraint failed: users.email`
fn not_null(words: &str) -> Error {
    let (table, columns) = columns(words.split_once(": ").map_or("", |(_, list)| list));
    let column = columns.into_iter().next().unwrap_or_default();
    let message = format!("{table}.{column} must have a value, but got NULL");
    Error::new(ErrorKind::NotNull { table, column }, message)
}

/// `cannot store TEXT value in INTEGER column users.age`
fn datatype(words: &str) -> Error {
    let found = words.strip_prefix("cannot store ").and_then(|rest| rest.split_once(" value in "));
    let (found, rest) = found.unwrap_or_default();
    let (expected, path) = rest.split_once(" column ").unwrap_or_default();
    let (table, column) = path.rsplit_once('.').unwrap_or_default();
    let message = format!("{path} must be {expected}, but got {found}");
    let [table, column, expected, found] = [table, column, expected, found].map(str::to_owned);
    Error::new(ErrorKind::Datatype { table, column, expected, found }, message)
}

/// `CHECK constraint failed: name`, where the name is the condition if the constraint has none.
fn check(words: &str) -> Error {
    let constraint = words.split_once(": ").map_or("", |(_, name)| name).to_owned();
    let message = format!("the check `{constraint}` does not hold for the row");
    Error::new(ErrorKind::Check { table: String::new(), columns: Vec::new(), constraint }, message)
}

fn columns(list: &str) -> (String, Vec<String>) {
    let mut table = String::new();
    let mut columns = Vec::new();
    for path in list.split(", ") {
        // A table's name may have a dot in it; a column's is what stands behind the last.
        let (of, column) = path.rsplit_once('.').unwrap_or(("", path));
        of.clone_into(&mut table);
        columns.push(column.to_owned());
    }
    (table, columns)
}

/// A COMMIT that failed because of a foreign key: asks which, while the transaction is still open.
pub(super) fn foreign_key_at_commit(raw: &Connection, error: rusqlite::Error) -> Error {
    let error = typed(error);
    if !matches!(error.kind(), ErrorKind::ForeignKey { .. }) {
        return error;
    }
    match violated_key(raw) {
        Ok((table, columns, references)) => {
            let message = format!("{table}.{} leads to no row of {references}", columns.join(", "));
            error.with_kind_and_message(ErrorKind::ForeignKey { table, columns, references }, message)
        }
        Err(_) => error,
    }
}

fn violated_key(raw: &Connection) -> rusqlite::Result<(String, Vec<String>, String)> {
    // https://sqlite.org/pragma.html#pragma_foreign_key_check
    let (table, references, key): (String, String, i64) =
        raw.query_row("SELECT \"table\", parent, fkid FROM pragma_foreign_key_check() LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let mut columns = raw.prepare("SELECT \"from\" FROM pragma_foreign_key_list(?) WHERE id = ? ORDER BY seq")?;
    let columns = columns.query_map((&table, key), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((table, columns, references))
}
