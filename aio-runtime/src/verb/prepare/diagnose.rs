//! Details that a database leaves out of an error, queried after the failure.
//!
//! SQLite reports the unique columns that conflict, but neither the column of a check nor the
//! foreign key that failed. The table's definition and a few reads find these out. If a read
//! fails, the error stays as it was.

use super::{Answer, Prepared, Subject};
use crate::engine::{Access, Names};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::expr::{BinaryOp, ColumnRef, Node, SelectQuery};
use crate::raw_row::Row;
use crate::row::ExpectedOf;
use crate::schema::{Check, ForeignKeyDef, TableDef};
use crate::sql::{self, SqlText, quoted};
use crate::value::Value;
use crate::verb::future::{All, Decoder, Execution, Fetch};

/// What is known about a failed statement.
pub(in crate::verb) struct Diagnosis {
    table: &'static TableDef,
    /// The columns that it set to values.
    sets: Vec<(&'static str, Value)>,
    /// All columns that it set, if it is an update.
    updates: Option<Vec<&'static str>>,
    /// The rows that it changed or deleted, by a condition or all; `None` for an insert.
    rows: Option<Option<Node>>,
}

impl Diagnosis {
    pub(super) fn new(table: &'static TableDef) -> Diagnosis {
        Diagnosis { table, sets: Vec::new(), updates: None, rows: None }
    }

    /// Sets the columns of an update. Only the values of foreign keys are used.
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

    /// Sets the rows of an update or a delete.
    pub(super) fn rows(mut self, filter: Option<Node>) -> Diagnosis {
        self.rows = Some(filter);
        self
    }

    /// Returns the error, with more details if they can be found out.
    pub(in crate::verb) async fn explain(mut self, ex: Executor, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Check { constraint, .. } => match self.table.check(constraint) {
                Some(violated) => check(self.table, violated, constraint.clone(), error),
                None => error,
            },
            ErrorKind::Unique { table, .. } if table.is_empty() => {
                let kind = ErrorKind::Unique { table: self.table.name.to_owned(), columns: Vec::new() };
                let message = format!("{}: {}", self.table.name, error.message());
                error.restated(kind, message)
            }
            // A commit that failed has queried the details already.
            ErrorKind::ForeignKey { table, .. } if table.is_empty() => {
                if let Some(row) = error.failed_row() {
                    self.sets = row.columns.iter().copied().zip(row.values.iter().cloned()).collect();
                }
                match self.foreign_key(&ex).await {
                    Ok(Some((kind, message))) => error.restated(kind, message),
                    _ => error.restated(
                        ErrorKind::ForeignKey {
                            table: self.table.name.to_owned(),
                            columns: Vec::new(),
                            references: String::new(),
                        },
                        format!("{}: a foreign key leads nowhere, or others refer to the row", self.table.name),
                    ),
                }
            }
            _ => error,
        }
    }

    async fn foreign_key(&self, ex: &Executor) -> Result<Option<(ErrorKind, String)>> {
        for key in self.table.foreign_keys {
            if let Some(values) = self.values_of(key)
                && !parent_exists(ex, key, values).await?
            {
                let references = (key.table)().name;
                let columns: Vec<_> = key.columns().map(str::to_owned).collect();
                let message = format!("{}.{}: {references} has no such row", self.table.name, columns.join(", "));
                let (table, references) = (self.table.name.to_owned(), references.to_owned());
                return Ok(Some((ErrorKind::ForeignKey { table, columns, references }, message)));
            }
        }
        match &self.rows {
            Some(filter) => self.child(ex, filter.as_ref()).await,
            None => Ok(None),
        }
    }

    /// Returns the values that the statement gave the columns of a key, if it gave all of them and
    /// none is NULL.
    fn values_of(&self, key: &ForeignKeyDef) -> Option<Vec<Value>> {
        key.columns()
            .map(|column| {
                let (_, value) = self.sets.iter().find(|(name, _)| *name == column)?;
                (*value != Value::Null).then(|| value.clone())
            })
            .collect()
    }

