//! SELECT, INSERT, UPDATE, DELETE and raw statements.

use std::sync::Arc;
use std::time::SystemTime;

use super::texts::text_of;
use super::writer::{Run, SqlText, Writer};
use crate::bindings::Bindings;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{ColumnRef, CteNode, JoinKind, Node, Piece, Query, RawNode, SetOperator, SourceNode};
use crate::row_batch::RowBatch;
use crate::schema::{Role, TableDef};
use crate::statement::{DeleteQuery, InsertQuery, Own, Sql, Tail, UpdateQuery};
use crate::types::SqlType;
use crate::value::Value;

/// A query.
pub(crate) fn select(dialect: Dialect, query: &Query) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.select(query);
    writer.finish()
}

/// A statement as it is sent: its text, perhaps known before, and its values.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: Arc<str>,
    pub(crate) params: Vec<Value>,
}

impl From<SqlText> for Written {
    fn from(SqlText { text, params }: SqlText) -> Written {
        Written { text: text.into(), params }
    }
}

/// Writes a statement; one of a table's own is looked up, and only its values are written.
fn written(
    dialect: Dialect,
    table: &'static TableDef,
    own: Option<Own>,
    write: impl Fn(&mut Writer) -> Result<()>,
) -> Result<Written> {
    let Some(own) = own else {
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
    Ok(Written { text, params })
}

/// A query, as it is sent.
pub(crate) fn select_written(dialect: Dialect, query: &Query) -> Result<Written> {
    written(dialect, query.source.table, query.own(), |writer| {
        writer.select(query);
        Ok(())
    })
}

/// An update, as it is sent.
pub(crate) fn update_written(dialect: Dialect, query: &UpdateQuery) -> Result<Written> {
    written(dialect, query.table, query.of_row.then_some(Own::Save), |writer| writer.update(query))
}

/// A delete, as it is sent.
pub(crate) fn delete_written(dialect: Dialect, query: &DeleteQuery) -> Result<Written> {
    written(dialect, query.table, query.of_row.then_some(Own::Remove), |writer| writer.delete(query))
}

/// How many rows a query gives.
pub(crate) fn select_count(dialect: Dialect, query: &Query) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    if query.is_plain() && query.sources().all(|source| source.cte.is_none()) {
        writer.push("SELECT COUNT(*)");
        writer.from(query);
    } else {
        writer.push("SELECT COUNT(*) FROM (");
        writer.select(query);
        writer.push(")");
    }
    writer.finish()
}

/// Whether a query gives any row.
pub(crate) fn select_exists(dialect: Dialect, query: &Query) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT ");
    writer.exists(query);
    writer.finish()
}

impl Writer {
    /// A query, whole.
    pub(super) fn select(&mut self, query: &Query) {
        if let Some(per_group) = &query.per_group {
            return self.select_per_group(query, per_group);
        }
        let (around, named) = (self.enter(query), self.ctes.len());
        self.with(query);
        self.part(query);
        for (operator, part) in &query.compounds {
            self.push(match operator {
                SetOperator::Union => " UNION ",
                SetOperator::UnionAll => " UNION ALL ",
                SetOperator::Intersect => " INTERSECT ",
                SetOperator::Except => " EXCEPT ",
            });
            self.enter(part);
            if part.compounds.is_empty() && part.orders.is_empty() && part.limit.is_none() && part.offset.is_none() {
                self.part(part);
            } else {
                // A part has no ORDER BY and no parts of its own (https://sqlite.org/lang_select.html#compound_select_statements).
                self.push("SELECT * FROM (");
                self.select(part);
                self.push(")");
            }
        }
        self.enter(query);
        if !query.orders.is_empty() {
            self.push(" ORDER BY ");
            self.orders(&query.orders);
        }
        self.limit(query);
        self.sources = around;
        self.ctes.truncate(named);
    }

