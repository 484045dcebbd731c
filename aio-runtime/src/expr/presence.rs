//! Adds columns to a result that say whether an outer join has found a row: flags.
//!
//! If an outer join finds no matching row of a table, all columns of the table are NULL. But a row
//! that was found can be all NULL, too, if each of its columns may be NULL. If such a row is read
//! into an `Option`, a flag that says whether the row is present is added to the end of the
//! result. The flag is computed from a column of the table that is never NULL. If the table has no
//! such column, a subquery in FROM adds a constant to its columns; SQLite flattens the subquery
//! into the join, so that indexes are still used.

use super::function::Function;
use super::node::{BinaryOp, ColumnRef, Node, UnaryOp};
use super::query::{Body, Query};
use super::select::{JoinKind, JoinNode, SelectBody};
use super::source::{Origin, SourceNode};
use crate::schema::Type;

/// The name of the column with a constant that a subquery in FROM adds to a table in which every
/// column may be NULL. The column is NULL only if an outer join finds no row of the table.
pub(crate) const PRESENCE_COLUMN: &str = "aio_sql_row";

/// A range of the columns of a result row that is read as one struct, possibly in an `Option`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowPart {
    /// The index of the first column.
    pub(crate) start: usize,
    /// The number of columns.
    pub(crate) width: usize,
}

/// The selected expressions of a query while they are collected, and the ranges of them that are
/// read as one struct each.
#[derive(Debug, Default)]
pub struct Selection {
    pub(crate) nodes: Vec<Node>,
    pub(crate) parts: Vec<RowPart>,
    /// The number of nested tuples whose expressions are being appended now.
    depth: usize,
}

impl Selection {
    pub(crate) fn push(&mut self, node: Node) {
        self.nodes.push(node);
    }

    /// Appends the columns of a table, which are read as one row of the table.
    pub(crate) fn push_table(&mut self, columns: impl Iterator<Item = ColumnRef>) {
        let start = self.nodes.len();
        self.nodes.extend(columns.map(Node::Column));
        self.parts.push(RowPart { start, width: self.nodes.len() - start });
    }

    /// Appends the expressions of a tuple, which may be read as a nested struct.
    pub(crate) fn push_tuple(&mut self, append: impl FnOnce(&mut Selection)) {
        let start = self.nodes.len();
        self.depth += 1;
        append(self);
        self.depth -= 1;
        // The outermost tuple is the whole row, which cannot be missing.
        if self.depth > 0 {
            self.parts.push(RowPart { start, width: self.nodes.len() - start });
        }
    }
}

impl SelectBody {
    /// Replaces the selected expressions.
    pub(crate) fn select(&mut self, Selection { nodes, parts, .. }: Selection) {
        (self.projection, self.parts) = (nodes, parts);
    }

    /// If no expressions are selected, selects all columns of all tables.
    pub(crate) fn select_all(&mut self) {
        if self.projection.is_empty() {
            (self.parts, self.projection) = (self.parts(), self.selected());
        }
    }

    /// Returns the parts of a result row that are read as one struct each. If no expressions are
    /// selected, the columns of each table are one part.
    fn parts(&self) -> Vec<RowPart> {
        if !self.projection.is_empty() {
            return self.parts.clone();
        }
        let mut position = 0;
        let part = |source: &SourceNode| {
            let width = source.table.columns.len();
            position += width;
            RowPart { start: position - width, width }
        };
        self.sources().map(part).collect()
    }

    /// Appends to `flags` the parts of a result row that need a flag, which says whether the part
    /// is present.
    fn append_presence_flags(&self, flags: &mut Vec<RowPart>) {
        if !self.joins.iter().any(JoinNode::is_outer) {
            return;
        }
        let selected = self.selected();
        for part in self.parts() {
            if !flags.contains(&part) && self.source_needing_flag(part, &selected).is_some() {
                flags.push(part);
            }
        }
    }

    /// Adds a flag for each of these parts, which says whether the part is present, to the end of
    /// the selected expressions.
    fn add_presence_flags(&mut self, flags: &[RowPart]) {
        let selected = self.selected();
        let sources: Vec<_> = flags.iter().map(|part| self.source_needing_flag(*part, &selected)).collect();
        self.projection = selected;
        for source in sources {
            let flag = source.map_or_else(always, |source| self.presence(source));
            self.projection.push(flag);
        }
    }

