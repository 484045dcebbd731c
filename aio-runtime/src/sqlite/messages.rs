//! Removes values from the messages of SQLite.
//!
//! The message of a running statement may quote a value: of a parameter, of a row, or of the SQL.
//! Only the messages that are listed here are known well enough to be shown.

/// The messages with which a running statement can fail in the bundled SQLite. `*` stands for text
/// that may be a value and is removed, `{}` for a name, a number or a keyword, which is shown.
const KNOWN: [&str; 117] = [
    "'delete' may not be used with a contentless_delete=1 table",
    "'delete-all' may only be used with a contentless or external content fts5 table",
    "'rebuild' may not be used with a contentless fts5 table",
    "abort due to ROLLBACK",
    "access mode not allowed: *",
    "access permission denied",
    "argument of ntile must be a positive integer",
    "argument type mismatch",
    "attached databases must use the same text encoding as main database",
    "authorization denied",
    "bad JSON path: *",
    "bad parameter or other API misuse",
    "cache mode not allowed: *",
    "cannot ALTER a temporary table",
    "cannot change {} wal mode from within a transaction",
    "cannot commit - no transaction is active",
    "cannot commit transaction - SQL statements in progress",
    "cannot DELETE from contentless fts5 table: {}",
    "cannot detach database *",
    "cannot open savepoint - SQL statements in progress",
    "cannot open {} column for writing",
    "cannot release savepoint - SQL statements in progress",
    "cannot rollback - no transaction is active",
    "cannot start a transaction within a transaction",
    "cannot VACUUM - SQL statements in progress",
    "cannot VACUUM from within a transaction",
    "cannot {} a subset of columns on fts5 contentless-delete table: {}",
    "cannot {} contentless fts5 table: {}",
    "column index out of range",
    "constraint failed",
    "constraint may not be dropped: {}",
    "database * is already in use",
    "database * is locked",
    "database is already attached",
    "database is deadlocked",
    "database schema has changed",
    "datatype mismatch",
    "duplicate column name: {}",
    "error in index {}",
    "error in table {}",
    "error in trigger {}",
    "error in view {}",
    "ESCAPE expression must be a single character",
    "expected integer, got *",
    "FLAGS parameter to json_valid() must be between 1 and 15",
    "frame ending offset must be a non-negative integer",
    "frame ending offset must be a non-negative number",
    "frame starting offset must be a non-negative integer",
    "frame starting offset must be a non-negative number",
    "FTS expression tree is too large (maximum depth {})",
    "fts5 expression tree is too large (maximum depth {})",
    "fts5: column queries are not supported (detail=none)",
    "fts5: parser stack overflow",
    "fts5: syntax error near *",
    "fts5: {} queries are not supported (detail!=full)",
    "illegal first argument to {}",
    "index {} already exists",
    "insufficient arguments",
    "integer overflow",
    "Invalid function parameter type {} at index {}",
    "invalid Unicode escape",
    "invalid uri authority: *",
    "JSON cannot hold BLOB values",
    "JSON nested too deep",
    "JSON path too deep",
    "json_object() labels must be TEXT",
    "json_object() requires an even number of arguments",
    "json_{}() needs an odd number of arguments",
    "LIKE or GLOB pattern too complex",
    "local time unavailable",
    "malformed JSON",
    "malformed MATCH expression: *",
    "no such access mode: *",
    "no such cache mode: *",
    "no such collation sequence: {}",
    "no such column: *",
    "no such constraint: {}",
    "no such database: *",
    "no such function: *",
    "no such index: {}",
    "no such module: {}",
    "no such savepoint: {}",
    "no such table: *",
    "no such tokenizer: *",
    "no such vfs: *",
    "non-deterministic use of {}() in {}",
    "non-text filename",
    "not an array element: *",
    "not authorized",
    "out of memory",
    "output file already exists",
    "parse error in rank function: *",
    "query aborted",
    "regexp: {}",
    "rtree constraint failed: {}",
    "second argument to nth_value must be a positive integer",
    "SQL logic error",
    "string or blob too big",
    "table {} already exists",
    "table {} has no column named {}",
    "there is already {}",
    "too many attached databases - max {}",
    "too many levels of trigger recursion",
    "unable to open database file",
    "unable to open database: *",
    "unable to use function {} in the requested context",
    "unexpected %00 in uri",
    "UNIQUE constraint failed: {}",
    "unknown database *",
    "unknown error",
    "unknown special query: *",
    "unknown tokenizer: *",
    "unrecognized matchinfo request: *",
    "unterminated string",
    "unwinding panic",
    "wrong number of arguments to function {}",
    "{}: table does not support scanning",
];

/// The beginnings of messages about a bound value that is text in another language: a full-text
/// query, a regular expression, a pattern or a JSON path. "No such column" is one of them: a
/// running statement was prepared successfully, so the missing column is named in a full-text
/// query. The second text of each pair is put before the message in the error.
const ABOUT_INPUT: [(&str, &str); 13] = [
    ("bad JSON path: ", ""),
    ("expected integer, got ", FULL_TEXT),
    ("FTS expression tree is too large", FULL_TEXT),
    ("fts5 expression tree is too large", FULL_TEXT),
    ("fts5: parser stack overflow", FULL_TEXT),
    ("fts5: syntax error near ", FULL_TEXT),
    ("JSON path too deep", ""),
    ("LIKE or GLOB pattern too complex", ""),
    ("malformed MATCH expression: ", FULL_TEXT),
    ("no such column: ", FULL_TEXT),
    ("regexp: the pattern is not a valid regular expression: ", ""),
    ("unknown special query: ", FULL_TEXT),
    ("unterminated string", FULL_TEXT),
];

/// The words that precede a message about a full-text query: most of these messages do not say
/// that they are about one.
const FULL_TEXT: &str = "the full-text query is not valid: ";

/// The text that replaces removed text.
const REMOVED: &str = "…";

/// Returns a message without the values in it, or `None` if the message is not known.
pub(super) fn without_values(message: &str) -> Option<String> {
    KNOWN.iter().find_map(|known| fill(known, message))
}

/// Returns the words that precede the message of a running statement if the message is about an
/// invalid value, such as a malformed full-text query; otherwise `None`.
pub(super) fn about_input(message: &str) -> Option<&'static str> {
    ABOUT_INPUT.iter().find(|(beginning, _)| message.starts_with(beginning)).map(|(_, subject)| *subject)
}

/// Returns a message without values if it matches the pattern `known`; otherwise `None`.
fn fill(known: &str, message: &str) -> Option<String> {
    let Some(place) = known.find(['*', '{']) else { return (known == message).then(|| message.to_owned()) };
    let rest = message.strip_prefix(&known[..place])?;
    let (is_shown, suffix) = match known[place..].strip_prefix("{}") {
        Some(suffix) => (true, suffix),
        None => (false, &known[place + 1..]),
    };
    // The placeholder extends to the next literal text of the pattern, or to the end.
    let next = suffix.find(['*', '{']).unwrap_or(suffix.len());
    let (placeholder, shown) = match (suffix.is_empty(), next == suffix.len()) {
        (true, _) => (rest, String::new()),
        (false, true) => (rest.strip_suffix(suffix)?, suffix.to_owned()),
        (false, false) => {
            let end = rest.find(&suffix[..next])?;
            (&rest[..end], fill(suffix, &rest[end..])?)
        }
    };
    Some(format!("{}{}{shown}", &known[..place], if is_shown { placeholder } else { REMOVED }))
}
