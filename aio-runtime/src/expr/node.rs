//! The untyped tree of an expression.

use super::child::{Child, MAX_DEPTH, Tree};
use super::function::Function;
use super::json_path::JsonPath;
use super::order::OrderNode;
use super::query::Query;
use super::raw::RawNode;
use crate::schema::{Collation, TableDef};
use crate::types::{ColumnType, SqlType, Type};
use crate::value::{Unstorable, Value};

/// An expression as plain data.
#[derive(Clone, Debug)]
pub enum Node {
    /// A column of a table that the statement reads.
    Column(ColumnRef),
    /// A value, which becomes a parameter, and its type. The type is `None` where the database
    /// infers it from the column or expression next to the value.
    Value(Value, Option<Type>),
    /// A number that is written into the text. It comes from the library, not from the user.
    Literal(i64),
    /// A path inside a JSON document; `None` if the user's text is not a path, which makes the
    /// statement fail.
    JsonPath(Option<JsonPath>),
    /// A value that cannot be stored. The statement that contains it fails.
    Invalid(Unstorable),
    /// An expression that was nested too deep. The statement that contains it fails.
    TooDeep,
    /// A unary operator.
    Unary(UnaryOp, Child<Box<Node>>),
    /// A binary operator.
    Binary(Child<Box<Node>>, BinaryOp, Child<Box<Node>>),
    /// `operand BETWEEN low AND high`.
    Between(Child<Box<Node>>, Child<Box<(Node, Node)>>),
    /// `operand IN (values)`, or `NOT IN`.
    In(Child<(Box<Node>, Vec<Node>)>, bool),
    /// Several expressions in parentheses, `(a, b)`, which are compared together: a key of several
    /// columns.
    Row(Child<Vec<Node>>),
    /// Conditions that are combined by AND or by OR.
    Logical(BinaryOp, Child<Vec<Node>>),
    /// A match of a text against a pattern or another text.
    Match(Child<Box<Node>>, TextMatch, Child<Box<Node>>),
    /// `CAST(operand AS type)`, with the type of the operand and the type of the result.
    Cast(Child<Box<Node>>, Type, Type),
    /// `operand COLLATE collation`.
    Collate(Child<Box<Node>>, Collation),
    /// A call of a function.
    Call(Child<Box<Call>>),
    /// `CASE WHEN condition THEN value … ELSE otherwise END`.
    Case(Child<Branches>),
    /// `(query)`: the value in the first row of a subquery of one column, or NULL if there is no
    /// row.
    Subquery(Child<Box<Query>>),
    /// `EXISTS (query)`.
    Exists(Child<Box<Query>>),
    /// `operand IN (query)`, or `NOT IN`.
    InQuery(Child<Box<Node>>, Child<Box<Query>>, bool),
    /// Raw SQL.
    Raw(Box<RawNode>),
}

/// The branches of a `CASE`, each with its condition and its value, and the value of ELSE.
pub(super) type Branches = (Vec<(Node, Node)>, Option<Box<Node>>);

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// The arguments. [`Function::Count`] without arguments counts rows.
    pub arguments: Vec<Node>,
    /// Whether an aggregate uses each distinct value only once.
    pub distinct: bool,
    /// The condition of FILTER: an aggregate uses only the rows for which the condition holds.
    pub filter: Option<Node>,
    /// The order in which an aggregate uses the rows.
    pub orders: Vec<OrderNode>,
    /// The window of OVER, if there is one.
    pub over: Option<Box<WindowNode>>,
}

/// A window over the rows of a query.
#[derive(Clone, Debug, Default)]
pub struct WindowNode {
    /// The expressions of PARTITION BY: a partition consists of the rows in which they have equal
    /// values.
    pub partition: Vec<Node>,
    /// The order of the rows in a partition.
    pub orders: Vec<OrderNode>,
    /// The frame, if it is not the default.
    pub frame: Option<FrameNode>,
}

