//! Writes expressions: operators with the necessary parentheses, values, calls and subqueries.

use super::dialect::Precedence;
use super::writer::{Literals, Writer};
use crate::error::Error;
use crate::expr::{BinaryOp, ColumnRef, Node, OrderNode, UnaryOp, too_deep};
use crate::schema::Collation;
use crate::types::Type;
use crate::value::Value;

impl BinaryOp {
    fn precedence(self) -> Precedence {
        match self {
            BinaryOp::Or => Precedence::Or,
            BinaryOp::And => Precedence::And,
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::NotDistinct | BinaryOp::Distinct => Precedence::Equality,
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => Precedence::Comparison,
            BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::ShiftLeft | BinaryOp::ShiftRight => Precedence::Bits,
            BinaryOp::Add | BinaryOp::Subtract => Precedence::Sum,
            BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => Precedence::Product,
            BinaryOp::Concat => Precedence::Concat,
        }
    }

    /// Returns whether `a op b op c` needs no parentheses around `a op b`.
    fn chains(self) -> bool {
        !matches!(self.precedence(), Precedence::Equality | Precedence::Comparison | Precedence::Bits)
    }
}

fn precedence(node: &Node) -> Precedence {
    match node {
        Node::Binary(_, op, _) => op.precedence(),
        Node::Logical(_, list) if list.is_empty() => Precedence::Whole,
        Node::Logical(_, list) if list.len() == 1 => precedence(&list[0]),
        Node::Logical(op, _) => op.precedence(),
        Node::Unary(UnaryOp::Not, _) => Precedence::Not,
        Node::Unary(UnaryOp::Negate, _) => Precedence::Prefix,
        // PostgreSQL reads `~a - 1` as `~(a - 1)`.
        Node::Unary(UnaryOp::BitNot, _) => Precedence::Bits,
        Node::Unary(UnaryOp::IsNull | UnaryOp::IsNotNull, _) | Node::Between(..) | Node::In(..) | Node::InQuery(..) => {
            Precedence::Equality
        }
        // A match may be written as two comparisons that are combined by AND.
        Node::Match(..) => Precedence::And,
        Node::Column(_)
        | Node::Call(_)
        | Node::Row(_)
        | Node::Value(..)
        | Node::Literal(_)
        | Node::JsonPath(_)
        | Node::Invalid(_)
        | Node::TooDeep
        | Node::Cast(..)
        | Node::Collate(..)
        | Node::Case(..)
        | Node::Subquery(_)
        | Node::Exists(_)
        | Node::Raw(_) => Precedence::Whole,
    }
}

/// A list of more conditions than this is split into halves in parentheses. SQLite parses `a OR b
/// OR c` into a tree whose depth is the length of the list, and accepts a depth of at most 1000
/// (<https://sqlite.org/limits.html#max_expr_depth>).
const MAX_FLAT_CONDITIONS: usize = 250;

/// If the list after IN has more entries than this, and all are values, it is sent as a single
/// parameter.
const MAX_PLACEHOLDERS_OF_IN: usize = 16;

/// If the text of a statement becomes longer than this number of bytes, the statement fails. Some
/// operands are written several times, such as the text of `starts_with`: if such expressions are
/// nested, the length doubles with each level.
const MAX_LENGTH: usize = 16 << 20;

#[cold]
fn invalid_json_path() -> Error {
    Error::usage("invalid path into a JSON document: write it like `$.address.city`, `$.tags[0]` or `$.\"a.b\"`")
}

#[cold]
fn too_long() -> Error {
    Error::usage(
        "the statement is longer than 16 MiB, because operands of `starts_with` and similar functions are written several times: \
         select such an operand in a `cte`, and use the column of the `cte`",
    )
}

