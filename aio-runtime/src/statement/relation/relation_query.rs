//! A relation as plain data: a query over the related table, and the columns that connect it with
//! the parent query.

use super::super::link::{Link, compared};
use crate::expr::{Child, ColumnRef, Function, JoinKind, Node, Piece, SelectBody, SelectQuery, SourceNode};
use crate::schema::Collation;

/// A relation of a query: the related rows of each of its rows, which are the parent rows.
#[derive(Clone, Debug)]
pub struct RelationQuery {
    pub(super) query: SelectQuery,
    /// The columns of a parent row whose values the related rows have in `columns`.
    pub(super) parent_columns: Vec<ColumnRef>,
    /// The columns that are equal to `parent_columns` in related rows. They belong to the related
    /// table, or to the junction table if there is one.
    pub(super) columns: Vec<ColumnRef>,
    /// The collation by which each pair of columns is compared.
    pub(super) collations: Vec<Option<Collation>>,
    /// Whether `columns` are those of the foreign key, so that a row in which none of them is NULL
    /// belongs to some row of the parent table.
    pub(super) to_child: bool,
    /// The maximum number of rows for each parent row; `None` if there is no limit.
    pub(super) per_parent: Option<i64>,
    /// Whether the rows are counted instead of returned.
    pub(super) counts: bool,
    /// The junction table, for a many-to-many relation.
    pub(super) junction: Option<Junction>,
    /// The relations of the related rows.
    pub(super) relations: Vec<RelationQuery>,
}

/// A table between the parent table and the related table, with each of which a foreign key
/// connects it, in either direction.
#[derive(Clone, Debug)]
pub(super) struct Junction {
    pub(super) source: SourceNode,
    /// The foreign key between the junction table and the related table.
    to_related: Link,
    /// Whether several rows of the junction table may connect the same parent row with the same
    /// related row.
    may_repeat: bool,
}

impl RelationQuery {
    /// Creates a relation that is not connected with a parent table yet.
    /// [`with_link`](Self::with_link) or [`through`](Self::through) connects it.
    pub(super) fn new(mut query: SelectQuery, relations: Vec<RelationQuery>) -> RelationQuery {
        check(&mut query.body);
        RelationQuery {
            query,
            parent_columns: Vec::new(),
            columns: Vec::new(),
            collations: Vec::new(),
            to_child: false,
            per_parent: None,
            counts: false,
            junction: None,
            relations,
        }
    }

    /// Connects the relation with its parent table by a foreign key. `link` leads from the parent
    /// table to the related table.
    pub(super) fn with_link(mut self, link: Link) -> RelationQuery {
        self.collations = link.collations();
        (self.parent_columns, self.columns, self.to_child) = (link.near, link.far, link.to_child);
        self
    }

    /// Connects the relation with its parent table through a junction table by two foreign keys.
    /// `first` leads from the parent table to the junction table, and `to_related` leads from
    /// there to the related table.
    pub(super) fn through(mut self, first: Link, source: SourceNode, to_related: Link) -> RelationQuery {
        // Each row of a junction table connects one parent row with one related row. Several rows
        // may connect the same two rows, unless the keys are unique.
        let may_repeat = first.to_child
            && !to_related.to_child
            && !is_unique(&source, &[(&first.far, first.collations()), (&to_related.near, to_related.collations())]);
        self.junction = Some(Junction { source, to_related, may_repeat });
        self.with_link(first)
    }

    /// Returns the query for the related rows, with the junction table joined. Each related row is
    /// returned once per parent row.
    pub(super) fn rows(&self) -> SelectQuery {
        let mut rows = self.query.clone();
        let Some(Junction { source: junction, to_related, may_repeat }) = &self.junction else { return rows };
        let select = &mut rows.body;
        let source = select.source.clone();
        if select.projection.is_empty() {
            select.projection = source.columns().map(Node::Column).collect();
        }
        select.join(JoinKind::Inner, junction.clone(), Some(to_related.condition()));
        if *may_repeat && self.counts && identity(&source).len() > 1 {
            select.reject("rows that a junction table may connect several times can be counted only by a primary key of one column");
        }
        if *may_repeat {
            select.groups = self.group_columns();
            select.groups.extend(identity(&source).into_iter().map(Node::Column));
        }
        rows
    }