    /// The queries that it gives names to.
    fn with(&mut self, query: &Query) {
        let mut new = Vec::new();
        collect_ctes(query, &self.ctes, &mut new);
        if new.is_empty() {
            return;
        }
        self.push(if new.iter().any(|cte| cte.recursive) { "WITH RECURSIVE " } else { "WITH " });
        for (place, cte) in new.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            self.name(cte.table.name);
            self.push("(");
            self.names(cte.table.columns.iter().map(|column| column.name));
            self.push(match cte.materialized {
                None => ") AS (",
                Some(true) => ") AS MATERIALIZED (",
                Some(false) => ") AS NOT MATERIALIZED (",
            });
            self.ctes.push(Arc::clone(&cte));
            self.select(&cte.query);
            self.push(")");
        }
        self.push(" ");
    }

    /// SELECT to HAVING, or VALUES.
    fn part(&mut self, query: &Query) {
        if !query.values.is_empty() {
            self.push("VALUES ");
            return self.separated(&query.values, |writer, row| {
                writer.push("(");
                writer.separated(row, Writer::expression);
                writer.push(")");
            });
        }
        if let Some(inner) = &query.inner {
            self.push("SELECT * FROM (");
            self.select(inner);
            return self.push(")");
        }
        self.check_groups(query);
        self.push(if query.distinct { "SELECT DISTINCT " } else { "SELECT " });
        if query.projection.is_empty() {
            self.separated(query.sources().flat_map(SourceNode::columns), |writer, column| writer.column(&column));
        } else {
            self.separated(&query.projection, Writer::expression);
        }
        self.body(query);
    }

    /// `EXISTS (query)`.
    pub(super) fn exists(&mut self, query: &Query) {
        self.push("EXISTS (");
        let plain = query.groups.is_empty() && query.having.is_none() && !query.distinct && query.compounds.is_empty();
        if plain
            && query.values.is_empty()
            && query.inner.is_none()
            && query.sources().all(|source| source.cte.is_none())
        {
            let around = self.enter(query);
            self.push("SELECT 1");
            self.body(query);
            self.limit(query);
            self.sources = around;
        } else {
            self.select(query);
        }
        self.push(")");
    }

    fn from(&mut self, query: &Query) {
        let around = self.enter(query);
        self.body(query);
        self.sources = around;
    }

    /// The tables of a query become those that columns can be of; returns how many could be before.
    pub(super) fn enter(&mut self, query: &Query) -> usize {
        let own = 1 + query.joins.len();
        let around = if query.correlated { self.sources } else { 0 };
        std::mem::replace(&mut self.sources, around + own)
    }

    /// FROM to HAVING.
    pub(super) fn body(&mut self, query: &Query) {
        if let Some(invalid) = &query.invalid {
            self.fail(invalid.summary());
        }
        self.check_names(query);
        self.push(" FROM ");
        self.source(&query.source);
        for join in &query.joins {
            self.push(match join.kind {
                JoinKind::Inner => " JOIN ",
                JoinKind::Left => " LEFT JOIN ",
                JoinKind::Right => " RIGHT JOIN ",
                JoinKind::Full => " FULL JOIN ",
                JoinKind::Cross => " CROSS JOIN ",
            });
            self.source(&join.source);
            if let Some(condition) = &join.on {
                self.push(" ON ");
                self.expression(condition);
            }
        }
        self.filter(query.filter.as_ref());
        if !query.groups.is_empty() {
            self.push(" GROUP BY ");
            self.separated(&query.groups, Writer::expression);
        }
        if let Some(condition) = &query.having {
            self.push(" HAVING ");
            self.expression(condition);
        }
    }

    pub(super) fn source(&mut self, source: &SourceNode) {
        self.name(source.table.name);
        if let Some(alias) = source.alias {
            self.push(" AS ");
            self.name(alias);
        }
    }

    /// What is not grouped by is taken by an aggregate: SQLite would give the value of any row of the group.
    fn check_groups(&mut self, query: &Query) {
        let nodes = || query.projection.iter().chain(&query.having).chain(query.orders.iter().map(|order| &order.node));
        if query.groups.is_empty() && !nodes().any(Node::aggregates) {
            return;
        }
        let whole =
            query.projection.is_empty().then(|| query.sources().flat_map(SourceNode::columns).map(Node::Column));
        let whole: Vec<Node> = whole.into_iter().flatten().collect();
        if let Some(column) = nodes().chain(&whole).find_map(|node| node.ungrouped(&query.groups)) {
            let (table, name) = (column.alias.unwrap_or(column.table.name), column.name);
            self.fail(Error::usage(format!(
                "the column `{name}` of `{table}` has many values in a group: group by it, or take it by an aggregate such \
                 as `max`"
            )));
        }
    }

    /// A table that is read twice needs an alias.
    fn check_names(&mut self, query: &Query) {
        if query.joins.is_empty() {
            return;
        }
        let names: Vec<_> = query.sources().map(|source| source.name()).collect();
        let twice = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name));
        if let Some((place, name)) = twice {
            let table = query.sources().nth(place).map_or("", |source| source.table.rust_name);
            self.fail(Error::usage(format!(
                "the query reads `{name}` twice: give one of them an alias, `alias!(Other = {table})`"
            )));
        }
    }

    pub(super) fn filter(&mut self, filter: Option<&Node>) {
        if let Some(condition) = filter {
            self.push(" WHERE ");
            self.expression(condition);
        }
    }

    fn limit(&mut self, query: &Query) {
        let rows = |rows: u64| Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX));
        match (query.limit, query.offset) {
            (None, None) => {}
            (limit, offset) => {
                self.push(" LIMIT ");
                match limit {
                    Some(limit) => self.param(rows(limit)),
                    // SQLite knows OFFSET only behind LIMIT (https://sqlite.org/lang_select.html#limitoffset).
                    None => self.push("-1"),
                }
                if let Some(offset) = offset {
                    self.push(" OFFSET ");
                    self.param(rows(offset));
                }
            }
        }
    }
}