impl Writer {
    /// Writes an expression without parentheses around it. An operand of an operator is written by
    /// [`operand`](Self::operand) instead.
    pub(super) fn expression(&mut self, node: &Node) {
        if self.text.len() > MAX_LENGTH {
            return self.fail(too_long());
        }
        if self.indexed(node) || !self.groups.is_empty() && self.grouped(node) {
            return;
        }
        if let Some(rewritten) = self.syntax.rewritten(self, node) {
            return match precedence(&rewritten) < precedence(node) {
                true => {
                    self.push("(");
                    self.expression(&rewritten);
                    self.push(")");
                }
                false => self.expression(&rewritten),
            };
        }
        match node {
            Node::Column(column) => self.column(column),
            Node::Value(value, Some(Type::Bool)) if self.literals.is_some() => self.bool_literal(value),
            Node::Value(value, ty) => {
                if let Some(what) = ty.and_then(|ty| self.syntax.unsupported_type(ty)) {
                    self.fail(self.dialect.unsupported(what));
                }
                self.param(value.clone());
                if let Some(ty) = ty {
                    self.syntax.typed(self, *ty);
                }
            }
            Node::Literal(number) => self.number(number),
            Node::JsonPath(Some(path)) => self.syntax.json_path(self, path),
            Node::JsonPath(None) => self.fail(invalid_json_path()),
            Node::Invalid(reason) => self.fail(reason.clone().into_error()),
            Node::TooDeep => self.fail(too_deep()),
            Node::Unary(op, operand) => self.unary(*op, operand),
            Node::Binary(left, op, right) => self.binary(left, *op, right),
            Node::Between(operand, bounds) => {
                self.operand_of(operand, operand, Precedence::Comparison);
                self.push(" BETWEEN ");
                self.operand_of(operand, &bounds.0, Precedence::Comparison);
                self.push(" AND ");
                self.operand_of(operand, &bounds.1, Precedence::Comparison);
            }
            Node::In(list, negated) => {
                let (operand, values) = &**list;
                self.syntax.is_in(self, operand, values, *negated);
            }
            Node::Row(list) => {
                self.push("(");
                self.separated(&**list, Writer::expression);
                self.push(")");
            }
            Node::Logical(op, list) => self.logical(*op, list),
            Node::Match(text, how, part) => self.syntax.text_match(self, text, *how, part),
            Node::Cast(operand, from, to) => self.syntax.cast(self, operand, *from, *to),
            Node::Collate(operand, collation) => {
                self.operand(operand, Precedence::Whole);
                self.collate(*collation);
            }
            Node::Call(call) => self.syntax.call(self, call),
            Node::Case(case) => {
                let (branches, otherwise) = &**case;
                self.push("CASE");
                for (condition, value) in branches {
                    self.push(" WHEN ");
                    self.expression(condition);
                    self.push(" THEN ");
                    self.expression(value);
                }
                if let Some(value) = otherwise {
                    self.push(" ELSE ");
                    self.expression(value);
                }
                self.push(" END");
            }
            Node::Subquery(query) => {
                self.push("(");
                self.select(query);
                self.push(")");
            }
            Node::Exists(query) => self.exists(query),
            Node::Raw(raw) => {
                self.push("(");
                self.raw(raw);
                self.push(")");
            }
            Node::InQuery(operand, query, negated) => {
                self.operand(operand, Precedence::Comparison);
                self.push(if *negated { " NOT IN (" } else { " IN (" });
                // A subquery that the database runs several times would lock further rows each
                // time. A materialized one runs once.
                let locks_rows = query.first_select().is_some_and(|select| select.lock.is_some());
                if locks_rows {
                    self.push("WITH \"locked\" AS MATERIALIZED (");
                }
                self.select(query);
                if locks_rows {
                    self.push(") SELECT * FROM \"locked\"");
                }
                self.push(")");
            }
        }
    }

