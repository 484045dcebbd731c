//! Runs statements, scripts and transactions on one SQLite connection, for the thread that owns
//! it.

mod bind;
mod blocks;
mod deferred;
mod fetch;
mod insert;
mod prepare;
mod script;

pub(super) use bind::into_stored;

use std::any::Any;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::attached::quoted;
use super::callbacks::LogPages;
use super::error::{self, typed};
use super::full_disk::FullDiskAdvice;
use super::guard::{Guard, Origin};
use super::hooks::ConnectionHooks;
use super::options::Options;
use super::pool::{CheckedOut, CheckpointState};
use super::statement_text::{contains, is_insert};
use super::target;
use super::{Checkpoint, FileCheck, Log, SqliteConnection, callbacks, check, foreign_keys, rebuild};
use crate::engine::{Driver, RowSink, ScriptKind, Stopper, TransactionKind, TransactionMode};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::check_names;
use crate::sql::{RawSource, RowsToInsert, begins_with_one_of};
use crate::value::Param;
use bind::bind;
use deferred::{DeferredKeys, Schema};
use fetch::{GivenValues, check_columns, fetch, view_outcome, watch_inserts};
use insert::insert;
use prepare::LibraryTexts;

/// Runs requests on one SQLite connection, on the thread that owns the connection.
pub(crate) struct SqliteDriver {
    connection: CheckedOut,
    stopper: Arc<Stopper>,
    guard: Guard,
    hooks: ConnectionHooks,
    /// Whether the connection may write, according to the options and its role.
    writes: bool,
    /// Whether `query_only` was set for a read-only transaction.
    query_only: bool,
    /// Whether foreign keys were turned off for a transaction.
    foreign_keys_off: bool,
    /// Whether the simple form of ALTER TABLE was turned on for the open transaction, which
    /// replaces tables.
    simple_alter_on: bool,
    /// Whether the open transaction is that of a step of a migration.
    in_step: bool,
    /// Whether the connection is lent to a closure inside a transaction.
    lent_in_transaction: bool,
    log: CheckpointState,
    /// The statements that begin a transaction which reads every file from now on as it is.
    begin_reading: String,
    /// The file and those that are attached to it.
    schemas: Vec<Schema>,
    deferred: Option<DeferredKeys>,
    texts: LibraryTexts,
    busy_timeout: Duration,
    full_disk_advice: FullDiskAdvice,
    cache_hits: Cell<u64>,
    cache_misses: Cell<u64>,
}

