//! Matching a text against a pattern or another text.
//!
//! Matching is case-sensitive, unless the collation ignores case. Text is matched with the
//! collation `"C"`, with which ILIKE ignores the case of only the ASCII letters. LIKE does not
//! accept a nondeterministic collation, such as the collation for `nocase`, so ILIKE is used for a
//! text with that collation.

use super::super::{ExpressionWriter, Precedence};
use crate::expr::{Function, Node, TextMatch, escape_like};
use crate::schema::Collation;
use crate::value::Value;

/// Writes a match of a text against a pattern or another text.
pub(super) fn write(writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node) {
    let nocase = text.collation() == Some(Collation::NoCase);
    let text = match text {
        Node::Collate(text, _) => text,
        text => text,
    };
    let literal = match part {
        Node::Value(Value::Text(part), _) => Some(part.as_str()),
        _ => None,
    };
    match (how, literal) {
        (TextMatch::Glob, Some(pattern)) => matches(writer, text, " ~ ", regexp_of(pattern)),
        (TextMatch::Glob, None) => writer.unsupported("`glob` with a pattern that is an expression"),
        (TextMatch::FullText, _) => writer.unsupported("`matches`, which is a query of SQLite's FTS5"),
        (TextMatch::Regexp, _) => {
            bytes(writer, text);
            writer.push(" ~ ");
            writer.operand(part, Precedence::Bits);
        }
        (TextMatch::ILike, Some(pattern)) => like(writer, text, true, pattern.to_owned()),
        (TextMatch::Like, Some(pattern)) => like(writer, text, nocase, pattern.to_owned()),
        (TextMatch::StartsWith, Some(prefix)) => like(writer, text, nocase, format!("{}%", escape_like(prefix))),
        (TextMatch::EndsWith, Some(suffix)) => like(writer, text, nocase, format!("%{}", escape_like(suffix))),
        (TextMatch::Contains, Some(middle)) => like(writer, text, nocase, format!("%{}%", escape_like(middle))),
        // LIKE would treat the other text as a pattern.
        (_, None) if nocase => {
            let lower = |node: &Node| Node::call(Function::Lower, vec![node.clone()]);
            part_of(writer, &lower(text), how, &lower(part));
        }
        (_, None) => part_of(writer, text, how, part),
    }
}

/// Writes a match of `starts_with`, `ends_with` or `contains` with a text that is an expression
/// and not a value.
fn part_of(writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node) {
    let (begin, end) = match how {
        TextMatch::StartsWith => ("STARTS_WITH(", ")"),
        TextMatch::EndsWith => ("RIGHT(", ""),
        _ => ("STRPOS(", ") > 0"),
    };
    writer.push(begin);
    bytes(writer, text);
    writer.push(", ");
    if how == TextMatch::EndsWith {
        writer.push("LENGTH(");
        writer.expression(part);
        writer.push(")) = ");
    }
    bytes(writer, part);
    writer.push(end);
}

fn like(writer: &mut dyn ExpressionWriter, text: &Node, ignores_case: bool, mut pattern: String) {
    let escapes = pattern.len() - pattern.trim_end_matches('\\').len();
    if escapes % 2 == 1 {
        // An escape character at the end escapes nothing, and stands for itself. PostgreSQL
        // refuses it.
        pattern.push('\\');
    }
    matches(writer, text, if ignores_case { " ILIKE " } else { " LIKE " }, pattern);
    writer.push(" ESCAPE '\\'");
}

fn matches(writer: &mut dyn ExpressionWriter, text: &Node, operator: &str, pattern: String) {
    bytes(writer, text);
    writer.push(operator);
    writer.param(Value::Text(pattern));
}

/// Writes a text with the collation `"C"` in place of its own, unless it is a column of a table
/// that has this collation in its definition.
pub(super) fn bytes(writer: &mut dyn ExpressionWriter, text: &Node) {
    let text = match text {
        Node::Collate(text, _) => text,
        text => text,
    };
    let is_column = match text {
        Node::Column(column) => {
            !column.table.primary_key.is_empty() && matches!(column.collation(), None | Some(Collation::Binary))
        }
        _ => false,
    };
    writer.operand(text, Precedence::Whole);
    if !is_column {
        writer.collate(Collation::Binary);
    }
}

/// Converts a pattern of `glob` into a regular expression.
fn regexp_of(glob: &str) -> String {
    let mut regexp = String::from("^");
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => regexp.push_str(".*"),
            '?' => regexp.push('.'),
            '[' => {
                regexp.push('[');
                if let Some(not) = chars.next_if_eq(&'^') {
                    regexp.push(not);
                }
                // A `]` at the beginning of a set is a character of the set and does not end it.
                let mut first = true;
                for c in chars.by_ref() {
                    match c {
                        '\\' | '[' => regexp.extend(['\\', c]),
                        c => regexp.push(c),
                    }
                    if c == ']' && !first {
                        break;
                    }
                    first = false;
                }
            }
            c if c.is_ascii_punctuation() => regexp.extend(['\\', c]),
            c => regexp.push(c),
        }
    }
    regexp.push('$');
    regexp
}

#[cfg(test)]
mod tests {
    use super::regexp_of;

    #[test]
    fn a_glob_is_a_regular_expression() {
        assert_eq!(regexp_of("A*b?"), "^A.*b.$");
        assert_eq!(regexp_of("[^]a-c]+"), "^[^]a-c]\\+$");
        assert_eq!(regexp_of("[[]x"), "^[\\[]x$");
    }
}