    /// Returns the position in FROM of the part's table if the part needs a flag, or `None` if it
    /// does not. A part needs a flag if all of its columns belong to one table, an outer join may
    /// find no row of that table, and each of the columns may be NULL in a row that is present.
    fn source_needing_flag(&self, part: RowPart, selected: &[Node]) -> Option<usize> {
        let mut found = None;
        for node in selected.get(part.start..part.start + part.width)? {
            let Node::Column(column) = node else { return None };
            let source = self.sources().position(|source| source.has(column))?;
            if *found.get_or_insert(source) != source || !column.is_nullable() {
                return None;
            }
        }
        found.filter(|source| self.is_outer(*source))
    }

    /// Returns whether an outer join may find no row of the table at this position in FROM. All
    /// columns of the table may then be NULL, even the key.
    pub(crate) fn is_outer(&self, position: usize) -> bool {
        (1..).zip(&self.joins).any(|(joined, join)| match join.kind {
            JoinKind::Inner | JoinKind::Cross => false,
            JoinKind::Left => position == joined,
            JoinKind::Right => position < joined,
            JoinKind::Full => position <= joined,
        })
    }

    /// Returns the expression that says whether a row of the table at this position in FROM is
    /// present.
    fn presence(&mut self, position: usize) -> Node {
        let source = match position {
            0 => &mut self.source,
            position => &mut self.joins[position - 1].source,
        };
        let name = source.column_never_null();
        let column = ColumnRef { table: source.table, alias: source.alias, name };
        let is_present = Node::unary(UnaryOp::IsNotNull, Node::Column(column));
        // For a group, the flag says whether a row of the table is present in any row of the
        // group.
        if self.groups.is_empty() { is_present } else { Node::call(Function::Max(Type::Bool), vec![is_present]) }
    }
}

/// Returns the flag for a part that is always present in this query of a compound query, but may
/// be missing in another query of it.
fn always() -> Node {
    Node::logical(BinaryOp::And, Vec::new())
}

impl Query {
    /// Returns the parts of a result row that need a flag, in the order in which the flags are
    /// added.
    pub(crate) fn presence_flags(&self) -> Vec<RowPart> {
        let mut flags = Vec::new();
        self.append_presence_flags(&mut flags);
        flags
    }

    fn append_presence_flags(&self, flags: &mut Vec<RowPart>) {
        match &self.body {
            Body::Select(select) => select.append_presence_flags(flags),
            Body::FromQuery { query, .. } => query.append_presence_flags(flags),
            Body::Values(_) | Body::TooDeep => {}
        }
        self.compounds.iter().for_each(|(_, query)| query.append_presence_flags(flags));
    }

    /// Returns the query with the flags added to its result, or `None` if it needs no flags.
    pub(crate) fn with_presence_flags(&self) -> Option<Query> {
        let flags = self.presence_flags();
        let mut query = (!flags.is_empty()).then(|| self.clone())?;
        query.add_presence_flags(&flags);
        Some(query)
    }

    fn add_presence_flags(&mut self, flags: &[RowPart]) {
        match &mut self.body {
            Body::Select(select) => select.add_presence_flags(flags),
            Body::Values(rows) => rows.iter_mut().for_each(|row| row.extend(flags.iter().map(|_| always()))),
            Body::FromQuery { query, .. } => query.change(|query| query.add_presence_flags(flags)),
            Body::TooDeep => {}
        }
        self.compounds.iter_mut().for_each(|(_, query)| query.change(|query| query.add_presence_flags(flags)));
    }
}

impl JoinNode {
    /// Returns whether this is an outer join, on one side of which rows may be missing.
    fn is_outer(&self) -> bool {
        !matches!(self.kind, JoinKind::Inner | JoinKind::Cross)
    }
}

impl SourceNode {
    /// Returns the name of a column that is never NULL in a row that is present.
    fn column_never_null(&mut self) -> &'static str {
        match self.table.columns.iter().find(|column| !column.nullable) {
            Some(column) => column.name,
            None => {
                self.has_presence_column = true;
                // `json_each` and `json_tree` return a type for every element
                // (https://sqlite.org/json1.html#jeach).
                if matches!(self.origin, Origin::Function(_)) { "type" } else { PRESENCE_COLUMN }
            }
        }
    }
}
