//! INSERT, UPDATE and DELETE, and statements as they are sent.

use std::sync::Arc;

use super::dialect::Binds;
use super::texts::text_of;
use super::writer::{RawSources, Run, SqlText, Writer};
use crate::bindings::Bindings;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{ColumnRef, Node, Query, SourceNode};
use crate::row_batch::RowBatch;
use crate::schema::{ColumnDef, Role, TableDef};
use crate::statement::{DeleteQuery, InsertQuery, Own, Tail, UpdateQuery};
use crate::types::Clock;
use crate::value::{Param, Value};

/// A statement as it is sent: its text, perhaps known before, and its values.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: Arc<str>,
    pub(crate) params: Vec<Param>,
    pub(crate) sources: RawSources,
}

impl From<SqlText> for Written {
    fn from(SqlText { text, params, sources }: SqlText) -> Written {
        Written { text: text.into(), params, sources }
    }
}

/// Writes a statement; one of a table's own is looked up, and only its values are written.
fn written(
    dialect: Dialect,
    own: Option<(&'static TableDef, Own)>,
    write: impl Fn(&mut Writer) -> Result<()>,
) -> Result<Written> {
    let Some((table, own)) = own else {
        let mut writer = Writer::new(dialect);
        write(&mut writer)?;
        return writer.finish().map(Written::from);
    };
    let text = text_of(dialect, table, own, || {
        let mut writer = Writer::new(dialect);
        write(&mut writer)?;
        writer.finish().map(|sql| sql.text)
    })?;
    let mut writer = Writer::of_values(dialect);
    write(&mut writer)?;
    let SqlText { params, .. } = writer.finish().map_err(|error| error.with_sql(&text))?;
    Ok(Written { text, params, sources: None })
}

/// A query, as it is sent.
pub(crate) fn select_written(dialect: Dialect, query: &Query) -> Result<Written> {
    written(dialect, query.own(), |writer| {
        writer.rows(query);
        Ok(())
    })
}

/// An update, as it is sent.
pub(crate) fn update_written(dialect: Dialect, query: &UpdateQuery) -> Result<Written> {
    written(dialect, query.of_row.then_some((query.table, Own::Save)), |writer| writer.update(query))
}

/// A delete, as it is sent.
pub(crate) fn delete_written(dialect: Dialect, query: &DeleteQuery) -> Result<Written> {
    written(dialect, query.of_row.then_some((query.table, Own::Remove)), |writer| writer.delete(query))
}

/// The current time for a column, by the clock of its type.
fn now(table: &TableDef, column: &ColumnDef, clock: Clock) -> Result<Value> {
    clock.now().map_err(|reason| reason.into_error().at_column(Some(table.name), column.name))
}

/// The columns that the library sets in a new row. Those with one clock have one time.
pub(super) fn managed_values(table: &TableDef) -> Result<Vec<(&'static str, Value)>> {
    let mut values: Vec<(&'static str, Value)> = Vec::new();
    let mut read: Option<(Clock, Value)> = None;
    for column in table.columns {
        let value = match column.role {
            None => continue,
            Some(Role::Version) => Value::Integer(1),
            Some(Role::CreatedAt(clock) | Role::UpdatedAt(clock)) => match &read {
                Some((same, time)) if *same == clock => time.clone(),
                _ => {
                    let time = now(table, column, clock)?;
                    read = Some((clock, time.clone()));
                    time
                }
            },
        };
        values.push((column.name, value));
    }
    Ok(values)
}

/// An insert of one row.
pub(crate) fn insert(dialect: Dialect, query: InsertQuery) -> Result<Vec<Run>> {
    let InsertQuery { table, columns, values, tail, .. } = query;
    let mut writer = InsertWriter::new(dialect, table, columns, tail);
    writer.row = values;
    writer.end_row()?;
    Ok(writer.take())
}

/// Writes the inserts of many rows: one text for each run of rows that leave the same columns to
/// their defaults.
pub(crate) struct InsertWriter {
    dialect: Dialect,
    table: &'static TableDef,
    /// The columns that each row gives.
    columns: &'static [&'static str],
    managed: Result<Vec<(&'static str, Value)>>,
    tail: Tail,
    /// What stands behind the values, unless it is a plain insert, whose text is looked up.
    behind: Option<Result<SqlText>>,
    row: Bindings,
    runs: Vec<Run>,
    /// The columns that the rows of the last run leave to their defaults, by their places.
    defaults: Vec<usize>,
    /// How many bytes the rows had that were taken last, for as many may follow.
    taken: usize,
}

impl InsertWriter {
    pub(crate) fn new(
        dialect: Dialect,
        table: &'static TableDef,
        columns: &'static [&'static str],
        tail: Tail,
    ) -> InsertWriter {
        let behind = (!tail.is_plain()).then(|| behind(dialect, table, &tail));
        let managed = managed_values(table);
        let (row, runs, defaults, taken) = Default::default();
        InsertWriter { dialect, table, columns, managed, tail, behind, row, runs, defaults, taken }
    }

    /// Where the next row binds its values; `end_row` follows.
    pub(crate) fn row(&mut self) -> &mut Bindings {
        &mut self.row
    }

    /// Ends a row. Fails where one of its values cannot be stored.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        let InsertWriter { row, runs, defaults, managed, behind, .. } = self;
        let behind = behind.as_ref();
        let more = match behind {
            Some(Ok(behind)) => &behind.params[..],
            Some(Err(error)) => return Err(error.summary()),
            None => &[],
        };
        let managed = match managed {
            Ok(managed) => &managed[..],
            Err(error) => return Err(error.summary()),
        };
        row.check(self.table, self.columns)?;
        // Without this first look memcmp gets two empty slices, whose dangling addresses take it
        // 100 ns with AVX-512.
        let same = (defaults.is_empty() && row.defaults().is_empty()) || defaults == row.defaults();
        if runs.is_empty() || !same {
            let (names, given) = given(self.columns, row.defaults());
            let columns: Arc<[_]> = names.into_iter().chain(managed.iter().map(|(name, _)| *name)).collect();
            let write = || insert_text(self.dialect, self.table, &columns, &self.tail, behind);
            let text = match given {
                Some(given) if behind.is_none() => {
                    let own = Own::Insert { given, returning: !self.tail.returned.is_nothing() };
                    text_of(self.dialect, self.table, own, write)?
                }
                _ => write()?.into(),
            };
            let mut params = RowBatch::default();
            params.reserve(self.taken + self.taken / 8);
            runs.push(Run { text, columns, more: more.len(), params });
            defaults.clear();
            defaults.extend(row.defaults());
        }
        if let Some(Run { params, .. }) = runs.last_mut() {
            row.move_to(params);
            managed.iter().for_each(|(_, value)| params.push(value));
            more.iter().flat_map(Param::values).for_each(|value| params.push(value));
            params.end_row();
        }
        Ok(())
    }

    /// How many bytes the values take.
    pub(crate) fn bytes(&self) -> usize {
        self.runs.iter().map(|run| run.params.len()).sum()
    }

    /// What the library sets in the next rows, as it is at present.
    pub(crate) fn renew(&mut self) {
        self.managed = managed_values(self.table);
    }

    /// What was written; the next rows begin anew.
    pub(crate) fn take(&mut self) -> Vec<Run> {
        self.taken = self.bytes();
        std::mem::take(&mut self.runs)
    }
}

