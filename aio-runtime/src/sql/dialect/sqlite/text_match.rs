//! Matching a text against a pattern or another text: `starts_with`, `contains`, `like` and
//! others.
//!
//! These methods have the same result on every database: matching is case-sensitive, except by
//! `ilike` and for a collation that ignores case. The collation is set by `collate`, or else by
//! the column's definition. SQLite's LIKE always ignores the case of ASCII letters
//! (<https://sqlite.org/lang_expr.html#like>). It is used for `ilike` and for text with the
//! collation NOCASE; GLOB is used for `like` and `glob`. REGEXP calls the function `regexp`, which
//! the driver registers.

use super::super::{ExpressionWriter, Precedence};
use super::prefix::{self, successor};
use crate::expr::{Function, Node, TextMatch, escape_like};
use crate::schema::Collation;
use crate::value::Value;

/// Writes a match of a text against a pattern or another text.
pub(super) fn write(writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node) {
    let collation = text.collation();
    let text = match text {
        Node::Collate(text, _) => text,
        text => text,
    };
    let literal = match part {
        Node::Value(Value::Text(part), _) => Some(part.as_str()),
        _ => None,
    };
    if collation == Some(Collation::Unicode)
        && !matches!(how, TextMatch::Glob | TextMatch::Regexp | TextMatch::FullText)
    {
        return write_folded(writer, text, how, part, literal);
    }
    match (how, literal) {
        (TextMatch::Glob, Some(pattern)) => glob(writer, text, pattern.to_owned()),
        (TextMatch::Glob, None) => unlikely(writer, |writer| pattern(writer, text, " GLOB ", part)),
        (TextMatch::Regexp, _) => unlikely(writer, |writer| pattern(writer, text, " REGEXP ", part)),
        // SQLite finds the full-text index only if MATCH is written without any other expression
        // around it.
        (TextMatch::FullText, _) => pattern(writer, text, " MATCH ", part),
        (TextMatch::Like, Some(pattern)) if collation != Some(Collation::NoCase) => {
            glob(writer, text, glob_of(pattern));
        }
        (TextMatch::Like | TextMatch::ILike, Some(pattern)) => like(writer, text, like_of(pattern)),
        (TextMatch::StartsWith, Some(prefix)) => match collation {
            Some(Collation::NoCase) => like(writer, text, format!("{}%", escape_like(prefix))),
            None | Some(Collation::Binary) => prefix_range(writer, text, prefix),
            Some(_) => unlikely(writer, |writer| bytes_equal(writer, text, part, true)),
        },
        (TextMatch::EndsWith, Some(suffix)) if collation == Some(Collation::NoCase) => {
            like(writer, text, format!("%{}", escape_like(suffix)));
        }
        (TextMatch::Contains, Some(middle)) if collation == Some(Collation::NoCase) => {
            like(writer, text, format!("%{}%", escape_like(middle)));
        }
        // LIKE would treat the other text as a pattern, so both texts are compared in lower case.
        (TextMatch::StartsWith | TextMatch::EndsWith | TextMatch::Contains, None)
            if collation == Some(Collation::NoCase) =>
        {
            let lower = |node: &Node| Node::call(Function::Lower, vec![node.clone()]);
            write(writer, &lower(text), how, &lower(part));
        }
        (TextMatch::StartsWith, None) => unlikely(writer, |writer| bytes_equal(writer, text, part, true)),
        // Every text ends with the empty text. `text >= ''` is true for every text, and NULL for
        // NULL.
        (TextMatch::EndsWith, Some("")) => prefix_range(writer, text, ""),
        (TextMatch::EndsWith, _) => unlikely(writer, |writer| bytes_equal(writer, text, part, false)),
        (TextMatch::Contains | TextMatch::Like | TextMatch::ILike, _) => unlikely(writer, |writer| {
            writer.push("instr(");
            writer.expression(text);
            writer.push(", ");
            writer.expression(part);
            writer.push(") > 0");
        }),
    }
}