    /// Returns the table that still refers to one of the rows, or to a row that a delete cascades
    /// to.
    async fn child(&self, ex: &Executor, filter: Option<&Node>) -> Result<Option<(ErrorKind, String)>> {
        let mut rows = SelectQuery::of_table(self.table);
        rows.body.filter = filter.cloned();
        let SqlText { text, params, .. } = sql::select(ex.dialect(), &rows.into())?;
        // Each table is visited once, because a table may refer to itself.
        let mut going = vec![(self.table.name.to_owned(), format!("FROM ({text})"))];
        let mut next = 0;
        while let Some((parent, from)) = going.get(next).cloned() {
            next += 1;
            for child in children(ex, &parent).await? {
                if next == 1 && !self.concerns(&child) {
                    continue;
                }
                let from = child.from(&from);
                let action = if self.updates.is_some() { &child.on_update } else { &child.on_delete };
                match action.as_str() {
                    "NO ACTION" | "RESTRICT" => {
                        let text = format!("SELECT EXISTS (SELECT 1 {from})");
                        if exists(ex, SqlText { text, params: params.clone(), sources: None }).await? {
                            return Ok(Some(child.refers(parent)));
                        }
                    }
                    "CASCADE" if self.updates.is_none() && going.iter().all(|(table, _)| *table != child.table) => {
                        going.push((child.table, from));
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }

    /// Returns whether a key refers to rows that the statement deletes, or to a column that it
    /// sets.
    fn concerns(&self, child: &Child) -> bool {
        let known = |target: &String| self.table.columns.iter().any(|column| column.name == target.as_str());
        let set = |columns: &Vec<&'static str>| child.targets.iter().any(|target| columns.contains(&target.as_str()));
        child.targets.iter().all(known) && self.updates.as_ref().is_none_or(set)
    }
}

fn check(table: &TableDef, Check { columns, demand }: Check, constraint: String, error: Error) -> Error {
    let place = match columns.first() {
        Some(column) => format!("{}.{column}", table.name),
        None => table.name.to_owned(),
    };
    let message = format!("{place}: the check `{constraint}` does not hold for the row (the struct {demand})");
    error.restated(ErrorKind::Check { table: table.name.to_owned(), columns, constraint }, message)
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
    Ok(values(ex, sql).await?.first() == Some(&vec![Value::Integer(1)]))
}

/// A foreign key that refers to the table.
struct Child {
    table: String,
    columns: Vec<String>,
    targets: Vec<String>,
    on_update: String,
    on_delete: String,
}

impl Child {
    /// Returns the query for its rows that refer to those of a table, from FROM on.
    fn from(&self, parents: &str) -> String {
        let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let (columns, targets) = (list(&self.columns), list(&self.targets));
        format!("FROM {} WHERE ({columns}) IN (SELECT {targets} {parents})", quoted(&self.table))
    }

    /// Returns the error that its rows refer to those of a table.
    fn refers(self, parent: String) -> (ErrorKind, String) {
        let Child { table, columns, .. } = self;
        let message = format!("{parent}: rows of {table} refer to it by {}", columns.join(", "));
        (ErrorKind::ForeignKey { table, columns, references: parent }, message)
    }
}

async fn children(ex: &Executor, parent: &str) -> Result<Vec<Child>> {
    let text = ex.dialect().catalogue()?.keys_to_table;
    let sql = SqlText { text: text.to_owned(), params: vec![Value::Text(parent.to_owned()).into()], sources: None };
    let mut children: Vec<Child> = Vec::new();
    let mut last = None;
    for row in values(ex, sql).await? {
        let [
            Value::Text(table),
            Value::Integer(id),
            Value::Text(column),
            Value::Text(target),
            Value::Text(on_update),
            Value::Text(on_delete),
        ] = &row[..]
        else {
            continue;
        };
        if last.as_ref() != Some(&(table.clone(), *id)) {
            children.push(Child {
                table: table.clone(),
                columns: Vec::new(),
                targets: Vec::new(),
                on_update: on_update.clone(),
                on_delete: on_delete.clone(),
            });
            last = Some((table.clone(), *id));
        }
        if let Some(child) = children.last_mut() {
            child.columns.push(column.clone());
            child.targets.push(target.clone());
        }
    }
    Ok(children)
}

/// Returns the error that rows of a remaining table refer to this table, which is to be dropped
/// with others.
pub(crate) async fn referring_rows(
    ex: &Executor,
    table: &'static TableDef,
    going: &[&'static TableDef],
) -> Result<Option<Error>> {
    for child in children(ex, table.name).await? {
        if going.iter().any(|table| table.name.eq_ignore_ascii_case(&child.table)) {
            continue;
        }
        let refers = child.columns.iter().map(|column| format!("{} IS NOT NULL", quoted(column))).collect::<Vec<_>>();
        let text = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {})", quoted(&child.table), refers.join(" AND "));
        if exists(ex, SqlText { text, params: Vec::new(), sources: None }).await? {
            let (kind, message) = child.refers(table.name.to_owned());
            return Ok(Some(Error::new(kind, message)));
        }
    }
    Ok(None)
}

async fn values(ex: &Executor, sql: SqlText) -> Result<Vec<Vec<Value>>> {
    let answer = Answer::new(Decoder::named(), Subject::Read(None));
    let prepared = Prepared::statement(sql, Access::Read, answer);
    let prepared = Prepared { names: Names::Wanted(ExpectedOf::<Row>::ROW), ..prepared };
    let rows = All::<Row>::new(Execution::of_prepared(ex, Ok(prepared), Fetch::All)).await?;
    Ok(rows.into_iter().map(|row| row.values().to_vec()).collect())
}
