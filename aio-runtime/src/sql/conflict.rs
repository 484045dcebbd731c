//! The clauses that follow the values of an insert: ON CONFLICT and RETURNING. Also the second
//! query of an upsert and of an insert that returns an existing row.

use super::insert::insert;
use super::rows_to_insert::{InsertStatement, RowsToInsert};
use super::writer::{Literals, SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::ColumnRef;
use crate::schema::TableDef;
use crate::statement::{Conflict, ConflictUpdate, InsertClauses, InsertQuery};
use crate::value::Value;

/// Writes an upsert that returns, after the columns of the row, a flag that says whether the row
/// already existed. If the update has a filter, the upsert returns no row for an existing row that
/// the filter excludes. For this case, also writes a second query, which returns only the flag: it
/// asks what the upsert has recorded, or for the existing row, which the upsert has locked.
pub(crate) fn upsert(dialect: Dialect, mut query: InsertQuery) -> Result<(RowsToInsert, Option<SqlText>)> {
    query.clauses.flags_existing = true;
    let update = query.clauses.conflict.as_ref().and_then(|conflict| conflict.update.as_ref());
    let may_skip_update = update.is_some_and(|update| update.filter.is_some());
    let mut writer = Writer::new(dialect);
    if !may_skip_update {
        return Ok((insert(dialect, query)?, None));
    }
    writer.push("SELECT ");
    if writer.syntax.records_conflicts() {
        writer.syntax.had_conflict(&mut writer);
        return Ok((insert(dialect, query)?, Some(writer.finish()?)));
    }
    writer.push(writer.syntax.bool_literal(true));
    let (rows, existing) = with_existing(query, writer, "on_conflict")?;
    Ok((rows, Some(existing)))
}

/// Writes an insert that does nothing if the row already exists, and the query for the existing
/// row.
pub(crate) fn or_get(dialect: Dialect, query: InsertQuery) -> Result<(RowsToInsert, SqlText)> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT ");
    writer.names(query.table.columns.iter().map(|column| column.name));
    with_existing(query, writer, "or_get")
}

/// Writes an insert, and the query for the existing row that conflicts with it, whose SELECT is
/// written already. `method` is the name of the method that the user has called.
fn with_existing(query: InsertQuery, writer: Writer, method: &str) -> Result<(RowsToInsert, SqlText)> {
    let (table, conflict) = (query.table, query.clauses.conflict.clone().unwrap_or_default());
    let rows = insert(writer.dialect, query)?;
    let (statement, values) = rows.row(0)?;
    let existing = existing(writer, table, &conflict, (statement, &values), method)?;
    Ok((rows, existing))
}

/// Writes FROM and WHERE of the query for the existing row that conflicts with an insert.
fn existing(
    mut writer: Writer,
    table: &'static TableDef,
    conflict: &Conflict,
    (statement, values): (&InsertStatement, &[Value]),
    method: &str,
) -> Result<SqlText> {
    writer.push(" FROM ");
    writer.table(table);
    writer.push(" WHERE ");
    let target = match conflict.constraint {
        None => conflict.target.clone(),
        Some(name) => columns_of_constraint(table, name)?,
    };
    let nulls_are_equal = table.nulls_not_distinct.iter().any(|unique| **unique == *target)
        || table.indexes.iter().any(|index| index.nulls_not_distinct && index.is_on(&target));
    for (index, name) in target.iter().enumerate() {
        if table.column(name).is_some_and(|column| column.generated.is_some()) {
            let column = format!("{}.{name}", table.full_name);
            return Err(Error::usage(format!(
                "`{method}` cannot find the row by {column}, which is a generated column: {}",
                if method == "or_get" { "use `on_conflict`" } else { "use `execute`, or leave out `filter`" }
            )));
        }
        if index > 0 {
            writer.push(" AND ");
        }
        writer.name(name);
        writer.push(if nulls_are_equal { " IS NOT DISTINCT FROM " } else { " = " });
        let given = statement.columns.iter().position(|column| column == name);
        let default = table.column(name).and_then(|column| Some((column.ty, column.default?)));
        match (given.and_then(|index| values.get(index)), default) {
            (Some(value), _) => writer.param(value.clone()),
            (None, Some((ty, default))) => writer.default_value(ty, &default),
            (None, None) => writer.push("NULL"),
        }
    }
    if conflict.constraint.is_some() {
        return writer.finish();
    }
    match (&conflict.index, index_condition(table, conflict)?) {
        (Some(condition), _) => {
            writer.push(" AND (");
            writer.expression(condition);
            writer.push(")");
        }
        (None, Some(condition)) => {
            writer.push(" AND (");
            writer.push(condition);
            writer.push(")");
        }
        (None, None) => {}
    }
    writer.finish()
}

impl Writer {
    pub(super) fn clauses(&mut self, table: &'static TableDef, clauses: &InsertClauses) {
        if let Some(conflict) = &clauses.conflict {
            self.conflict(table, conflict, clauses.flags_existing);
        }
        self.returned(table, &clauses.returned);
        if clauses.flags_existing {
            self.push(", ");
            self.syntax.had_conflict(self);
        }
    }

