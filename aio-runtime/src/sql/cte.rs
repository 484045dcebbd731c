//! Writes WITH, the clause of common table expressions (CTEs).

use std::borrow::Cow;
use std::sync::Arc;

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{Body, Child, CteNode, Origin, Query, SelectQuery, SetOperator, SourceNode};
use crate::schema::TableDef;

/// A CTE, and the name that it has in this statement.
pub(super) struct NamedQuery {
    cte: Arc<CteNode>,
    name: Cow<'static, str>,
    /// Whether what is written now can read it. Only a recursive query can read its own rows.
    is_readable: bool,
}

impl NamedQuery {
    /// Returns the query if it can be read and its columns are the fields of this struct.
    pub(super) fn query_of(&self, record: &TableDef) -> Option<&Query> {
        (self.is_readable && self.cte.table.is(record)).then(|| &**self.cte.query)
    }
}

impl Writer {
    /// Writes WITH and the CTEs that a query reads in FROM, directly or through other CTEs, except
    /// those that a surrounding query has already named. Writes nothing if there are none.
    /// `sources` are the tables and CTEs in FROM.
    pub(super) fn with<'a>(&mut self, mut sources: impl Iterator<Item = &'a SourceNode>) {
        let mut new = Vec::new();
        self.collect(&mut sources, &mut new);
        if new.is_empty() {
            return;
        }
        self.push(if new.iter().any(|cte| cte.recursive) { "WITH RECURSIVE " } else { "WITH " });
        for (place, cte) in new.into_iter().enumerate() {
            if place > 0 {
                self.push(", ");
            }
            let name = self.free_name(cte.table.name);
            self.name(&name);
            self.push("(");
            self.names(cte.table.columns.iter().map(|column| column.name));
            self.push(match cte.materialized {
                None => ") AS (",
                Some(true) => ") AS MATERIALIZED (",
                Some(false) => ") AS NOT MATERIALIZED (",
            });
            let one_step = match cte.recursive && self.syntax.allows_one_recursive_part() {
                true => with_one_recursive_part(&cte),
                false => None,
            };
            let query = one_step.as_ref().unwrap_or(&**cte.query);
            self.ctes.push(NamedQuery { cte: Arc::clone(&cte), name, is_readable: cte.recursive });
            match self.syntax.query_with_collations(self, query, true) {
                Some(query) => self.select(&query),
                None => self.select(query),
            }
            if let Some(named) = self.ctes.last_mut() {
                named.is_readable = true;
            }
            self.push(")");
        }
        self.push(" ");
    }

    /// Adds to `to` the CTEs that are read in FROM and have no name yet. Each CTE follows the CTEs
    /// that it reads.
    fn collect(&self, sources: &mut dyn Iterator<Item = &SourceNode>, to: &mut Vec<Arc<CteNode>>) {
        for cte in sources.filter_map(SourceNode::cte) {
            if !self.is_named(cte) && !to.iter().any(|other| Arc::ptr_eq(other, cte)) {
                self.collect(&mut cte.query.sources(), to);
                to.push(Arc::clone(cte));
            }
        }
    }

    pub(super) fn is_named(&self, cte: &Arc<CteNode>) -> bool {
        self.ctes.iter().any(|named| Arc::ptr_eq(&named.cte, cte))
    }

    /// Returns a name for a CTE: `name`, or `name` with a number if another CTE in the statement
    /// already has that name. Several CTEs may be read as the same struct, which gives them the
    /// same name.
    fn free_name(&self, name: &'static str) -> Cow<'static, str> {
        let is_free = |name: &str| !self.ctes.iter().any(|named| named.name.eq_ignore_ascii_case(name));
        match is_free(name) {
            true => Cow::Borrowed(name),
            false => {
                let same = self.ctes.iter().filter(|named| named.cte.table.name.eq_ignore_ascii_case(name)).count();
                let names = (same + 1..).map(|n| format!("{name}_{n}"));
                names.skip(usize::from(same == 0)).find(|name| is_free(name)).map_or(Cow::Borrowed(name), Cow::Owned)
            }
        }
    }

    /// Returns the name of the CTE that the statement reads, or `None` if it reads a table.
    pub(super) fn name_of_cte(&self, source: &SourceNode) -> Option<Cow<'static, str>> {
        let table = source.table;
        let named = self.ctes.iter().rev().find(|named| match &source.origin {
            Origin::Cte(cte) => Arc::ptr_eq(&named.cte, cte),
            // A table, which no CTE matches, or a recursive CTE that reads its own rows.
            _ => named.is_readable && named.cte.table.is(table),
        });
        named.map(|named| named.name.clone())
    }

    /// Makes the statement fail if a CTE hides a table that the statement reads.
    pub(super) fn check_name_of_table(&mut self, table: &TableDef) {
        let hides = |named: &&NamedQuery| table.schema.is_none() && named.name.eq_ignore_ascii_case(table.name);
        if let Some(named) = self.ctes.iter().find(hides) {
            self.fail(Error::usage(format!(
                "the CTE of the record `{0}` and the table `{1}` have the same name: give the record another name",
                named.cte.table.rust_name, table.name
            )));
        }
    }
}

/// Returns a recursive query whose recursive parts are one part, which reads the rows of the last
/// run by a query with a name of its own. Returns `None` if the query has only one such part.
fn with_one_recursive_part(cte: &CteNode) -> Option<Query> {
    let reads_itself = |source: &SourceNode| matches!(source.origin, Origin::Named) && source.table.is(cte.table);
    let is_recursive = |(_, part): &(SetOperator, Child<Box<Query>>)| part.sources().any(reads_itself);
    let first = cte.query.compounds.iter().position(is_recursive)?;
    if first + 1 == cte.query.compounds.len() {
        return None;
    }
    let rows = SelectQuery::of_table(cte.table).into();
    let rows =
        CteNode { table: cte.table, query: Child::boxed(rows), recursive: false, materialized: None, is_local: true };
    let rows = Arc::new(rows);
    let read_rows = |part: &mut Query| {
        let Body::Select(select) = &mut part.body else { return };
        let joined = select.joins.iter_mut().map(|join| &mut join.source);
        for source in std::iter::once(&mut select.source).chain(joined).filter(|source| reads_itself(source)) {
            source.origin = Origin::Cte(Arc::clone(&rows));
        }
    };
    let mut query = (**cte.query).clone();
    let mut parts = query.compounds.split_off(first);
    parts.iter_mut().for_each(|(_, part)| part.change(|part| read_rows(part)));
    let (operator, mut part) = parts.remove(0);
    part.change(|part| part.compounds.extend(parts));
    query.compounds.push((operator, part));
    Some(query)
}
