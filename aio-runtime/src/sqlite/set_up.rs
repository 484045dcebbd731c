//! What is set on a connection before it is used for the first time.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::{of_hook, typed};
use super::options::Options;
use super::{add_functions_of_features, conflict, decimal, math, pragmas};
use crate::caught::caught;
use crate::error::{Error, ErrorKind, Result};

/// Sets everything on a new connection that the options and the library want there, and runs the
/// hooks.
pub(super) fn set_up(raw: &mut Connection, options: &Options) -> Result<()> {
    raw.set_prepared_statement_cache_capacity(options.common.statement_cache);
    rusqlite::vtab::array::load_module(raw).map_err(typed)?;
    conflict::add_functions(raw).map_err(typed)?;
    decimal::add_functions(raw).map_err(typed)?;
    add_what_schemas_call(raw, options)?;
    // A name in double quotes that is no column is an error, not a text
    // (https://sqlite.org/quirks.html#dblquote).
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).map_err(typed)?;
    // rusqlite clears the bindings of a cached statement, at which SQLite would forget a plan that
    // depends on them
    // (https://sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenableqpsg).
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(typed)?;
    while_busy(raw, options.sqlite.busy_timeout, || first_access(raw, options))?;
    for hook in &options.sqlite.on_connect {
        caught(|| hook(raw))
            .map_err(|panic| panic.into_error("the on-connect hook"))?
            .map_err(|error| of_hook(raw, error).context("the on-connect hook"))?;
    }
    if !options.sqlite.on_connect.is_empty() {
        // SQLite checks who may call a function when it reads the schema. A function that was
        // unknown then passes, even if it is known when the statement is compiled: the schema is
        // read anew, with the functions of the hooks.
        raw.execute_batch("PRAGMA writable_schema = RESET").map_err(typed)?;
    }
    Ok(())
}

/// Adds what the schema of a file may call, beside what the hooks add.
fn add_what_schemas_call(raw: &Connection, options: &Options) -> Result<()> {
    math::add_functions(raw).map_err(typed)?;
    add_functions_of_features(raw).map_err(typed)?;
    // Whoever has made the file could otherwise call functions through its views and triggers
    // (https://sqlite.org/src/doc/latest/doc/trusted-schema.md).
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, options.sqlite.trust_schema).map_err(typed)?;
    Ok(())
}

/// Opens an empty database in memory in which a schema means what it means in this one.
pub(super) fn empty_beside(options: &Options) -> Result<Connection> {
    let mut raw = Connection::open_in_memory().map_err(typed)?;
    add_what_schemas_call(&raw, options)?;
    // In double quotes, what names no column is a text in a schema; so it is in what is compared.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, true).map_err(typed)?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, true).map_err(typed)?;
    for hook in &options.sqlite.on_connect {
        // It may look for what only the file has. What a schema then lacks is told by that.
        let _ = caught(|| hook(&mut raw));
    }
    Ok(raw)
}

/// Reads the file for the first time and sets the pragmas.
fn first_access(raw: &Connection, options: &Options) -> Result<()> {
    // The first read of the file, which shows whether it is a database.
    raw.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(|error| options.explain(typed(error)))?;
    pragmas::set_all(raw, options)?;
    if !options.read_only {
        // SQLite keeps another journal where the log is not possible, and says nothing.
        let journal: String = raw.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(typed)?;
        if journal != "wal" {
            return Err(Error::usage(format!(
                "the database needs its write-ahead log, but `journal_mode` is `{journal}`: leave that pragma out, and \
                 keep the file where memory can be shared, which a network file system cannot"
            )));
        }
    }
    Ok(())
}

/// Calls `act` again while it finds the file locked, for no longer than `timeout`.
///
/// SQLite itself does not wait for a lock where it changes the journal mode, as it does here for a
/// file that has no write-ahead log yet.
fn while_busy(raw: &Connection, timeout: Duration, mut act: impl FnMut() -> Result<()>) -> Result<()> {
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
            // What follows waits as long as anything.
            result => return wait_up_to(timeout).and(result),
        }
    }
}

/// Whether the log was opened for writing; SQLite opens it for reading where that fails, and says
/// so at the first write.
pub(super) fn can_write(raw: &Connection) -> bool {
    // Whoever holds the lock says by that that there is one to be had.
    let begun = raw.busy_timeout(Duration::ZERO).and_then(|()| raw.execute_batch("BEGIN IMMEDIATE; ROLLBACK"));
    begun.map_err(typed).map_or_else(|error| *error.kind() != ErrorKind::ReadOnly, |()| true)
}
