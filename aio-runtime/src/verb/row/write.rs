//! A write of one row by its primary key. If it wrote no row, a query for the row finds out why.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::plan::{ExpectedRow, PlannedWrite, column};
use crate::engine::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::expr::{Node, Query, SelectQuery};
use crate::row_batch::RowBatch;
use crate::schema::{Role, TableDef};
use crate::table::Table;
use crate::value::Value;
use crate::verb::future::{Execution, Fetch};
use crate::verb::prepare::Prepare;

/// A write by primary key, followed by a query for the row if no row was written.
pub(super) struct RowWrite {
    table: &'static TableDef,
    executor: Executor,
    execution: Execution,
    /// The row that is written; `None` if the statement could not be built.
    row: Option<ExpectedRow>,
    /// The query for the row with any version, after the write has written no row.
    lookup: Option<Execution>,
    found: Found,
    /// For each column, the value that the user's struct keeps instead of the returned one,
    /// because `only` leaves the column out of the save; see [`PlannedWrite::kept`].
    kept: Vec<Option<Value>>,
}

/// The result of the query for the row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// There is no row with the key.
    Nothing,
    /// The row exists, and has the expected version if the table has a version column.
    Same,
    /// The row exists, but has another version.
    Changed,
}

impl RowWrite {
    pub(super) fn new(table: &'static TableDef, ex: &Executor, planned: Result<PlannedWrite>) -> RowWrite {
        let (prepared, row, kept) = match planned {
            Ok(PlannedWrite { query, row, kept }) => (query.prepare(ex.dialect()), Some(row), kept),
            Err(error) => (Err(error), None, Vec::new()),
        };
        let execution = Execution::of_prepared(ex, prepared, Fetch::All);
        RowWrite { table, executor: ex.clone(), execution, row, lookup: None, found: Found::Nothing, kept }
    }

    /// Returns a write to the same table with the same timeout, but with another statement.
    pub(super) fn replanned(&self, planned: Result<PlannedWrite>) -> RowWrite {
        let timeout = self.execution.timeout();
        let planned = planned.map(|mut planned| {
            planned.query.set_timeout(timeout);
            planned
        });
        RowWrite::new(self.table, &self.executor, planned)
    }

    pub(super) fn set_timeout(&mut self, timeout: Duration) {
        self.execution.set_timeout(timeout);
    }

    pub(super) fn table_name(&self) -> &'static str {
        self.table.full_name
    }

    /// Polls the write. If the database returns the row, stores it in `fresh`.
    pub(super) fn poll<T: Table>(&mut self, context: &mut Context<'_>, fresh: &mut Option<T>) -> Poll<Result<()>> {
        while self.lookup.is_none() {
            match ready!(self.execution.poll(context))? {
                Part::Rows(batch) => {
                    let row = match self.with_kept(batch) {
                        Ok(batch) => self.execution.spec().decoder.row::<T>(&batch, &mut 0),
                        Err(error) => Err(error),
                    };
                    *fresh = Some(row.map_err(|error| self.execution.unreadable(error))?);
                }
                Part::End(outcome) if outcome.rows_affected > 0 => return Poll::Ready(Ok(())),
                Part::End(_) => self.lookup = Some(self.look_up()),
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
        let found = ready!(self.poll_lookup(context))?;
        let error = match found {
            Found::Nothing => return Poll::Ready(Err(self.execution.missing())),
            Found::Changed => stale(self.table),
            Found::Same => not_written(self.table),
        };
        Poll::Ready(Err(self.execution.named(error)))
    }

    /// Returns the row that the database returned, in which the values that the user's struct
    /// keeps (see `kept`) replace the returned ones.
    fn with_kept(&self, batch: RowBatch) -> Result<RowBatch> {
        if self.kept.is_empty() {
            return Ok(batch);
        }
        let (mut merged, mut at) = (RowBatch::default(), 0);
        for kept in &self.kept {
            let came = Value::from(batch.read(&mut at)?);
            merged.push(kept.as_ref().unwrap_or(&came));
        }
        Ok(merged)
    }

    /// Creates the query for the row that was not written.
    #[cold]
    fn look_up(&self) -> Execution {
        let mut query = SelectQuery::of_table(self.table);
        query.body.projection.push(match self.table.with_role(Role::Version) {
            Some(version) => column(self.table, version),
            None => Node::Literal(1),
        });
        if let Some(row) = &self.row {
            query.body.filter(row.key.clone());
        }
        Execution::new(&self.executor, &Query::from(query), Fetch::First)
    }

    fn poll_lookup(&mut self, context: &mut Context<'_>) -> Poll<Result<Found>> {
        let Some(lookup) = &mut self.lookup else { return Poll::Ready(Ok(Found::Nothing)) };
        loop {
            match ready!(lookup.poll(context))? {
                Part::Rows(batch) => {
                    let expected = self.row.as_ref().and_then(|row| row.version.as_ref());
                    let found = Value::from(batch.read(&mut 0)?);
                    let same = expected.is_none_or(|expected| *expected == found);
                    self.found = if same { Found::Same } else { Found::Changed };
                }
                Part::End(_) => return Poll::Ready(Ok(self.found)),
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}

/// Returns the error for a row that exists but was not written.
#[cold]
fn not_written(table: &TableDef) -> Error {
    Error::new(
        ErrorKind::NotFound { table: Some(table.full_name.to_owned()) },
        format!(
            "{}: the row exists but was not written: a trigger ignored it by RAISE(IGNORE), or an INSTEAD OF trigger did nothing",
            table.full_name
        ),
    )
}

fn stale(table: &TableDef) -> Error {
    Error::new(
        ErrorKind::Stale { table: table.full_name.to_owned() },
        format!("{}: the row was changed since it was read: refresh it and try again", table.full_name),
    )
}
