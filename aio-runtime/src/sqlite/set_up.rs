//! Sets a connection up before it is used for the first time.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::{hook_error, typed};
use super::options::Options;
use super::{add_functions_of_features, decimal, math, pragmas, upsert};
use crate::caught::caught;
use crate::error::{Error, ErrorKind, Result};

/// Applies the settings of the options and of the library to a new connection, and runs the hooks.
pub(super) fn set_up(raw: &mut Connection, options: &Options) -> Result<()> {
    raw.set_prepared_statement_cache_capacity(options.common.statement_cache);
    rusqlite::vtab::array::load_module(raw).map_err(typed)?;
    upsert::add_functions(raw).map_err(typed)?;
    decimal::add_functions(raw).map_err(typed)?;
    add_schema_functions(raw)?;
    // Unless the schema is trusted, it can call only functions that are registered for it.
    // Otherwise the author of the file could call any function through its views and triggers
    // (https://sqlite.org/src/doc/latest/doc/trusted-schema.md).
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, options.sqlite.trust_schema).map_err(typed)?;
    // A name in double quotes that is not a column becomes an error instead of a string
    // (https://sqlite.org/quirks.html#dblquote).
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).map_err(typed)?;
    // rusqlite clears the bindings of a cached statement. Without this setting, SQLite would
    // discard a plan that depends on them
    // (https://sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenableqpsg).
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(typed)?;
    retry_while_busy(raw, options.sqlite.busy_timeout, || first_access(raw, options))?;
    for hook in &options.sqlite.on_connect {
        caught(|| hook(raw))
            .map_err(|panic| panic.into_error("the on-connect hook"))?
            .map_err(|error| hook_error(raw, error).context("the on-connect hook"))?;
    }
    if !options.sqlite.on_connect.is_empty() {
        // SQLite checks whether the schema may call a function when it reads the schema, and lets
        // a function pass that is unknown at that time, even if it is registered before the
        // statement is prepared. So read the schema again, now that the hooks have registered
        // their functions.
        raw.execute_batch("PRAGMA writable_schema = RESET").map_err(typed)?;
    }
    Ok(())
}

/// Adds the functions that the schema of a file may call. The hooks may add more.
fn add_schema_functions(raw: &Connection) -> Result<()> {
    math::add_functions(raw).map_err(typed)?;
    add_functions_of_features(raw).map_err(typed)
}

/// Opens an empty in-memory database, whose connection has those of the library's functions that a
/// schema may call.
pub(super) fn empty() -> Result<Connection> {
    let raw = Connection::open_in_memory().map_err(typed)?;
    add_schema_functions(&raw)?;
    // In a schema, SQLite reads an unknown name in double quotes as a string. The schemas to be
    // compared were written under that rule.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, true).map_err(typed)?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, true).map_err(typed)?;
    Ok(raw)
}

/// Opens an empty in-memory database in which a schema has the same meaning as in the database
/// with these options.
pub(super) fn empty_beside(options: &Options) -> Result<Connection> {
    let mut raw = empty()?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, options.sqlite.trust_schema).map_err(typed)?;
    for hook in &options.sqlite.on_connect {
        // A hook may fail because it needs tables that only the real file has. If the schema then
        // lacks a function that the hook registers, the comparison reports that.
        let _ = caught(|| hook(&mut raw));
    }
    Ok(raw)
}

/// Reads the file for the first time and sets the pragmas.
fn first_access(raw: &Connection, options: &Options) -> Result<()> {
    // The first read shows whether the file is a database.
    raw.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(|error| options.add_context(typed(error)))?;
    pragmas::set_all(raw, options)?;
    if !options.read_only {
        // SQLite silently keeps another journal mode if a write-ahead log is not possible.
        let journal: String = raw.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(typed)?;
        if journal != "wal" {
            return Err(Error::usage(format!(
                "the library needs a write-ahead log, but `journal_mode` is `{journal}`: remove that pragma, and do not \
                 keep the file on a network file system, which cannot share memory"
            )));
        }
    }
    Ok(())
}

/// Calls `act` again while the file is locked, for at most `timeout`.
///
/// SQLite itself does not wait for a lock when it changes the journal mode, which happens here for
/// a file that has no write-ahead log yet.
fn retry_while_busy(raw: &Connection, timeout: Duration, mut act: impl FnMut() -> Result<()>) -> Result<()> {
    const PAUSE: Duration = Duration::from_millis(2);
    let wait_up_to = |left: Duration| raw.busy_timeout(left.min(Duration::from_millis(i32::MAX as u64))).map_err(typed);
    let started = Instant::now();
    let mut left = timeout;
    loop {
        wait_up_to(left)?;
        let result = act();
        left = timeout.saturating_sub(started.elapsed());
        match result {
            Err(error) if *error.kind() == ErrorKind::Busy && !left.is_zero() => thread::sleep(PAUSE.min(left)),
            // The rest of the set-up may wait for the whole timeout again.
            result => return wait_up_to(timeout).and(result),
        }
    }
}

/// Returns whether the write-ahead log was opened for writing. If that fails, SQLite opens it
/// read-only and reports an error only at the first write.
pub(super) fn can_write(raw: &Connection) -> bool {
    // A failure because another connection holds the write lock does not count: the file is
    // writable.
    let begun = raw.busy_timeout(Duration::ZERO).and_then(|()| raw.execute_batch("BEGIN IMMEDIATE; ROLLBACK"));
    begun.map_err(typed).map_or_else(|error| *error.kind() != ErrorKind::ReadOnly, |()| true)
}
