//! A relation as plain data: a query over the other table, and the columns that connect it.

use super::super::link::{Link, compared};
use crate::expr::{Child, ColumnRef, Function, JoinKind, Node, Piece, SelectBody, SelectQuery, SourceNode};
use crate::schema::Collation;

/// The rows that stand beside those of a query.
#[derive(Clone, Debug)]
pub struct Branch {
    pub(super) query: SelectQuery,
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
    /// The table that its own columns are of, if not the one that it gives the rows of.
    pub(super) between: Option<Between>,
    /// What stands beside its own rows.
    pub(super) branches: Vec<Branch>,
}

/// A table between a relation and the query that it stands beside.
#[derive(Clone, Debug)]
pub(super) struct Between {
    pub(super) source: SourceNode,
    /// The key that leads on from it.
    onward: Link,
    /// Whether it may lead to a row several times.
    repeats: bool,
}

impl Branch {
    /// Beside a query that is not known yet.
    pub(super) fn new(mut query: SelectQuery, branches: Vec<Branch>) -> Branch {
        check(&mut query.body);
        Branch {
            query,
            parent: Vec::new(),
            own: Vec::new(),
            collations: Vec::new(),
            per_parent: None,
            counts: false,
            between: None,
            branches,
        }
    }

    /// Beside the query of the table that the link begins at.
    pub(super) fn by(mut self, link: Link) -> Branch {
        self.collations = link.collations();
        (self.parent, self.own) = (link.here, link.there);
        self
    }

    /// Beside the query of the table that the first link begins at; the second leads on from the
    /// table between.
    pub(super) fn through(mut self, first: Link, source: SourceNode, onward: Link) -> Branch {
        // A row of the table between belongs to one row on either side, and may be there twice.
        let repeats = first.down
            && !onward.down
            && !is_unique(&source, &[(&first.there, first.collations()), (&onward.here, onward.collations())]);
        self.between = Some(Between { source, onward, repeats });
        self.by(first)
    }

    /// The rows, each once for each row that it belongs to; their own columns can be read beside
    /// them.
    pub(super) fn rows(&self) -> SelectQuery {
        let mut rows = self.query.clone();
        let Some(Between { source: between, onward, repeats }) = &self.between else { return rows };
        let select = &mut rows.body;
        let source = select.source.clone();
        if select.projection.is_empty() {
            select.projection = source.columns().map(Node::Column).collect();
        }
        select.join(JoinKind::Inner, between.clone(), Some(onward.condition()));
        if *repeats && self.counts && identity(&source).len() > 1 {
            select.refuse("rows that a table between may reach twice are counted by a key of one column alone");
        }
        if *repeats {
            select.groups = self.own_groups();
            select.groups.extend(identity(&source).into_iter().map(Node::Column));
        }
        rows
    }

    /// The own columns as a group of rows has them, once for all the spellings that the foreign
    /// key holds equal.
    pub(super) fn own_groups(&self) -> Vec<Node> {
        let node = |(column, collation): (&ColumnRef, &Option<Collation>)| match collation {
            // Rows are found by the spelling itself where what is equal to it is known to the
            // database alone.
            Some(Collation::Named(_)) => Node::Column(*column),
            other => compared(*column, *other),
        };
        self.own.iter().zip(&self.collations).map(node).collect()
    }

    /// The rows for which a condition holds for the own columns. It stays a query of one table,
    /// which can go on as any.
    pub(super) fn rows_where(self, condition: Node) -> SelectQuery {
        let Branch { query: mut rows, between, .. } = self;
        match between {
            None => rows.body.filter(condition),
            Some(Between { source, onward, .. }) => {
                let operand = operand(&onward.there, &onward.collations());
                let mut leading = SelectQuery::of(source);
                leading.body.projection = onward.here.into_iter().map(Node::Column).collect();
                leading.body.filter(condition);
                rows.body.filter(Node::InQuery(Child::boxed(operand), Child::boxed(leading.into()), false));
            }
        }
        rows
    }
}

/// Some columns as one operand, compared as a foreign key compares them.
pub(super) fn operand(columns: &[ColumnRef], collations: &[Option<Collation>]) -> Node {
    let mut nodes = compared_all(columns, collations);
    if nodes.len() == 1 { nodes.remove(0) } else { Node::Row(Child::new(nodes)) }
}

/// Each of some columns as a foreign key compares it.
pub(super) fn compared_all(columns: &[ColumnRef], collations: &[Option<Collation>]) -> Vec<Node> {
    columns.iter().zip(collations).map(|(column, collation)| compared(*column, *collation)).collect()
}

/// Of a relation's rows each row has its own.
pub(super) fn check_limit(query: &mut SelectQuery) {
    if query.is_limited() {
        query
            .body
            .refuse("`limit` and `offset` in a relation would be those of all rows together: write `limit_per_parent`");
    }
}

/// Each relation reads the limited rows again, and has to find the same ones.
pub(super) fn check_order(query: &mut SelectQuery) {
    if query.orders.iter().any(|order| may_change(&order.node)) {
        query.body.refuse(
            "relations read the rows of a limit again, which text that calls a function, or a function by its name, may \
             sort in another order: read the keys of the rows first, and then `.filter(KEY.is_in(keys)).with(..)`",
        );
    }
}

/// Whether it may give another value for the same row when it is read again: what the library has
/// not written itself.
fn may_change(node: &Node) -> bool {
    let mut found = match node {
        Node::Raw(raw) => raw.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('('))),
        Node::Call(call) => matches!(call.function, Function::Named(_)),
        _ => false,
    };
    node.each_child(&mut |child| found = found || may_change(child));
    found
}

/// Relations stand beside the rows of a table.
pub(super) fn check(select: &mut SelectBody) {
    let grouped =
        !select.groups.is_empty() || select.having.is_some() || select.projection.iter().any(Node::aggregates);
    if grouped {
        select.refuse("relations stand beside rows, not beside groups: leave out `group_by` and aggregates");
    } else if select.distinct {
        select.refuse("relations stand beside the rows of a table, each of which is there once: leave out `distinct`");
    }
}

/// Columns that tell the rows of a table apart: its key, or all where it has none.
pub(super) fn identity(source: &SourceNode) -> Vec<ColumnRef> {
    let key = source.table.primary_key;
    source.columns().filter(|column| key.is_empty() || key.contains(&column.name)).collect()
}

/// Whether a key of the table holds some of these columns, and tells apart what foreign keys tell
/// apart.
fn is_unique(source: &SourceNode, parts: &[(&Vec<ColumnRef>, Vec<Option<Collation>>)]) -> bool {
    let columns = parts.iter().flat_map(|(columns, collations)| compared_all(columns, collations));
    let name = |node| match node {
        Node::Column(column) => Some(column.name),
        _ => None,
    };
    let names: Vec<&str> = columns.filter_map(name).collect();
    source.table.unique_keys().any(|unique| unique.condition.is_none() && unique.is_within(&names))
}
