//! The untyped tree of an expression.

use super::child::{Child, Levels, MOST_LEVELS};
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
    /// A value, which becomes a parameter, and its type. It has none next to a column, or another
    /// expression, whose type it has.
    Value(Value, Option<Type>),
    /// A number that the library itself writes into the text.
    Literal(i64),
    /// A path inside a document; `None` if the given text is not a path, which fails the
    /// statement.
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
    /// Several values as one, to compare keys: `(a, b)`.
    Row(Child<Vec<Node>>),
    /// The conditions all hold, or any of them.
    Join(BinaryOp, Child<Vec<Node>>),
    /// A match of text against a pattern or a part.
    Match(Child<Box<Node>>, TextMatch, Child<Box<Node>>),
    /// `CAST(operand AS type)`.
    Cast(Child<Box<Node>>, Type),
    /// The operand, compared by this collation.
    Collate(Child<Box<Node>>, Collation),
    /// A function and its arguments.
    Call(Child<Box<Call>>),
    /// `CASE WHEN condition THEN value … ELSE otherwise END`.
    Case(Child<Branches>),
    /// The single value of a subquery, or NULL.
    Subquery(Child<Box<Query>>),
    /// `EXISTS (query)`.
    Exists(Child<Box<Query>>),
    /// `operand IN (query)`, or `NOT IN`.
    InQuery(Child<Box<Node>>, Child<Box<Query>>, bool),
    /// SQL as text.
    Raw(Box<RawNode>),
}

/// The branches of a `CASE`, and its value otherwise.
pub(super) type Branches = (Vec<(Node, Node)>, Option<Box<Node>>);

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// The arguments. An aggregate without any counts rows.
    pub arguments: Vec<Node>,
    /// Whether an aggregate takes each distinct value once.
    pub distinct: bool,
    /// The condition of the rows that an aggregate takes.
    pub filter: Option<Node>,
    /// The order in which an aggregate takes them.
    pub orders: Vec<OrderNode>,
    /// The window, if it is not computed from the rows of a group.
    pub over: Option<Box<WindowNode>>,
}

/// A window over the rows of a query.
#[derive(Clone, Debug, Default)]
pub struct WindowNode {
    /// The expressions that are equal in the rows of one partition.
    pub partition: Vec<Node>,
    /// The order of its rows.
    pub orders: Vec<OrderNode>,
    /// The rows that a row sees, if not the default.
    pub frame: Option<FrameNode>,
}

/// The rows of a partition that a row sees.
#[derive(Clone, Copy, Debug)]
pub struct FrameNode {
    /// What the bounds count.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameBound,
    /// The last row.
    pub end: FrameBound,
    /// The rows that are left out.
    pub exclude: FrameExclude,
}

/// What the bounds of a frame count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// The difference between the values that the window is sorted by.
    Range,
    /// Groups of rows that are sorted as equal.
    Groups,
}

/// One end of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameBound {
    /// The first row of the partition, or the last.
    Unbounded,
    /// This number before the current row.
    Preceding(u32),
    /// The current row.
    Current,
    /// This number after the current row.
    Following(u32),
}

/// The rows that a frame leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclude {
    /// Nothing.
    Nothing,
    /// The current row.
    Current,
    /// The current row and those that are sorted as equal.
    Group,
    /// The rows that are sorted as equal, but not the current row.
    Ties,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnRef {
    /// The table that declares it.
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
    /// The opposite of [`BinaryOp::NotDistinct`].
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

/// How text is matched against a pattern or a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMatch {
    /// It begins with the part.
    StartsWith,
    /// It ends with the part.
    EndsWith,
    /// It contains the part.
    Contains,
    /// It matches a pattern with `%` and `_`.
    Like,
    /// The same, ignoring the case of ASCII letters.
    ILike,
    /// It matches a pattern with `*`, `?` and `[..]`.
    Glob,
    /// A regular expression matches a part of it.
    Regexp,
}