/// The frame of a window: the rows of the partition from which the value of a row is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameNode {
    /// The unit of the bounds.
    pub unit: FrameUnit,
    /// Where the frame begins.
    pub start: FrameBound,
    /// Where the frame ends.
    pub end: FrameBound,
    /// The rows that are excluded.
    pub exclude: FrameExclude,
}

/// The unit in which the bounds of a frame are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// The difference from the current row in the value that the window is sorted by.
    Range,
    /// Groups of rows that are sorted as equal.
    Groups,
}

/// A bound of a frame.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{FrameBound, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // The sum of each row and the row before it.
/// let two = window().order_by(User::ID).rows(FrameBound::Preceding(1), FrameBound::Current);
/// let sums = User::select().order_by(User::ID).columns(User::KARMA.sum().over(two));
/// assert_eq!(sums.all(&db).await?, [Some(7), Some(10)]);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameBound {
    /// The first row of the partition as the start, or its last row as the end.
    Unbounded,
    /// This number of units before the current row.
    Preceding(u32),
    /// The current row.
    Current,
    /// This number of units after the current row.
    Following(u32),
}

/// The rows that are excluded from a frame.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{FrameBound, FrameExclude, window};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // The sum of all other rows.
/// let all = window().order_by(User::ID).rows(FrameBound::Unbounded, FrameBound::Unbounded);
/// let others = User::KARMA.sum().over(all.exclude(FrameExclude::Current));
/// let sums = User::select().order_by(User::ID).columns(others);
/// assert_eq!(sums.all(&db).await?, [Some(3), Some(7)]);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclude {
    /// No row.
    Nothing,
    /// The current row.
    Current,
    /// The current row and the rows that are sorted as equal to it.
    Group,
    /// The rows that are sorted as equal to the current row, but not the current row itself.
    Ties,
}

/// A reference to a column of a table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnRef {
    /// The table that declares the column.
    pub table: &'static TableDef,
    /// The alias of the table in the statement, if it has one.
    pub alias: Option<&'static str>,
    /// The column's name.
    pub name: &'static str,
}

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `NOT x`
    Not,
    /// `-x`
    Negate,
    /// `~x`
    BitNot,
    /// `x IS NULL`
    IsNull,
    /// `x IS NOT NULL`
    IsNotNull,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    /// Equal, or both NULL.
    NotDistinct,
    /// Not equal, where NULL is equal to NULL.
    Distinct,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Concat,
    BitAnd,
    BitOr,
    ShiftLeft,
    ShiftRight,
}

/// A way to match a text against a pattern or another text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// The text begins with the other text.
    StartsWith,
    /// The text ends with the other text.
    EndsWith,
    /// The text contains the other text.
    Contains,
    /// The text matches a pattern with `%` and `_`.
    Like,
    /// The text matches a pattern with `%` and `_`, ignoring the case of ASCII letters, or of
    /// every letter if the text has the collation `Unicode`.
    ILike,
    /// The text matches a pattern with `*`, `?` and `[..]`.
    Glob,
    /// A regular expression matches a part of the text.
    Regexp,
    /// The text belongs to an index for full-text search, and a query in the language of the index
    /// matches it.
    FullText,
}

impl WindowNode {
    /// Returns whether two windows are certain to be the same, including the values in them.
    fn is_same(&self, other: &WindowNode) -> bool {
        Node::are_same(&self.partition, &other.partition)
            && OrderNode::are_same(&self.orders, &other.orders)
            && self.frame == other.frame
    }
}

impl ColumnRef {
    /// Returns whether the column may be NULL in a row of its table.
    pub(crate) fn is_nullable(&self) -> bool {
        self.table.column(self.name).is_none_or(|column| column.nullable)
    }

    /// Returns the collation that the definition of the column sets, or `None` if it sets none.
    pub(crate) fn collation(&self) -> Option<Collation> {
        self.table.column(self.name).and_then(|column| column.collate)
    }
}

impl Call {
    pub(crate) fn new(function: Function, arguments: Vec<Node>) -> Call {
        Call { function, arguments, distinct: false, filter: None, orders: Vec::new(), over: None }
    }

    /// Returns whether the function is an aggregate that is used without a window.
    fn aggregates(&self) -> bool {
        self.function.is_aggregate() && self.over.is_none()
    }
}

