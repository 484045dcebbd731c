//! Compiling statements, or finding them compiled.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

use rusqlite::{CachedStatement, StatementStatus};

use super::super::error::{self, typed};
use super::super::guard::Allows;
use super::super::reading::contains;
use super::SqliteDriver;
use crate::engine::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{begins_with_one_of, first_word};
use crate::value::Param;

/// The library's own statements that are kept compiled. What is found in the cache is not
/// checked again: a comment that nobody can guess keeps a user's statement from being found there.
pub(super) struct OwnTexts {
    pub(super) begin: String,
    pub(super) commit: String,
    /// Stands before a statement with lists.
    lists: String,
}

impl OwnTexts {
    pub(super) fn new() -> OwnTexts {
        let secret = RandomState::new().hash_one(0);
        let comment = format!("/* {secret:x} */");
        OwnTexts { begin: format!("BEGIN IMMEDIATE {comment}"), commit: format!("COMMIT {comment}"), lists: comment }
    }
}

impl SqliteDriver {
    /// Returns a statement of the user's, compiled or from the cache.
    ///
    /// A list is bound as a pointer that the virtual table `rarray` reads. One that is given
    /// another value aborts a debug build, so that it is there for statements with lists alone,
    /// and they are kept apart in the cache. The text names it once for each list: where it is
    /// named more often, it would read something else.
    pub(super) fn prepare(&self, text: &str, params: &[Param], in_transaction: bool) -> Result<CachedStatement<'_>> {
        refuse_nul(text)?;
        let lists = params.iter().filter(|param| matches!(param, Param::List(_))).count();
        let has_lists = lists > 0 && times_named(text, "rarray") <= lists;
        let text = if has_lists { Cow::Owned(format!("{} {text}", self.texts.lists)) } else { Cow::Borrowed(text) };
        self.guard.allow_lists(has_lists);
        let statement = self.compile(&text, in_transaction);
        self.guard.allow_lists(false);
        statement
    }

    fn compile(&self, text: &str, in_transaction: bool) -> Result<CachedStatement<'_>> {
        let (raw, first) = (&self.connection.raw, first_word(text));
        let is_pragma = first.is_some_and(|word| word.eq_ignore_ascii_case("pragma"));
        if is_pragma {
            // A pragma is compiled each time that it runs: whether it is allowed depends on
            // whether a transaction is open, and one that has found nothing in the schema does not
            // notice that the schema has changed since.
            raw.flush_prepared_statement_cache();
            // To read the schema outside of a transaction commits, which ends what the pragma
            // `defer_foreign_keys` has set.
            if !contains(text, "defer_foreign_keys") {
                // Where the schema cannot be read, the pragma may be the one that repairs it.
                let _ = self.read_schema();
            }
        }
        // Only a pragma means something else in a transaction.
        let in_transaction = is_pragma && (in_transaction || self.in_transaction());
        let statement = self
            .compile_by_schema(|| self.guard.compile(Allows::Statement, in_transaction, || raw.prepare_cached(text)))?;
        if first.is_none() {
            // SQLite compiles blanks and comments to nothing, which cannot be run.
            return Err(Error::usage("the text holds no statement"));
        }
        Ok(statement)
    }

    /// Calls `compile`, and once more with the schema read anew where that fails.
    ///
    /// A connection learns only when a statement runs that another one has changed the schema.
    /// SQLite checks its schema itself where it finds no table or column of a name, but not where
    /// it finds no index, or a column that another connection has dropped.
    pub(super) fn compile_by_schema<T>(&self, mut compile: impl FnMut() -> Result<T>) -> Result<T> {
        match compile() {
            Err(error) if *error.kind() == ErrorKind::Sql && self.read_schema().is_ok() => compile(),
            result => result,
        }
    }

    /// Returns the error of a statement that runs. To compile a pragma may do already what it
    /// says.
    pub(super) fn failed(&self, text: &str, error: rusqlite::Error) -> Error {
        let text = (!begins_with_one_of(text, &["pragma"])).then_some(text);
        error::while_running(&self.connection.raw, text, error)
    }

    /// Compiles a statement as the schema is now: it may have been compiled before the schema
    /// changed, of which SQLite learns when a statement runs.
    pub(super) fn compiled_anew(
        &self,
        old: CachedStatement<'_>,
        text: &str,
        params: &[Param],
    ) -> Result<CachedStatement<'_>> {
        old.discard();
        self.read_schema()?;
        self.prepare(text, params, false)
    }

    /// Reads the schema as it is now, where another connection has changed it.
    fn read_schema(&self) -> Result<()> {
        let raw = &self.connection.raw;
        raw.query_row("SELECT count(*) FROM sqlite_schema LIMIT 1", [], |_| Ok(())).map_err(typed)
    }

    /// Counts a statement among those that were found compiled or were not. Returns whether it was
    /// compiled now.
    pub(super) fn count(&self, statement: &CachedStatement<'_>) -> bool {
        let is_new = statement.get_status(StatementStatus::Run) == 0;
        let figure = if is_new { &self.cache_misses } else { &self.cache_hits };
        figure.set(figure.get() + 1);
        is_new
    }
}

/// SQLite reads a text up to a NUL, and would run what stands in front of it.
pub(super) fn refuse_nul(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::usage(
            "the text has a NUL character in it, where SQLite would stop to read: take it out, and bind a value that has one",
        ));
    }
    Ok(())
}

/// Returns how often a name without quotes stands in a text, also as a part of a comment or a
/// quoted text.
fn times_named(text: &str, name: &str) -> usize {
    let goes_on = |byte: Option<&u8>| {
        byte.is_some_and(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
    };
    let text = text.as_bytes();
    let is_named = |at: usize, found: &[u8]| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        found.eq_ignore_ascii_case(name.as_bytes()) && !goes_on(before) && !goes_on(text.get(at + name.len()))
    };
    text.windows(name.len()).enumerate().filter(|(at, found)| is_named(*at, found)).count()
}
