//! Inserts rows. Each row is inserted by a statement that names the columns for which the row has
//! values.

use rusqlite::CachedStatement;

use super::super::{target, upsert};
use super::SqliteDriver;
use super::bind::bind_packed;
use super::blocks::Blocks;
use super::fetch::{GivenValues, fetch, view_outcome};
use crate::engine::RowSink;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::sql::{InsertStatement, RowsToInsert};

/// The maximum number of prepared statements that are kept from row to row. When another one is
/// needed, all of them are given back to the statement cache.
const MAX_PREPARED: usize = 32;

/// A prepared insert.
struct PreparedInsert<'a> {
    statement: CachedStatement<'a>,
    returns_rows: bool,
}

impl<'a> PreparedInsert<'a> {
    fn new(driver: &'a SqliteDriver, InsertStatement { text, .. }: &InsertStatement) -> Result<PreparedInsert<'a>> {
        let statement = driver.prepare(text, &[], false)?;
        driver.count_cache_use(&statement);
        let width = statement.column_count();
        if width > 0 {
            target::refuse_unknown_rowids(&driver.connection.raw, text, width)?;
        }
        Ok(PreparedInsert { statement, returns_rows: width > 0 })
    }
}

/// The prepared inserts that are kept from row to row, by the index of their statement.
struct PreparedInserts<'a> {
    prepared: Vec<Option<PreparedInsert<'a>>>,
    count: usize,
}

impl<'a> PreparedInserts<'a> {
    /// Returns a statement, and prepares it if it is not one of those that are kept.
    fn get(
        &mut self,
        driver: &'a SqliteDriver,
        number: usize,
        statement: &InsertStatement,
    ) -> Result<&mut PreparedInsert<'a>> {
        let is_prepared = self.prepared.get(number).is_some_and(Option::is_some);
        if !is_prepared && self.count == MAX_PREPARED {
            self.prepared.iter_mut().for_each(|prepared| *prepared = None);
            self.count = 0;
        }
        match self.prepared.get_mut(number) {
            Some(Some(prepared)) => Ok(prepared),
            Some(place) => {
                let prepared = PreparedInsert::new(driver, statement)?;
                self.count += 1;
                Ok(place.insert(prepared))
            }
            None => Err(Error::usage("the insert has no such statement")),
        }
    }
}

/// Inserts rows in their order, several at a time where that is possible. An error is returned
/// with the index of the row that failed, or `None` if that is not known.
pub(super) fn insert(
    driver: &SqliteDriver,
    inserted: &RowsToInsert,
    rows: &mut dyn RowSink,
) -> Result<Outcome, (Option<usize>, Error)> {
    let raw = &driver.connection.raw;
    if raw.is_autocommit() {
        driver.hooks.clear_failure();
    }
    let mut inserts = PreparedInserts { prepared: Vec::new(), count: 0 };
    inserts.prepared.resize_with(inserted.statements(), || None);
    let (mut row, mut at, mut all) = (0, 0, Outcome::default());
    let mut total = raw.total_changes();
    upsert::forget();
    for (number, statement, count) in inserted.runs() {
        let PreparedInsert { statement: prepared, returns_rows } =
            inserts.get(driver, number, statement).map_err(|error| (Some(row), error))?;
        let (text, width) = (&statement.text, statement.width());
        let mut blocks = (statement.can_be_repeated && inserted.values().large() == 0).then(Blocks::default);
        let end = row + count;
        while row < end {
            let mut run = || {
                if driver.stopper.is_stopped() {
                    return Err(Error::new(ErrorKind::Interrupted, "interrupted"));
                }
                let begins = at;
                bind_packed(prepared, inserted.values(), &mut at, width)?;
                if *returns_rows {
                    let kept = match statement.kept.is_empty() {
                        true => Vec::new(),
                        false => statement.find_kept(inserted.values(), begins)?,
                    };
                    let given = GivenValues::new(inserted.values(), &kept);
                    let pending = fetch(raw, text, prepared, false, given, rows);
                    pending.map_err(|error| driver.execution_error(text, error))?.end(raw, rows)?;
                    return Ok(raw.changes());
                }
                prepared
                    .raw_execute()
                    .map(|changes| changes as u64)
                    .map_err(|error| driver.execution_error(text, error))
            };
            let rows_affected = run().map_err(|error| (Some(row), error))?;
            let before = std::mem::replace(&mut total, raw.total_changes());
            all.rows_affected += rows_affected;
            if rows_affected > 0 {
                all.last_insert_id = Some(raw.last_insert_rowid());
            } else if total > before {
                all.rows_affected += view_outcome(raw, text, total - before).rows_affected;
            }
            row += 1;
            // Blocks are not used for a view, whose changes are counted differently, nor if a
            // trigger skips rows.
            while let Some(block_inserts) =
                blocks.as_mut().filter(|_| rows_affected == 1 && !driver.stopper.is_stopped())
            {
                let inserted_rows = block_inserts.insert(driver, statement, inserted.values(), &mut at, end - row);
                let inserted_rows = inserted_rows.map_err(|error| (None, error))?;
                if inserted_rows == 0 {
                    blocks = None;
                    break;
                }
                all.rows_affected += raw.changes();
                all.last_insert_id = Some(raw.last_insert_rowid());
                total = raw.total_changes();
                row += inserted_rows;
            }
        }
    }
    Ok(all)
}
