//! Writes the text of SELECT, and of the queries that count or test the rows of a query.

use super::cached_text::{WrittenStatement, write_statement};
use super::dialect::Precedence;
use super::table_name::duplicate_name;
use super::writer::{RawSource, SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{
    BinaryOp, ColumnRef, Function, JoinKind, JoinNode, Node, OrderNode, Origin, PRESENCE_COLUMN, Query, SelectBody,
    SourceNode,
};
use crate::value::Value;

/// Writes a query.
pub(crate) fn select(dialect: Dialect, query: &Query) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.rows(query);
    writer.finish()
}

/// Writes a query, with its text from the cache if possible.
pub(crate) fn select_statement(dialect: Dialect, query: &Query) -> Result<WrittenStatement> {
    write_statement(dialect, query.cached(), |writer| {
        writer.rows(query);
        Ok(())
    })
}

/// Writes the query that counts the rows of a query.
pub(crate) fn select_count(dialect: Dialect, query: &Query) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.check_no_lock(query.first_select(), "a count");
    match query.plain_select() {
        Some(select) if !query.is_limited() && select.sources().all(|source| source.cte().is_none()) => {
            writer.push("SELECT COUNT(*)");
            writer.enter(&query.body);
            writer.from(select);
        }
        _ => {
            writer.push("SELECT COUNT(*) FROM (");
            writer.rows(query);
            writer.end_query();
        }
    }
    writer.finish()
}

/// Writes the query that returns whether a query has any row.
pub(crate) fn select_exists(dialect: Dialect, query: &Query) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT ");
    writer.exists(query);
    writer.finish()
}