    /// Writes a term of GROUP BY with the text that it has elsewhere in the query. Returns
    /// `false`, and writes nothing, for any other expression.
    fn grouped(&mut self, node: &Node) -> bool {
        let Some(place) = self.groups.iter().position(|(term, _)| term.is_same(node)) else { return false };
        let (term, text) = self.groups.swap_remove(place);
        let text = match text {
            Some(text) => {
                self.push(&text);
                text
            }
            None => {
                let begin = self.text.len();
                self.group(&term);
                self.text[begin..].to_owned()
            }
        };
        self.groups.push((term, Some(text)));
        true
    }

    /// Writes a term of GROUP BY or PARTITION BY.
    pub(super) fn group(&mut self, term: &Node) {
        match self.syntax.group_collation(self, term) {
            Some(collation) => {
                self.operand(term, Precedence::Whole);
                self.collate(collation);
            }
            None => self.expression(term),
        }
    }

    pub(super) fn column(&mut self, column: &ColumnRef) {
        if !self.unqualified && (column.alias.is_some() || self.sources > 1) {
            self.qualifier(column);
            self.push(".");
        }
        self.name(column.name);
    }

    /// Writes an operand of an operator, in parentheses if it binds more loosely than `min`. A
    /// comparison inside `=` also has parentheses if the database needs them.
    pub(super) fn operand(&mut self, node: &Node, min: Precedence) {
        let own = precedence(node);
        let comparisons = own == Precedence::Comparison && min == Precedence::Comparison;
        if own < min || (comparisons && !self.syntax.comparisons_chain()) {
            self.push("(");
            self.expression(node);
            self.push(")");
        } else {
            self.expression(node);
        }
    }

    /// Writes the operand `node` of an operator, whose other operand is `other`. If `other` is a
    /// column, a value is written without its type, and the error of a value that cannot be stored
    /// names the column.
    pub(super) fn operand_of(&mut self, other: &Node, node: &Node, min: Precedence) {
        match (node, other) {
            (Node::Invalid(reason), Node::Column(column)) => {
                self.fail(reason.clone().into_error().at_column(Some(column.table.full_name), column.name));
            }
            (node, Node::Column(_)) => self.untyped(node, min),
            _ => self.operand(node, min),
        }
    }

