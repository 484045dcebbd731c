//! A connection to SQLite, as its worker drives it.

mod bind;
mod blocks;
mod deferred;
mod fetch;
mod insert;
mod prepare;

pub(super) use bind::into_stored;

use std::any::Any;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::fallible_iterator::FallibleIterator;

use super::error::{self, typed};
use super::full::WhenFull;
use super::guard::{Allows, Guard};
use super::hooks::ConnectionHooks;
use super::options::Options;
use super::pool::{CheckedOut, LogLength};
use super::reading::{contains, is_insert};
use super::target;
use super::{Checkpoint, FileCheck, Log, SqliteConnection, check, foreign_keys, watch};
use crate::engine::{Driver, Rows, Stopper, TransactionKind, TransactionMode};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::check_names;
use crate::sql::{RawSource, RowsToInsert, begins_with_one_of};
use crate::value::Param;
use bind::bind;
use deferred::DeferredKeys;
use fetch::{Given, check_answer, fetch, of_view, watch_inserts};
use insert::insert;
use prepare::{OwnTexts, refuse_nul};

/// A connection to SQLite, on its thread.
pub(crate) struct SqliteDriver {
    connection: CheckedOut,
    stopper: Arc<Stopper>,
    guard: Guard,
    hooks: ConnectionHooks,
    /// Whether it may write, by what the options and its role say.
    writes: bool,
    /// Whether `query_only` was set for a read-only transaction.
    query_only: bool,
    /// Whether foreign keys were switched off for a transaction.
    foreign_keys_off: bool,
    /// Whether code has the connection inside of a transaction.
    lent_inside: bool,
    log: LogLength,
    deferred: Option<DeferredKeys>,
    texts: OwnTexts,
    busy_timeout: Duration,
    when_full: WhenFull,
    cache_hits: Cell<u64>,
    cache_misses: Cell<u64>,
}

impl SqliteDriver {
    /// Takes a connection over, on the thread where it will live. `is_shared` says that it serves
    /// many, so that nothing may be changed that the next statement would meet; `writes`, that it
    /// may write.
    ///
    /// # Errors
    /// Where the handlers of the connection cannot be set.
    pub(super) fn new(
        connection: CheckedOut,
        is_shared: bool,
        writes: bool,
        log: LogLength,
        options: &Options,
    ) -> Result<SqliteDriver> {
        let interrupt = connection.raw.get_interrupt_handle();
        let hooks = ConnectionHooks::new(&options.sqlite.hooks);
        let mut driver = SqliteDriver {
            connection,
            stopper: Arc::new(Stopper::new(move || interrupt.interrupt())),
            guard: Guard::new(is_shared, hooks.clone()),
            hooks,
            writes,
            query_only: false,
            foreign_keys_off: false,
            lent_inside: false,
            log,
            deferred: None,
            texts: OwnTexts::new(),
            busy_timeout: options.sqlite.busy_timeout,
            when_full: WhenFull::of(options),
            cache_hits: Cell::new(0),
            cache_misses: Cell::new(0),
        };
        driver.take_back()?;
        Ok(driver)
    }

    fn batch(&self, text: &str) -> Result<()> {
        self.connection.raw.execute_batch(text).map_err(typed)
    }

    /// Ends a nested transaction. The guard sees what is compiled: a statement that code runs
    /// twice may end a savepoint of its name twice, the second time one that is outside of the
    /// nested transaction.
    fn end_nested(&self, text: &str) -> Result<()> {
        self.connection.raw.execute_batch(text).map_err(|error| match error.to_string().starts_with("no such savepoint") {
            true => Error::usage(
                "the nested transaction is gone: inside of it, code has released a savepoint that was set before it, or has \
                 gone back to it",
            ),
            false => typed(error),
        })
    }

    /// Runs a statement of the library's own that is worth keeping.
    fn cached(&self, text: &str) -> rusqlite::Result<()> {
        self.connection.raw.prepare_cached(text)?.raw_execute().map(drop)
    }

    fn set_foreign_keys(&self, on: bool) -> Result<()> {
        self.batch(if on { "PRAGMA foreign_keys = 1" } else { "PRAGMA foreign_keys = 0" })
    }

    fn set_query_only(&mut self, on: bool) -> Result<()> {
        self.query_only = on;
        self.batch(if on { "PRAGMA query_only = 1" } else { "PRAGMA query_only = 0" })
    }

