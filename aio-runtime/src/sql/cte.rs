//! Writes WITH, the clause of common table expressions (CTEs).

use std::borrow::Cow;
use std::sync::Arc;

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{CteNode, Origin, SourceNode};

/// A CTE, and the name that it has in this statement.
pub(super) struct NamedQuery {
    cte: Arc<CteNode>,
    name: Cow<'static, str>,
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
            self.ctes.push(NamedQuery { cte: Arc::clone(&cte), name });
            self.select(&cte.query);
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

    /// Returns the name by which the statement reads a table or a CTE.
    pub(super) fn name_of(&mut self, source: &SourceNode) -> Cow<'static, str> {
        let table = source.table;
        let named = self.ctes.iter().rev().find(|named| match &source.origin {
            Origin::Cte(cte) => Arc::ptr_eq(&named.cte, cte),
            // A table, which no CTE matches, or a recursive CTE that reads its own rows.
            _ => named.cte.table.is(table),
        });
        if let Some(named) = named {
            return named.name.clone();
        }
        if let Some(named) = self.ctes.iter().find(|named| named.name.eq_ignore_ascii_case(table.name)) {
            self.fail(Error::usage(format!(
                "the CTE of the record `{0}` and the table `{1}` have the same name: give the record another name",
                named.cte.table.rust_name, table.name
            )));
        }
        Cow::Borrowed(table.name)
    }
}