    fn conflict(&mut self, table: &'static TableDef, conflict: &Conflict, flags_existing: bool) {
        self.push(" ON CONFLICT");
        if let Some(name) = conflict.constraint {
            if !self.syntax.conflicts_by_constraint() {
                self.fail(self.dialect.unsupported("`ON CONFLICT ON CONSTRAINT`"));
            }
            if conflict.index.is_some() {
                self.fail(Error::usage(
                    "`filter_index` chooses one of several indexes on columns, and `on_constraint` names a constraint: leave \
                     `filter_index` out",
                ));
            }
            self.push(" ON CONSTRAINT ");
            self.name(name);
        } else if !conflict.target.is_empty() {
            self.push(" (");
            self.names(conflict.target.iter().copied());
            self.push(")");
            self.index_condition(table, conflict);
        }
        match &conflict.update {
            Some(update) => self.conflict_update(table, update, flags_existing),
            None => self.push(" DO NOTHING"),
        }
    }

    fn index_condition(&mut self, table: &TableDef, conflict: &Conflict) {
        match (index_condition(table, conflict), &conflict.index) {
            (Err(error), _) => self.fail(error),
            (Ok(Some(condition)), _) => {
                self.push(" WHERE ");
                self.push(condition);
            }
            // The database compares this condition with the condition of the index as texts, so
            // the text of the index is written. If the struct does not declare the index, literals
            // are written: a placeholder would not be equal to the constant in the index.
            (Ok(None), Some(condition)) => {
                let mut declared = partial_indexes(table, conflict);
                if let Some(declared) = declared.find(|declared| self.is_declared_as(condition, declared)) {
                    self.push(" WHERE ");
                    return self.push(declared);
                }
                self.literals = Some(Literals::Plain);
                self.filter(Some(condition));
                self.literals = None;
            }
            (Ok(None), None) => {}
        }
    }

    fn conflict_update(&mut self, table: &'static TableDef, update: &ConflictUpdate, flags_existing: bool) {
        let ConflictUpdate { sets, filter } = update;
        if sets.is_empty() {
            let name = table.rust_name;
            self.fail(Error::usage(format!(
                "the `do_update` of `{name}` sets no column: add `.set_excluded({name}::COLUMN)` or `.set({name}::COLUMN, value)`"
            )));
        }
        self.push(" DO UPDATE SET ");
        let around = std::mem::replace(&mut self.sources, 2);
        self.sets(table, sets);
        self.managed_sets(table, sets, |writer, column, _| {
            writer.column(&ColumnRef { table, alias: Some("excluded"), name: column.name });
        });
        match flags_existing {
            false => self.filter(filter.as_ref()),
            true => self.syntax.record_conflict(self, filter.as_ref()),
        }
        self.sources = around;
    }
}

/// Returns the columns of a constraint that the struct declares, with which the existing row is
/// found.
fn columns_of_constraint(table: &TableDef, name: &str) -> Result<Vec<&'static str>> {
    let keys = table.uniques.iter().map(|unique| (table.unique_name(unique), *unique));
    let mut keys = std::iter::once((table.primary_key_name(), table.primary_key)).chain(keys);
    match keys.find(|(key, columns)| key == name && !columns.is_empty()) {
        Some((_, columns)) => Ok(columns.to_vec()),
        None => Err(Error::usage(format!(
            "`one` of an upsert with a filter finds the row that has not been updated by the columns of the constraint \
             `{name}`, which `{}` does not declare: use `execute`, or leave out `filter`",
            table.rust_name
        ))),
    }
}

/// Returns the conditions of the partial unique indexes on the columns that `on_conflict` names.
fn partial_indexes(table: &TableDef, conflict: &Conflict) -> impl Iterator<Item = &'static str> {
    let keys = table.unique_keys().filter(|key| key.is_on(&conflict.target));
    keys.filter_map(|key| key.condition)
}

/// Returns the condition of the partial unique index on the columns that `on_conflict` names.
/// Returns `None` if a unique constraint or a unique index without a condition has these columns,
/// or if the user has given the condition by `filter_index`.
///
/// # Errors
/// `Usage` if no unique constraint or index has these columns, if `filter_index` was called but
/// none of these indexes is partial, or if several are partial and `filter_index` was not called.
fn index_condition(table: &TableDef, conflict: &Conflict) -> Result<Option<&'static str>> {
    let target = &conflict.target;
    let keys: Vec<_> = table.unique_keys().filter(|key| key.is_on(target)).collect();
    let partial: Vec<_> = keys.iter().filter_map(|key| key.condition).collect();
    let whole = partial.len() < keys.len();
    let name = table.rust_name;
    match (&partial[..], &conflict.index) {
        (_, None) if whole => Ok(None),
        ([condition], None) => Ok(Some(condition)),
        ([_, _, ..], None) => Err(Error::usage(format!(
            "several partial indexes of `{name}` are on {}: choose one with `.filter_index(..)` and its condition: {}",
            target.join(", "),
            partial.join("; ")
        ))),
        ([_, ..], Some(_)) => Ok(None),
        ([], _) => Err(Error::usage(format!(
            "`on_conflict` of `{name}` names {}, of which `{name}` has no {}index: {}",
            target.join(", "),
            if conflict.index.is_some() { "partial unique " } else { "unique constraint or " },
            unique_columns(table)
        ))),
    }
}

/// Returns the part of an error message that says which columns `on_conflict` can name, or how to
/// make columns unique.
fn unique_columns(table: &TableDef) -> String {
    let keys = table.unique_keys().map(|key| format!("({})", key.columns().collect::<Vec<_>>().join(", ")));
    let keys: Vec<_> = keys.collect();
    match keys.is_empty() {
        true => "mark a column `unique`, or several by `#[table(unique(a, b))]`".to_owned(),
        false => format!("name what is unique, {}, or mark the column `unique`", keys.join(" or ")),
    }
}