    /// Returns `columns` as terms of GROUP BY: texts that the foreign key compares as equal are in
    /// one group.
    pub(super) fn group_columns(&self) -> Vec<Node> {
        let node = |(column, collation): (&ColumnRef, &Option<Collation>)| match collation {
            // Whether a collation that the user registers can be used to group is unknown here, so
            // each text is a group of its own.
            Some(Collation::Named(_)) => Node::Column(*column),
            other => compared(*column, *other),
        };
        self.columns.iter().zip(&self.collations).map(node).collect()
    }

    /// Returns the query for the related rows whose `columns` satisfy a condition. The query has
    /// only one table in FROM, so that any clause can be added to it.
    pub(super) fn rows_where(self, condition: Node) -> SelectQuery {
        let RelationQuery { query: mut rows, junction, .. } = self;
        match junction {
            None => rows.body.filter(condition),
            Some(Junction { source, to_related, .. }) => {
                let operand = operand(&to_related.far, &to_related.collations());
                let mut junction_rows = SelectQuery::of(source);
                junction_rows.body.projection = to_related.near.into_iter().map(Node::Column).collect();
                junction_rows.body.filter(condition);
                rows.body.filter(Node::InQuery(Child::boxed(operand), Child::boxed(junction_rows.into()), false));
            }
        }
        rows
    }
}

/// Returns the columns as one operand (a row value if there are several), with the collations of
/// the foreign key.
pub(super) fn operand(columns: &[ColumnRef], collations: &[Option<Collation>]) -> Node {
    let mut nodes = compared_all(columns, collations);
    if nodes.len() == 1 { nodes.remove(0) } else { Node::Row(Child::new(nodes)) }
}

/// Returns each column with the collation of the foreign key.
pub(super) fn compared_all(columns: &[ColumnRef], collations: &[Option<Collation>]) -> Vec<Node> {
    columns.iter().zip(collations).map(|(column, collation)| compared(*column, *collation)).collect()
}

/// Makes the statement fail if the relation has a limit or an offset, which would apply to the
/// related rows of all parent rows together.
pub(super) fn check_limit(query: &mut SelectQuery) {
    if query.is_limited() {
        query
            .body
            .reject("`limit` and `offset` in a relation would apply to the rows of all parents together: use `limit_per_parent`");
    }
}

/// Makes the statement fail if the order of the query may change from one run to the next. The
/// statement of each relation runs the query again as a subquery, and must find the same rows.
pub(super) fn check_order(query: &mut SelectQuery) {
    if query.orders.iter().any(|order| may_change(&order.node)) {
        query.body.reject(
            "a query with a limit and relations needs an order that is always the same, so it cannot be sorted by raw SQL \
             that calls a function or by a function that is called by its name: read the keys of the rows first, and then \
             use `.filter(KEY.is_in(keys)).with(..)`",
        );
    }
}

/// Returns whether an expression may have another value when the same row is read again. A
/// function that is called in raw SQL or by its name may have another value. All other functions
/// are assumed not to.
fn may_change(node: &Node) -> bool {
    let mut found = match node {
        Node::Raw(raw) => raw.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('('))),
        Node::Call(call) => matches!(call.function, Function::Named(_)),
        _ => false,
    };
    node.each_child(&mut |child| found = found || may_change(child));
    found
}

/// Makes the statement fail if the query has groups or DISTINCT, because relations belong to rows
/// of a table.
pub(super) fn check(select: &mut SelectBody) {
    let grouped =
        !select.groups.is_empty() || select.having.is_some() || select.projection.iter().any(Node::aggregates);
    if grouped {
        select.reject("a query with relations cannot be grouped: remove `group_by` and aggregates");
    } else if select.is_distinct() {
        select.reject("a query with relations returns each row of its table once: remove `distinct`");
    }
}

/// Returns the columns that identify a row of the table: its primary key, or all columns if it has
/// no primary key.
pub(super) fn identity(source: &SourceNode) -> Vec<ColumnRef> {
    let key = source.table.primary_key;
    source.columns().filter(|column| key.is_empty() || key.contains(&column.name)).collect()
}

/// Returns whether some of these columns are a unique key of the table. A column that a foreign
/// key compares by another collation than its own does not count.
fn is_unique(source: &SourceNode, parts: &[(&Vec<ColumnRef>, Vec<Option<Collation>>)]) -> bool {
    let columns = parts.iter().flat_map(|(columns, collations)| compared_all(columns, collations));
    let name = |node| match node {
        Node::Column(column) => Some(column.name),
        _ => None,
    };
    let names: Vec<&str> = columns.filter_map(name).collect();
    source.table.unique_keys().any(|unique| unique.condition.is_none() && unique.is_within(&names))
}
