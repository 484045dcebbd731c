//! A relation as plain data: a query over the other table, and the columns that connect it.

use std::sync::Arc;

use super::hop::Link;
use crate::error::Error;
use crate::expr::{ColumnRef, JoinKind, Node, Query, SourceNode};
use crate::schema::{Collation, IndexDef, IndexPart};

/// The rows that stand beside those of a query.
#[derive(Clone, Debug)]
pub struct Branch {
    pub(super) query: Query,
    /// The columns of the query that it stands beside …
    pub(super) parent: Vec<ColumnRef>,
    /// … and those of its own that are equal to them.
    pub(super) own: Vec<ColumnRef>,
    /// How their texts are compared.
    pub(super) collations: Vec<Option<Collation>>,
    /// How many rows for each row of the other query.
    pub(super) per_parent: Option<u64>,
    /// Their number is wanted, not they themselves.
    pub(super) counts: bool,
    /// What stands beside its own rows.
    pub(super) branches: Vec<Branch>,
}

impl Branch {
    /// Beside a query that is not known yet.
    pub(super) fn new(mut query: Query, branches: Vec<Branch>) -> Branch {
        check(&mut query);
        Branch {
            query,
            parent: Vec::new(),
            own: Vec::new(),
            collations: Vec::new(),
            per_parent: None,
            counts: false,
            branches,
        }
    }

    /// Beside the query of the table that the link begins at.
    pub(super) fn by(mut self, link: Link) -> Branch {
        self.collations = link.collations();
        (self.parent, self.own) = (link.here, link.there);
        self
    }

    /// Beside the query of the table that the first link begins at; the second leads on from the table between.
    pub(super) fn through(mut self, first: Link, between: SourceNode, second: &Link) -> Branch {
        let source = self.query.source.clone();
        if self.query.projection.is_empty() {
            self.query.projection = source.columns().map(Node::Column).collect();
        }
        // A row of the table between belongs to one row on either side, and may be there twice.
        let repeats = first.down && !second.down && !is_unique(&between, first.there.iter().chain(&second.here));
        self.query.join(JoinKind::Inner, between, Some(second.condition()));
        let mut branch = self.by(first);
        if repeats && branch.counts && identity(&source).len() > 1 {
            refuse(
                &mut branch.query,
                "rows that a table between may reach twice are counted by a key of one column alone",
            );
        }
        if repeats {
            let own = branch.own.iter().copied();
            branch.query.groups = own.chain(identity(&source)).map(Node::Column).collect();
        }
        branch
    }
}

/// Of a relation's rows each row has its own.
pub(super) fn check_limit(query: &mut Query) {
    if query.limit.is_some() || query.offset.is_some() {
        refuse(
            query,
            "`limit` and `offset` in a relation would be those of all rows together: write `limit_per_parent`",
        );
    }
}

/// Relations stand beside the rows of a table.
pub(super) fn check(query: &mut Query) {
    let grouped = !query.groups.is_empty() || query.having.is_some() || query.projection.iter().any(Node::aggregates);
    if grouped {
        refuse(query, "relations stand beside rows, not beside groups: leave out `group_by` and aggregates");
    } else if query.distinct {
        refuse(query, "relations stand beside the rows of a table, each of which is there once: leave out `distinct`");
    }
}

#[cold]
fn refuse(query: &mut Query, why: &'static str) {
    query.invalid.get_or_insert_with(|| Arc::new(Error::usage(why)));
}

/// Columns that tell the rows of a table apart: its key, or all where it has none.
pub(super) fn identity(source: &SourceNode) -> Vec<ColumnRef> {
    let key = source.table.primary_key;
    source.columns().filter(|column| key.is_empty() || key.contains(&column.name)).collect()
}

fn is_unique<'a>(source: &SourceNode, columns: impl Iterator<Item = &'a ColumnRef>) -> bool {
    let names: Vec<&str> = columns.map(|column| column.name).collect();
    let table = source.table;
    let held = |unique: &&[&'static str]| !unique.is_empty() && unique.iter().all(|name| names.contains(name));
    let by_index = |index: &IndexDef| {
        let part = |part: &IndexPart| matches!(part, IndexPart::Column(name) if names.contains(name));
        index.unique && index.condition.is_none() && index.parts.iter().all(part)
    };
    held(&table.primary_key) || table.uniques.iter().any(held) || table.indexes.iter().any(by_index)
}
