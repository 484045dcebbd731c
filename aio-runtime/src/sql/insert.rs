//! INSERT of given rows.

use std::sync::Arc;

use super::cached_text::text_of;
use super::managed::managed_values;
use super::rows_to_insert::{InsertStatement, RowsToInsert};
use super::writer::{SqlText, Writer};
use crate::bindings::Bindings;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::TableDef;
use crate::statement::{CachedStatement, InsertClauses, InsertQuery, ReturnedColumns};
use crate::value::{Param, Value};

/// Writes an insert of one row.
pub(crate) fn insert(dialect: Dialect, query: InsertQuery) -> Result<RowsToInsert> {
    let InsertQuery { table, columns, values, clauses, .. } = query;
    let mut writer = InsertWriter::new(dialect, table, columns, clauses);
    writer.row = values;
    writer.end_row()?;
    Ok(writer.take())
}

/// Some columns or values of a row, in order.
type Indexes = Box<[usize]>;

/// Writes the inserts of many rows, with one statement for each set of columns that rows leave to
/// their defaults.
pub(crate) struct InsertWriter {
    dialect: Dialect,
    table: &'static TableDef,
    /// The columns that each row has values for.
    columns: &'static [&'static str],
    managed: Result<Vec<(&'static str, Value)>>,
    clauses: InsertClauses,
    /// The clauses after the values; `None` for a plain insert, whose text is looked up.
    trailing: Option<Result<SqlText>>,
    /// The values of the rows.
    row: Bindings,
    rows: RowsToInsert,
    /// For each statement, the indexes of the columns that its rows leave to their defaults, the
    /// indexes of the values that are returned from here, and the index of the statement. Sorted.
    patterns: Vec<(Indexes, Indexes, usize)>,
    /// The indexes of the columns that the last row left to their defaults, and of its values that
    /// are returned from here.
    defaults: Vec<usize>,
    kept: Vec<usize>,
    /// Whether large values are returned from here, and not by the database.
    keeps_large: bool,
    /// The number of large values in the rows that have ended, and where the next row begins.
    large: usize,
    begins: usize,
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
        let keeps_large =
            trailing.is_none() && !clauses.returned.is_nothing() && dialect.syntax().returns_given_values();
        let (row, rows, patterns, defaults, kept) = Default::default();
        InsertWriter {
            dialect,
            table,
            columns,
            managed,
            clauses,
            trailing,
            row,
            rows,
            patterns,
            defaults,
            kept,
            keeps_large,
            large: 0,
            begins: 0,
            taken: 0,
        }
    }

    /// Returns where the next row binds its values; `end_row` follows.
    pub(crate) fn row(&mut self) -> &mut Bindings {
        let taken = std::mem::take(&mut self.taken);
        if taken > 0 {
            self.row.values().reserve(taken + taken / 8);
        }
        &mut self.row
    }

    /// Ends a row. Nothing can follow if it fails.
    ///
    /// # Errors
    /// If one of the row's values cannot be stored.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        let (managed, more) = match (&self.managed, &self.trailing) {
            (Err(error), _) | (_, Some(Err(error))) => return Err(error.without_source()),
            (Ok(managed), Some(Ok(trailing))) => (&managed[..], &trailing.params[..]),
            (Ok(managed), None) => (&managed[..], &[][..]),
        };
        self.row.check(self.table, self.columns)?;
        let values = self.row.values();
        let kept = match self.keeps_large && values.large() > self.large {
            true => values.large_from(self.begins)?,
            false => Vec::new(),
        };
        self.large = values.large();
        managed.iter().for_each(|(_, value)| values.push(value));
        more.iter().flat_map(Param::values).for_each(|value| values.push(value));
        // Without this check memcmp gets two empty slices, whose dangling addresses cost it 100 ns
        // with AVX-512.
        let same = (self.defaults.is_empty() && self.row.defaults().is_empty()) || self.defaults == self.row.defaults();
        let same = same && ((kept.is_empty() && self.kept.is_empty()) || kept == self.kept);
        match self.rows.runs.last_mut().filter(|_| same) {
            Some((_, rows)) => *rows += 1,
            None => {
                let statement = self.statement(&kept)?;
                self.rows.runs.push((statement, 1));
                self.kept = kept;
                self.defaults.clear();
                self.defaults.extend(self.row.defaults());
            }
        }
        self.row.end_row();
        self.begins = self.row.values().end();
        Ok(())
    }

    /// Returns the index of the statement for the row, and writes it if there is none yet.
    fn statement(&mut self, kept: &[usize]) -> Result<usize> {
        let defaults = self.row.defaults();
        let place = self.patterns.binary_search_by(|(of, values, _)| (&**of, &**values).cmp(&(defaults, kept)));
        let place = match place {
            Ok(place) => return Ok(self.patterns[place].2),
            Err(place) => place,
        };
        let managed = self.managed.as_deref().unwrap_or_default();
        let trailing = self.trailing.as_ref();
        let (names, given) = given(self.columns, defaults);
        let columns: Arc<[_]> = names.into_iter().chain(managed.iter().map(|(name, _)| *name)).collect();
        let returned_here = returned_here(self.table, &columns, kept);
        let write = || insert_text(self.dialect, self.table, &columns, &self.clauses, trailing, &returned_here);
        let text = match given {
            Some(given) if trailing.is_none() => {
                let returned = match self.clauses.returned.is_nothing() {
                    true => ReturnedColumns::None,
                    // A value stands before the 64th, as there are no more columns.
                    false => ReturnedColumns::AllBut(kept.iter().fold(0, |bits, place| bits | 1 << (place % 64))),
                };
                let statement = CachedStatement::Insert { given, returned };
                text_of(self.dialect, self.table, statement, write)?
            }
            _ => write()?.into(),
        };
        let more = match trailing {
            Some(Ok(trailing)) => trailing.params.len(),
            _ => 0,
        };
        let number = self.rows.statements.len();
        let can_be_repeated = trailing.is_none()
            && self.clauses.returned.is_nothing()
            && !columns.is_empty()
            && !refers_to_itself(self.table);
        self.rows.statements.push(InsertStatement { text, columns, more, kept: returned_here, can_be_repeated });
        self.patterns.insert(place, (defaults.into(), kept.into(), number));
        Ok(number)
    }

    /// Returns the number of bytes of the values.
    pub(crate) fn bytes(&mut self) -> usize {
        self.row.values().len()
    }

    /// Updates what the library sets in the next rows, such as the current time.
    pub(crate) fn renew(&mut self) {
        self.managed = managed_values(self.table);
    }

    /// Takes the rows, and begins anew.
    pub(crate) fn take(&mut self) -> RowsToInsert {
        let values = std::mem::take(self.row.values());
        self.taken = values.len();
        (self.large, self.begins) = (0, 0);
        self.patterns.clear();
        RowsToInsert { values, ..std::mem::take(&mut self.rows) }
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

/// Returns the columns of a returned row whose values are returned from here, each with the index
/// of its value among those of the columns that are given.
fn returned_here(table: &TableDef, given: &[&str], kept: &[usize]) -> Vec<(usize, usize)> {
    let column = |name: &str| table.columns.iter().position(|column| column.name == name);
    kept.iter().filter_map(|&value| Some((column(given.get(value)?)?, value))).collect()
}

/// Returns whether a row may refer to another row of the table. The key is checked after each
/// statement, so that a row may only refer to one before it if each row is a statement.
fn refers_to_itself(table: &TableDef) -> bool {
    table.foreign_keys.iter().any(|key| (key.table)().name.eq_ignore_ascii_case(table.name))
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
    kept: &[(usize, usize)],
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
        None if kept.is_empty() => writer.returned(table, &clauses.returned),
        None => writer.returned_but(table, kept),
    }
    Ok(writer.text)
}
