//! INSERT of rows that are given.

use std::sync::Arc;

use super::cached_text::text_of;
use super::managed::managed_values;
use super::writer::{Run, SqlText, Writer};
use crate::bindings::Bindings;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::row_batch::RowBatch;
use crate::schema::TableDef;
use crate::statement::{CachedStatement, InsertClauses, InsertQuery};
use crate::value::{Param, Value};

/// An insert of one row.
pub(crate) fn insert(dialect: Dialect, query: InsertQuery) -> Result<Vec<Run>> {
    let InsertQuery { table, columns, values, clauses, .. } = query;
    let mut writer = InsertWriter::new(dialect, table, columns, clauses);
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
    clauses: InsertClauses,
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
        clauses: InsertClauses,
    ) -> InsertWriter {
        let behind = (!clauses.is_plain()).then(|| behind(dialect, table, &clauses));
        let managed = managed_values(table);
        let (row, runs, defaults, taken) = Default::default();
        InsertWriter { dialect, table, columns, managed, clauses, behind, row, runs, defaults, taken }
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
            let write = || insert_text(self.dialect, self.table, &columns, &self.clauses, behind);
            let text = match given {
                Some(given) if behind.is_none() => {
                    let statement = CachedStatement::Insert { given, returning: !self.clauses.returned.is_nothing() };
                    text_of(self.dialect, self.table, statement, write)?
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
fn behind(dialect: Dialect, table: &'static TableDef, clauses: &InsertClauses) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.plain_lists = true;
    writer.clauses(table, clauses);
    writer.finish()
}

fn insert_text(
    dialect: Dialect,
    table: &'static TableDef,
    names: &[&str],
    clauses: &InsertClauses,
    behind: Option<&Result<SqlText>>,
) -> Result<String> {
    let mut writer = Writer::new(dialect);
    writer.push("INSERT INTO ");
    writer.name(table.name);
    if names.is_empty() && (clauses.conflict.is_none() || writer.syntax.default_values_may_conflict()) {
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
            writer.clauses(table, clauses);
        }
        Some(Ok(behind)) => writer.push(&behind.text),
        Some(Err(_)) => {}
        None => writer.returned(table, &clauses.returned),
    }
    Ok(writer.text)
}