    fn after_transaction(&mut self) {
        self.guard.transaction_ended();
        if self.query_only && self.set_query_only(false).is_err() {
            self.connection.dirty = true;
        }
        if self.foreign_keys_off {
            self.foreign_keys_off = false;
            let is_on = self.set_foreign_keys(true).is_ok() && foreign_keys::are_enforced(&self.connection.raw);
            self.connection.dirty |= !is_on;
        }
    }
}

impl Driver for SqliteDriver {
    fn is_read(&mut self, text: &str, params: &[Param], in_transaction: bool) -> Result<bool> {
        // What such a pragma does SQLite finds out while it runs.
        let may_write =
            begins_with_one_of(text, &["pragma"]) && WRITING_PRAGMAS.iter().any(|name| contains(text, name));
        self.prepare(text, params, in_transaction).map(|statement| statement.readonly() && !may_write)
    }

    fn describe(&mut self, text: &str, params: &[Param], rows: &mut dyn Rows) -> Result<()> {
        let statement = self.prepare(text, params, false)?;
        // It may have been found compiled, from before the schema changed.
        let statement = self.compiled_anew(statement, text, params)?;
        for column in statement.columns() {
            rows.batch().push_text(column.name().as_bytes());
            match column.decl_type() {
                Some(declared) => rows.batch().push_text(declared.as_bytes()),
                None => rows.batch().push_null(),
            }
            if !rows.end_row() {
                break;
            }
        }
        Ok(())
    }