/// The named queries that a query reads and that are not named around it, those first that others read.
fn collect_ctes(query: &Query, known: &[Arc<CteNode>], to: &mut Vec<Arc<CteNode>>) {
    let parts = query.compounds.iter().map(|(_, part)| part);
    for part in std::iter::once(query).chain(parts) {
        for cte in part.sources().filter_map(|source| source.cte.as_ref()) {
            let is_known = |other: &Arc<CteNode>| Arc::ptr_eq(other, cte);
            if !known.iter().any(is_known) && !to.iter().any(is_known) {
                collect_ctes(&cte.query, known, to);
                to.push(Arc::clone(cte));
            }
        }
    }
}

fn now() -> Value {
    // The clock of a machine stands within the years that can be stored.
    SystemTime::now().to_value().unwrap_or(Value::Null)
}

/// The columns that the library sets in a new row.
pub(super) fn managed_values(table: &TableDef) -> Vec<(&'static str, Value)> {
    let now = now();
    let value = |column: &crate::schema::ColumnDef| match column.role? {
        Role::CreatedAt | Role::UpdatedAt => Some((column.name, now.clone())),
        Role::Version => Some((column.name, Value::Integer(1))),
    };
    table.columns.iter().filter_map(value).collect()
}

/// An insert of one row.
pub(crate) fn insert(dialect: Dialect, query: InsertQuery) -> Result<Vec<Run>> {
    let InsertQuery { table, columns, values, tail, .. } = query;
    let mut writer = InsertWriter::new(dialect, table, columns, tail);
    writer.row = values;
    writer.end_row()?;
    Ok(writer.take())
}

/// Writes the inserts of many rows: one text for each run of rows that leave the same columns to their defaults.
pub(crate) struct InsertWriter {
    dialect: Dialect,
    table: &'static TableDef,
    /// The columns that each row gives.
    columns: &'static [&'static str],
    managed: Vec<(&'static str, Value)>,
    tail: Tail,
    /// What stands behind the values, unless it is a plain insert, whose text is looked up.
    behind: Option<Result<SqlText>>,
    row: Bindings,
    runs: Vec<Run>,
    /// The columns that the rows of the last run give, and the room for those of the next row.
    given: Vec<bool>,
    gives: Vec<bool>,
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
        let (row, runs, given, gives) = Default::default();
        InsertWriter { dialect, table, columns, managed, tail, behind, row, runs, given, gives }
    }

    /// Where the next row binds its values; `end_row` follows.
    pub(crate) fn row(&mut self) -> &mut Bindings {
        &mut self.row
    }

    /// Ends a row. Fails where one of its values cannot be stored.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        let InsertWriter { row, runs, given, gives, managed, behind, .. } = self;
        let behind = behind.as_ref();
        let more = match behind {
            Some(Ok(behind)) => &behind.params[..],
            Some(Err(error)) => return Err(error.summary()),
            None => &[],
        };
        let values = row.row(self.table, self.columns)?;
        gives.clear();
        gives.extend(values.iter().map(Option::is_some));
        if runs.is_empty() || given != gives {
            let names = self.columns.iter().zip(&*gives).filter(|(_, gives)| **gives).map(|(name, _)| *name);
            let columns: Arc<[_]> = names.chain(managed.iter().map(|(name, _)| *name)).collect();
            let write = || insert_text(self.dialect, self.table, &columns, &self.tail, behind);
            let text = match given_bits(gives) {
                Some(given) if behind.is_none() => {
                    let own = Own::Insert { given, returning: !self.tail.returned.is_nothing() };
                    text_of(self.dialect, self.table, own, write)?
                }
                _ => write()?.into(),
            };
            runs.push(Run { text, columns, more: more.len(), params: RowBatch::default() });
            std::mem::swap(given, gives);
        }
        if let Some(Run { params, .. }) = runs.last_mut() {
            values.drain(..).flatten().for_each(|value| params.push(&value));
            managed.iter().for_each(|(_, value)| params.push(value));
            more.iter().for_each(|value| params.push(value));
            params.end_row();
        }
        Ok(())
    }

    /// How many bytes the values take.
    pub(crate) fn bytes(&self) -> usize {
        self.runs.iter().map(|run| run.params.len()).sum()
    }

    /// What was written; the next rows begin anew.
    pub(crate) fn take(&mut self) -> Vec<Run> {
        std::mem::take(&mut self.runs)
    }
}