impl SqliteDriver {
    /// Takes over a connection, on the thread that will use it. If `is_shared` is set, requests of
    /// many callers run on the connection, so no statement may change its settings. If `writes` is
    /// set, the connection may write.
    ///
    /// # Errors
    /// Fails if the handlers of the connection cannot be set.
    pub(super) fn new(
        connection: CheckedOut,
        is_shared: bool,
        writes: bool,
        log: CheckpointState,
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
            simple_alter_on: false,
            in_step: false,
            lent_in_transaction: false,
            log,
            begin_reading: begin_reading(options),
            schemas: options.schemas().map(Schema::new).collect(),
            deferred: None,
            texts: LibraryTexts::new(),
            busy_timeout: options.sqlite.busy_timeout,
            full_disk_advice: FullDiskAdvice::of(options),
            cache_hits: Cell::new(0),
            cache_misses: Cell::new(0),
        };
        driver.take_back()?;
        Ok(driver)
    }

    fn batch(&self, text: &str) -> Result<()> {
        self.connection.raw.execute_batch(text).map_err(typed)
    }

    /// Runs the statements that release or roll back a nested transaction.
    ///
    /// # Errors
    /// A usage error if the savepoint of the nested transaction is gone. This can happen although
    /// the guard refuses statements that end the savepoint, because the guard checks a statement
    /// when it is prepared, and a closure may run one prepared RELEASE twice.
    fn end_savepoint(&self, text: &str) -> Result<()> {
        self.connection.raw.execute_batch(text).map_err(|error| match error.to_string().starts_with("no such savepoint") {
            true => Error::usage(
                "the nested transaction has ended: a closure inside it has released a savepoint that was set before it, or \
                 has rolled back to it",
            ),
            false => typed(error),
        })
    }

    /// Runs one of the library's own statements from the statement cache.
    fn run_cached(&self, text: &str) -> rusqlite::Result<()> {
        self.connection.raw.prepare_cached(text)?.raw_execute().map(drop)
    }

    fn set_foreign_keys(&self, on: bool) -> Result<()> {
        self.batch(if on { "PRAGMA foreign_keys = 1" } else { "PRAGMA foreign_keys = 0" })
    }

    /// Turns the simple form of ALTER TABLE on or off, in which a rename changes nothing but the
    /// name of the table (<https://sqlite.org/pragma.html#pragma_legacy_alter_table>).
    fn set_simple_alter(&self, on: bool) -> Result<()> {
        self.batch(if on { "PRAGMA legacy_alter_table = 1" } else { "PRAGMA legacy_alter_table = 0" })
    }

    fn set_query_only(&mut self, on: bool) -> Result<()> {
        self.query_only = on;
        self.batch(if on { "PRAGMA query_only = 1" } else { "PRAGMA query_only = 0" })
    }

    fn after_transaction(&mut self) {
        self.guard.transaction_ended();
        self.in_step = false;
        if self.query_only && self.set_query_only(false).is_err() {
            self.connection.dirty = true;
        }
        if self.foreign_keys_off {
            self.foreign_keys_off = false;
            let is_on = self.set_foreign_keys(true).is_ok() && foreign_keys::are_enforced(&self.connection.raw);
            self.connection.dirty |= !is_on;
        }
        if self.simple_alter_on {
            self.simple_alter_on = false;
            let is_off = self.set_simple_alter(false).is_ok() && !rebuild::has_simple_alter(&self.connection.raw);
            self.connection.dirty |= !is_off;
        }
    }
}

impl Driver for SqliteDriver {
    fn is_read(&mut self, text: &str, params: &[Param], in_transaction: bool) -> Result<bool> {
        // SQLite reports these pragmas as read-only, although they may write when they run.
        let may_write =
            begins_with_one_of(text, &["pragma"]) && WRITING_PRAGMAS.iter().any(|name| contains(text, name));
        self.prepare(text, params, in_transaction).map(|statement| statement.readonly() && !may_write)
    }