impl Tree for Node {
    fn depth(&self) -> u16 {
        1 + match self {
            Node::Column(_)
            | Node::Value(..)
            | Node::Literal(_)
            | Node::JsonPath(_)
            | Node::Invalid(_)
            | Node::TooDeep
            | Node::Raw(_) => 0,
            Node::Unary(_, node) | Node::Cast(node, ..) | Node::Collate(node, _) => node.depth(),
            Node::Binary(left, _, right) | Node::Match(left, _, right) => left.depth().max(right.depth()),
            Node::Between(node, bounds) => node.depth().max(bounds.depth()),
            Node::In(list, _) => list.depth(),
            Node::Row(list) | Node::Logical(_, list) => list.depth(),
            Node::Call(call) => call.depth(),
            Node::Case(case) => case.depth(),
            Node::Subquery(query) | Node::Exists(query) => query.depth(),
            Node::InQuery(node, query, _) => node.depth().max(query.depth()),
        }
    }

    fn prune(&mut self) {
        if self.depth() >= MAX_DEPTH {
            *self = Node::TooDeep;
        }
    }
}

impl Tree for OrderNode {
    fn depth(&self) -> u16 {
        self.node.depth()
    }

    fn prune(&mut self) {
        self.node.prune();
    }
}

impl Tree for WindowNode {
    fn depth(&self) -> u16 {
        self.partition.depth().max(self.orders.depth())
    }

    fn prune(&mut self) {
        self.partition.prune();
        self.orders.prune();
    }
}

impl Tree for Call {
    fn depth(&self) -> u16 {
        let Call { arguments, filter, orders, over, .. } = self;
        arguments.depth().max(filter.depth()).max(orders.depth()).max(over.depth())
    }

    fn prune(&mut self) {
        self.arguments.prune();
        self.filter.prune();
        self.orders.prune();
        self.over.prune();
    }
}

impl PartialEq for ColumnRef {
    fn eq(&self, other: &ColumnRef) -> bool {
        self.table.is(other.table) && self.alias == other.alias && self.name == other.name
    }
}

impl Node {
    /// Creates a call of a function.
    #[inline(never)]
    pub(crate) fn call(function: Function, arguments: Vec<Node>) -> Node {
        Node::Call(Child::new(Box::new(Call::new(function, arguments))))
    }

    /// Creates a node for a path inside a JSON document. If the text is not a path, the node makes
    /// the statement fail.
    pub(crate) fn json_path(path: &str) -> Node {
        Node::JsonPath(JsonPath::parse(path))
    }