impl ColumnRef {
    /// Returns whether the column may be NULL in a row of its table.
    pub(crate) fn is_nullable(&self) -> bool {
        self.table.column(self.name).is_none_or(|column| column.nullable)
    }

    /// Returns the collation in the column's definition, if it has one.
    pub(crate) fn collation(&self) -> Option<Collation> {
        self.table.column(self.name).and_then(|column| column.collate)
    }
}

impl Call {
    pub(crate) fn new(function: Function, arguments: Vec<Node>) -> Call {
        Call { function, arguments, distinct: false, filter: None, orders: Vec::new(), over: None }
    }

    /// Returns whether it is an aggregate.
    fn aggregates(&self) -> bool {
        self.function.is_aggregate() && self.over.is_none()
    }
}

impl Levels for Node {
    fn levels(&self) -> u16 {
        1 + match self {
            Node::Column(_)
            | Node::Value(..)
            | Node::Literal(_)
            | Node::JsonPath(_)
            | Node::Invalid(_)
            | Node::TooDeep
            | Node::Raw(_) => 0,
            Node::Unary(_, node) | Node::Cast(node, _) | Node::Collate(node, _) => node.levels(),
            Node::Binary(left, _, right) | Node::Match(left, _, right) => left.levels().max(right.levels()),
            Node::Between(node, bounds) => node.levels().max(bounds.levels()),
            Node::In(list, _) => list.levels(),
            Node::Row(list) | Node::Join(_, list) => list.levels(),
            Node::Call(call) => call.levels(),
            Node::Case(case) => case.levels(),
            Node::Subquery(query) | Node::Exists(query) => query.levels(),
            Node::InQuery(node, query, _) => node.levels().max(query.levels()),
        }
    }

    fn prune(&mut self) {
        if self.levels() >= MOST_LEVELS {
            *self = Node::TooDeep;
        }
    }
}

impl Levels for OrderNode {
    fn levels(&self) -> u16 {
        self.node.levels()
    }

    fn prune(&mut self) {
        self.node.prune();
    }
}

impl Levels for WindowNode {
    fn levels(&self) -> u16 {
        self.partition.levels().max(self.orders.levels())
    }

    fn prune(&mut self) {
        self.partition.prune();
        self.orders.prune();
    }
}

