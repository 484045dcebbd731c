//! INSERT of given rows.

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

/// Writes an insert of one row.
pub(crate) fn insert(dialect: Dialect, query: InsertQuery) -> Result<Vec<Run>> {
    let InsertQuery { table, columns, values, clauses, .. } = query;
    let mut writer = InsertWriter::new(dialect, table, columns, clauses);
    writer.row = values;
    writer.end_row()?;
    Ok(writer.take())
}

/// Writes the inserts of many rows, with one text for each run of rows that leave the same columns
/// to their defaults.
pub(crate) struct InsertWriter {
    dialect: Dialect,
    table: &'static TableDef,
    /// The columns that each row has values for.
    columns: &'static [&'static str],
    managed: Result<Vec<(&'static str, Value)>>,
    clauses: InsertClauses,
    /// The clauses after the values; `None` for a plain insert, whose text is looked up.
    trailing: Option<Result<SqlText>>,
    row: Bindings,
    runs: Vec<Run>,
    /// The indexes of the columns that the rows of the last run leave to their defaults.
    defaults: Vec<usize>,
    /// The number of bytes in the rows that were taken last, as an estimate for the next ones.
    taken: usize,
}

impl InsertWriter {
    pub(crate) fn new(
        dialect: Dialect,
        table: &'static TableDef,
        columns: &'static [&'static str],
        clauses: InsertClauses,
    ) -> InsertWriter {
        let trailing = (!clauses.is_plain()).then(|| trailing_clauses(dialect, table, &clauses));
        let managed = managed_values(table);
        let (row, runs, defaults, taken) = Default::default();
        InsertWriter { dialect, table, columns, managed, clauses, trailing, row, runs, defaults, taken }
    }

    /// Returns where the next row binds its values; `end_row` follows.
    pub(crate) fn row(&mut self) -> &mut Bindings {
        &mut self.row
    }

    /// Ends a row. Fails if one of its values cannot be stored.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        let InsertWriter { row, runs, defaults, managed, trailing, .. } = self;
        let trailing = trailing.as_ref();
        let more = match trailing {
            Some(Ok(trailing)) => &trailing.params[..],
            Some(Err(error)) => return Err(error.summary()),
            None => &[],
        };
        let managed = match managed {
            Ok(managed) => &managed[..],
            Err(error) => return Err(error.summary()),
        };
        row.check(self.table, self.columns)?;
        // Without this check memcmp gets two empty slices, whose dangling addresses cost it 100 ns
        // with AVX-512.
        let same = (defaults.is_empty() && row.defaults().is_empty()) || defaults == row.defaults();
        if runs.is_empty() || !same {
            let (names, given) = given(self.columns, row.defaults());
            let columns: Arc<[_]> = names.into_iter().chain(managed.iter().map(|(name, _)| *name)).collect();
            let write = || insert_text(self.dialect, self.table, &columns, &self.clauses, trailing);
            let text = match given {
                Some(given) if trailing.is_none() => {
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

    /// Returns the number of bytes of the values.
    pub(crate) fn bytes(&self) -> usize {
        self.runs.iter().map(|run| run.params.len()).sum()
    }

    /// Updates what the library sets in the next rows, such as the current time.
    pub(crate) fn renew(&mut self) {
        self.managed = managed_values(self.table);
    }

    /// Takes what was written, and begins anew.
    pub(crate) fn take(&mut self) -> Vec<Run> {
        self.taken = self.bytes();
        std::mem::take(&mut self.runs)
    }
}

/// Returns the columns that a row has values for, if it leaves some to their defaults: their
/// names, and a bit for each, or `None` if there are too many.
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

/// Writes the clauses that follow the values of an insert.
fn trailing_clauses(dialect: Dialect, table: &'static TableDef, clauses: &InsertClauses) -> Result<SqlText> {
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
    trailing: Option<&Result<SqlText>>,
) -> Result<String> {
    let mut writer = Writer::new(dialect);
    writer.push("INSERT INTO ");
    writer.name(table.name);
    if names.is_empty() && (clauses.conflict.is_none() || writer.syntax.default_values_may_conflict()) {
        writer.push(" DEFAULT VALUES");
    } else if names.is_empty() {
        // The default of one column is written explicitly.
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
    match trailing {
        Some(Ok(_)) if writer.syntax.numbers_placeholders() => {
            writer.plain_lists = true;
            writer.clauses(table, clauses);
        }
        Some(Ok(trailing)) => writer.push(&trailing.text),
        Some(Err(_)) => {}
        None => writer.returned(table, &clauses.returned),
    }
    Ok(writer.text)
}