/// Which columns a row gives, a bit for each; `None` where there are too many.
fn given_bits(gives: &[bool]) -> Option<u64> {
    (gives.len() <= 64).then(|| gives.iter().fold(0, |bits, gives| bits << 1 | u64::from(*gives)))
}

/// What stands behind the values of an insert.
fn behind(dialect: Dialect, table: &'static TableDef, tail: &Tail) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.tail(table, tail);
    writer.finish()
}

fn insert_text(
    dialect: Dialect,
    table: &TableDef,
    names: &[&str],
    tail: &Tail,
    behind: Option<&Result<SqlText>>,
) -> Result<String> {
    let mut writer = Writer::new(dialect);
    writer.push("INSERT INTO ");
    writer.name(table.name);
    if names.is_empty() {
        if tail.conflict.is_some() {
            return Err(Error::usage(format!("{}: a row that gives no column conflicts with none", table.name)));
        }
        writer.push(" DEFAULT VALUES");
    } else if tail.if_unchanged {
        writer.push(" (");
        writer.names(names.iter().copied());
        writer.push(") SELECT ");
        writer.separated(names, |writer, _| writer.param(Value::Null));
        writer.push(" WHERE changes() = 0");
    } else {
        writer.push(" (");
        writer.names(names.iter().copied());
        writer.push(") VALUES (");
        writer.separated(names, |writer, _| writer.param(Value::Null));
        writer.push(")");
    }
    match behind {
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
            writer.name(column);
            writer.push(" = ");
            match node {
                Node::Invalid(reason) => {
                    writer.fail(reason.clone().into_error().at_column(Some(table.name), column));
                }
                node => writer.expression(node),
            }
        });
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

    /// A table that is read twice needs an alias.
    fn check_others(&mut self, table: &TableDef, others: &[SourceNode]) {
        let names: Vec<_> = std::iter::once(table.name).chain(others.iter().map(SourceNode::name)).collect();
        if let Some((place, name)) = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
            let other = others.get(place.saturating_sub(1)).map_or("", |source| source.table.rust_name);
            self.fail(Error::usage(format!(
                "the statement reads `{name}` twice: give the second an alias, `alias!(Other = {other})`"
            )));
        }
    }

    /// What the library sets in every update, unless the update sets it itself.
    fn managed_sets(&mut self, table: &'static TableDef, sets: &[(&'static str, Node)]) {
        let is_set = |name: &str| sets.iter().any(|(set, _)| *set == name);
        if let Some(column) = table.with_role(Role::UpdatedAt).filter(|column| !is_set(column.name)) {
            self.push(", ");
            self.name(column.name);
            self.push(" = ");
            self.param(now());
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

/// The text of a raw statement.
pub(crate) struct RawText(pub(crate) SqlText);

/// A list with more values than this is one parameter: function calls and `IN` take no more of them either way
/// (<https://sqlite.org/limits.html#max_variable_number>).
const PLAIN_LIST: usize = 1_000;

/// A raw statement.
pub(crate) fn raw(dialect: Dialect, sql: &Sql) -> Result<RawText> {
    let mut writer = Writer::new(dialect);
    writer.raw(sql.raw());
    writer.finish().map(RawText)
}

impl Writer {
    /// Text and what stands in its braces.
    pub(super) fn raw(&mut self, raw: &RawNode) {
        if let Some(reason) = &raw.invalid {
            self.fail(reason.clone().into_error().context("an argument of the statement"));
        }
        for piece in &raw.pieces {
            match piece {
                Piece::Text(text) => self.push(text),
                Piece::Value(value) => self.param(value.clone()),
                Piece::Table(table) => self.name(table.name),
                Piece::Column(name) => self.name(name),
                // No row: `in` of it is false, `not in` is true, on every database.
                Piece::List(values) if values.is_empty() => self.push("SELECT NULL WHERE 1 = 0"),
                Piece::List(values) if values.len() > PLAIN_LIST => match self.dialect {
                    Dialect::Sqlite => {
                        self.push("SELECT value FROM rarray(");
                        self.param(Value::List(values.clone()));
                        self.push(")");
                    }
                },
                Piece::List(values) => self.separated(values, |writer, value| writer.param(value.clone())),
            }
        }
        for value in &raw.bound {
            self.param_of_text(value.clone());
        }
    }
}
