//! Expressions.

use super::dialect::Precedence;
use super::writer::{Literals, Writer};
use crate::error::Error;
use crate::expr::{BinaryOp, ColumnRef, Node, OrderNode, UnaryOp, too_deep};
use crate::schema::Collation;
use crate::value::Value;

impl BinaryOp {
    fn binds(self) -> Precedence {
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
        !matches!(self.binds(), Precedence::Equality | Precedence::Comparison | Precedence::Bits)
    }
}

fn binds(node: &Node) -> Precedence {
    match node {
        Node::Binary(_, op, _) => op.binds(),
        Node::Logical(_, list) if list.is_empty() => Precedence::Whole,
        Node::Logical(_, list) if list.len() == 1 => binds(&list[0]),
        Node::Logical(op, _) => op.binds(),
        Node::Unary(UnaryOp::Not, _) => Precedence::Not,
        Node::Unary(UnaryOp::Negate | UnaryOp::BitNot, _) => Precedence::Prefix,
        Node::Unary(UnaryOp::IsNull | UnaryOp::IsNotNull, _) | Node::Between(..) | Node::In(..) | Node::InQuery(..) => {
            Precedence::Equality
        }
        // A match may be written as two comparisons.
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

/// More conditions than this are put in parentheses, half by half. `a OR b OR c` is a tree as deep
/// as it is long, and SQLite accepts no expression deeper than 1000
/// (<https://sqlite.org/limits.html#max_expr_depth>).
const PLAIN_JOIN: usize = 250;

/// A list of more values than this in an IN is a single parameter.
const PLAIN_LIST: usize = 16;

/// The maximum length of a text of expressions. Some are written several times, like the text of
/// `starts_with`, and if they are nested, the length doubles with each level.
const LONGEST: usize = 16 << 20;

#[cold]
fn no_path() -> Error {
    Error::usage(
        "what is given as the path of a JSON document is none: write it like `$.address.city`, `$.tags[0]` or `$.\"a.b\"`",
    )
}

#[cold]
fn too_long() -> Error {
    Error::usage(
        "the statement is longer than 16 MiB, for what `starts_with` and others look into is written several times: take it in a \
         `cte`, and look into its column",
    )
}

impl Writer {
    /// Writes a condition or another expression at the top level.
    pub(super) fn expression(&mut self, node: &Node) {
        if self.text.len() > LONGEST {
            return self.fail(too_long());
        }
        if self.indexed(node) {
            return;
        }
        match node {
            Node::Column(column) => self.column(column),
            Node::Value(value, ty) => {
                self.param(value.clone());
                if let Some(ty) = ty {
                    self.syntax.typed(self, *ty);
                }
            }
            Node::Literal(number) => self.number(number),
            Node::JsonPath(Some(path)) => self.syntax.json_path(self, path),
            Node::JsonPath(None) => self.fail(no_path()),
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
            Node::Logical(op, list) => self.join(*op, list),
            Node::Match(text, how, part) => self.syntax.text_match(self, text, *how, part),
            Node::Cast(operand, ty) => {
                self.push("CAST(");
                self.expression(operand);
                self.push(" AS ");
                self.push(self.syntax.type_name(*ty));
                self.push(")");
            }
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
                self.select(query);
                self.push(")");
            }
        }
    }

    pub(super) fn column(&mut self, column: &ColumnRef) {
        if !self.unqualified && (column.alias.is_some() || self.sources > 1) {
            self.name(column.alias.unwrap_or(column.table.name));
            self.push(".");
        }
        self.name(column.name);
    }

    /// Writes an expression, in parentheses if it binds more loosely than its surroundings.
    pub(super) fn operand(&mut self, node: &Node, least: Precedence) {
        let own = binds(node);
        let comparisons = own == Precedence::Comparison && least == Precedence::Comparison;
        if own < least || (comparisons && !self.syntax.comparisons_chain()) {
            self.push("(");
            self.expression(node);
            self.push(")");
        } else {
            self.expression(node);
        }
    }

    /// Writes an operand of an operator. A value that cannot be stored is reported with the name
    /// of the column next to it.
    pub(super) fn operand_of(&mut self, other: &Node, node: &Node, least: Precedence) {
        match (node, other) {
            (Node::Invalid(reason), Node::Column(column)) => {
                self.fail(reason.clone().into_error().at_column(Some(column.table.name), column.name));
            }
            (node, Node::Column(_)) => self.untyped(node, least),
            _ => self.operand(node, least),
        }
    }

    /// Writes an expression whose type is known from its position, so that a value needs no type
    /// of its own.
    pub(super) fn untyped(&mut self, node: &Node, least: Precedence) {
        match node {
            Node::Value(value, _) => self.param(value.clone()),
            node => self.operand(node, least),
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
                let least = if binds(operand) == Precedence::Prefix { Precedence::Whole } else { Precedence::Prefix };
                self.operand(operand, least);
            }
            UnaryOp::IsNull | UnaryOp::IsNotNull => {
                self.operand(operand, Precedence::Comparison);
                self.push(if op == UnaryOp::IsNull { " IS NULL" } else { " IS NOT NULL" });
            }
        }
    }

    fn binary(&mut self, left: &Node, op: BinaryOp, right: &Node) {
        let tighter = match op.binds() {
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
        self.operand_of(right, left, if op.chains() { op.binds() } else { tighter });
        self.push(self.syntax.operator(op));
        let associative = matches!(op, BinaryOp::And | BinaryOp::Or);
        self.syntax.right_side(self, left, op, right, if associative { op.binds() } else { tighter });
    }

    fn join(&mut self, op: BinaryOp, list: &[Node]) {
        match list {
            [] => self.push(if op == BinaryOp::And { "TRUE" } else { "FALSE" }),
            [only] => self.expression(only),
            list if list.len() > PLAIN_JOIN => {
                let (first, second) = list.split_at(list.len() / 2);
                self.push("(");
                self.join(op, first);
                self.push(")");
                self.push(self.syntax.operator(op));
                self.push("(");
                self.join(op, second);
                self.push(")");
            }
            _ => {
                for (place, node) in list.iter().enumerate() {
                    if place > 0 {
                        self.push(self.syntax.operator(op));
                    }
                    self.operand(node, op.binds());
                }
            }
        }
    }

    /// Returns the values of a list that is long enough to be a single parameter, if it can be
    /// one.
    pub(super) fn long_list(&self, values: &[Node]) -> Option<Vec<Value>> {
        if values.len() <= PLAIN_LIST || self.plain_lists {
            return None;
        }
        let values = values.iter().map(|value| match value {
            Node::Value(value, _) => Some(value.clone()),
            _ => None,
        });
        values.collect()
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
        self.orders_by_position(orders, |_| None);
    }

    /// Writes the terms of ORDER BY, with the position of a selected expression in its place.
    pub(super) fn orders_by_position(&mut self, orders: &[OrderNode], position: impl Fn(&Node) -> Option<usize>) {
        self.separated(orders, |writer, order| {
            match position(&order.node) {
                Some(position) => writer.number(position),
                None => writer.expression(&order.node),
            }
            if order.descending {
                writer.push(" DESC");
            }
            writer.syntax.nulls(writer, order);
        });
    }
}