    fn check_sources(&mut self, sources: &[RawSource], params: &[Param]) -> Result<()> {
        for RawSource { text, names, record } in sources {
            // What cannot be compiled alone may read what the statement names; if nothing does,
            // the statement says so.
            let Ok(statement) = self.prepare(text, params, false) else { continue };
            let ambiguity = |statement: &rusqlite::Statement<'_>| {
                let given: Vec<_> = statement.column_names().into_iter().map(str::to_owned).collect();
                check_names(names, &given, record)
            };
            if ambiguity(&statement).is_err() {
                let Ok(statement) = self.compiled_anew(statement, text, params) else { continue };
                ambiguity(&statement)?;
            }
        }
        Ok(())
    }

    fn must_run_outside_of_transactions(&self, text: &str) -> bool {
        begins_with_one_of(text, &["vacuum", "pragma", "attach", "detach"])
    }

    fn execute(&mut self, text: &str, params: &[Param], exact: bool, rows: &mut dyn Rows) -> Result<Outcome> {
        let raw = &self.connection.raw;
        if raw.is_autocommit() {
            self.hooks.forget();
        }
        let mut statement = self.prepare(text, params, false)?;
        let is_new = self.count(&statement);
        let reads = statement.readonly();
        if exact && reads && raw.is_autocommit() && check::is_check(text) {
            check::forget_schema(raw).map_err(typed)?;
        }
        if is_new && !reads && statement.column_count() > 0 {
            target::refuse_numbers(raw, text, statement.column_count())?;
        }
        if let Some(expected) = rows.expected().filter(|_| !reads)
            && check_answer(raw, text, &statement, expected).is_err()
        {
            statement = self.compiled_anew(statement, text, params)?;
            check_answer(raw, text, &statement, expected)?;
        }
        bind(&mut statement, params)?;
        let before = if reads { (0, 0) } else { (raw.total_changes(), raw.last_insert_rowid()) };
        let inserts = !reads && (is_insert(text) || exact && begins_with_one_of(text, &["with"]));
        let inserted = if inserts && exact { Some(watch_inserts(raw, &self.hooks, before.1)?) } else { None };
        let fetched =
            fetch(raw, text, &mut statement, reads, Given::NONE, rows).map_err(|error| self.failed(text, error));
        let result = fetched.and_then(|held| held.end(raw, rows));
        if inserted.is_some() {
            self.hooks.set_update_hook(raw)?;
        }
        result?;
        drop(statement);
        let changed = if reads { 0 } else { raw.total_changes() - before.0 };
        if changed == 0 {
            return Ok(Outcome::default());
        }
        let (rows_affected, number) = (raw.changes(), raw.last_insert_rowid());
        if rows_affected == 0 {
            return Ok(of_view(raw, text, changed));
        }
        // The number of an earlier insert is not this one's, unless this one has inserted a row
        // with the same.
        let own = number != before.1 || inserted.is_none_or(|same| same.load(Ordering::Relaxed));
        let last_insert_id = (inserts && rows_affected > 0 && own).then_some(number);
        Ok(Outcome { rows_affected, last_insert_id })
    }

    fn insert(&mut self, inserted: &RowsToInsert, rows: &mut dyn Rows) -> Result<Outcome, (Option<usize>, Error)> {
        insert(self, inserted, rows)
    }

    fn execute_script(&mut self, text: &str, of_migration: bool) -> Result<()> {
        let raw = &self.connection.raw;
        if raw.is_autocommit() {
            self.hooks.forget();
        }
        refuse_nul(text)?;
        let allows = if raw.is_autocommit() { Allows::Script } else { Allows::ScriptInside };
        let mut statements = rusqlite::Batch::new(raw, text);
        loop {
            // Another script may have dropped one, or have been refused to.
            drop(self.guard.dropped_table());
            // A script may have begun a transaction of its own.
            let mut compile = || self.guard.compile(allows, !raw.is_autocommit(), || statements.next());
            let Some(mut statement) = self.compile_by_schema(&mut compile)? else { return Ok(()) };
            if of_migration && let Some(table) = self.guard.dropped_table() {
                foreign_keys::refuse_to_drop(raw, &table)?;
            }
            let mut rows = statement.raw_query();
            while rows.next().map_err(|error| error::while_running(raw, None, error))?.is_some() {}
        }
    }

    fn begin(&mut self, kind: TransactionKind) -> Result<()> {
        self.hooks.forget();
        match kind {
            TransactionKind::Write | TransactionKind::Mode(TransactionMode::Immediate) => {
                self.cached(&self.texts.begin).map_err(typed)
            }
            TransactionKind::Read | TransactionKind::Mode(TransactionMode::Deferred) => self.batch("BEGIN DEFERRED"),
            TransactionKind::Mode(TransactionMode::Exclusive) => self.batch("BEGIN EXCLUSIVE"),
            TransactionKind::Mode(TransactionMode::ReadOnly) => {
                self.set_query_only(true)?;
                // A deferred transaction sees the database as it is at its first read, which is
                // therefore now.
                let begun = self.batch("BEGIN DEFERRED; SELECT 1 FROM sqlite_schema LIMIT 1");
                if begun.is_err() {
                    let _ = self.rollback();
                }
                begun
            }
            TransactionKind::WithoutForeignKeys => {
                // Where they are off already they stay so.
                if foreign_keys::are_enforced(&self.connection.raw) {
                    self.foreign_keys_off = true;
                    self.set_foreign_keys(false)?;
                }
                let begun = self.begin(TransactionKind::Write);
                if begun.is_err() {
                    self.after_transaction();
                }
                begun
            }
        }
    }

    fn commit(&mut self) -> Result<()> {
        let raw = &self.connection.raw;
        let result = self.cached(&self.texts.commit).map_err(|failure| error::foreign_key_at_commit(raw, failure));
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
        self.batch(&format!("SAVEPOINT aio_sql_{number}"))?;
        self.guard.savepoint(number);
        Ok(())
    }

    fn release(&mut self, number: u64) -> Result<()> {
        self.guard.savepoint_ended(number);
        self.end_nested(&format!("RELEASE aio_sql_{number}"))
    }

    fn rollback_to(&mut self, number: u64) -> Result<()> {
        self.guard.savepoint_ended(number);
        self.end_nested(&format!("ROLLBACK TO aio_sql_{number}; RELEASE aio_sql_{number}"))
    }

    fn in_transaction(&self) -> bool {
        !self.connection.raw.is_autocommit()
    }

    fn stopper(&self) -> Arc<Stopper> {
        Arc::clone(&self.stopper)
    }

    fn lend(&mut self, read_only: bool) -> Result<&mut dyn Any> {
        if read_only && self.writes && !self.query_only {
            self.batch("PRAGMA query_only = 1")?;
        }
        let in_transaction = self.in_transaction();
        self.guard.allow(Allows::Code, in_transaction);
        if in_transaction {
            self.guard.lend_inside(&self.connection.raw).map_err(typed)?;
            self.lent_inside = true;
        }
        self.connection.dirty = true;
        Ok(&mut self.connection.raw)
    }

    fn take_back(&mut self) -> Result<()> {
        self.guard.allow(Allows::All, false);
        let raw = &self.connection.raw;
        if std::mem::take(&mut self.lent_inside) {
            self.guard.take_back_inside();
        }
        // A statement is looked at when it is compiled: none is to find one there that the code
        // was allowed.
        raw.flush_prepared_statement_cache();
        watch::set_handlers(raw, &self.stopper, self.busy_timeout).map_err(typed)?;
        watch::watch_log(raw);
        self.hooks.set(raw)?;
        self.hooks.forget();
        self.guard.watch(raw).map_err(typed)?;
        if self.guard.has_changed() {
            self.connection.log_may_be_new();
        }
        let raw = &self.connection.raw;
        let query_only = self.query_only || !self.writes;
        raw.execute_batch(if query_only { "PRAGMA query_only = 1" } else { "PRAGMA query_only = 0" }).map_err(typed)?;
        // The code was told by rusqlite, in no words.
        self.guard.refused().map_or(Ok(()), Err)
    }

    fn explain(&self, error: Error) -> Error {
        self.hooks.explain(self.when_full.explain(error))
    }

    fn is_changed_for_others(&self) -> bool {
        self.guard.is_shared() && self.guard.has_changed()
    }

    fn is_unusable_after(&self, error: &Error) -> bool {
        // SQLite opens for reading what it cannot open for writing, and says so at the first
        // write.
        *error.kind() == ErrorKind::ReadOnly && self.writes && !self.query_only && self.is_as_new()
    }

    fn discard(&mut self) {
        self.connection.dirty = true;
    }

    fn is_as_new(&self) -> bool {
        !self.connection.dirty && !self.guard.has_changed()
    }

    fn take_cache_figures(&mut self) -> (u64, u64) {
        (self.cache_hits.take(), self.cache_misses.take())
    }
}

