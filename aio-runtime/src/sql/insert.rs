//! Writes the text of an INSERT of rows of values.

use std::sync::Arc;

use super::cached_text::text_of;
use super::managed::managed_values;
use super::rows_to_insert::{InsertStatement, RowsToInsert};
use super::writer::{SqlText, Writer};
use crate::bindings::Bindings;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::{Auto, TableDef};
use crate::statement::{CachedStatement, InsertClauses, InsertQuery, ReturnedColumns};
use crate::types::Type;
use crate::value::{Param, Value};

/// Writes an INSERT of one row.
pub(crate) fn insert(dialect: Dialect, query: InsertQuery) -> Result<RowsToInsert> {
    let InsertQuery { table, columns, values, clauses, .. } = query;
    let mut writer = InsertWriter::new(dialect, table, columns, clauses);
    writer.id = id_column(dialect, table, &writer.clauses);
    writer.row = values;
    writer.end_row()?;
    Ok(writer.take())
}

/// Returns the column that the insert of a row has to return for the id of its outcome; `None` if
/// the database tells the id anyway, or if the outcome has none.
fn id_column(dialect: Dialect, table: &TableDef, clauses: &InsertClauses) -> Option<&'static str> {
    let [key] = table.primary_key else { return None };
    let is_id = table.column(key).is_some_and(|column| column.ty == Type::Integer);
    let is_asked = clauses.returned.is_nothing() && clauses.report_id(table) && dialect.syntax().returns_ids();
    (is_id && is_asked).then_some(*key)
}

/// The indexes of some columns or values of a row, in ascending order.
type Indexes = Box<[usize]>;

/// Writes INSERTs of many rows. Rows that leave the same columns to their defaults share a
/// statement.
pub(crate) struct InsertWriter {
    dialect: Dialect,
    table: &'static TableDef,
    /// The columns of a row, each of which has a value or is left to its default.
    columns: &'static [&'static str],
    /// The columns that the library sets, with their values.
    managed: Result<Vec<(&'static str, Value)>>,
    clauses: InsertClauses,
    /// The column that the statement returns for the id of the row; `None` if it returns none.
    id: Option<&'static str>,
    /// The text and the values of the clauses after VALUES. `None` for an insert that has no such
    /// clauses or only RETURNING of the whole row, whose text can be cached.
    trailing: Option<Result<SqlText>>,
    /// The values of the rows that have been added and not yet taken.
    row: Bindings,
    rows: RowsToInsert,
    /// For each statement: the columns that its rows leave to their defaults, the large values
    /// that the database does not return, and the index of the statement. Sorted for a binary
    /// search.
    patterns: Vec<(Indexes, Indexes, usize)>,
    /// The indexes of the columns that the last row left to their defaults.
    defaults: Vec<usize>,
    /// The indexes of the large values of the last row that the database does not return, because
    /// the driver puts them into the result.
    kept: Vec<usize>,
    /// Whether the driver puts large values into the result, so that the database does not have to
    /// return them.
    keeps_large: bool,
    /// The number of large values in the complete rows.
    large: usize,
    /// The byte of the row's values at which the next row begins.
    row_start: usize,
    /// The number of bytes of the rows that were taken last, as an estimate for the next rows.
    bytes_taken: usize,
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
            id: None,
            trailing,
            row,
            rows,
            patterns,
            defaults,
            kept,
            keeps_large,
            large: 0,
            row_start: 0,
            bytes_taken: 0,
        }
    }

    /// Returns the bindings to which the values of the next row are added.
    /// [`end_row`](Self::end_row) completes the row.
    pub(crate) fn row(&mut self) -> &mut Bindings {
        let bytes = std::mem::take(&mut self.bytes_taken);
        if bytes > 0 {
            self.row.values().reserve(bytes + bytes / 8);
        }
        &mut self.row
    }

    /// Completes a row, whose values have been added to [`row`](Self::row). After an error, the
    /// writer must not be used any more.
    ///
    /// # Errors
    /// If a value of the row, of a column that the library sets, or of the clauses cannot be
    /// stored, or if the clauses are invalid.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        let (managed, trailing) = match (&self.managed, &self.trailing) {
            (Err(error), _) | (_, Some(Err(error))) => return Err(error.without_source()),
            (Ok(managed), Some(Ok(trailing))) => (&managed[..], &trailing.params[..]),
            (Ok(managed), None) => (&managed[..], &[][..]),
        };
        self.row.check(self.table, self.columns)?;
        let values = self.row.values();
        let kept = match self.keeps_large && values.large() > self.large {
            true => values.large_from(self.row_start)?,
            false => Vec::new(),
        };
        self.large = values.large();
        managed.iter().for_each(|(_, value)| values.push(value));
        trailing.iter().flat_map(Param::values).for_each(|value| values.push(value));
        // The comparison of two empty slices would call memcmp with dangling addresses, which
        // takes 100 ns on processors where memcmp uses AVX-512.
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
        self.row_start = self.row.values().end();
        Ok(())
    }

    /// Returns the index of the statement for the last row, and writes the statement if it does
    /// not exist yet.
    fn statement(&mut self, kept: &[usize]) -> Result<usize> {
        let defaults = self.row.defaults();
        let found = self.patterns.binary_search_by(|(of, values, _)| (&**of, &**values).cmp(&(defaults, kept)));
        let position = match found {
            Ok(position) => return Ok(self.patterns[position].2),
            Err(position) => position,
        };
        let managed = self.managed.as_deref().unwrap_or_default();
        let trailing = self.trailing.as_ref();
        let (names, given) = given(self.columns, defaults);
        let columns: Arc<[_]> = names.into_iter().chain(managed.iter().map(|(name, _)| *name)).collect();
        let kept_columns = kept_columns(self.table, &columns, kept);
        let write = || {
            let mut text = insert_text(self.dialect, self.table, &columns, &self.clauses, trailing, &kept_columns)?;
            if let Some(id) = self.id {
                text.push_str(" RETURNING ");
                self.dialect.syntax().push_name(&mut text, id);
            }
            Ok(text)
        };
        let text = match given {
            Some(given) if trailing.is_none() => {
                let returned = match self.clauses.returned.is_nothing() {
                    true if self.id.is_some() => ReturnedColumns::Id,
                    true => ReturnedColumns::None,
                    // `given` is `Some`, so there are at most 64 columns.
                    false => ReturnedColumns::AllBut(kept.iter().fold(0, |bits, index| bits | 1 << (index % 64))),
                };
                let statement = CachedStatement::Insert { given, returned };
                text_of(self.dialect, self.table, statement, write)?
            }
            _ => write()?.into(),
        };
        let trailing_params = match trailing {
            Some(Ok(trailing)) => trailing.params.len(),
            _ => 0,
        };
        let number = self.rows.statements.len();
        let can_be_repeated = trailing.is_none()
            && self.clauses.returned.is_nothing()
            && !columns.is_empty()
            && !refers_to_itself(self.table);
        let numbers = |name: &&str| self.table.column(name).is_some_and(|column| column.auto != Auto::No);
        let statement = InsertStatement {
            text,
            trailing_params,
            kept: kept_columns,
            returns_id: self.id.is_some(),
            // Only a database that does not tell ids numbers rows apart from the rows themselves.
            numbered: columns.iter().position(|name| self.dialect.syntax().returns_ids() && numbers(name)),
            can_be_repeated,
            columns,
        };
        self.rows.statements.push(statement);
        self.patterns.insert(position, (defaults.into(), kept.into(), number));
        Ok(number)
    }

    /// Returns the number of bytes of the values that have been added since rows were last taken.
    pub(crate) fn bytes(&mut self) -> usize {
        self.row.values().len()
    }

    /// Computes anew, for the next rows, the values that the library sets, such as the current
    /// time.
    pub(crate) fn renew(&mut self) {
        self.managed = managed_values(self.table);
    }

    /// Returns the rows that have been added since the last call, and leaves the writer empty.
    pub(crate) fn take(&mut self) -> RowsToInsert {
        let values = std::mem::take(self.row.values());
        self.bytes_taken = values.len();
        (self.large, self.row_start) = (0, 0);
        self.patterns.clear();
        RowsToInsert { values, ..std::mem::take(&mut self.rows) }
    }
}