/// The columns that a row gives, which leaves some to their defaults: their names, and a bit for
/// each; `None` where there are too many.
fn given(columns: &[&'static str], defaults: &[usize]) -> (Vec<&'static str>, Option<u64>) {
    let mut bits = 0;
    let mut names = Vec::with_capacity(columns.len() - defaults.len());
    for (place, name) in columns.iter().enumerate() {
        let given = !defaults.contains(&place);
        bits = bits << 1 | u64::from(given);
        names.extend(given.then_some(*name));
    }
    (names, (columns.len() <= 64).then_some(bits))
}

/// What stands behind the values of an insert.
fn behind(dialect: Dialect, table: &'static TableDef, tail: &Tail) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.plain_lists = true;
    writer.tail(table, tail);
    writer.finish()
}

fn insert_text(
    dialect: Dialect,
    table: &'static TableDef,
    names: &[&str],
    tail: &Tail,
    behind: Option<&Result<SqlText>>,
) -> Result<String> {
    let mut writer = Writer::new(dialect);
    writer.push("INSERT INTO ");
    writer.name(table.name);
    if names.is_empty() && (tail.conflict.is_none() || writer.syntax.default_values_may_conflict()) {
        writer.push(" DEFAULT VALUES");
    } else if names.is_empty() {
        // The default of one column is written out.
        let Some(column) = table.columns.iter().find(|column| column.generated.is_none()) else {
            return Err(Error::usage(format!("{}: a row that gives no column conflicts with none", table.name)));
        };
        writer.push(" (");
        writer.name(column.name);
        writer.push(") VALUES (");
        match &column.default {
            Some(default) => writer.default_value(column.ty, default),
            None => writer.push("NULL"),
        }
        writer.push(")");
    } else {
        writer.push(" (");
        writer.names(names.iter().copied());
        writer.push(") VALUES (");
        writer.separated(names, |writer, _| writer.param(Value::Null));
        writer.push(")");
    }
    match behind {
        Some(Ok(_)) if writer.syntax.numbers_placeholders() => {
            writer.plain_lists = true;
            writer.tail(table, tail);
        }
        Some(Ok(behind)) => writer.push(&behind.text),
        Some(Err(_)) => {}
        None => writer.returned(table, &tail.returned),
    }
    Ok(writer.text)
}

/// An update.
pub(crate) fn update(dialect: Dialect, query: &UpdateQuery) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.update(query)?;
    writer.finish()
}

