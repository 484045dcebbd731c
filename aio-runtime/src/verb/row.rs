//! `save`, `remove` and `refresh`: on a row in hand.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::decode::Decoder;
use super::diagnose::Diagnosis;
use super::first::not_found;
use super::running::{Running, Wanted};
use super::statement::{FIRST, run, run_query};
use crate::bindings::Bindings;
use crate::engine::{Access, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::expr::{BinaryOp, ColumnRef, Node, Query};
use crate::row::Labels;
use crate::schema::{ColumnDef, Role, TableDef};
use crate::sql;
use crate::statement::{DeleteQuery, Returned, UpdateQuery, key_condition};
use crate::table::{Keyed, Table};
use crate::value::Value;

/// The future of `save`: the row's other columns have been written by its primary key.
///
/// What the database or the library set in doing so, a version, `updated_at`, generated columns, is in the row then.
/// [`ErrorKind::NotFound`] if the row is gone, [`ErrorKind::Stale`] if it was changed since it was read.
///
/// # Cancellation
/// Dropped before its turn nothing is written; a write that has begun is finished, but the row in hand may not show it.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Save<'a, T> {
    row: &'a mut T,
    written: Written,
    fresh: Option<T>,
}

/// The future of `remove`: the row has been deleted by its primary key.
///
/// [`ErrorKind::NotFound`] if it was gone already, [`ErrorKind::Stale`] if it was changed since it was read.
///
/// # Cancellation
/// Dropped before its turn nothing is deleted; a delete that has begun is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Remove<T> {
    written: Written,
    types: std::marker::PhantomData<fn() -> T>,
}

/// The future of `refresh`: the row has been read again by its primary key.
///
/// [`ErrorKind::NotFound`] if it is gone.
///
/// # Cancellation
/// The row in hand stays as it was.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Refresh<'a, T> {
    row: &'a mut T,
    running: Running,
    fresh: Option<T>,
}

/// A write by primary key, and the question whether the row is there if it hit none.
struct Written {
    table: &'static TableDef,
    running: Running,
    /// Looks for the row whatever its version.
    lookup: Option<Running>,
    found: bool,
    asking: bool,
}

impl<'a, T: Keyed> Save<'a, T> {
    /// A save that is sent when it is first polled.
    pub fn new(row: &'a mut T, ex: &Executor) -> Save<'a, T> {
        let (values, key) = bound(row);
        let written = save(T::TABLE, ex, values, key);
        Save { row, written, fresh: None }
    }

    /// How long it may take, its waiting included; what takes longer fails with [`ErrorKind::Timeout`], and has written
    /// nothing. Unless said it is what the [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.written.running.set_timeout(timeout);
        self
    }
}

impl<T: Keyed> Remove<T> {
    /// A remove that is sent when it is first polled.
    pub fn new(row: &T, ex: &Executor) -> Remove<T> {
        let (values, key) = bound(row);
        Remove { written: remove(T::TABLE, ex, values, key), types: std::marker::PhantomData }
    }

    /// How long it may take, its waiting included; what takes longer fails with [`ErrorKind::Timeout`], and has written
    /// nothing. Unless said it is what the [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.written.running.set_timeout(timeout);
        self
    }
}

impl<'a, T: Keyed> Refresh<'a, T> {
    /// A refresh that is sent when it is first polled.
    pub fn new(row: &'a mut T, ex: &Executor) -> Refresh<'a, T> {
        let (_, key) = bound(row);
        let running = match key_condition(T::TABLE, key) {
            Ok(condition) => {
                let mut query = Query::of_table(T::TABLE);
                query.filter_key(condition);
                run_query(ex, &query, FIRST)
            }
            Err(error) => Running::failed(ex, error),
        };
        Refresh { row, running, fresh: None }
    }

    /// How long it may take, its waiting included; what takes longer fails with [`ErrorKind::Timeout`]. Unless said it is what the [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.running.set_timeout(timeout);
        self
    }
}

fn bound<T: Keyed>(row: &T) -> (Bindings, Bindings) {
    let (mut values, mut key) = (Bindings::default(), Bindings::default());
    row.bind(&mut values);
    row.bind_key(&mut key);
    (values, key)
}

/// The row's key, and its version if it has one.
fn identity(table: &'static TableDef, values: &[Option<Value>], key: Bindings) -> Result<(Node, Node)> {
    let key = key_condition(table, key)?;
    let Some(version) = table.with_role(Role::Version) else { return Ok((key.clone(), key)) };
    let value = of_column(table, values, version);
    let same = Node::binary(column(table, version), BinaryOp::Eq, Node::Value(value));
    Ok((key.clone(), key.and(same)))
}

fn column(table: &'static TableDef, column: &ColumnDef) -> Node {
    Node::Column(ColumnRef { table, alias: None, name: column.name })
}

fn of_column(table: &TableDef, values: &[Option<Value>], column: &ColumnDef) -> Value {
    let place = table.columns.iter().position(|other| other.name == column.name);
    place.and_then(|place| values.get(place).cloned()).flatten().unwrap_or(Value::Null)
}

