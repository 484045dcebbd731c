//! Prepares statements, or takes them from the statement cache.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

use rusqlite::{CachedStatement, StatementStatus};

use super::super::error::{self, typed};
use super::super::guard::Origin;
use super::super::statement_text::contains;
use super::SqliteDriver;
use crate::engine::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{begins_with_one_of, first_word};
use crate::value::Param;

/// The texts of the library's own cached statements. A cached statement is not checked again, so
/// each text contains a random comment: a user's statement can never match it.
pub(super) struct LibraryTexts {
    pub(super) begin: String,
    pub(super) commit: String,
    /// The prefix of statements with list parameters.
    lists: String,
}

impl LibraryTexts {
    pub(super) fn new() -> LibraryTexts {
        let secret = RandomState::new().hash_one(0);
        let comment = format!("/* {secret:x} */");
        LibraryTexts {
            begin: format!("BEGIN IMMEDIATE {comment}"),
            commit: format!("COMMIT {comment}"),
            lists: comment,
        }
    }
}

impl SqliteDriver {
    /// Returns a prepared statement of the user.
    ///
    /// A list is bound as a pointer that the virtual table `rarray` reads. Bound to any other
    /// value, `rarray` aborts a debug build. So `rarray` is allowed only in statements with list
    /// parameters, whose cache entries are separate from those of other statements, and only if
    /// the text names it at most once for each list.
    pub(super) fn prepare(&self, text: &str, params: &[Param], in_transaction: bool) -> Result<CachedStatement<'_>> {
        refuse_nul(text)?;
        let lists = params.iter().filter(|param| matches!(param, Param::List(_))).count();
        let has_lists = lists > 0 && count_name(text, "rarray") <= lists;
        let text = if has_lists { Cow::Owned(format!("{} {text}", self.texts.lists)) } else { Cow::Borrowed(text) };
        self.guard.set_has_lists(has_lists);
        let statement = self.prepare_text(&text, in_transaction);
        self.guard.set_has_lists(false);
        statement
    }

    fn prepare_text(&self, text: &str, in_transaction: bool) -> Result<CachedStatement<'_>> {
        let (raw, first) = (&self.connection.raw, first_word(text));
        let is_pragma = first.is_some_and(|word| word.eq_ignore_ascii_case("pragma"));
        if is_pragma {
            // Pragmas are prepared for every run: whether one is allowed depends on whether a
            // transaction is open, and a cached pragma that has found nothing in the schema does
            // not notice later changes.
            raw.flush_prepared_statement_cache();
            // Reading the schema outside of a transaction commits, which resets the pragma
            // `defer_foreign_keys`.
            if !contains(text, "defer_foreign_keys") {
                // If the schema cannot be read, this pragma may repair it, so the error is
                // ignored.
                let _ = self.read_schema();
            }
        }
        if self.in_step && first.is_some_and(|word| word.eq_ignore_ascii_case("drop")) {
            // The guard does not see a statement of the cache, nor which table it drops.
            raw.flush_prepared_statement_cache();
        }
        // Whether a transaction is open matters only for pragmas, some of which are refused then.
        let in_transaction = is_pragma && (in_transaction || self.in_transaction());
        let statement = self.with_current_schema(|| {
            self.guard.prepare(Origin::Statement, in_transaction, || raw.prepare_cached(text))
        })?;
        if first.is_none() {
            // SQLite prepares blanks and comments as an empty statement, which cannot run.
            return Err(Error::usage("the text contains no statement"));
        }
        Ok(statement)
    }

    /// Calls `prepare`. If SQLite does not accept the SQL, calls `prepare` once more after reading
    /// the schema again.
    ///
    /// A connection notices a schema change by another connection only when a statement runs.
    /// SQLite itself retries if a table or column is missing, but not if an index is missing or if
    /// another connection has dropped a column.
    pub(super) fn with_current_schema<T>(&self, mut prepare: impl FnMut() -> Result<T>) -> Result<T> {
        match prepare() {
            Err(error) if *error.kind() == ErrorKind::Sql && self.read_schema().is_ok() => prepare(),
            result => result,
        }
    }

    /// Converts the error of a running statement. A pragma is not prepared again to find the
    /// cause, because preparing a pragma may already execute it.
    pub(super) fn execution_error(&self, text: &str, error: rusqlite::Error) -> Error {
        let text = (!begins_with_one_of(text, &["pragma"])).then_some(text);
        error::execution_error(&self.connection.raw, text, error)
    }

    /// Prepares a statement again with the current schema. The cached statement may be older than
    /// the last schema change, which SQLite notices only when the statement runs.
    pub(super) fn reprepare(
        &self,
        old: CachedStatement<'_>,
        text: &str,
        params: &[Param],
    ) -> Result<CachedStatement<'_>> {
        old.discard();
        self.read_schema()?;
        self.prepare(text, params, false)
    }

    /// Loads the schema if another connection has changed it.
    fn read_schema(&self) -> Result<()> {
        let raw = &self.connection.raw;
        raw.query_row("SELECT count(*) FROM sqlite_schema LIMIT 1", [], |_| Ok(())).map_err(typed)
    }

    /// Counts a hit or miss of the statement cache. Returns whether it was a miss.
    pub(super) fn count_cache_use(&self, statement: &CachedStatement<'_>) -> bool {
        let is_new = statement.get_status(StatementStatus::Run) == 0;
        let counter = if is_new { &self.cache_misses } else { &self.cache_hits };
        counter.set(counter.get() + 1);
        is_new
    }
}

/// Fails if the text contains a NUL, because SQLite would stop reading there and run only the part
/// before it.
pub(super) fn refuse_nul(text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::usage(
            "the text contains a NUL character, at which SQLite would stop reading: remove it, and bind a value that contains one",
        ));
    }
    Ok(())
}

/// Returns how often a name, given without quotes, occurs in a text as a whole word in upper or
/// lower case. Occurrences in quotes, comments and strings count, too.
fn count_name(text: &str, name: &str) -> usize {
    let continues_name = |byte: Option<&u8>| {
        byte.is_some_and(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
    };
    let text = text.as_bytes();
    let is_named = |at: usize, found: &[u8]| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        found.eq_ignore_ascii_case(name.as_bytes())
            && !continues_name(before)
            && !continues_name(text.get(at + name.len()))
    };
    text.windows(name.len()).enumerate().filter(|(at, found)| is_named(*at, found)).count()
}