    /// Writes an expression at a position where the database knows its type, so that a value is
    /// written without its type.
    pub(super) fn untyped(&mut self, node: &Node, min: Precedence) {
        match node {
            Node::Value(value, Some(Type::Bool)) if self.literals.is_some() => self.bool_literal(value),
            Node::Value(value, _) => self.param(value.clone()),
            node => self.operand(node, min),
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Node) {
        match op {
            UnaryOp::Not => {
                self.push("NOT ");
                self.operand(operand, Precedence::Not);
            }
            UnaryOp::Negate | UnaryOp::BitNot => {
                self.push(if op == UnaryOp::Negate { "-" } else { "~" });
                // `--` begins a comment, and other databases read `~-` as one operator.
                let min =
                    if precedence(operand) == Precedence::Prefix { Precedence::Whole } else { Precedence::Prefix };
                self.operand(operand, min);
            }
            UnaryOp::IsNull | UnaryOp::IsNotNull => {
                self.operand(operand, Precedence::Comparison);
                self.push(if op == UnaryOp::IsNull { " IS NULL" } else { " IS NOT NULL" });
            }
        }
    }

    fn binary(&mut self, left: &Node, op: BinaryOp, right: &Node) {
        let tighter = match op.precedence() {
            Precedence::Or => Precedence::And,
            Precedence::And => Precedence::Not,
            Precedence::Not | Precedence::Equality => Precedence::Comparison,
            Precedence::Comparison => Precedence::Bits,
            Precedence::Bits => Precedence::Sum,
            Precedence::Sum => Precedence::Product,
            Precedence::Product => Precedence::Concat,
            Precedence::Concat => Precedence::Prefix,
            Precedence::Prefix | Precedence::Whole => Precedence::Whole,
        };
        let min = if op.chains() { op.precedence() } else { tighter };
        self.syntax.left_side(self, left, op, right, min);
        self.push(self.syntax.operator(op));
        let associative = matches!(op, BinaryOp::And | BinaryOp::Or);
        self.syntax.right_side(self, left, op, right, if associative { op.precedence() } else { tighter });
    }

    fn logical(&mut self, op: BinaryOp, list: &[Node]) {
        match list {
            [] => self.push(if op == BinaryOp::And { "TRUE" } else { "FALSE" }),
            [only] => self.expression(only),
            list if list.len() > MAX_FLAT_CONDITIONS => {
                let (first, second) = list.split_at(list.len() / 2);
                self.push("(");
                self.logical(op, first);
                self.push(")");
                self.push(self.syntax.operator(op));
                self.push("(");
                self.logical(op, second);
                self.push(")");
            }
            _ => {
                for (index, node) in list.iter().enumerate() {
                    if index > 0 {
                        self.push(self.syntax.operator(op));
                    }
                    self.operand(node, op.precedence());
                }
            }
        }
    }

    /// Returns the values of a list if they are sent as a single parameter, because the list is
    /// long and has only values. Otherwise, returns `None`.
    pub(super) fn long_list(&self, values: &[Node]) -> Option<Vec<Value>> {
        if values.len() <= MAX_PLACEHOLDERS_OF_IN || self.plain_lists {
            return None;
        }
        let values = values.iter().map(|value| match value {
            Node::Value(value, _) => Some(value.clone()),
            _ => None,
        });
        values.collect()
    }

    /// Writes a value of the type `bool` as a literal.
    fn bool_literal(&mut self, value: &Value) {
        match value {
            Value::Integer(number) if !self.syntax.stores_bools_as_numbers() => {
                self.push(self.syntax.bool_literal(*number != 0));
            }
            value => self.literal(value),
        }
    }

    /// Writes a value as a literal.
    pub(super) fn literal(&mut self, value: &Value) {
        match value {
            Value::Null => self.push("NULL"),
            Value::Integer(0) if self.literals == Some(Literals::BoolsAsWords) => self.push("false"),
            Value::Integer(1) if self.literals == Some(Literals::BoolsAsWords) => self.push("true"),
            Value::Integer(number) => self.number(number),
            Value::Real(number) => self.syntax.real_literal(self, *number),
            Value::Text(text) => self.syntax.text_literal(self, text),
            Value::Blob(bytes) => self.syntax.blob_literal(self, bytes),
            time_or_decimal => self.syntax.text_literal(self, &time_or_decimal.as_ref().text_form()),
        }
    }

    /// Writes `COLLATE name`.
    pub(super) fn collate(&mut self, collation: Collation) {
        self.push(" COLLATE ");
        self.syntax.collation(self, collation);
    }

    /// Writes the terms of ORDER BY.
    pub(super) fn orders(&mut self, orders: &[OrderNode]) {
        self.orders_by_position(orders, false, |_| None);
    }

    /// Writes the terms of ORDER BY. If `position` returns the position of a selected expression
    /// for a term, the position is written in place of the term. `collated` says that the selected
    /// expressions have the collations to sort by.
    pub(super) fn orders_by_position(
        &mut self,
        orders: &[OrderNode],
        collated: bool,
        position: impl Fn(&Node) -> Option<usize>,
    ) {
        self.separated(orders, |writer, order| {
            // COLLATE cannot follow a position.
            let collation = writer.syntax.order_collation(writer, &order.node);
            match (collation, position(&order.node)) {
                (Some(_), Some(position)) if collated => writer.number(position),
                (Some(collation), _) => {
                    writer.operand(&order.node, Precedence::Whole);
                    writer.collate(collation);
                }
                (None, Some(position)) => writer.number(position),
                (None, None) => writer.expression(&order.node),
            }
            writer.direction(order);
        });
    }

    /// Writes what follows the expression in a term of ORDER BY.
    pub(super) fn direction(&mut self, order: &OrderNode) {
        if order.descending {
            self.push(" DESC");
        }
        self.syntax.nulls(self, order);
    }
}