    /// Calls `visit` for each child of this node. The nodes inside a subquery are not children.
    pub(crate) fn each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        match self {
            Node::Column(_)
            | Node::Value(..)
            | Node::Literal(_)
            | Node::JsonPath(_)
            | Node::Invalid(_)
            | Node::TooDeep
            | Node::Subquery(_)
            | Node::Exists(_)
            | Node::Raw(_) => {}
            Node::Unary(_, node) | Node::Cast(node, ..) | Node::Collate(node, _) | Node::InQuery(node, ..) => {
                visit(node);
            }
            Node::Binary(left, _, right) | Node::Match(left, _, right) => {
                visit(left);
                visit(right);
            }
            Node::Between(node, bounds) => {
                visit(node);
                visit(&bounds.0);
                visit(&bounds.1);
            }
            Node::In(list, _) => {
                visit(&list.0);
                list.1.iter().for_each(visit);
            }
            Node::Logical(_, nodes) | Node::Row(nodes) => nodes.iter().for_each(visit),
            Node::Call(call) => {
                call.arguments.iter().for_each(&mut *visit);
                call.filter.iter().for_each(&mut *visit);
                call.orders.iter().for_each(|order| visit(&order.node));
                if let Some(window) = &call.over {
                    window.partition.iter().for_each(&mut *visit);
                    window.orders.iter().for_each(|order| visit(&order.node));
                }
            }
            Node::Case(case) => {
                for (condition, value) in &case.0 {
                    visit(condition);
                    visit(value);
                }
                case.1.iter().for_each(|node| visit(node));
            }
        }
    }

    /// Returns whether the predicate holds for this node or any node below it, except for the
    /// nodes inside a subquery.
    pub(crate) fn any(&self, predicate: &dyn Fn(&Node) -> bool) -> bool {
        let mut found = predicate(self);
        self.each_child(&mut |child| found = found || child.any(predicate));
        found
    }

    /// Returns whether the expression contains an aggregate that is used without a window.
    pub(crate) fn aggregates(&self) -> bool {
        self.any(&|node| matches!(node, Node::Call(call) if call.aggregates()))
    }

    /// Returns whether the expression contains a function with OVER, whose value depends on
    /// several rows of the query.
    pub(crate) fn has_window(&self) -> bool {
        self.any(&|node| matches!(node, Node::Call(call) if call.over.is_some()))
    }

    /// Returns the first column in the expression that is neither inside one of `groups`, the
    /// terms of GROUP BY, nor inside an aggregate. Returns `None` if there is no such column.
    /// `is_relevant` says which columns are checked.
    pub(crate) fn ungrouped(&self, groups: &[Node], is_relevant: &dyn Fn(&ColumnRef) -> bool) -> Option<ColumnRef> {
        if groups.iter().any(|group| group.is_same(self)) {
            return None;
        }
        match self {
            // If the rows are grouped by the primary key of a table, each column of that table has
            // only one value in a group.
            Node::Column(column) => (is_relevant(column) && !has_one_row_per_group(column, groups)).then_some(*column),
            Node::Call(call) if call.aggregates() => None,
            _ => {
                let mut found = None;
                self.each_child(&mut |child| found = found.or_else(|| child.ungrouped(groups, is_relevant)));
                match self {
                    Node::Subquery(query) | Node::Exists(query) | Node::InQuery(_, query, _) => {
                        found.or_else(|| query.ungrouped(groups, is_relevant))
                    }
                    _ => found,
                }
            }
        }
    }

    /// Returns whether two expressions are certain to be the same, including the values in them.
    pub(crate) fn is_same(&self, other: &Node) -> bool {
        let all = Node::are_same;
        match (self.without_check(), other.without_check()) {
            (Node::Column(left), Node::Column(right)) => left == right,
            (Node::Value(left, _), Node::Value(right, _)) => left == right,
            (Node::Literal(left), Node::Literal(right)) => left == right,
            (Node::JsonPath(left), Node::JsonPath(right)) => left == right,
            (Node::Unary(op, left), Node::Unary(other, right)) => op == other && left.is_same(right),
            (Node::Collate(left, how), Node::Collate(right, other)) => how == other && left.is_same(right),
            (Node::Subquery(left), Node::Subquery(right)) | (Node::Exists(left), Node::Exists(right)) => {
                left.is_same(right)
            }
            (Node::InQuery(a, left, not), Node::InQuery(b, right, other)) => {
                not == other && a.is_same(b) && left.is_same(right)
            }
            (Node::Raw(left), Node::Raw(right)) => left.is_same(right),
            (Node::Cast(left, _, ty), Node::Cast(right, _, other)) => ty == other && left.is_same(right),
            (Node::Binary(a, op, b), Node::Binary(c, other, d)) => op == other && a.is_same(c) && b.is_same(d),
            (Node::Match(a, how, b), Node::Match(c, other, d)) => how == other && a.is_same(c) && b.is_same(d),
            (Node::Logical(op, left), Node::Logical(other, right)) => op == other && all(left, right),
            (Node::In(left, not), Node::In(right, other)) => {
                not == other && left.0.is_same(&right.0) && all(&left.1, &right.1)
            }
            (Node::Between(a, bounds), Node::Between(b, others)) => {
                a.is_same(b) && bounds.0.is_same(&others.0) && bounds.1.is_same(&others.1)
            }
            (Node::Call(left), Node::Call(right)) => {
                left.function == right.function
                    && left.distinct == right.distinct
                    && all(&left.arguments, &right.arguments)
                    && all(left.filter.as_slice(), right.filter.as_slice())
                    && OrderNode::are_same(&left.orders, &right.orders)
                    && match (&left.over, &right.over) {
                        (Some(left), Some(right)) => left.is_same(right),
                        (None, None) => true,
                        _ => false,
                    }
            }
            (Node::Case(left), Node::Case(right)) => {
                let same = |(left, right): (&(Node, Node), &(Node, Node))| {
                    left.0.is_same(&right.0) && left.1.is_same(&right.1)
                };
                left.0.len() == right.0.len()
                    && left.0.iter().zip(&right.0).all(same)
                    && match (&left.1, &right.1) {
                        (Some(a), Some(b)) => a.is_same(b),
                        (None, None) => true,
                        _ => false,
                    }
            }
            _ => false,
        }
    }

    /// Returns whether two lists of expressions are certain to be the same, including the values
    /// in them.
    pub(super) fn are_same(left: &[Node], right: &[Node]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.is_same(right))
    }

    /// Returns the collation that COLLATE sets or, if the expression is a column, the collation
    /// that its definition sets. Returns `None` if there is neither.
    pub(crate) fn collation(&self) -> Option<Collation> {
        match self {
            Node::Collate(_, collation) => Some(*collation),
            Node::Column(column) => column.collation(),
            _ => None,
        }
    }

    /// Creates a node for a Rust value.
    pub fn value<V: ColumnType>(value: V) -> Node {
        Node::stored(value.into_column_value(), V::Base::TYPE)
    }

    /// Creates a node for a value that has been converted to its stored form. If the value cannot
    /// be stored, the node is [`Node::Invalid`].
    pub(crate) fn stored(value: Result<Value, Unstorable>, ty: Type) -> Node {
        match value.and_then(Value::storable) {
            Ok(value) => Node::Value(value, Some(ty)),
            Err(reason) => Node::Invalid(reason),
        }
    }

    pub(crate) fn unary(op: UnaryOp, operand: Node) -> Node {
        Node::Unary(op, Child::boxed(operand))
    }

    pub(crate) fn binary(left: Node, op: BinaryOp, right: Node) -> Node {
        match op {
            BinaryOp::And | BinaryOp::Or => left.combine(op, right),
            _ => Node::Binary(Child::boxed(left), op, Child::boxed(right)),
        }
    }

    /// Adds a condition to the filter of a statement. An empty list of conditions, which always
    /// holds, is not added, so that it does not count as the filter that an update or a delete
    /// needs.
    #[inline(never)]
    pub(crate) fn add_condition(filter: &mut Option<Node>, condition: Node) {
        if matches!(&condition, Node::Logical(BinaryOp::And, all) if all.is_empty()) {
            return;
        }
        *filter = Some(match filter.take() {
            Some(first) => first.and(condition),
            None => condition,
        });
    }

    /// Combines conditions by AND or by OR.
    pub(crate) fn logical(op: BinaryOp, conditions: Vec<Node>) -> Node {
        Node::Logical(op, Child::new(conditions))
    }

    pub(crate) fn and(self, other: Node) -> Node {
        self.combine(BinaryOp::And, other)
    }

    /// Combines two conditions by AND or by OR. A chain of the same operator is one list, because
    /// a tree would be as deep as the chain is long.
    fn combine(self, op: BinaryOp, other: Node) -> Node {
        let parts = |node: Node| match node {
            Node::Logical(same, parts) if same == op => parts,
            part => Child::new(vec![part]),
        };
        let mut all = parts(self);
        all.append(parts(other));
        Node::Logical(op, all)
    }
}

/// Returns whether each group has only one row of the column's table, because the groups contain
/// the table's primary key.
fn has_one_row_per_group(column: &ColumnRef, groups: &[Node]) -> bool {
    let key = column.table.primary_key;
    let is_grouped = |name: &'static str| {
        let part = ColumnRef { name, ..*column };
        groups.iter().any(|group| matches!(group, Node::Column(other) if *other == part))
    };
    !key.is_empty() && key.iter().all(|name| is_grouped(name))
}
