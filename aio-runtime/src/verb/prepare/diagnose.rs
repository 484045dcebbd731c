//! Finds details that are missing in an error of the database, by queries after the failure.
//!
//! For a unique violation SQLite reports the columns, but for a check violation it does not report
//! the column, and for a foreign key violation it does not report the key. These details are found
//! from the table's definition and by a few queries. If such a query fails, the error is returned
//! without these details.

use std::slice;

use super::LibraryQuery;
use super::schema_names::with_schemas;
use crate::error::{DECIMAL_ERROR, Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::expr::{BinaryOp, ColumnRef, Node, SelectQuery};
use crate::schema::{Check, ForeignKeyDef, TableDef};
use crate::sql::{self, ReferringKey, SqlText, TableName};
use crate::value::Value;
use crate::verb::future::{All, Execution, Fetch, One};

/// The details of a statement from which an error can be explained, if the statement fails.
pub(in crate::verb) struct Diagnosis {
    table: &'static TableDef,
    /// Columns that were set to values, with these values: those of foreign keys for an update,
    /// and those of the failed row for an insert.
    sets: Vec<(&'static str, Value)>,
    /// The names of all columns that were set, for an update; `None` for other statements.
    updates: Option<Vec<&'static str>>,
    /// The rows that were updated or deleted: `Some(None)` for all rows, `Some(Some(condition))`
    /// for the rows that satisfy a condition, `None` for an insert.
    rows: Option<Option<Node>>,
}

impl Diagnosis {
    pub(super) fn new(table: &'static TableDef) -> Diagnosis {
        Diagnosis { table, sets: Vec::new(), updates: None, rows: None }
    }

    /// Records the columns that an update sets. Values are recorded only for columns of foreign
    /// keys.
    pub(super) fn sets(mut self, sets: &[(&'static str, Node)]) -> Diagnosis {
        self.updates = Some(sets.iter().map(|(column, _)| *column).collect());
        for (column, node) in sets {
            if let Node::Value(value, _) = node
                && self.table.foreign_keys.iter().any(|key| key.columns().any(|of| of == *column))
            {
                self.sets.push((column, value.clone()));
            }
        }
        self
    }

    /// Records which rows are updated or deleted: those that satisfy `filter`, or all.
    pub(super) fn rows(mut self, filter: Option<Node>) -> Diagnosis {
        self.rows = Some(filter);
        self
    }

    /// Returns the error of the database, with details if they can be found.
    pub(in crate::verb) async fn explain(mut self, ex: Executor, error: Error) -> Error {
        let error = with_schemas(self.table, error);
        match error.kind() {
            ErrorKind::Check { constraint, .. } => match self.table.check(constraint) {
                Some(violated) => check(self.table, violated, constraint.clone(), error),
                None => error,
            },
            ErrorKind::Unique { table, .. } if table.is_empty() => {
                let kind = ErrorKind::Unique { table: self.table.full_name.to_owned(), columns: Vec::new() };
                let message = format!("{}: {}", self.table.full_name, error.message());
                error.with_kind_and_message(kind, message)
            }
            // If the error names a table, it comes from a commit, which has found the details
            // already.
            ErrorKind::ForeignKey { table, .. } if table.is_empty() => {
                if let Some(row) = error.failed_row() {
                    self.sets = row.columns.iter().copied().zip(row.values.iter().cloned()).collect();
                }
                match self.foreign_key(&ex).await {
                    Ok(Some((kind, message))) => error.with_kind_and_message(kind, message),
                    _ => error.with_kind_and_message(
                        ErrorKind::ForeignKey {
                            table: self.table.full_name.to_owned(),
                            columns: Vec::new(),
                            references: String::new(),
                        },
                        format!("{}: a foreign key is violated: the referenced row is missing, or the row is still referenced", self.table.full_name),
                    ),
                }
            }
            ErrorKind::Sql if error.message().starts_with(DECIMAL_ERROR) => {
                let message = format!("{}: {}", self.calculated(), error.message());
                error.with_kind_and_message(ErrorKind::Sql, message)
            }
            _ => error,
        }
    }

    /// Returns the name of the table in which decimals were calculated, with the column if the
    /// statement sets only one column of decimals.
    fn calculated(&self) -> String {
        let is_decimal = |name: &&&str| self.table.column(name).is_some_and(|column| column.scale > 0);
        let mut decimals = self.updates.iter().flatten().filter(is_decimal);
        match (decimals.next(), decimals.next()) {
            (Some(column), None) => format!("{}.{column}", self.table.full_name),
            _ => self.table.full_name.to_owned(),
        }
    }

    async fn foreign_key(&self, ex: &Executor) -> Result<Option<(ErrorKind, String)>> {
        for key in self.table.foreign_keys {
            if let Some(values) = self.values_of(key)
                && !parent_exists(ex, key, values).await?
            {
                let references = (key.table)().full_name;
                let columns: Vec<_> = key.columns().map(str::to_owned).collect();
                let message = format!("{}.{}: {references} has no such row", self.table.full_name, columns.join(", "));
                let (table, references) = (self.table.full_name.to_owned(), references.to_owned());
                return Ok(Some((ErrorKind::ForeignKey { table, columns, references }, message)));
            }
        }
        match &self.rows {
            Some(filter) => self.child(ex, filter.as_ref()).await,
            None => Ok(None),
        }
    }

    /// Returns the values that the statement assigned to the columns of a foreign key. Returns
    /// `None` if it did not assign a value to each of these columns, or if a value is NULL.
    fn values_of(&self, key: &ForeignKeyDef) -> Option<Vec<Value>> {
        key.columns()
            .map(|column| {
                let (_, value) = self.sets.iter().find(|(name, _)| *name == column)?;
                (*value != Value::Null).then(|| value.clone())
            })
            .collect()
    }

    /// Returns the error for a child row that still refers to one of the rows, or to a row that a
    /// delete cascades to. Returns `None` if there is no such child row.
    async fn child(&self, ex: &Executor, filter: Option<&Node>) -> Result<Option<(ErrorKind, String)>> {
        let mut rows = SelectQuery::of_table(self.table);
        rows.body.filter = filter.cloned();
        let rows = rows.into();
        // Each table is visited only once, because a table may refer to itself, and tables to each
        // other.
        let mut tables: Vec<(TableName, Vec<ReferringKey>)> = vec![(TableName::of(self.table), Vec::new())];
        let mut next = 0;
        while let Some((parent, path)) = tables.get(next).cloned() {
            next += 1;
            for Child { key, refuses_update, refuses_delete, cascades_delete } in children(ex, &parent).await? {
                if next == 1 && !self.concerns(&key) {
                    continue;
                }
                let is_new = tables.iter().all(|(table, _)| *table != key.table);
                let path = [&path[..], slice::from_ref(&key)].concat();
                let refuses = if self.updates.is_some() { refuses_update } else { refuses_delete };
                if refuses {
                    if exists(ex, sql::select_referring(ex.dialect(), &rows, &path)?).await? {
                        return Ok(Some(refers(key, &parent)));
                    }
                } else if self.updates.is_none() && cascades_delete && is_new {
                    tables.push((key.table, path));
                }
            }
        }
        Ok(None)
    }

    /// Returns whether the statement may violate a key that refers to its table: it deletes rows,
    /// or sets a column that the key refers to.
    fn concerns(&self, key: &ReferringKey) -> bool {
        let known = |target: &String| self.table.columns.iter().any(|column| column.name == target.as_str());
        let set = |columns: &Vec<&'static str>| key.targets.iter().any(|target| columns.contains(&target.as_str()));
        key.targets.iter().all(known) && self.updates.as_ref().is_none_or(set)
    }
}

fn check(table: &TableDef, Check { columns, requirement }: Check, constraint: String, error: Error) -> Error {
    let location = match columns.first() {
        Some(column) => format!("{}.{column}", table.full_name),
        None => table.full_name.to_owned(),
    };
    let message = format!("{location}: the check `{constraint}` does not hold for the row (the struct {requirement})");
    error.with_kind_and_message(ErrorKind::Check { table: table.full_name.to_owned(), columns, constraint }, message)
}

async fn parent_exists(ex: &Executor, key: &ForeignKeyDef, values: Vec<Value>) -> Result<bool> {
    let table = (key.table)();
    let mut query = SelectQuery::of_table(table);
    for (name, value) in key.targets().zip(values) {
        let column = Node::Column(ColumnRef { table, alias: None, name });
        query.body.filter(Node::binary(column, BinaryOp::Eq, Node::Value(value, None)));
    }
    exists(ex, sql::select_exists(ex.dialect(), &query.into())?).await
}

async fn exists(ex: &Executor, sql: SqlText) -> Result<bool> {
    One::new::<bool>(Execution::new(ex, LibraryQuery::<bool>::new(sql), Fetch::First)).await
}

/// A foreign key that refers to a table, and its actions when the parent row is updated or
/// deleted.
struct Child {
    key: ReferringKey,
    refuses_update: bool,
    refuses_delete: bool,
    cascades_delete: bool,
}

/// A column of a foreign key, as the catalogue query `foreign_keys_to_table` returns it.
type KeyColumn = (String, Option<String>, i64, String, Option<String>, bool, bool, bool);

/// Returns the error for rows that refer to a table by a key.
fn refers(key: ReferringKey, parent: &TableName) -> (ErrorKind, String) {
    let (table, columns, parent) = (key.table.to_string(), key.columns, parent.to_string());
    let message = format!("{parent}: rows of {table} refer to it by {}", columns.join(", "));
    (ErrorKind::ForeignKey { table, columns, references: parent }, message)
}

async fn children(ex: &Executor, parent: &TableName) -> Result<Vec<Child>> {
    let text = (ex.dialect().catalogue().foreign_keys_to_table)(parent.schema.as_deref());
    let sql = SqlText { text, params: vec![Value::Text(parent.name.clone()).into()], sources: None, locks_rows: false };
    let query = LibraryQuery::<KeyColumn>::new(sql);
    let mut columns: Vec<KeyColumn> = All::new::<KeyColumn>(Execution::new(ex, query, Fetch::All)).await?;
    // The target is missing if the foreign key names no target and the parent has no primary key.
    // Such a foreign key is left out.
    columns.retain(|(_, _, _, _, target, ..)| target.is_some());
    let keys = columns.chunk_by(|one, next| (&one.0, &one.1, one.2) == (&next.0, &next.1, next.2));
    let child = |columns: &[KeyColumn]| {
        let (name, schema, _, _, _, refuses_update, refuses_delete, cascades_delete) = columns[0].clone();
        let table = TableName { schema, name };
        let targets = columns.iter().filter_map(|(_, _, _, _, target, ..)| target.clone()).collect();
        let columns = columns.iter().map(|(_, _, _, column, ..)| column.clone()).collect();
        Child { key: ReferringKey { table, columns, targets }, refuses_update, refuses_delete, cascades_delete }
    };
    Ok(keys.map(child).collect())
}

/// Returns the error if this table cannot be dropped, because rows of a table that remains refer
/// to it; `None` if it can be dropped. `dropped` are the tables that are dropped together with it.
pub(crate) async fn referring_rows(
    ex: &Executor,
    table: &'static TableDef,
    dropped: &[&'static TableDef],
) -> Result<Option<Error>> {
    let parent = TableName::of(table);
    for Child { key, .. } in children(ex, &parent).await? {
        let is_it = |dropped: &&'static TableDef| {
            let same_schema = dropped.schema == key.table.schema.as_deref() || key.table.schema.is_none();
            same_schema && dropped.name.eq_ignore_ascii_case(&key.table.name)
        };
        if dropped.iter().any(is_it) {
            continue;
        }
        if exists(ex, sql::select_any_key(ex.dialect(), &key.table, &key.columns)?).await? {
            let (kind, message) = refers(key, &parent);
            return Ok(Some(Error::new(kind, message)));
        }
    }
    Ok(None)
}