impl Writer {
    fn update(&mut self, query: &UpdateQuery) -> Result<()> {
        let (table, writer) = (query.table, self);
        if let Some(invalid) = &query.invalid {
            return Err(invalid.summary());
        }
        needs_filter("update", "updated", table, query.filter.as_ref(), query.all_rows)?;
        if query.sets.is_empty() {
            return Err(Error::usage(format!(
                "the update of `{0}` sets nothing: add `.set({0}::COLUMN, value)`",
                table.rust_name
            )));
        }
        writer.with(query.from.iter());
        writer.push("UPDATE ");
        writer.name(table.name);
        writer.push(" SET ");
        writer.sources = 1 + query.from.len();
        writer.sets(table, &query.sets);
        writer.managed_sets(table, &query.sets);
        writer.others(" FROM ", table, &query.from);
        writer.filter(query.filter.as_ref());
        writer.sources = 1;
        writer.returned(table, &query.returned);
        Ok(())
    }
}

impl Writer {
    /// `column = value, …`
    pub(super) fn sets(&mut self, table: &TableDef, sets: &[(&'static str, Node)]) {
        self.separated(sets, |writer, (column, node)| {
            writer.check_written(table, column);
            writer.name(column);
            writer.push(" = ");
            match node {
                Node::Invalid(reason) => {
                    writer.fail(reason.clone().into_error().at_column(Some(table.name), column));
                }
                node => writer.untyped(node, Binds::Or),
            }
        });
    }

    /// A generated column is not written to.
    pub(super) fn check_written(&mut self, table: &TableDef, column: &str) {
        if table.column(column).is_some_and(|column| column.generated.is_some()) {
            self.fail(Error::usage(format!(
                "{}.{column} is a generated column: set the columns that it is calculated from",
                table.name
            )));
        }
    }

    /// The further tables of a statement that writes to one.
    fn others(&mut self, word: &str, table: &TableDef, others: &[SourceNode]) {
        if others.is_empty() {
            return;
        }
        self.check_others(table, others);
        self.push(word);
        self.separated(others, |writer, other| writer.source(other));
    }

    /// A table that is read twice needs an alias. The case of a name does not count in SQL.
    fn check_others(&mut self, table: &TableDef, others: &[SourceNode]) {
        let names: Vec<_> = std::iter::once(table.name).chain(others.iter().map(SourceNode::name)).collect();
        let mut places = names.iter().enumerate();
        let twice = places.find(|(place, name)| names[..*place].iter().any(|other| other.eq_ignore_ascii_case(name)));
        if let Some((place, name)) = twice {
            let other = others.get(place.saturating_sub(1)).map_or("", |source| source.table.rust_name);
            self.fail(Error::usage(format!(
                "the statement reads `{name}` twice: give the second an alias, `alias!(Other = {other})`"
            )));
        }
    }

    /// What the library sets in every update, unless the update sets it itself.
    fn managed_sets(&mut self, table: &'static TableDef, sets: &[(&'static str, Node)]) {
        let is_set = |name: &str| sets.iter().any(|(set, _)| *set == name);
        if let Some((column, clock)) = table.updated_at().filter(|(column, _)| !is_set(column.name)) {
            self.push(", ");
            self.name(column.name);
            self.push(" = ");
            match now(table, column, clock) {
                Ok(time) => self.param(time),
                Err(error) => self.fail(error),
            }
        }
        if let Some(column) = table.with_role(Role::Version).filter(|column| !is_set(column.name)) {
            self.push(", ");
            self.name(column.name);
            self.push(" = ");
            self.column(&ColumnRef { table, alias: None, name: column.name });
            self.push(" + 1");
        }
    }
}

/// A delete.
pub(crate) fn delete(dialect: Dialect, query: &DeleteQuery) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.delete(query)?;
    writer.finish()
}

impl Writer {
    fn delete(&mut self, query: &DeleteQuery) -> Result<()> {
        needs_filter("delete", "deleted", query.table, query.filter.as_ref(), query.all_rows)?;
        self.with(query.using.iter());
        self.push("DELETE FROM ");
        self.name(query.table.name);
        self.check_others(query.table, &query.using);
        self.filter(query.rows().as_ref());
        self.returned(query.table, &query.returned);
        Ok(())
    }
}

fn needs_filter(verb: &str, done: &str, table: &TableDef, filter: Option<&Node>, all_rows: bool) -> Result<()> {
    if filter.is_some() || all_rows {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the {verb} of `{}` has no filter: add `.filter(..)`, or `.all_rows()` if every row is to be {done}",
        table.rust_name
    )))
}
