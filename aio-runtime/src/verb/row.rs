//! `save`, `remove` and `refresh`: on a row in hand.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::future::{Execution, Fetch};
use super::prepare::Prepare;
use crate::bindings::Bindings;
use crate::engine::Part;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::expr::{BinaryOp, ColumnRef, Node, Query, SelectQuery};
use crate::row_batch::RowBatch;
use crate::schema::{ColumnDef, Role, TableDef};
use crate::statement::{ColumnsOf, DeleteQuery, Returned, UpdateQuery, WriteQuery, key_condition};
use crate::table::{Keyed, Table};
use crate::value::Value;

/// The future of `save`: the row's other columns have been written by its primary key.
///
/// What the database or the library set in doing so, a version, `updated_at`, generated columns,
/// is in the row then. What triggers set is not: SQLite gives back a row as it is before its AFTER
/// triggers run, from an insert as from a save. A `save` of such a row writes back what was there
/// before the trigger; so save the columns that you have changed, by [`only`](Save::only) or a
/// [patch](crate::Patch), or `refresh` the row first.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// #[derive(Table, Debug)]
/// # #[table(crate = "aio_runtime")]
/// struct Article {
///     #[column(primary_key, auto)]
///     id: i64,
///     title: String,
///     #[column(default = "")]
///     slug: String, // an AFTER INSERT trigger sets it
/// }
/// # async fn run(db: Database) -> Result<()> {
/// let mut article = Article::insert(NewArticle { title: "One".into(), slug: None }).one(&db).await?;
/// article.title = "Two".into();
/// article.save(&db).only(Article::TITLE).await?; // the slug stays as the trigger has set it
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::NotFound`] if the row is gone, or if a trigger has ignored the update, in other
/// words; [`ErrorKind::Stale`] if it was changed since it was read. A row of a view is saved by
/// its INSTEAD OF triggers. SQLite gives back no row of a virtual table that it updates, so that
/// one with a version, `updated_at` or generated columns cannot be saved.
///
/// # Cancellation
/// Dropped before its turn nothing is written; a write that has begun is finished, but the row in
/// hand may not show it.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Save<'a, T> {
    row: &'a mut T,
    write: RowWrite,
    fresh: Option<T>,
}

/// The future of `remove`: the row has been deleted by its primary key.
///
/// # Errors
/// [`ErrorKind::NotFound`] if it was gone already, or if a trigger has ignored the delete, in
/// other words; [`ErrorKind::Stale`] if it was changed since it was read.
///
/// # Cancellation
/// Dropped before its turn nothing is deleted; a delete that has begun is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Remove<T> {
    write: RowWrite,
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
    execution: Execution,
    fresh: Option<T>,
}

/// A write by primary key, and the question whether the row is there if it hit none.
struct RowWrite {
    table: &'static TableDef,
    executor: Executor,
    execution: Execution,
    /// The condition that the row has this key, and its version.
    row: Option<(Node, Option<Value>)>,
    /// Looks for the row whatever its version.
    lookup: Option<Execution>,
    found: Found,
    /// The values of the columns that stay as they are in the row in hand, whatever comes back.
    kept: Vec<Option<Value>>,
}

/// What is known of a row that was not written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// It is there, with the version that it was written with, if it has one.
    Same,
    /// It is there, with another version.
    Other,
}

impl<'a, T: Keyed> Save<'a, T> {
    /// A save that is sent when it is first polled.
    pub fn new(row: &'a mut T, ex: &Executor) -> Save<'a, T> {
        let (values, key) = bound(row);
        let write = RowWrite::new(T::TABLE, ex, save(T::TABLE, values, key, None));
        Save { row, write, fresh: None }
    }

    /// Writes these columns of the row and no others: one, or a tuple. The other fields of the row
    /// in hand stay as they are.
    pub fn only<C: ColumnsOf<T>>(mut self, columns: C) -> Self {
        let mut names = Vec::new();
        columns.append_names(&mut names);
        let (values, key) = bound(self.row);
        let timeout = self.write.execution.timeout();
        let planned = save(T::TABLE, values, key, Some(&names)).map(|mut planned| {
            planned.query.set_timeout(timeout);
            planned
        });
        self.write = RowWrite::new(T::TABLE, &self.write.executor, planned);
        self
    }

    /// How long it may take, its waiting included; what takes longer fails with
    /// [`ErrorKind::Timeout`], and has written nothing. Default: that of the
    /// [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.write.execution.set_timeout(timeout);
        self
    }
}

impl<T: Keyed> Remove<T> {
    /// A remove that is sent when it is first polled.
    pub fn new(row: &T, ex: &Executor) -> Remove<T> {
        let (values, key) = bound(row);
        Remove { write: RowWrite::new(T::TABLE, ex, remove(T::TABLE, values, key)), types: std::marker::PhantomData }
    }

    /// How long it may take, its waiting included; what takes longer fails with
    /// [`ErrorKind::Timeout`], and has written nothing. Default: that of the
    /// [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.write.execution.set_timeout(timeout);
        self
    }
}

impl<'a, T: Keyed> Refresh<'a, T> {
    /// A refresh that is sent when it is first polled.
    pub fn new(row: &'a mut T, ex: &Executor) -> Refresh<'a, T> {
        let (_, key) = bound(row);
        let prepared = key_condition(T::TABLE, key)
            .and_then(|condition| Query::from(SelectQuery::of_key(T::TABLE, condition)).prepare(ex.dialect()));
        Refresh { row, execution: Execution::of_prepared(ex, prepared, Fetch::First), fresh: None }
    }

    /// How long it may take, its waiting included; what takes longer fails with
    /// [`ErrorKind::Timeout`]. Default: that of the
    /// [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.execution.set_timeout(timeout);
        self
    }
}

fn bound<T: Keyed>(row: &T) -> (Bindings, Bindings) {
    let (mut values, mut key) = (Bindings::default(), Bindings::default());
    row.bind(&mut values);
    row.bind_key(&mut key);
    (values, key)
}

/// The condition that the row has this key, and its version if it has one.
fn identity(table: &'static TableDef, values: &[Option<Value>], key: Bindings) -> Result<(Node, Option<Value>)> {
    let key = key_condition(table, key)?;
    Ok((key, table.with_role(Role::Version).map(|version| of_column(table, values, version))))
}

/// The condition that a row is this one, in this version.
fn unchanged(table: &'static TableDef, (key, version): &(Node, Option<Value>)) -> Node {
    match (table.with_role(Role::Version), version) {
        (Some(role), Some(value)) => {
            let same = Node::binary(column(table, role), BinaryOp::Eq, Node::Value(value.clone(), None));
            key.clone().and(same)
        }
        _ => key.clone(),
    }
}

fn column(table: &'static TableDef, column: &ColumnDef) -> Node {
    Node::Column(ColumnRef { table, alias: None, name: column.name })
}

fn of_column(table: &TableDef, values: &[Option<Value>], column: &ColumnDef) -> Value {
    let place = table.columns.iter().position(|other| other.name == column.name);
    place.and_then(|place| values.get(place).cloned()).flatten().unwrap_or(Value::Null)
}

/// A write of one row, not sent yet.
struct Planned {
    query: WriteQuery,
    /// The condition that the row has this key, and its version.
    row: (Node, Option<Value>),
    /// The values of the columns that stay as they are in the row in hand, whatever comes back.
    kept: Vec<Option<Value>>,
}

/// Plans the update of a row: of all that is saved, or of these columns alone.
fn save(table: &'static TableDef, values: Bindings, key: Bindings, only: Option<&[&'static str]>) -> Result<Planned> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let values = values.into_values(table, &names)?;
    let row = identity(table, &values, key)?;
    let mut query = UpdateQuery::of(table);
    let is_wanted = |name: &str| only.is_none_or(|only| only.contains(&name));
    if let Some(other) =
        only.and_then(|only| only.iter().find(|name| table.saved_columns().all(|saved| saved.name != **name)))
    {
        let message = format!(
            "`only` names {}.{other}, which `save` does not write: it is part of the key, or is set by the database or the library",
            table.name
        );
        return Err(Error::usage(message));
    }
    for saved in table.saved_columns().filter(|saved| is_wanted(saved.name)) {
        query.sets.push((saved.name, Node::Value(of_column(table, &values, saved), Some(saved.ty))));
    }
    if query.sets.is_empty()
        && let Some(key) = table.columns.iter().find(|column| table.is_key(column))
    {
        // There is nothing to write, but whether the row is there is still the question.
        query.sets.push((key.name, column(table, key)));
    }
    query.rows.filter(unchanged(table, &row));
    if table.columns.iter().any(|column| column.role.is_some() || column.generated.is_some()) {
        query.rows.returned = Returned::Row;
    }
    query.rows.of_row = only.is_none();
    let kept = only.map(|only| {
        let stays = |column: &ColumnDef| {
            table.saved_columns().any(|saved| saved.name == column.name) && !only.contains(&column.name)
        };
        let kept = table.columns.iter().zip(values).map(|(column, value)| value.filter(|_| stays(column)));
        kept.collect()
    });
    Ok(Planned { query: WriteQuery::Update(Box::new(query)), row, kept: kept.unwrap_or_default() })
}

/// Plans the delete of a row.
fn remove(table: &'static TableDef, values: Bindings, key: Bindings) -> Result<Planned> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let values = values.into_values(table, &names)?;
    let row = identity(table, &values, key)?;
    let mut query = DeleteQuery::of(table);
    query.rows.filter(unchanged(table, &row));
    query.rows.of_row = true;
    Ok(Planned { query: WriteQuery::Delete(Box::new(query)), row, kept: Vec::new() })
}

impl RowWrite {
    fn new(table: &'static TableDef, ex: &Executor, planned: Result<Planned>) -> RowWrite {
        let (prepared, row, kept) = match planned {
            Ok(Planned { query, row, kept }) => (query.prepare(ex.dialect()), Some(row), kept),
            Err(error) => (Err(error), None, Vec::new()),
        };
        let execution = Execution::of_prepared(ex, prepared, Fetch::All);
        RowWrite { table, executor: ex.clone(), execution, row, lookup: None, found: Found::Nothing, kept }
    }

    /// Waits until the row has been written; `row` gets what comes back.
    fn poll<T: Table>(&mut self, context: &mut Context<'_>, fresh: &mut Option<T>) -> Poll<Result<()>> {
        while self.lookup.is_none() {
            match ready!(self.execution.poll(context))? {
                Part::Rows(batch) => {
                    let row = match self.with_kept(batch) {
                        Ok(batch) => self.execution.answer().decoder.row(&batch, &mut 0),
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
            Found::Other => stale(self.table),
            Found::Same => not_written(self.table),
        };
        Poll::Ready(Err(self.execution.named(error)))
    }

    /// The row that came back, with what stays as it is.
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

    /// Asks for the row that was not written, and for its version.
    #[cold]
    fn look_up(&self) -> Execution {
        let mut query = SelectQuery::of_table(self.table);
        query.body.projection.push(match self.table.with_role(Role::Version) {
            Some(version) => column(self.table, version),
            None => Node::Literal(1),
        });
        if let Some((key, _)) = &self.row {
            query.body.filter(key.clone());
        }
        Execution::new(&self.executor, &Query::from(query), Fetch::First)
    }

    fn poll_lookup(&mut self, context: &mut Context<'_>) -> Poll<Result<Found>> {
        let Some(lookup) = &mut self.lookup else { return Poll::Ready(Ok(Found::Nothing)) };
        loop {
            match ready!(lookup.poll(context))? {
                Part::Rows(batch) => {
                    let expected = self.row.as_ref().and_then(|(_, version)| version.clone());
                    let found = Value::from(batch.read(&mut 0)?);
                    let same = expected.is_none_or(|expected| expected == found);
                    self.found = if same { Found::Same } else { Found::Other };
                }
                Part::End(_) => return Poll::Ready(Ok(self.found)),
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}

/// The row is there, and was not written all the same.
#[cold]
fn not_written(table: &TableDef) -> Error {
    Error::new(
        ErrorKind::NotFound { table: Some(table.name.to_owned()) },
        format!(
            "{}: the row is there and was not written: a trigger has ignored it by RAISE(IGNORE), or did nothing in its place",
            table.name
        ),
    )
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
        ready!(this.write.poll(context, &mut this.fresh))?;
        if let Some(fresh) = this.fresh.take() {
            replace(this.row, fresh);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Keyed> Future for Remove<T> {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.write.poll(context, &mut None::<T>)
    }
}

impl<T: Keyed> Future for Refresh<'_, T> {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        loop {
            match ready!(this.execution.poll(context))? {
                Part::Rows(batch) => {
                    this.fresh = Some(this.execution.answer().decoder.row(&batch, &mut 0)?);
                }
                Part::End(_) => {
                    let fresh = this.fresh.take().ok_or_else(|| this.execution.missing())?;
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
        f.debug_struct("Save").field("table", &self.write.table.name).finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Remove<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remove").field("table", &self.write.table.name).finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Refresh<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refresh").finish_non_exhaustive()
    }
}
