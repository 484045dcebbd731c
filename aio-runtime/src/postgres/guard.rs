//! Refuses raw SQL that would begin or end transactions behind the library's back, or change a
//! session that others use.

use super::script::words;
use crate::error::{Error, Result};

/// Who else uses the session of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Nobody: it belongs to an explicit connection or a transaction.
    Own,
    /// The other statements on the database.
    Shared,
    /// The other clients of a pooler.
    Pooled,
}

/// Where a statement of the user runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is a single statement.
    Statement,
    /// It is a part of a script outside of a transaction, which may contain transactions.
    Script,
    /// It is a part of a script inside a transaction.
    ScriptInTransaction,
}

/// Checks a statement of the user. Returns whether it changes the session for the statements after
/// it, which can be undone.
///
/// # Errors
/// Fails if the statement begins or ends a transaction where it must not, and if it changes a
/// session that is shared.
pub(super) fn check(statement: &str, origin: Origin, sharing: Sharing) -> Result<bool> {
    let words = words(statement);
    let word = |place: usize| words.get(place).map_or("", String::as_str);
    let instead = match (word(0), word(1)) {
        ("begin", _) | ("start", "transaction") if origin == Origin::ScriptInTransaction => {
            Some("begin a nested transaction with `Transaction::begin`")
        }
        ("begin", _) | ("start", "transaction") => Some("begin a transaction with `begin` or `transaction`"),
        ("commit" | "end", _) => Some("commit with `Transaction::commit`"),
        ("prepare", "transaction") => Some("the library has no two-phase commits"),
        ("abort", _) => Some("roll back with `Transaction::rollback`, or drop the transaction"),
        ("rollback", _) if origin == Origin::Statement || !words.iter().any(|word| word == "to") => {
            Some("roll back with `Transaction::rollback`, or drop the transaction")
        }
        ("savepoint", _) if origin == Origin::Statement => Some("begin a nested transaction with `Transaction::begin`"),
        ("release", _) if origin == Origin::Statement => Some("end a nested transaction with `Transaction::commit`"),
        _ => None,
    };
    match (instead, origin) {
        (Some(instead), Origin::Statement) => {
            return Err(Error::usage(format!("a statement cannot begin or end a transaction: {instead}")));
        }
        (Some(instead), Origin::ScriptInTransaction) => {
            let message = format!("no transaction can begin or end inside an open one: {instead}");
            return Err(Error::usage(message));
        }
        _ => {}
    }
    // The words leave quoted names out, so those are looked for in the text.
    let is_library = |word: &String| word.starts_with("aio_sql_");
    let names_library = words.iter().any(is_library) || statement.contains("\"aio_sql_");
    if matches!(word(0), "savepoint" | "release" | "rollback") && names_library {
        return Err(Error::usage("savepoints named `aio_sql_…` belong to the library: use another name"));
    }
    let Some(what) = change_of_session(&words) else { return Ok(false) };
    match sharing {
        Sharing::Shared if what.is_certain => Err(Error::usage(format!(
            "{} would affect the next statements on this shared connection: use an explicit connection, `db.connect()`",
            what.name
        ))),
        Sharing::Pooled => match instead_behind_pooler(&words, &what) {
            Some(instead) => Err(Error::usage(format!(
                "{} would stay in a session that the pooler gives to other clients: {instead}",
                what.name
            ))),
            // What nobody could undo is not remembered.
            None => Ok(false),
        },
        Sharing::Own | Sharing::Shared => Ok(true),
    }
}

/// Returns what to write in place of a change of the session, or `None` if the change may end with
/// the transaction.
fn instead_behind_pooler(words: &[String], what: &Change) -> Option<&'static str> {
    let has = |wanted: &[&str]| words.windows(wanted.len()).any(|found| found.iter().zip(wanted).all(|(a, b)| a == b));
    let is_lock = |word: &String| word.starts_with("pg_advisory_lock") || word.starts_with("pg_try_advisory_lock");
    match what.name {
        "SET" | "RESET" => Some("write `SET LOCAL` in a transaction, or set it for the role"),
        "LISTEN" => Some("listen through a database that is opened without the pooler"),
        "a temporary table" if has(&["on", "commit", "drop"]) => None,
        "a temporary table" => Some("write `ON COMMIT DROP`, and use it in one transaction"),
        "the function" if words.iter().any(is_lock) => {
            Some("take the lock for a transaction, by `pg_advisory_xact_lock`")
        }
        "the function" if has(&["true"]) => None,
        "the function" => Some("write `set_config(…, …, true)` in a transaction"),
        _ if what.is_certain => Some("use a database that is opened without the pooler"),
        _ => None,
    }
}

/// A change of the session.
struct Change {
    name: &'static str,
    /// Whether the statement does nothing else, and certainly does this.
    is_certain: bool,
}

fn change_of_session(words: &[String]) -> Option<Change> {
    let word = |place: usize| words.get(place).map_or("", String::as_str);
    let certain = |name| Some(Change { name, is_certain: true });
    match (word(0), word(1)) {
        ("set", "local" | "transaction" | "constraints") => None,
        ("set", _) => certain("SET"),
        ("reset", _) => certain("RESET"),
        ("discard", _) => certain("DISCARD"),
        ("listen" | "unlisten", _) => certain("LISTEN"),
        ("prepare", _) => certain("PREPARE"),
        ("deallocate", _) => certain("DEALLOCATE"),
        ("load", _) => certain("LOAD"),
        ("declare", _) if words.windows(2).any(|pair| pair[0] == "with" && pair[1] == "hold") => {
            certain("a cursor WITH HOLD")
        }
        ("create", "temp" | "temporary") => certain("a temporary table"),
        ("create", "global" | "local") if matches!(word(2), "temp" | "temporary") => certain("a temporary table"),
        // Code of the server may do anything.
        ("do" | "call", _) => Some(Change { name: "the code", is_certain: false }),
        _ => {
            let changes = |word: &String| {
                word == "set_config" || word.starts_with("pg_advisory_lock") || word.starts_with("pg_try_advisory_lock")
            };
            // SELECT INTO, or a table with such a name.
            let makes_table =
                |pair: &[String]| pair[0] == "into" && matches!(&*pair[1], "temp" | "temporary" | "local" | "global");
            let name = match words.iter().any(changes) {
                true => "the function",
                false if words.windows(2).any(makes_table) => "a temporary table",
                false if words.iter().any(|word| word == "pg_temp") => "what is in `pg_temp`",
                false => return None,
            };
            Some(Change { name, is_certain: false })
        }
    }
}