impl SqliteConnection for SqliteDriver {
    fn check_files(&mut self, check: FileCheck) -> Result<()> {
        self.connection.check_files(check)
    }

    fn first_deferring<'a>(&mut self, mut texts: impl Iterator<Item = Cow<'a, str>>) -> Option<usize> {
        let keys = DeferredKeys::current(&mut self.deferred, &self.connection.raw)?;
        texts.position(|text| keys.concern(&text))
    }

    fn log_after_commit(&mut self) -> Option<Log> {
        let pages = watch::pages_after_commit()?;
        if pages < self.log.at_checkpoint {
            // It has been begun anew.
            self.log.at_checkpoint = 0;
        }
        let after = self.log.checkpoint_after;
        let is_due = after > 0 && pages - self.log.at_checkpoint >= after;
        if is_due {
            self.log.at_checkpoint = pages;
        }
        Some(Log { bytes: u64::from(pages) * (self.log.page_size + 24), is_due })
    }

    fn log_file(&self) -> u64 {
        self.connection.log_file()
    }

    fn checkpoint(&mut self, how: Checkpoint, busy_timeout: Duration) -> Result<()> {
        self.check_files(FileCheck::BeforeWrite)?;
        let mode = match how {
            Checkpoint::Passive => "PASSIVE",
            Checkpoint::Restart => "RESTART",
            Checkpoint::Truncate => "TRUNCATE",
        };
        let text = format!("PRAGMA wal_checkpoint({mode})");
        let run = || self.connection.raw.query_row(&text, [], |row| row.get(0));
        let busy: bool = watch::with_busy_timeout(busy_timeout, run).map_err(typed)?;
        if busy && how != Checkpoint::Passive {
            let message = "the write-ahead log is read or written, and cannot be emptied at the moment";
            return Err(Error::new(ErrorKind::Busy, message));
        }
        Ok(())
    }

    fn optimize(&mut self) {
        // Advice for the planner; that it fails is no reason to say that closing did. The mask is
        // the one for a connection that has been open for long, with a limit to what is looked at
        // (https://sqlite.org/pragma.html#pragma_optimize).
        let _ = self.check_files(FileCheck::BeforeWrite).and_then(|()| self.batch("PRAGMA optimize = 0x10012"));
    }
}

impl Drop for SqliteDriver {
    fn drop(&mut self) {
        self.connection.dirty |= self.guard.has_changed();
    }
}

/// Pragmas that SQLite calls readers, and that write all the same.
const WRITING_PRAGMAS: [&str; 3] = ["optimize", "incremental_vacuum", "wal_checkpoint"];