fn save(table: &'static TableDef, ex: &Executor, values: Bindings, key: Bindings) -> Written {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let parts = values.into_values(table, &names).and_then(|values| {
        let identity = identity(table, &values, key)?;
        Ok((values, identity))
    });
    let (values, (by_key, by_version)) = match parts {
        Ok(parts) => parts,
        Err(error) => return Written::failed(table, ex, error),
    };
    let mut query = UpdateQuery::of(table);
    for saved in table.saved_columns() {
        query.sets.push((saved.name, Node::Value(of_column(table, &values, saved))));
    }
    if query.sets.is_empty()
        && let Some(key) = table.columns.iter().find(|column| table.is_key(column))
    {
        // There is nothing to write, but whether the row is there is still the question.
        query.sets.push((key.name, column(table, key)));
    }
    query.filter(by_version);
    if table.columns.iter().any(|column| column.role.is_some() || column.generated.is_some()) {
        query.returned = Returned::Row;
    }
    let diagnosis = Diagnosis::new(table).sets(&query.sets).rows(query.filter.clone());
    query.of_row = true;
    let text = sql::update_written(ex.dialect(), &query);
    let running = run(ex, text, Access::Write, Wanted::OUTCOME).diagnosed(diagnosis);
    Written::new(table, ex, running, by_key)
}

fn remove(table: &'static TableDef, ex: &Executor, values: Bindings, key: Bindings) -> Written {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let identity = values.into_values(table, &names).and_then(|values| identity(table, &values, key));
    let (by_key, by_version) = match identity {
        Ok(identity) => identity,
        Err(error) => return Written::failed(table, ex, error),
    };
    let mut query = DeleteQuery::of(table);
    query.filter(by_version);
    let diagnosis = Diagnosis::new(table).rows(query.filter.clone());
    query.of_row = true;
    let text = sql::delete_written(ex.dialect(), &query);
    let running = run(ex, text, Access::Write, Wanted::OUTCOME).diagnosed(diagnosis);
    Written::new(table, ex, running, by_key)
}

impl Written {
    fn new(table: &'static TableDef, ex: &Executor, running: Running, by_key: Node) -> Written {
        let lookup = table.with_role(Role::Version).map(|_| {
            let mut query = Query::of_table(table);
            query.filter_key(by_key);
            run_query(ex, &query, FIRST)
        });
        Written { table, running, lookup, found: false, asking: false }
    }

    fn failed(table: &'static TableDef, ex: &Executor, error: Error) -> Written {
        Written { table, running: Running::failed(ex, error), lookup: None, found: false, asking: false }
    }

    /// Waits until the row has been written; `row` gets what comes back.
    fn poll<T: Table>(&mut self, context: &mut Context<'_>, fresh: &mut Option<T>) -> Poll<Result<()>> {
        while !self.asking {
            match ready!(self.running.poll(context))? {
                Part::Rows(batch) => {
                    self.found = batch.rows() > 0;
                    *fresh = Some(Decoder::typed(Labels::Table(self.table)).row(&batch, &mut 0)?);
                }
                Part::End(outcome) if self.found || outcome.rows_affected > 0 => return Poll::Ready(Ok(())),
                Part::End(_) => self.asking = true,
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
        let gone = not_found(Some(self.table));
        let Some(lookup) = &mut self.lookup else { return Poll::Ready(Err(self.running.named(gone))) };
        loop {
            match ready!(lookup.poll(context))? {
                Part::Rows(batch) => self.found |= batch.rows() > 0,
                Part::End(_) => {
                    let error = if self.found { stale(self.table) } else { gone };
                    return Poll::Ready(Err(self.running.named(error)));
                }
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}

fn stale(table: &TableDef) -> Error {
    Error::new(
        ErrorKind::Stale { table: table.name.to_owned() },
        format!("{}: the row was changed since it was read: refresh it and try again", table.name),
    )
}

fn replace<T: Table>(row: &mut T, fresh: T) {
    let before = std::mem::replace(row, fresh);
    row.keep_skipped(before);
}

// Nothing in them is pinned.
impl<T> Unpin for Save<'_, T> {}
impl<T> Unpin for Refresh<'_, T> {}

impl<T: Keyed> Future for Save<'_, T> {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        ready!(this.written.poll(context, &mut this.fresh))?;
        if let Some(fresh) = this.fresh.take() {
            replace(this.row, fresh);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Keyed> Future for Remove<T> {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.written.poll(context, &mut None::<T>)
    }
}

impl<T: Keyed> Future for Refresh<'_, T> {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        loop {
            match ready!(this.running.poll(context))? {
                Part::Rows(batch) => {
                    this.fresh = Some(Decoder::typed(Labels::Table(T::TABLE)).row(&batch, &mut 0)?);
                }
                Part::End(_) => {
                    let fresh = this.fresh.take().ok_or_else(|| this.running.named(not_found(Some(T::TABLE))))?;
                    replace(this.row, fresh);
                    return Poll::Ready(Ok(()));
                }
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}

impl<T> std::fmt::Debug for Save<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Save").field("table", &self.written.table.name).finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Remove<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remove").field("table", &self.written.table.name).finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Refresh<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refresh").finish_non_exhaustive()
    }
}