/// Returns whether all columns of an expression belong to the joined table, rather than to the
/// tables before it. Returns `None` if it has columns of both, or of none. `is_joined` is `None`
/// for a column of a surrounding query.
fn sides(node: &Node, is_joined: &dyn Fn(&ColumnRef) -> Option<bool>) -> Option<bool> {
    let of = |wanted: bool| node.any(&|node| matches!(node, Node::Column(column) if is_joined(column) == Some(wanted)));
    let has_query =
        |node: &Node| matches!(node, Node::Subquery(_) | Node::Exists(_) | Node::InQuery(..) | Node::Raw(_));
    match (of(true), of(false)) {
        _ if node.any(&has_query) => None,
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

impl Writer {
    /// Writes a query whose rows the library reads or counts. Adds the flags that say which rows
    /// an outer join did not find, and leaves out checks of overflow that are made when the rows
    /// are read.
    pub(super) fn rows(&mut self, query: &Query) {
        let with_flags = query.with_presence_flags();
        let query = with_flags.as_ref().unwrap_or(query);
        match query.without_checks() {
            Some(unchecked) => self.select(&unchecked),
            None => self.select(query),
        }
    }

    /// Writes the clauses from SELECT to HAVING. The terms of ORDER BY, `orders`, are only
    /// checked.
    pub(super) fn select_body(&mut self, select: &SelectBody, orders: &[OrderNode]) {
        self.check_groups(select, orders);
        if self.syntax.numbers_placeholders() {
            let terms = select.groups.iter().chain(&select.distinct_on).filter(|term| !matches!(term, Node::Column(_)));
            self.groups = terms.map(|term| (term.clone(), None)).collect();
        }
        self.push(if select.is_distinct() { "SELECT DISTINCT " } else { "SELECT " });
        if !select.distinct_on.is_empty() {
            self.distinct_on(select, orders);
        }
        if select.projection.is_empty() {
            self.separated(select.sources().flat_map(SourceNode::columns), |writer, column| writer.column(&column));
        } else {
            self.separated(&select.projection, Writer::expression);
        }
        self.from(select);
    }

    /// Writes DISTINCT ON. Its terms are written as those of ORDER BY are, which the database
    /// compares with them.
    fn distinct_on(&mut self, select: &SelectBody, orders: &[OrderNode]) {
        if !self.syntax.has_distinct_on() {
            return self.fail(self.dialect.unsupported("`DISTINCT ON`"));
        }
        let terms = &select.distinct_on;
        let is_among = |order: &OrderNode| terms.iter().any(|term| term.is_same(&order.node));
        let is_sorted =
            |term: &Node| orders.iter().take_while(|order| is_among(order)).any(|order| order.node.is_same(term));
        if select.distinct {
            self.fail(Error::usage("a query is either `distinct` or `distinct_on`: leave one of them out"));
        }
        if !terms.iter().all(is_sorted) {
            self.fail(Error::usage(
                "`distinct_on` keeps the first of the rows that are equal in its columns: sort by these columns first, and \
                 then by what makes a row the first, `.order_by((A, B.desc()))`",
            ));
        }
        self.push("ON (");
        self.separated(terms, |writer, term| match writer.syntax.order_collation(writer, term) {
            Some(collation) => {
                writer.operand(term, Precedence::Whole);
                writer.collate(collation);
            }
            None => match select.position_of(term) {
                Some(position) => writer.number(position),
                None => writer.expression(term),
            },
        });
        self.push(") ");
    }

    /// Writes `EXISTS (query)`.
    pub(super) fn exists(&mut self, query: &Query) {
        self.check_no_lock(query.first_select(), "`exists`");
        self.push("EXISTS (");
        match query.plain_select() {
            Some(select) if select.sources().filter_map(SourceNode::cte).all(|cte| self.is_named(cte)) => {
                let outer = self.enter(&query.body);
                self.push("SELECT 1");
                self.from(select);
                self.limit(query);
                self.leave(outer);
            }
            _ => self.select(query),
        }
        self.push(")");
    }

    /// Writes the clauses from FROM to HAVING.
    pub(super) fn from(&mut self, select: &SelectBody) {
        if let Some(invalid) = &select.invalid {
            self.fail(invalid.without_source());
        }
        self.check_names(select);
        self.push(" FROM ");
        self.source(&select.source);
        for join in &select.joins {
            self.push(match join.kind {
                JoinKind::Inner => " JOIN ",
                JoinKind::Left => " LEFT JOIN ",
                JoinKind::Right => " RIGHT JOIN ",
                JoinKind::Full => " FULL JOIN ",
                JoinKind::Cross => " CROSS JOIN ",
            });
            self.source(&join.source);
            if join.kind == JoinKind::Full && self.syntax.full_join_needs_equality() {
                self.check_full_join(select, join);
            }
            if let Some(condition) = &join.on {
                self.push(" ON ");
                self.expression(condition);
            }
        }
        self.filter(select.filter.as_ref());
        if !select.groups.is_empty() {
            self.push(" GROUP BY ");
            self.separated(&select.groups, |writer, term| match select.position_of(term) {
                Some(position) => writer.number(position),
                None => writer.expression(term),
            });
        }
        if let Some(condition) = &select.having {
            self.push(" HAVING ");
            self.expression(condition);
        }
    }

    /// Makes the statement fail if no part of the condition of a full join is an equality between
    /// the joined table and the tables before it.
    fn check_full_join(&mut self, select: &SelectBody, join: &JoinNode) {
        let is_joined = |column: &ColumnRef| select.has(column).then(|| join.source.has(column));
        let is_equality = |node: &Node| match node {
            Node::Binary(left, BinaryOp::Eq, right) => match (sides(left, &is_joined), sides(right, &is_joined)) {
                (Some(left), Some(right)) => left != right,
                _ => false,
            },
            _ => false,
        };
        let is_hashed = match &join.on {
            None => true,
            Some(Node::Logical(BinaryOp::And, parts)) => parts.is_empty() || parts.iter().any(is_equality),
            Some(condition) => is_equality(condition),
        };
        if !is_hashed {
            let what = "FULL JOIN on a condition without an equality of its two sides";
            self.fail(self.dialect.unsupported(what));
        }
    }

    pub(super) fn source(&mut self, source: &SourceNode) {
        let is_wrapped = source.has_presence_column && !matches!(source.origin, Origin::Function(_));
        if is_wrapped {
            self.push("(SELECT *, 1 AS ");
            self.name(PRESENCE_COLUMN);
            self.push(" FROM ");
        }
        match &source.origin {
            Origin::Named | Origin::Cte(_) => {
                let is_named = match self.name_of_cte(source) {
                    Some(name) => {
                        self.name(&name);
                        name == source.name()
                    }
                    None => {
                        self.check_name_of_table(source.table);
                        self.table(source.table);
                        source.alias.is_none()
                    }
                };
                if is_named && !is_wrapped {
                    return;
                }
            }
            Origin::Function(call) => match call.function {
                Function::Series(ty) => {
                    self.push("(");
                    self.syntax.series(self, source.table, call, ty);
                    self.push(")");
                }
                _ => self.syntax.table_function(self, source.table, call, source.has_presence_column),
            },
            Origin::Raw(text) => {
                // Inside the raw query, columns are not written with the names of this query's
                // tables.
                let (outer_sources, begin) = (std::mem::replace(&mut self.sources, 1), self.text.len());
                self.expression(text);
                self.sources = outer_sources;
                let text = &self.text[begin..];
                let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
                let text = inside.unwrap_or(text).to_owned();
                let names = source.table.columns.iter().map(|column| column.name).collect();
                self.raw_sources.push(RawSource { text, names, record: source.table.rust_name });
            }
        }
        if is_wrapped {
            if matches!(source.origin, Origin::Raw(_)) {
                self.push(self.syntax.unnamed_query());
            }
            self.push(")");
        }
        self.push(" AS ");
        self.name(source.name());
    }

    /// Makes the statement fail if a grouped query uses a column in SELECT, HAVING or ORDER BY
    /// that is neither grouped by nor inside an aggregate. SQLite would take the value of an
    /// arbitrary row of the group.
    fn check_groups(&mut self, select: &SelectBody, orders: &[OrderNode]) {
        let others = || select.having.iter().chain(orders.iter().map(|order| &order.node));
        if select.groups.is_empty() && !select.projection.iter().chain(others()).any(Node::aggregates) {
            return;
        }
        let ungrouped = |node: &Node| node.ungrouped(&select.groups, &|column| select.has(column));
        if let Some(column) = select.selected().iter().chain(others()).find_map(ungrouped) {
            let (table, name) = (column.alias.unwrap_or(column.table.full_name), column.name);
            self.fail(Error::usage(format!(
                "the column `{name}` of `{table}` has many values in a group: group by it, or use an aggregate such \
                 as `max`"
            )));
        }
    }

    /// Makes the statement fail if two tables have the same name in the query.
    fn check_names(&mut self, select: &SelectBody) {
        if select.joins.is_empty() {
            return;
        }
        let sources = select.sources().map(|source| (source.table, source.alias));
        if let Some((name, table)) = duplicate_name(sources) {
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

    pub(super) fn limit(&mut self, query: &Query) {
        match query.limit {
            Some(limit) => {
                self.push(" LIMIT ");
                self.row_count(limit);
            }
            None if query.offset.is_some() => self.syntax.no_limit(self),
            None => {}
        }
        if let Some(offset) = query.offset {
            self.push(" OFFSET ");
            self.row_count(offset);
        }
    }

    /// Writes the number of a LIMIT or OFFSET. A negative one makes the statement fail, because
    /// SQLite would ignore it.
    pub(super) fn row_count(&mut self, rows: i64) {
        if rows < 0 {
            self.fail(Error::invalid_input("`limit` and `offset` must not be negative"));
        }
        self.param(Value::Integer(rows));
    }
}
