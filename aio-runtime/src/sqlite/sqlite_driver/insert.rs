//! Inserting rows, each by the statement for the columns that it has values for.

use rusqlite::CachedStatement;

use super::super::{conflict, target};
use super::SqliteDriver;
use super::bind::bind_packed;
use super::blocks::Blocks;
use super::fetch::{Given, fetch, of_view};
use crate::engine::Rows;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::sql::{InsertStatement, RowsToInsert};

/// The maximum number of statements that are held compiled at the same time. Further ones are
/// looked up in the cache each time that they are needed.
const HELD: usize = 32;

/// A statement that is compiled.
struct Compiled<'a> {
    statement: CachedStatement<'a>,
    gives_rows: bool,
}

impl<'a> Compiled<'a> {
    fn new(driver: &'a SqliteDriver, InsertStatement { text, .. }: &InsertStatement) -> Result<Compiled<'a>> {
        let statement = driver.prepare(text, &[], false)?;
        driver.count(&statement);
        let width = statement.column_count();
        if width > 0 {
            target::refuse_numbers(&driver.connection.raw, text, width)?;
        }
        Ok(Compiled { statement, gives_rows: width > 0 })
    }
}

/// The statements that are held compiled, by their index.
struct Held<'a> {
    compiled: Vec<Option<Compiled<'a>>>,
    count: usize,
}

impl<'a> Held<'a> {
    /// Returns a statement, which is compiled unless it is held.
    fn get(
        &mut self,
        driver: &'a SqliteDriver,
        number: usize,
        statement: &InsertStatement,
    ) -> Result<&mut Compiled<'a>> {
        let is_held = self.compiled.get(number).is_some_and(Option::is_some);
        if !is_held && self.count == HELD {
            self.compiled.iter_mut().for_each(|held| *held = None);
            self.count = 0;
        }
        match self.compiled.get_mut(number) {
            Some(Some(held)) => Ok(held),
            Some(place) => {
                let compiled = Compiled::new(driver, statement)?;
                self.count += 1;
                Ok(place.insert(compiled))
            }
            None => Err(Error::usage("the insert has no such statement")),
        }
    }
}

/// Inserts rows, one after the other. An error comes with the index of the row that failed, if
/// that is known.
pub(super) fn insert(
    driver: &SqliteDriver,
    inserted: &RowsToInsert,
    rows: &mut dyn Rows,
) -> Result<Outcome, (Option<usize>, Error)> {
    let raw = &driver.connection.raw;
    if raw.is_autocommit() {
        driver.hooks.forget();
    }
    let mut held = Held { compiled: Vec::new(), count: 0 };
    held.compiled.resize_with(inserted.statements(), || None);
    let (mut row, mut at, mut all) = (0, 0, Outcome::default());
    let mut total = raw.total_changes();
    conflict::forget();
    for (number, statement, count) in inserted.runs() {
        let Compiled { statement: compiled, gives_rows } =
            held.get(driver, number, statement).map_err(|error| (Some(row), error))?;
        let (text, width) = (&statement.text, statement.width());
        let mut blocks = (statement.can_be_repeated && inserted.values().large() == 0).then(Blocks::default);
        let end = row + count;
        while row < end {
            let mut run = || {
                if driver.stopper.is_stopped() {
                    return Err(Error::new(ErrorKind::Interrupted, "interrupted"));
                }
                let begins = at;
                bind_packed(compiled, inserted.values(), &mut at, width)?;
                if *gives_rows {
                    let kept = match statement.kept.is_empty() {
                        true => Vec::new(),
                        false => statement.find_kept(inserted.values(), begins)?,
                    };
                    let given = Given::new(inserted.values(), &kept);
                    let held = fetch(raw, text, compiled, false, given, rows);
                    held.map_err(|error| driver.failed(text, error))?.end(raw, rows)?;
                    return Ok(raw.changes());
                }
                compiled.raw_execute().map(|changes| changes as u64).map_err(|error| driver.failed(text, error))
            };
            let rows_affected = run().map_err(|error| (Some(row), error))?;
            let before = std::mem::replace(&mut total, raw.total_changes());
            all.rows_affected += rows_affected;
            if rows_affected > 0 {
                all.last_insert_id = Some(raw.last_insert_rowid());
            } else if total > before {
                all.rows_affected += of_view(raw, text, total - before).rows_affected;
            }
            row += 1;
            // A view counts its rows otherwise, and a trigger may leave a row out.
            while let Some(known) = blocks.as_mut().filter(|_| rows_affected == 1 && !driver.stopper.is_stopped()) {
                let done = known.insert(driver, statement, inserted.values(), &mut at, end - row);
                let done = done.map_err(|(kept, error)| (kept.map(|kept| row + kept), error))?;
                if done == 0 {
                    blocks = None;
                    break;
                }
                all.rows_affected += raw.changes();
                all.last_insert_id = Some(raw.last_insert_rowid());
                total = raw.total_changes();
                row += done;
            }
        }
    }
    Ok(all)
}
