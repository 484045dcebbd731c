//! SQLite, through rusqlite.

mod error;
mod options;
mod pool;
mod shape;
mod temporary;

use std::rc::Rc;

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::{ToSqlOutput, ValueRef as RawRef};
use rusqlite::{CachedStatement, Connection};

pub use options::Durability;
pub(crate) use options::{Options, parse_url};
pub(crate) use pool::Pool;
pub(crate) use shape::{compare, differs};

use self::error::typed;
use self::pool::CheckedOut;
use super::{Driver, Outcome, Rows, TransactionMode};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// A connection to SQLite, on its thread.
pub(crate) struct SqliteDriver {
    connection: CheckedOut,
    /// Whether `query_only` was set for a read-only transaction.
    query_only: bool,
}

impl SqliteDriver {
    pub(crate) fn new(connection: CheckedOut) -> SqliteDriver {
        SqliteDriver { connection, query_only: false }
    }

    fn batch(&self, text: &str) -> Result<()> {
        self.connection.raw.execute_batch(text).map_err(typed)
    }

    fn set_query_only(&mut self, on: bool) -> Result<()> {
        self.query_only = on;
        self.batch(if on { "PRAGMA query_only = 1" } else { "PRAGMA query_only = 0" })
    }

    fn after_transaction(&mut self) {
        if self.query_only && self.set_query_only(false).is_err() {
            self.connection.dirty = true;
        }
    }
}

impl Driver for SqliteDriver {
    fn is_read(&mut self, text: &str) -> Result<bool> {
        refuse_transaction_control(text)?;
        Ok(self.connection.raw.prepare_cached(text).map_err(typed)?.readonly())
    }

    fn execute(&mut self, text: &str, params: &[Value], rows: &mut dyn Rows) -> Result<Outcome> {
        if !leaves_connection_alone(text) {
            self.connection.dirty = true;
        }
        let raw = &self.connection.raw;
        let mut statement = raw.prepare_cached(text).map_err(typed)?;
        bind(&mut statement, params)?;
        let before = raw.total_changes();
        let reads = statement.readonly();
        let width = statement.column_count();
        if width > 0 {
            rows.columns(&mut statement.column_names().into_iter());
        }
        let mut cursor = statement.raw_query();
        let mut wanted = true;
        while let Some(row) = cursor.next().map_err(typed)? {
            if wanted {
                let batch = rows.batch();
                for column in 0..width {
                    match row.get_ref(column).map_err(typed)? {
                        RawRef::Null => batch.push_null(),
                        RawRef::Integer(value) => batch.push_integer(value),
                        RawRef::Real(value) => batch.push_real(value),
                        RawRef::Text(text) => batch.push_text(text),
                        RawRef::Blob(bytes) => batch.push_blob(bytes),
                    }
                }
                wanted = rows.end_row();
            }
            // A statement that writes runs to its end even if its rows are not wanted.
            if !wanted && reads {
                break;
            }
        }
        drop(cursor);
        if reads || raw.total_changes() == before {
            return Ok(Outcome::default());
        }
        let inserts = first_word(text)
            .is_some_and(|word| ["insert", "replace"].iter().any(|insert| word.eq_ignore_ascii_case(insert)));
        let last_insert_id = inserts.then(|| raw.last_insert_rowid());
        Ok(Outcome { rows_affected: raw.changes(), last_insert_id })
    }

    fn execute_script(&mut self, text: &str) -> Result<()> {
        self.connection.dirty = true;
        let raw = &self.connection.raw;
        let inside = !raw.is_autocommit();
        let mut statements = rusqlite::Batch::new(raw, text);
        while let Some(mut statement) = statements.next().map_err(typed)? {
            let mut rows = statement.raw_query();
            while rows.next().map_err(typed)?.is_some() {}
            // What follows would run on its own.
            if inside && raw.is_autocommit() {
                return Err(Error::usage("the script ended the transaction that it was run in"));
            }
        }
        Ok(())
    }

    fn begin(&mut self, mode: TransactionMode) -> Result<()> {
        match mode {
            TransactionMode::Immediate => self.batch("BEGIN IMMEDIATE"),
            TransactionMode::Deferred => self.batch("BEGIN DEFERRED"),
            TransactionMode::Exclusive => self.batch("BEGIN EXCLUSIVE"),
            TransactionMode::ReadOnly => {
                self.set_query_only(true)?;
                // A deferred transaction sees the database as it is at its first read, which is therefore now.
                let begun = self.batch("BEGIN DEFERRED; SELECT 1 FROM sqlite_schema LIMIT 1");
                if begun.is_err() {
                    let _ = self.rollback();
                }
                begun
            }
        }
    }

