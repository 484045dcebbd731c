//! Whether the row of an outer side of a join is present.
//!
//! A row that no join has found is all NULL, but so may be one that was found. What is read into
//! an `Option` is therefore followed by one more column, after all others, if each of its own
//! columns may be NULL: a flag for whether the row is present. A column of the table that is never
//! NULL provides it. If there is none, the table is read with a constant next to its columns,
//! which SQLite flattens into the join, so that indexes are still used.

use super::function::Function;
use super::node::{ColumnRef, Node, UnaryOp};
use super::query::{Body, Query};
use super::select::{JoinKind, JoinNode, SelectBody};
use super::source::{Origin, SourceNode};

/// The constant next to the columns of a table in which every column may be NULL.
pub(crate) const MARK: &str = "aio_sql_row";

/// Columns of a row that are read as one value, possibly into an `Option`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The position of the first column in the row.
    pub(crate) place: usize,
    /// The number of columns.
    pub(crate) width: usize,
}

/// What a query selects, and which of its columns belong together.
#[derive(Debug, Default)]
pub struct Selection {
    pub(crate) nodes: Vec<Node>,
    pub(crate) parts: Vec<Part>,
    /// The number of tuples around what is appended.
    depth: usize,
}

impl Selection {
    pub(crate) fn push(&mut self, node: Node) {
        self.nodes.push(node);
    }

    /// Appends the columns of a table, which are read as a row of it.
    pub(crate) fn push_table(&mut self, columns: impl Iterator<Item = ColumnRef>) {
        let place = self.nodes.len();
        self.nodes.extend(columns.map(Node::Column));
        self.parts.push(Part { place, width: self.nodes.len() - place });
    }

    /// Appends a tuple, which may be read as a nested record.
    pub(crate) fn push_tuple(&mut self, append: impl FnOnce(&mut Selection)) {
        let place = self.nodes.len();
        self.depth += 1;
        append(self);
        self.depth -= 1;
        // The outermost tuple is the row itself.
        if self.depth > 0 {
            self.parts.push(Part { place, width: self.nodes.len() - place });
        }
    }
}

impl SelectBody {
    /// Replaces the selection.
    pub(crate) fn select(&mut self, Selection { nodes, parts, .. }: Selection) {
        (self.projection, self.parts) = (nodes, parts);
    }

    /// Selects all columns of all tables by their names, unless something is selected.
    pub(crate) fn select_all(&mut self) {
        if self.projection.is_empty() {
            (self.parts, self.projection) = (self.parts(), self.selected());
        }
    }

    /// Returns the columns that are read as one value: as they were selected, or else those of
    /// each table.
    fn parts(&self) -> Vec<Part> {
        if !self.projection.is_empty() {
            return self.parts.clone();
        }
        let mut place = 0;
        let part = |source: &SourceNode| {
            let width = source.table.columns.len();
            place += width;
            Part { place: place - width, width }
        };
        self.sources().map(part).collect()
    }

    fn append_marks(&self, marks: &mut Vec<Part>) {
        if !self.joins.iter().any(JoinNode::is_outer) {
            return;
        }
        let selected = self.selected();
        for part in self.parts() {
            if !marks.contains(&part) && self.absent_source(part, &selected).is_some() {
                marks.push(part);
            }
        }
    }

    fn mark(&mut self, marks: &[Part]) {
        let selected = self.selected();
        let sources: Vec<_> = marks.iter().map(|part| self.absent_source(*part, &selected)).collect();
        self.projection = selected;
        for source in sources {
            let mark = source.map_or(ALWAYS, |source| self.presence(source));
            self.projection.push(mark);
        }
    }

    /// Returns the position in FROM of the table to which the columns of a part belong, if it may
    /// be absent and each of them may be NULL in a row that is present.
    fn absent_source(&self, part: Part, selected: &[Node]) -> Option<usize> {
        let mut found = None;
        for node in selected.get(part.place..part.place + part.width)? {
            let Node::Column(column) = node else { return None };
            let source = self.sources().position(|source| source.has(column))?;
            if *found.get_or_insert(source) != source || !column.is_nullable() {
                return None;
            }
        }
        found.filter(|source| self.is_outer(*source))
    }

    /// Returns whether there may be rows without one of the table at this position of FROM, in
    /// which even a key is NULL.
    pub(crate) fn is_outer(&self, place: usize) -> bool {
        (1..).zip(&self.joins).any(|(joined, join)| match join.kind {
            JoinKind::Inner | JoinKind::Cross => false,
            JoinKind::Left => place == joined,
            JoinKind::Right => place < joined,
            JoinKind::Full => place <= joined,
        })
    }

    /// Returns the condition that a row of the table at this position of FROM is present.
    fn presence(&mut self, place: usize) -> Node {
        let source = match place {
            0 => &mut self.source,
            place => &mut self.joins[place - 1].source,
        };
        let name = source.never_null();
        let column = ColumnRef { table: source.table, alias: source.alias, name };
        let there = Node::unary(UnaryOp::IsNotNull, Node::Column(column));
        // For a group, it is whether any row is present.
        if self.groups.is_empty() { there } else { Node::call(Function::Max, vec![there]) }
    }
}

/// Replaces the flag in a query whose rows always have the part, if another query of the compound
/// has it on an outer side.
const ALWAYS: Node = Node::Literal(1);

impl Query {
    /// Returns the parts of a row that have a flag for whether they are present, in the order of
    /// the flags.
    pub(crate) fn marks(&self) -> Vec<Part> {
        let mut marks = Vec::new();
        self.append_marks(&mut marks);
        marks
    }

    fn append_marks(&self, marks: &mut Vec<Part>) {
        match &self.body {
            Body::Select(select) => select.append_marks(marks),
            Body::FromQuery { query, .. } => query.append_marks(marks),
            Body::Values(_) | Body::TooDeep => {}
        }
        self.compounds.iter().for_each(|(_, query)| query.append_marks(marks));
    }

    /// Returns the query with these flags, or `None` if it needs none.
    pub(crate) fn marked(&self) -> Option<Query> {
        let marks = self.marks();
        let mut marked = (!marks.is_empty()).then(|| self.clone())?;
        marked.mark(&marks);
        Some(marked)
    }

    fn mark(&mut self, marks: &[Part]) {
        match &mut self.body {
            Body::Select(select) => select.mark(marks),
            Body::Values(rows) => rows.iter_mut().for_each(|row| row.extend(marks.iter().map(|_| ALWAYS))),
            Body::FromQuery { query, .. } => query.change(|query| query.mark(marks)),
            Body::TooDeep => {}
        }
        self.compounds.iter_mut().for_each(|(_, query)| query.change(|query| query.mark(marks)));
    }
}

impl JoinNode {
    /// Returns whether there may be rows without one of some table.
    fn is_outer(&self) -> bool {
        !matches!(self.kind, JoinKind::Inner | JoinKind::Cross)
    }
}

impl SourceNode {
    /// Returns a column that is never NULL in a row that is present.
    fn never_null(&mut self) -> &'static str {
        match self.table.columns.iter().find(|column| !column.nullable) {
            Some(column) => column.name,
            // Every element of a document has a type (https://sqlite.org/json1.html#jeach).
            None if matches!(self.origin, Origin::Function(_)) => "type",
            None => {
                self.marked = true;
                MARK
            }
        }
    }
}
