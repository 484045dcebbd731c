//! The constants of indexes.
//!
//! A planner that does not know the values of parameters uses a partial index only if the index's
//! predicate stands in the statement, and an index of an expression only if the expression does,
//! with the same constants. Their number is that of the schema, so that the texts do not grow with
//! the values.

use super::dialect::Precedence;
use super::reading::{is_one_of, outside_parentheses, tokens};
use super::writer::{Literals, Writer};
use crate::expr::{BinaryOp, Node};
use crate::schema::{IndexDef, IndexPart, TableDef};
use crate::value::Value;

impl Writer {
    /// Writes an expression with literals if an index is for it. Returns whether it was written.
    #[inline(never)]
    pub(super) fn indexed(&mut self, node: &Node) -> bool {
        if self.literals.is_some() || self.text_is_shared || !self.syntax.plans_without_values() {
            return false;
        }
        let Some(table) = table_with_constants(node) else { return false };
        if self.literally(table, node) {
            return true;
        }
        // `x IS value` is true for the same rows as `x = value`, which is how predicates are
        // written, but never NULL.
        if let Node::Binary(left, BinaryOp::NotDistinct, right) = node
            && matches!(&***right, Node::Value(value, _) if *value != Value::Null)
        {
            let begin = self.text.len();
            self.push("(");
            if self.literally(table, &Node::Binary(left.clone(), BinaryOp::Eq, right.clone())) {
                self.push(" AND ");
                self.operand(left, Precedence::Comparison);
                self.push(" IS NOT NULL)");
                return true;
            }
            self.text.truncate(begin);
        }
        false
    }

    /// Writes an expression with literals if an index of the table is for it.
    fn literally(&mut self, table: &TableDef, node: &Node) -> bool {
        let found = [Literals::Plain, Literals::BoolsAsWords].into_iter().find(|literals| {
            let mut writer = Writer::new(self.dialect);
            writer.literals = Some(*literals);
            writer.unqualified = true;
            writer.expression(node);
            writer.finish().is_ok_and(|sql| has_index_for(table, &tokens(&sql.text)))
        });
        if found.is_some() {
            self.literals = found;
            self.expression(node);
            self.literals = None;
        }
        found.is_some()
    }
}

/// Returns the table of an expression that holds values, if it has indexes with constants.
fn table_with_constants(node: &Node) -> Option<&'static TableDef> {
    if !matches!(
        node,
        Node::Binary(..) | Node::Between(..) | Node::In(..) | Node::Match(..) | Node::Call(_) | Node::Cast(..)
    ) {
        return None;
    }
    let table = table_of(node)?;
    let holds_values = || node.any(&|node| matches!(node, Node::Value(..) | Node::JsonPath(_)));
    (table.indexes.iter().any(has_constants) && holds_values()).then_some(table)
}

/// Returns the table of the first column of an expression.
fn table_of(node: &Node) -> Option<&'static TableDef> {
    if let Node::Column(column) = node {
        return Some(column.table);
    }
    let mut table = None;
    node.each_child(&mut |child| table = table.or_else(|| table_of(child)));
    table
}

fn has_constants(index: &IndexDef) -> bool {
    index.condition.is_some() || index.parts.iter().any(|part| matches!(part, IndexPart::Expression(_)))
}

/// Returns whether an index of the table is on this expression, or has it as its predicate or as a
/// condition in it.
fn has_index_for(table: &TableDef, written: &[&str]) -> bool {
    let is_part = |part: &IndexPart| match part {
        IndexPart::Expression(expression) => are_same(&without_parentheses(tokens(expression)), written),
        IndexPart::Column(_) => false,
    };
    let is_condition = |condition| has_condition(&tokens(condition), written);
    table.indexes.iter().any(|index| index.condition.is_some_and(is_condition) || index.parts.iter().any(is_part))
}

/// Returns whether a predicate is this condition, or joins it with others.
fn has_condition(predicate: &[&str], condition: &[&str]) -> bool {
    let begins = |place: usize| place == 0 || is_one_of(predicate[place - 1], &["and", "or", "("]);
    let ends = |place: usize| predicate.get(place).is_none_or(|token| is_one_of(token, &["and", "or", ")"]));
    let mut windows = predicate.windows(condition.len().max(1)).enumerate();
    windows.any(|(place, window)| are_same(window, condition) && begins(place) && ends(place + window.len()))
}

fn without_parentheses(mut tokens: Vec<&str>) -> Vec<&str> {
    while let ["(", inside @ .., ")"] = &tokens[..]
        && outside_parentheses(&tokens) == [0]
    {
        tokens = inside.to_vec();
    }
    tokens
}

fn are_same(left: &[&str], right: &[&str]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
}

/// Returns whether two tokens mean the same. The case of names and keywords is ignored, and so are
/// the quotes of names.
fn is_same(left: &str, right: &str) -> bool {
    let plain = |token| match token {
        "==" => "=",
        "!=" => "<>",
        token => str::trim_matches(token, ['"', '`', '[', ']']),
    };
    match left.starts_with('\'') || right.starts_with('\'') {
        true => left == right,
        false => plain(left).eq_ignore_ascii_case(plain(right)),
    }
}
