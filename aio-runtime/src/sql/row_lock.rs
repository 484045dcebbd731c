//! Writes FOR UPDATE, FOR SHARE and the weaker forms of both.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{LockWait, LockedTable, Node, Origin, Query, RowLock, SelectBody, SourceNode};

impl Writer {
    /// Writes the clause that locks the rows of a query, after all its other clauses.
    pub(super) fn row_lock(&mut self, query: &Query, select: &SelectBody, lock: &RowLock) {
        self.locks_rows = true;
        if !self.syntax.has_row_locks() {
            return self.fail(self.dialect.unsupported("row locks"));
        }
        let method = lock.strength.method();
        if let Some(what) = rows_of_no_table(query, select) {
            return self.fail(Error::usage(format!(
                "`{method}` locks rows of tables, and the rows of a query that {what} are none: lock them by a query of their own"
            )));
        }
        if lock.tables.is_empty()
            && let Some(source) = (0..).zip(select.sources()).find_map(|(place, source)| {
                let is_lockable = matches!(source.origin, Origin::Named) && !select.is_outer(place);
                (!is_lockable).then_some(source)
            })
        {
            return self.fail(not_lockable(method, source));
        }
        self.push(" ");
        self.push(lock.strength.words());
        for (place, locked) in lock.tables.iter().enumerate() {
            self.push(if place == 0 { " OF " } else { ", " });
            self.locked_table(method, select, *locked);
        }
        self.push(match lock.wait {
            LockWait::Wait => "",
            LockWait::Skip => " SKIP LOCKED",
            LockWait::Fail => " NOWAIT",
        });
    }

    /// Writes the name by which a query reads a table whose rows it locks. A name with a schema is
    /// not allowed here.
    fn locked_table(&mut self, method: &str, select: &SelectBody, locked: LockedTable) {
        let is_it = |source: &SourceNode| LockedTable { table: source.table, alias: source.alias } == locked;
        let Some((place, source)) = (0..).zip(select.sources()).find(|(_, source)| is_it(source)) else {
            let name = locked.alias.unwrap_or(locked.table.full_name);
            return self.fail(Error::usage(format!(
                "`{method}_of` names `{name}`, which is read by a surrounding query: lock its rows there"
            )));
        };
        if !matches!(source.origin, Origin::Named) || select.is_outer(place) {
            return self.fail(not_lockable(method, source));
        }
        let name = source.alias.unwrap_or(source.table.name);
        let has_name = |other: &&SourceNode| other.alias.unwrap_or(other.table.name).eq_ignore_ascii_case(name);
        if select.sources().filter(has_name).count() > 1 {
            return self.fail(Error::usage(format!(
                "`{method}_of` names `{name}`, which is the name of two tables of the query: give one of them an alias, \
                 `alias!(Other = {})`",
                source.table.rust_name
            )));
        }
        self.name(name);
    }

    /// Makes the statement fail if the query locks rows, because it only counts them, or asks
    /// whether there are any.
    pub(super) fn check_no_lock(&mut self, select: Option<&SelectBody>, what: &str) {
        if let Some(lock) = select.and_then(|select| select.lock.as_ref()) {
            let method = lock.strength.method();
            self.fail(Error::usage(format!("`{method}` locks the rows that a query returns, and {what} returns none")));
        }
    }
}

/// Returns what makes the rows of a query others than those of its tables; `None` if nothing does.
fn rows_of_no_table(query: &Query, select: &SelectBody) -> Option<&'static str> {
    let is_window = select.projection.iter().any(Node::has_window);
    let aggregates = select.projection.iter().any(Node::aggregates);
    match () {
        () if !query.compounds.is_empty() => Some("is combined with another one"),
        () if select.per_group.is_some() => Some("has a limit for each parent"),
        () if select.is_distinct() => Some("is `distinct`"),
        () if !select.groups.is_empty() || select.having.is_some() || aggregates => Some("is grouped"),
        () if is_window => Some("has a window function"),
        () => None,
    }
}

#[cold]
fn not_lockable(method: &str, source: &SourceNode) -> Error {
    let name = source.name();
    let why = match source.origin {
        Origin::Named => "an outer join may not find",
        _ => "are not those of a table",
    };
    Error::usage(format!(
        "`{method}` cannot lock the rows of `{name}`, which {why}: name the tables whose rows are to be locked, \
         `.{method}_of(Table)`"
    ))
}
