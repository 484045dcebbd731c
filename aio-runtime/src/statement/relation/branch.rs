//! A relation as plain data: a query over the related table, and the columns that connect it with
//! its parent.

use super::super::link::{Link, compared};
use crate::expr::{Child, ColumnRef, Function, JoinKind, Node, Piece, SelectBody, SelectQuery, SourceNode};
use crate::schema::Collation;

/// The related rows of a parent query.
#[derive(Clone, Debug)]
pub struct Branch {
    pub(super) query: SelectQuery,
    /// The columns of the parent query …
    pub(super) parent: Vec<ColumnRef>,
    /// … and the columns of the related table that are equal to them.
    pub(super) own: Vec<ColumnRef>,
    /// The collation by which each pair of columns is compared.
    pub(super) collations: Vec<Option<Collation>>,
    /// The maximum number of rows for each parent row.
    pub(super) per_parent: Option<i64>,
    /// Whether the rows are counted instead of returned.
    pub(super) counts: bool,
    /// The table in between that has the columns of `own`, if it is not the related table.
    pub(super) between: Option<Between>,
    /// The relations of the related rows.
    pub(super) branches: Vec<Branch>,
}

/// A table between a related table and its parent.
#[derive(Clone, Debug)]
pub(super) struct Between {
    pub(super) source: SourceNode,
    /// The key from this table to the related one.
    onward: Link,
    /// Whether it may reach the same related row several times.
    repeats: bool,
}

impl Branch {
    /// Creates a relation whose parent is not known yet.
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

    /// Sets the parent: the table at which the link begins.
    pub(super) fn with_link(mut self, link: Link) -> Branch {
        self.collations = link.collations();
        (self.parent, self.own) = (link.here, link.there);
        self
    }

    /// Sets the parent, the table at which `first` begins, and the table in between, from which
    /// `onward` leads to the related table.
    pub(super) fn through(mut self, first: Link, source: SourceNode, onward: Link) -> Branch {
        // A row of the table in between belongs to one row on either side, so that two of them may
        // connect the same rows.
        let repeats = first.down
            && !onward.down
            && !is_unique(&source, &[(&first.there, first.collations()), (&onward.here, onward.collations())]);
        self.between = Some(Between { source, onward, repeats });
        self.with_link(first)
    }

    /// Returns the query for the related rows, each once per parent row, which can also select the
    /// columns of `own`.
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
            select.reject("rows that a table between may reach twice are counted by a key of one column alone");
        }
        if *repeats {
            select.groups = self.own_groups();
            select.groups.extend(identity(&source).into_iter().map(Node::Column));
        }
        rows
    }

    /// Returns the columns of `own` as a group has them: one value for all spellings that the
    /// foreign key compares as equal.
    pub(super) fn own_groups(&self) -> Vec<Node> {
        let node = |(column, collation): (&ColumnRef, &Option<Collation>)| match collation {
            // Only the database knows which spellings are equal in a custom collation, so that
            // each one is a key of its own.
            Some(Collation::Named(_)) => Node::Column(*column),
            other => compared(*column, *other),
        };
        self.own.iter().zip(&self.collations).map(node).collect()
    }

    /// Returns the query for the rows whose columns in `own` satisfy a condition. It remains a
    /// query over one table, to which any clause can be added.
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

/// Returns columns as one operand, compared as a foreign key compares them.
pub(super) fn operand(columns: &[ColumnRef], collations: &[Option<Collation>]) -> Node {
    let mut nodes = compared_all(columns, collations);
    if nodes.len() == 1 { nodes.remove(0) } else { Node::Row(Child::new(nodes)) }
}

/// Returns each column as a foreign key compares it.
pub(super) fn compared_all(columns: &[ColumnRef], collations: &[Option<Collation>]) -> Vec<Node> {
    columns.iter().zip(collations).map(|(column, collation)| compared(*column, *collation)).collect()
}

/// Refuses a limit, which would apply to the related rows of all parents together.
pub(super) fn check_limit(query: &mut SelectQuery) {
    if query.is_limited() {
        query
            .body
            .reject("`limit` and `offset` in a relation would be those of all rows together: write `limit_per_parent`");
    }
}

/// Refuses an order that may change, because each relation reads the limited rows again and has to
/// find the same ones.
pub(super) fn check_order(query: &mut SelectQuery) {
    if query.orders.iter().any(|order| may_change(&order.node)) {
        query.body.reject(
            "relations read the rows of a limit again, which text that calls a function, or a function by its name, may \
             sort in another order: read the keys of the rows first, and then `.filter(KEY.is_in(keys)).with(..)`",
        );
    }
}

/// Returns whether an expression may have another value when the same row is read again. Only what
/// the library has written itself is known not to.
fn may_change(node: &Node) -> bool {
    let mut found = match node {
        Node::Raw(raw) => raw.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('('))),
        Node::Call(call) => matches!(call.function, Function::Named(_)),
        _ => false,
    };
    node.each_child(&mut |child| found = found || may_change(child));
    found
}

/// Refuses groups and DISTINCT, because relations belong to rows of a table.
pub(super) fn check(select: &mut SelectBody) {
    let grouped =
        !select.groups.is_empty() || select.having.is_some() || select.projection.iter().any(Node::aggregates);
    if grouped {
        select.reject("relations stand beside rows, not beside groups: leave out `group_by` and aggregates");
    } else if select.distinct {
        select.reject("relations stand beside the rows of a table, each of which is there once: leave out `distinct`");
    }
}

/// Returns the columns that identify a row of the table: its primary key, or all columns if it has
/// none.
pub(super) fn identity(source: &SourceNode) -> Vec<ColumnRef> {
    let key = source.table.primary_key;
    source.columns().filter(|column| key.is_empty() || key.contains(&column.name)).collect()
}

/// Returns whether some of these columns are a unique key of the table, under the collations of
/// the foreign keys.
fn is_unique(source: &SourceNode, parts: &[(&Vec<ColumnRef>, Vec<Option<Collation>>)]) -> bool {
    let columns = parts.iter().flat_map(|(columns, collations)| compared_all(columns, collations));
    let name = |node| match node {
        Node::Column(column) => Some(column.name),
        _ => None,
    };
    let names: Vec<&str> = columns.filter_map(name).collect();
    source.table.unique_keys().any(|unique| unique.condition.is_none() && unique.is_within(&names))
}
