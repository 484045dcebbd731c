//! Writes expressions with literals instead of placeholders where an index has the same expression
//! with constants, so that the database can use the index.
//!
//! A query planner that does not know the values of parameters uses a partial index only if the
//! index's condition is in the text of the statement, and an index on an expression only if the
//! text has the same expression, with the same constants. A value is written as a literal only if
//! it equals a constant of the schema, so that the number of different texts does not depend on
//! the values.

use super::dialect::Precedence;
use super::reading::{is_one_of, outside_parentheses, tokens};
use super::writer::{Literals, Writer};
use crate::expr::{BinaryOp, Node};
use crate::schema::{IndexDef, IndexPart, TableDef};
use crate::value::Value;

impl Writer {
    /// If an index has the same expression or condition, writes the expression with literals and
    /// returns `true`. Otherwise, writes nothing.
    #[inline(never)]
    pub(super) fn indexed(&mut self, node: &Node) -> bool {
        if self.literals.is_some() || self.text_is_shared || !self.syntax.plans_without_values() {
            return false;
        }
        let Some(table) = table_with_constants(node) else { return false };
        if self.with_literals(table, node) {
            return true;
        }
        // The conditions of indexes are written with `=`. If the value is not NULL, `x = value` is
        // true for the same rows as `x IS value`, but can be NULL, which `IS` never is.
        if let Node::Binary(left, BinaryOp::NotDistinct, right) = node
            && matches!(&***right, Node::Value(value, _) if *value != Value::Null)
        {
            let begin = self.text.len();
            self.push("(");
            if self.with_literals(table, &Node::Binary(left.clone(), BinaryOp::Eq, right.clone())) {
                self.push(" AND ");
                self.operand(left, Precedence::Comparison);
                self.push(" IS NOT NULL)");
                return true;
            }
            self.text.truncate(begin);
        }
        false
    }

    /// Like [`indexed`](Self::indexed), for an expression that is written as it is, and for the
    /// indexes of this table only.
    fn with_literals(&mut self, table: &TableDef, node: &Node) -> bool {
        let found = self.literals_for(node, &|written| has_index_for(table, written));
        if found.is_some() {
            self.literals = found;
            self.expression(node);
            self.literals = None;
        }
        found.is_some()
    }
}

impl Writer {
    /// Returns whether the condition of an index, as the index declares it, is this one.
    pub(super) fn is_declared_as(&self, condition: &Node, declared: &str) -> bool {
        let declared = without_parentheses(tokens(declared));
        self.literals_for(condition, &|written| are_same(written, &declared)).is_some()
    }

    /// Returns how values have to be written as literals so that an expression has the wanted
    /// text, without the names of tables.
    fn literals_for(&self, node: &Node, is_wanted: &dyn Fn(&[&str]) -> bool) -> Option<Literals> {
        [Literals::Plain, Literals::BoolsAsWords].into_iter().find(|literals| {
            let mut writer = Writer::new(self.dialect);
            writer.literals = Some(*literals);
            writer.unqualified = true;
            writer.expression(node);
            writer.finish().is_ok_and(|sql| is_wanted(&tokens(&sql.text)))
        })
    }
}

/// Returns the table of the first column in an expression if the expression contains values and
/// the table has a partial index or an index on an expression. Otherwise, `indexed` has nothing to
/// do, and the result is `None`.
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

/// Returns the table of the first column in an expression, or `None` if there is no column.
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

/// Returns whether an index of the table is on this expression, or has this expression as its
/// condition or as a part of its condition.
fn has_index_for(table: &TableDef, written: &[&str]) -> bool {
    let is_part = |part: &IndexPart| match part {
        IndexPart::Expression(expression) => are_same(&without_parentheses(tokens(expression)), written),
        IndexPart::Column(_) => false,
    };
    let is_condition = |condition| has_condition(&tokens(condition), written);
    table.indexes.iter().any(|index| index.condition.is_some_and(is_condition) || index.parts.iter().any(is_part))
}

/// Returns whether the condition of an index is this condition, or combines this condition with
/// others by AND or OR.
fn has_condition(index: &[&str], condition: &[&str]) -> bool {
    let begins = |start: usize| start == 0 || is_one_of(index[start - 1], &["and", "or", "("]);
    let ends = |end: usize| index.get(end).is_none_or(|token| is_one_of(token, &["and", "or", ")"]));
    let mut windows = index.windows(condition.len().max(1)).enumerate();
    windows.any(|(start, window)| are_same(window, condition) && begins(start) && ends(start + window.len()))
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

/// Returns whether two tokens mean the same: ignores the case of names and keywords and the quotes
/// around names, and takes `==` for `=` and `!=` for `<>`.
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