/// Writes a match that ignores the case of every letter: it matches the case-folded texts, or
/// compares them by the collation that folds the case.
fn write_folded(writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node, literal: Option<&str>) {
    let fold = |node: &Node| Node::call(Function::Named("UNICODE_FOLD"), vec![node.clone()]);
    match (how, literal) {
        (TextMatch::Like | TextMatch::ILike, Some(pattern)) => {
            let glob = fold(&Node::value(glob_of(pattern)));
            unlikely(writer, |writer| self::pattern(writer, &fold(text), " GLOB ", &glob));
        }
        // The match is written as a range in the order of the collation, which folds the case of
        // both sides. The last code point marks the end of the range: it is not a character, so no
        // text with the prefix sorts after it.
        (TextMatch::StartsWith, Some(prefix)) => {
            unicode_text(writer, text);
            writer.push(" >= ");
            writer.param(Value::Text(prefix.to_owned()));
            writer.push(" AND ");
            unicode_text(writer, text);
            writer.push(" < ");
            writer.param(Value::Text(format!("{prefix}{}", char::MAX)));
        }
        _ => write(writer, &fold(text), how, &fold(part)),
    }
}

/// Writes a text with the collation `unicode_nocase`, unless it is a column of a table that has
/// this collation in its definition. A column of a CTE or a view, which have no primary key, may
/// have another one.
fn unicode_text(writer: &mut dyn ExpressionWriter, text: &Node) {
    match text {
        Node::Column(column)
            if !column.table.primary_key.is_empty() && column.collation() == Some(Collation::Unicode) =>
        {
            writer.expression(text);
        }
        _ => {
            writer.operand(text, Precedence::Whole);
            writer.collate(Collation::Unicode);
        }
    }
}

/// Writes a match as a condition that few rows satisfy, so that the query planner begins a join
/// with the table of the text. SQLite assumes this itself if the pattern is in the text of the
/// statement, but not if it is a parameter or a function
/// (<https://sqlite.org/lang_corefunc.html#unlikely>). If values are written as literals, to
/// repeat the condition of an index, only the match itself is written.
fn unlikely(writer: &mut dyn ExpressionWriter, condition: impl FnOnce(&mut dyn ExpressionWriter)) {
    if writer.has_literals() {
        return condition(writer);
    }
    writer.push("unlikely(");
    condition(writer);
    writer.push(")");
}

fn pattern(writer: &mut dyn ExpressionWriter, text: &Node, operator: &str, pattern: &Node) {
    writer.operand(text, Precedence::Comparison);
    writer.push(operator);
    writer.operand(pattern, Precedence::Comparison);
}

fn like(writer: &mut dyn ExpressionWriter, text: &Node, pattern: String) {
    let prefix = parts(&pattern).map_while(PatternPart::char).collect();
    unlikely(writer, |writer| {
        writer.operand(text, Precedence::Comparison);
        writer.push(" LIKE ");
        writer.param(Value::Text(pattern));
        writer.push(" ESCAPE '\\'");
    });
    prefix::append_range(writer, text, true, prefix);
}

fn glob(writer: &mut dyn ExpressionWriter, text: &Node, pattern: String) {
    let prefix = pattern.chars().take_while(|c| !matches!(c, '*' | '?' | '[')).collect();
    unlikely(writer, |writer| {
        writer.operand(text, Precedence::Comparison);
        writer.push(" GLOB ");
        writer.param(Value::Text(pattern));
    });
    prefix::append_range(writer, text, false, prefix);
}

/// Writes the condition that a text starts with a prefix as a range, for which SQLite can use an
/// index: for the prefix `Da`, `text >= 'Da' AND text < 'Db'`.
fn prefix_range(writer: &mut dyn ExpressionWriter, text: &Node, prefix: &str) {
    binary_text(writer, text);
    writer.push(" >= ");
    writer.param(Value::Text(prefix.to_owned()));
    if let Some(end) = successor(prefix) {
        writer.push(" AND ");
        binary_text(writer, text);
        writer.push(" < ");
        writer.param(Value::Text(end));
    }
}