    fn describe(&mut self, text: &str, params: &[Param], rows: &mut dyn RowSink) -> Result<()> {
        let statement = self.prepare(text, params, false)?;
        // The cached statement may be older than the last change of the schema.
        let statement = self.reprepare(statement, text, params)?;
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
            // A source that cannot be prepared without the outer statement may use names of that
            // statement. If the source is wrong, preparing the outer statement reports that.
            let Ok(statement) = self.prepare(text, params, false) else { continue };
            let check = |statement: &rusqlite::Statement<'_>| {
                let given: Vec<_> = statement.column_names().into_iter().map(str::to_owned).collect();
                check_names(names, &given, record)
            };
            if check(&statement).is_err() {
                let Ok(statement) = self.reprepare(statement, text, params) else { continue };
                check(&statement)?;
            }
        }
        Ok(())
    }

    fn must_run_outside_of_transactions(&self, text: &str) -> bool {
        begins_with_one_of(text, &["vacuum", "pragma", "attach", "detach"])
    }

    fn execute(&mut self, text: &str, params: &[Param], exact: bool, rows: &mut dyn RowSink) -> Result<Outcome> {
        let raw = &self.connection.raw;
        if raw.is_autocommit() {
            self.hooks.clear_failure();
        }
        if self.in_step {
            self.forget_dropped_table();
        }
        let mut statement = self.prepare(text, params, false)?;
        if self.in_step {
            self.refuse_to_drop()?;
        }
        let is_new = self.count_cache_use(&statement);
        let reads = statement.readonly();
        if exact && reads && raw.is_autocommit() && check::is_check(text) {
            check::forget_schema(raw).map_err(typed)?;
        }
        if is_new && !reads && statement.column_count() > 0 {
            target::refuse_unknown_rowids(raw, text, statement.column_count())?;
        }
        if let Some(expected) = rows.expected().filter(|_| !reads)
            && check_columns(raw, text, &statement, expected).is_err()
        {
            statement = self.reprepare(statement, text, params)?;
            check_columns(raw, text, &statement, expected)?;
        }
        bind(&mut statement, params)?;
        let before = if reads { (0, 0) } else { (raw.total_changes(), raw.last_insert_rowid()) };
        let inserts = !reads && (is_insert(text) || exact && begins_with_one_of(text, &["with"]));
        let inserted = if inserts && exact { Some(watch_inserts(raw, &self.hooks, before.1)?) } else { None };
        let fetched = fetch(raw, text, &mut statement, reads, GivenValues::NONE, rows)
            .map_err(|error| self.execution_error(text, error));
        let result = fetched.and_then(|pending| pending.end(raw, rows));
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
            return Ok(view_outcome(raw, text, changed));
        }
        // `last_insert_rowid` may still be that of an earlier insert. In raw SQL, the rowid
        // belongs to this statement only if it has changed, or if the update hook was called for
        // an insert with this rowid.
        let own = number != before.1 || inserted.is_none_or(|same| same.load(Ordering::Relaxed));
        let last_insert_id = (inserts && rows_affected > 0 && own).then_some(number);
        Ok(Outcome { rows_affected, last_insert_id })
    }

    fn insert(&mut self, inserted: &RowsToInsert, rows: &mut dyn RowSink) -> Result<Outcome, (Option<usize>, Error)> {
        insert(self, inserted, rows)
    }

    fn execute_script(&mut self, text: &str, kind: &ScriptKind) -> Result<()> {
        self.run_script(text, kind)
    }

    fn begin(&mut self, kind: TransactionKind) -> Result<()> {
        self.hooks.clear_failure();
        match kind {
            TransactionKind::Write
            | TransactionKind::Mode(
                TransactionMode::Immediate | TransactionMode::RepeatableRead | TransactionMode::Serializable,
            ) => self.run_cached(&self.texts.begin).map_err(typed),
            TransactionKind::Read | TransactionKind::Mode(TransactionMode::Deferred) => self.batch("BEGIN DEFERRED"),
            TransactionKind::Mode(TransactionMode::Exclusive) => self.batch("BEGIN EXCLUSIVE"),
            TransactionKind::Mode(TransactionMode::ReadOnly) => {
                self.set_query_only(true)?;
                // A deferred transaction takes its snapshot at the first read, so read something
                // now.
                let begun = self.batch(&self.begin_reading);
                if begun.is_err() {
                    let _ = self.rollback();
                }
                begun
            }
            TransactionKind::WithoutForeignKeys | TransactionKind::Rebuild => {
                // If foreign keys are off already, they stay off after the transaction.
                if foreign_keys::are_enforced(&self.connection.raw) {
                    self.foreign_keys_off = true;
                    self.set_foreign_keys(false)?;
                }
                if kind == TransactionKind::Rebuild && !rebuild::has_simple_alter(&self.connection.raw) {
                    self.simple_alter_on = true;
                    self.set_simple_alter(true)?;
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
        let result = self.run_cached(&self.texts.commit).map_err(|failure| error::foreign_key_at_commit(raw, failure));
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
        self.guard.savepoint_set(number);
        Ok(())
    }

    fn release(&mut self, number: u64) -> Result<()> {
        self.guard.savepoint_ended(number);
        self.end_savepoint(&format!("RELEASE aio_sql_{number}"))
    }

    fn rollback_to(&mut self, number: u64) -> Result<()> {
        self.guard.savepoint_ended(number);
        self.end_savepoint(&format!("ROLLBACK TO aio_sql_{number}; RELEASE aio_sql_{number}"))
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
        self.guard.set_origin(Origin::Closure, in_transaction);
        if in_transaction {
            self.guard.lend_in_transaction(&self.connection.raw).map_err(typed)?;
            self.lent_in_transaction = true;
        }
        self.connection.dirty = true;
        Ok(&mut self.connection.raw)
    }

    fn take_back(&mut self) -> Result<()> {
        self.guard.set_origin(Origin::Library, false);
        let raw = &self.connection.raw;
        if std::mem::take(&mut self.lent_in_transaction) {
            self.guard.take_back_in_transaction();
        }
        // Statements are checked when they are prepared. Clear the cache, so that nobody gets a
        // statement that only the closure was allowed to prepare.
        raw.flush_prepared_statement_cache();
        callbacks::set_handlers(raw, &self.stopper, self.busy_timeout).map_err(typed)?;
        callbacks::set_log_hook(raw);
        self.hooks.set(raw)?;
        self.hooks.clear_failure();
        self.guard.install(raw).map_err(typed)?;
        if self.guard.has_changed() {
            self.connection.adopt_log();
        }
        let raw = &self.connection.raw;
        let query_only = self.query_only || !self.writes;
        raw.execute_batch(if query_only { "PRAGMA query_only = 1" } else { "PRAGMA query_only = 0" }).map_err(typed)?;
        // If a statement of the closure was refused, fail with the reason, which the error that
        // the closure got from rusqlite does not give.
        self.guard.take_refusal().map_or(Ok(()), Err)
    }

    fn add_context(&self, error: Error) -> Error {
        self.hooks.add_context(self.full_disk_advice.add_context(error))
    }

    fn has_leaked_changes(&self) -> bool {
        self.guard.is_shared() && self.guard.has_changed()
    }

    fn is_unusable_after(&self, error: &Error) -> bool {
        // SQLite silently opens a file read-only if it cannot open it for writing, and reports
        // that at the first write.
        *error.kind() == ErrorKind::ReadOnly && self.writes && !self.query_only && self.is_pristine()
    }

    fn discard(&mut self) {
        self.connection.dirty = true;
    }

    fn is_pristine(&self) -> bool {
        !self.connection.dirty && !self.guard.has_changed()
    }

    fn take_cache_counts(&mut self) -> (u64, u64) {
        (self.cache_hits.take(), self.cache_misses.take())
    }
}

impl SqliteConnection for SqliteDriver {
    fn check_files(&mut self, check: FileCheck) -> Result<()> {
        self.connection.check_files(check)
    }

    fn first_deferring<'a>(&mut self, mut texts: impl Iterator<Item = Cow<'a, str>>) -> Option<usize> {
        let keys = DeferredKeys::current(&mut self.deferred, &self.connection.raw, &self.schemas)?;
        texts.position(|text| keys.concern(&text))
    }

    fn log_after_commit(&mut self) -> Option<Log> {
        let LogPages { main, attached } = callbacks::pages_after_commit();
        let pages = main.max(attached)?;
        let after = self.log.checkpoint_after;
        let mut is_due = false;
        let logs = [(main, &mut self.log.last_checkpoint), (attached, &mut self.log.last_checkpoint_of_attached)];
        for (pages, last_checkpoint) in logs {
            let Some(pages) = pages else { continue };
            if pages < *last_checkpoint {
                // The write-ahead log was restarted.
                *last_checkpoint = 0;
            }
            if after > 0 && pages - *last_checkpoint >= after {
                (*last_checkpoint, is_due) = (pages, true);
            }
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
        let busy: bool = callbacks::with_busy_timeout(busy_timeout, run).map_err(typed)?;
        if busy && how != Checkpoint::Passive {
            let message = "the write-ahead log is in use and cannot be truncated at the moment";
            return Err(Error::new(ErrorKind::Busy, message));
        }
        Ok(())
    }

    fn optimize(&mut self) {
        // This only improves the planner's statistics, so a failure does not matter. The mask is
        // the recommended one for a connection that has been open for a long time, with a limit on
        // the rows that are analysed (https://sqlite.org/pragma.html#pragma_optimize).
        let _ = self.check_files(FileCheck::BeforeWrite).and_then(|()| self.batch("PRAGMA optimize = 0x10012"));
    }
}

impl Drop for SqliteDriver {
    fn drop(&mut self) {
        self.connection.dirty |= self.guard.has_changed();
    }
}

fn begin_reading(options: &Options) -> String {
    let reads = options.schemas().map(|schema| format!("; SELECT 1 FROM {}.sqlite_schema LIMIT 1", quoted(schema)));
    ["BEGIN DEFERRED".to_owned()].into_iter().chain(reads).collect()
}

/// Pragmas that SQLite reports as read-only although they write.
const WRITING_PRAGMAS: [&str; 3] = ["optimize", "incremental_vacuum", "wal_checkpoint"];
