//! Functions of full-text search.

use super::super::{ExpressionWriter, Precedence, Syntax as _};
use super::Postgres;
use crate::expr::{Node, TsQueryKind};
use crate::types::TsWeight;
use crate::value::Value;

/// Writes the name of a configuration as a constant, so that an index on the same expression is
/// used.
fn config(writer: &mut dyn ExpressionWriter, config: &Node) {
    match config {
        Node::Value(Value::Text(name), _) => Postgres.text_literal(writer, name),
        other => writer.expression(other),
    }
    writer.push("::regconfig");
}

/// Writes a call whose first argument is a configuration.
fn configured(writer: &mut dyn ExpressionWriter, name: &str, arguments: &[Node]) {
    let [first, rest @ ..] = arguments else { return };
    writer.push(name);
    writer.push("(");
    config(writer, first);
    for argument in rest {
        writer.push(", ");
        writer.expression(argument);
    }
    writer.push(")");
}

/// Writes a text prepared for the search.
pub(super) fn vector(writer: &mut dyn ExpressionWriter, arguments: &[Node]) {
    configured(writer, "TO_TSVECTOR", arguments);
}

/// Writes a query.
pub(super) fn query(writer: &mut dyn ExpressionWriter, kind: TsQueryKind, arguments: &[Node]) {
    let name = match kind {
        TsQueryKind::Websearch => "WEBSEARCH_TO_TSQUERY",
        TsQueryKind::Plain => "PLAINTO_TSQUERY",
        TsQueryKind::Phrase => "PHRASETO_TSQUERY",
        TsQueryKind::Operators => "TO_TSQUERY",
    };
    configured(writer, name, arguments);
}

/// Writes the text around the words that were found.
pub(super) fn headline(writer: &mut dyn ExpressionWriter, arguments: &[Node]) {
    configured(writer, "TS_HEADLINE", arguments);
}

/// Writes whether a text matches a query.
pub(super) fn matches(writer: &mut dyn ExpressionWriter, vector: &Node, query: &Node) {
    writer.operand(vector, Precedence::Whole);
    writer.push(" @@ ");
    writer.operand(query, Precedence::Whole);
}

/// Writes a rank, which PostgreSQL computes with the precision of a `real`.
pub(super) fn rank(writer: &mut dyn ExpressionWriter, name: &str, arguments: &[Node]) {
    writer.push("CAST(");
    writer.push(name);
    writer.push("(");
    writer.separated(arguments, |writer, argument| writer.expression(argument));
    writer.push(") AS double precision)");
}

/// Writes a text all of whose words have a weight.
pub(super) fn weighted(writer: &mut dyn ExpressionWriter, vector: &Node, weight: TsWeight) {
    writer.push("SETWEIGHT(");
    writer.expression(vector);
    writer.push(", '");
    writer.push(weight.letter());
    writer.push("')");
}

/// Writes two texts one behind the other.
pub(super) fn concat(writer: &mut dyn ExpressionWriter, left: &Node, right: &Node) {
    writer.push("(");
    writer.operand(left, Precedence::Whole);
    writer.push(" || ");
    writer.operand(right, Precedence::Whole);
    writer.push(")");
}