/// Writes a text with the collation BINARY, unless it is a column of a table with this collation
/// in its definition. An expression, or a column of a CTE or a view (which have no primary key),
/// may have inherited another collation
/// (<https://sqlite.org/datatype3.html#assigning_collating_sequences_from_sql>).
fn binary_text(writer: &mut dyn ExpressionWriter, text: &Node) {
    let binary = match text {
        Node::Column(column) => {
            !column.table.primary_key.is_empty() && matches!(column.collation(), None | Some(Collation::Binary))
        }
        _ => false,
    };
    if binary {
        return writer.expression(text);
    }
    writer.operand(text, Precedence::Whole);
    writer.collate(Collation::Binary);
}

/// Writes a comparison of the first or the last bytes of a text with another text. The texts are
/// cast to blobs, because `substr` of a text measures in characters and stops at NUL.
fn bytes_equal(writer: &mut dyn ExpressionWriter, text: &Node, part: &Node, first: bool) {
    let blob = |writer: &mut dyn ExpressionWriter, node: &Node| {
        writer.push("CAST(");
        writer.expression(node);
        writer.push(" AS BLOB)");
    };
    // An empty text is a special case: `substr(x, -0)` returns all of `x`, and `substr` of an
    // empty blob returns NULL.
    writer.push("(length(");
    blob(writer, part);
    writer.push(") = 0 AND ");
    writer.operand(text, Precedence::Comparison);
    writer.push(" IS NOT NULL OR length(");
    blob(writer, text);
    writer.push(") >= length(");
    blob(writer, part);
    writer.push(") AND substr(");
    blob(writer, text);
    writer.push(if first { ", 1, length(" } else { ", -length(" });
    blob(writer, part);
    writer.push(")) = ");
    blob(writer, part);
    writer.push(")");
}

enum PatternPart {
    Any,
    One,
    Char(char),
}

impl PatternPart {
    fn char(self) -> Option<char> {
        match self {
            PatternPart::Char(c) => Some(c),
            PatternPart::Any | PatternPart::One => None,
        }
    }
}

/// Splits a pattern of `like` into its parts. `\` escapes the next character; at the end of the
/// pattern it stands for itself.
fn parts(pattern: &str) -> impl Iterator<Item = PatternPart> {
    let mut chars = pattern.chars();
    std::iter::from_fn(move || {
        Some(match chars.next()? {
            '%' => PatternPart::Any,
            '_' => PatternPart::One,
            '\\' => PatternPart::Char(chars.next().unwrap_or('\\')),
            c => PatternPart::Char(c),
        })
    })
}

/// Converts a pattern of `like` to a pattern of GLOB.
fn glob_of(pattern: &str) -> String {
    let mut glob = String::with_capacity(pattern.len());
    for part in parts(pattern) {
        match part {
            PatternPart::Any => glob.push('*'),
            PatternPart::One => glob.push('?'),
            PatternPart::Char(c @ ('*' | '?' | '[')) => glob.extend(['[', c, ']']),
            PatternPart::Char(c) => glob.push(c),
        }
    }
    glob
}

/// Converts a pattern of `like`, in which a `\` at the end stands for itself, to a pattern of
/// SQL's LIKE, in which every `\` escapes a character.
fn like_of(pattern: &str) -> String {
    let mut like = String::with_capacity(pattern.len());
    for part in parts(pattern) {
        match part {
            PatternPart::Any => like.push('%'),
            PatternPart::One => like.push('_'),
            PatternPart::Char(c) => like.push_str(&escape_like(c.encode_utf8(&mut [0; 4]))),
        }
    }
    like
}