/// Returns the columns that a row has values for if it leaves the columns with the indexes
/// `defaults` to their defaults: their names, and a set of bits in which their bits are 1. The set
/// is `None` if there are more columns than a `u64` has bits.
fn given(columns: &[&'static str], defaults: &[usize]) -> (Vec<&'static str>, Option<u64>) {
    let mut bits = 0;
    let mut names = Vec::with_capacity(columns.len() - defaults.len());
    for (index, name) in columns.iter().enumerate() {
        let given = !defaults.contains(&index);
        bits = bits << 1 | u64::from(given);
        names.extend(given.then_some(*name));
    }
    (names, (columns.len() <= 64).then_some(bits))
}

/// For each value of `kept`, which is an index among the values of the columns `given`, returns
/// the index of its column in the result and the index of the value.
fn kept_columns(table: &TableDef, given: &[&str], kept: &[usize]) -> Vec<(usize, usize)> {
    let column = |name: &str| table.columns.iter().position(|column| column.name == name);
    kept.iter().filter_map(|&value| Some((column(given.get(value)?)?, value))).collect()
}

/// Returns whether a row may refer to another row of the same table by a foreign key of the
/// struct. Each row then needs a statement of its own: the database checks such a key after the
/// statement, and would accept a row that refers to a later row of the same statement.
fn refers_to_itself(table: &TableDef) -> bool {
    let is_own = |other: &TableDef| other.name.eq_ignore_ascii_case(table.name) && other.schema == table.schema;
    table.foreign_keys.iter().any(|key| is_own((key.table)()))
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
    writer.table(table);
    if names.is_empty() && (clauses.conflict.is_none() || writer.syntax.default_values_may_conflict()) {
        writer.push(" DEFAULT VALUES");
    } else if names.is_empty() {
        // There is no `INSERT … DEFAULT VALUES ON CONFLICT` in SQLite. Instead, the default of one
        // column is written explicitly.
        let Some(column) = table.columns.iter().find(|column| column.generated.is_none()) else {
            return Err(Error::usage(format!(
                "{}: a row without any column cannot conflict with another row: leave `on_conflict` out",
                table.full_name
            )));
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
    writer.finish().map(|sql| sql.text)
}