    fn commit(&mut self) -> Result<()> {
        let raw = &self.connection.raw;
        let result = raw.execute_batch("COMMIT").map_err(|failure| error::foreign_key_at_commit(raw, failure));
        if result.is_err() && !raw.is_autocommit() {
            self.batch("ROLLBACK")?;
        }
        self.after_transaction();
        result
    }

    fn rollback(&mut self) -> Result<()> {
        let result = if self.in_transaction() { self.batch("ROLLBACK") } else { Ok(()) };
        self.after_transaction();
        result
    }

    fn savepoint(&mut self, number: u64) -> Result<()> {
        self.batch(&format!("SAVEPOINT aio_sql_{number}"))
    }

    fn release(&mut self, number: u64) -> Result<()> {
        self.batch(&format!("RELEASE aio_sql_{number}"))
    }

    fn rollback_to(&mut self, number: u64) -> Result<()> {
        self.batch(&format!("ROLLBACK TO aio_sql_{number}; RELEASE aio_sql_{number}"))
    }

    fn in_transaction(&self) -> bool {
        !self.connection.raw.is_autocommit()
    }

    fn raw(&mut self) -> &mut Connection {
        self.connection.dirty = true;
        &mut self.connection.raw
    }

    fn optimize(&mut self) {
        // Advice for the planner; that it fails is no reason to say that closing did.
        // The mask is the one for a connection that has been open for long (https://sqlite.org/pragma.html#pragma_optimize).
        let _ = self.batch("PRAGMA optimize = 0x10002");
    }
}

fn bind(statement: &mut CachedStatement<'_>, params: &[Value]) -> Result<()> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        return Err(Error::usage(format!(
            "the statement has {}, but {} given (a value in braces or a `?` inside quotes is part of the text)",
            counted(wanted, "parameter", ""),
            counted(params.len(), "value", " was")
        )));
    }
    for (place, param) in params.iter().enumerate() {
        let value = match param {
            Value::Null => ToSqlOutput::Borrowed(RawRef::Null),
            Value::Integer(value) => ToSqlOutput::Borrowed(RawRef::Integer(*value)),
            Value::Real(value) => ToSqlOutput::Borrowed(RawRef::Real(*value)),
            Value::Text(text) => ToSqlOutput::Borrowed(RawRef::Text(text.as_bytes())),
            Value::Blob(bytes) => ToSqlOutput::Borrowed(RawRef::Blob(bytes)),
            Value::List(values) => {
                let values: rusqlite::vtab::array::Array = Rc::new(values.iter().map(raw_value).collect());
                statement.raw_bind_parameter(place + 1, values).map_err(typed)?;
                continue;
            }
        };
        statement.raw_bind_parameter(place + 1, value).map_err(typed)?;
    }
    Ok(())
}

fn counted(count: usize, what: &str, verb: &str) -> String {
    match (count, verb) {
        (1, verb) => format!("1 {what}{verb}"),
        (count, "") => format!("{count} {what}s"),
        (count, _) => format!("{count} {what}s were"),
    }
}

fn raw_value(value: &Value) -> rusqlite::types::Value {
    use rusqlite::types::Value as Raw;
    match value {
        Value::Null | Value::List(_) => Raw::Null,
        Value::Integer(value) => Raw::Integer(*value),
        Value::Real(value) => Raw::Real(*value),
        Value::Text(text) => Raw::Text(text.clone()),
        Value::Blob(bytes) => Raw::Blob(bytes.clone()),
    }
}

/// The first word of a statement, behind blanks and comments.
pub(crate) fn first_word(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n')?.1;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1;
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            return Some(&rest[..end]).filter(|word| !word.is_empty());
        }
    }
}

/// Whether a statement changes nothing about the connection itself, which the next one to use it would see: a pragma, a
/// temporary table, an attached file.
fn leaves_connection_alone(text: &str) -> bool {
    const ALONE: [&str; 8] = ["select", "insert", "update", "delete", "with", "replace", "values", "explain"];
    first_word(text).is_some_and(|word| ALONE.iter().any(|alone| word.eq_ignore_ascii_case(alone)))
}

/// The thread keeps track of transactions, so that they begin and end by a call.
fn refuse_transaction_control(text: &str) -> Result<()> {
    let advice = match first_word(text).unwrap_or_default().to_ascii_lowercase().as_str() {
        "begin" => "begin a transaction with `begin` or `transaction`",
        "commit" | "end" => "commit with `Transaction::commit`",
        "rollback" => "roll back with `Transaction::rollback`, or drop the transaction",
        "savepoint" => "begin a nested transaction with `Transaction::begin`",
        "release" => "end a nested transaction with `Transaction::commit`",
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::Usage, format!("a statement cannot begin or end a transaction: {advice}")))
}