impl Levels for Call {
    fn levels(&self) -> u16 {
        let Call { arguments, filter, orders, over, .. } = self;
        arguments.levels().max(filter.levels()).max(orders.levels()).max(over.levels())
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

    /// Creates a path inside a document from its text.
    pub(crate) fn json_path(path: &str) -> Node {
        Node::JsonPath(JsonPath::parse(path))
    }

    /// Calls a function for each child of this node, apart from those in subqueries.
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
            Node::Unary(_, node) | Node::Cast(node, _) | Node::Collate(node, _) | Node::InQuery(node, ..) => {
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
            Node::Join(_, nodes) | Node::Row(nodes) => nodes.iter().for_each(visit),
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

    /// Returns whether a predicate holds for the node or any node below it, apart from those in
    /// subqueries.
    pub(crate) fn any(&self, predicate: &dyn Fn(&Node) -> bool) -> bool {
        let mut found = predicate(self);
        self.each_child(&mut |child| found = found || child.any(predicate));
        found
    }

    /// Returns whether it contains an aggregate.
    pub(crate) fn aggregates(&self) -> bool {
        self.any(&|node| matches!(node, Node::Call(call) if call.aggregates()))
    }

    /// Returns whether it contains a window, whose value depends on all rows of the query.
    pub(crate) fn has_window(&self) -> bool {
        self.any(&|node| matches!(node, Node::Call(call) if call.over.is_some()))
    }

    /// Returns the first column of some tables in it that is neither one of `groups` nor inside an
    /// aggregate.
    pub(crate) fn ungrouped(&self, groups: &[Node], is_relevant: &dyn Fn(&ColumnRef) -> bool) -> Option<ColumnRef> {
        if groups.iter().any(|group| group.is_same(self)) {
            return None;
        }
        match self {
            // If a group has only one key of a table, it has only one row of it.
            Node::Column(column) => (is_relevant(column) && !is_of_one_row(column, groups)).then_some(*column),
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

    /// Returns whether two expressions have the same form and the same values.
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
            (Node::Cast(left, ty), Node::Cast(right, other)) => ty == other && left.is_same(right),
            (Node::Binary(a, op, b), Node::Binary(c, other, d)) => op == other && a.is_same(c) && b.is_same(d),
            (Node::Match(a, how, b), Node::Match(c, other, d)) => how == other && a.is_same(c) && b.is_same(d),
            (Node::Join(op, left), Node::Join(other, right)) => op == other && all(left, right),
            (Node::In(left, not), Node::In(right, other)) => {
                not == other && left.0.is_same(&right.0) && all(&left.1, &right.1)
            }
            (Node::Between(a, bounds), Node::Between(b, others)) => {
                a.is_same(b) && bounds.0.is_same(&others.0) && bounds.1.is_same(&others.1)
            }
            (Node::Call(left), Node::Call(right)) => {
                let plain = |call: &Call| call.filter.is_none() && call.orders.is_empty() && call.over.is_none();
                left.function == right.function
                    && left.distinct == right.distinct
                    && plain(left)
                    && plain(right)
                    && all(&left.arguments, &right.arguments)
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

    /// Returns whether two lists of expressions have the same form and the same values.
    pub(super) fn are_same(left: &[Node], right: &[Node]) -> bool {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.is_same(right))
    }

    /// Returns the collation of the expression or its column, if it has one.
    pub(crate) fn collation(&self) -> Option<Collation> {
        match self {
            Node::Collate(_, collation) => Some(*collation),
            Node::Column(column) => column.collation(),
            _ => None,
        }
    }

    /// Creates a node from a value.
    pub fn value<V: ColumnType>(value: V) -> Node {
        Node::stored(value.into_column_value(), V::Base::TYPE)
    }

    /// Creates a node from the stored form of a value, if it has one.
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
            BinaryOp::And | BinaryOp::Or => left.join(op, right),
            _ => Node::Binary(Child::boxed(left), op, Child::boxed(right)),
        }
    }

    /// Adds a condition to the filter of a statement. A condition that is empty is left out, so
    /// that it does not count as a filter where one is needed.
    #[inline(never)]
    pub(crate) fn narrow(filter: &mut Option<Node>, condition: Node) {
        if matches!(&condition, Node::Join(BinaryOp::And, all) if all.is_empty()) {
            return;
        }
        *filter = Some(match filter.take() {
            Some(first) => first.and(condition),
            None => condition,
        });
    }

    /// Creates the condition that all of these hold, or any of them.
    pub(crate) fn all(op: BinaryOp, conditions: Vec<Node>) -> Node {
        Node::Join(op, Child::new(conditions))
    }

    pub(crate) fn and(self, other: Node) -> Node {
        self.join(BinaryOp::And, other)
    }

    /// Returns the condition that both hold, or either. A chain is kept as one list, because a
    /// tree would be as deep as the chain is long.
    fn join(self, op: BinaryOp, other: Node) -> Node {
        let parts = |node: Node| match node {
            Node::Join(same, parts) if same == op => parts,
            part => Child::new(vec![part]),
        };
        let mut all = parts(self);
        all.append(parts(other));
        Node::Join(op, all)
    }
}

/// Returns whether the column's table has one row in each group, because its primary key is among
/// the groups.
fn is_of_one_row(column: &ColumnRef, groups: &[Node]) -> bool {
    let key = column.table.primary_key;
    let is_grouped = |name: &'static str| {
        let part = ColumnRef { name, ..*column };
        groups.iter().any(|group| matches!(group, Node::Column(other) if *other == part))
    };
    !key.is_empty() && key.iter().all(|name| is_grouped(name))
}
