//! Matching text against a part of it: `starts_with`, `contains`, `like` and their like.
//!
//! They mean one thing on every database: case counts unless the collation says otherwise, that of `collate` or else of a
//! table's column. SQLite's LIKE does
//! not regard the case of ASCII letters (<https://sqlite.org/lang_expr.html#like>), so that it serves `ilike` and columns
//! with NOCASE; GLOB serves `like`, and `glob` as it is. REGEXP calls the function `regexp` that the driver adds.

use super::expression::Binds;
use super::writer::Writer;
use crate::dialect::Dialect;
use crate::expr::{Function, Node, TextMatch, escape_like};
use crate::schema::Collation;
use crate::value::Value;

impl Writer {
    pub(super) fn text_match(&mut self, text: &Node, how: TextMatch, part: &Node) {
        let collation = text.collation();
        let text = match text {
            Node::Collate(text, _) => text,
            text => text,
        };
        let literal = match part {
            Node::Value(Value::Text(part)) => Some(part.as_str()),
            _ => None,
        };
        match (how, literal) {
            (TextMatch::Glob, _) => self.pattern(text, " GLOB ", part),
            (TextMatch::Regexp, _) => match self.dialect {
                Dialect::Sqlite => self.pattern(text, " REGEXP ", part),
            },
            (TextMatch::Like, Some(pattern)) if collation != Some(Collation::NoCase) => {
                self.operand(text, Binds::Comparison);
                self.push(" GLOB ");
                self.param(Value::Text(glob_of(pattern)));
            }
            (TextMatch::Like | TextMatch::ILike, Some(pattern)) => self.like(text, like_of(pattern)),
            (TextMatch::StartsWith, Some(prefix)) => match collation {
                Some(Collation::NoCase) => self.like(text, format!("{}%", escape_like(prefix))),
                None | Some(Collation::Binary) => self.prefix_range(text, prefix),
                Some(_) => self.bytes_equal(text, part, true),
            },
            (TextMatch::EndsWith, Some(suffix)) if collation == Some(Collation::NoCase) => {
                self.like(text, format!("%{}", escape_like(suffix)));
            }
            (TextMatch::Contains, Some(middle)) if collation == Some(Collation::NoCase) => {
                self.like(text, format!("%{}%", escape_like(middle)));
            }
            // LIKE would take what is found there for a pattern.
            (TextMatch::StartsWith | TextMatch::EndsWith | TextMatch::Contains, None)
                if collation == Some(Collation::NoCase) =>
            {
                let lower = |node: &Node| Node::call(Function::Lower, vec![node.clone()]);
                self.text_match(&lower(text), how, &lower(part));
            }
            (TextMatch::StartsWith, None) => self.bytes_equal(text, part, true),
            // All text has it, and NULL is neither.
            (TextMatch::EndsWith, Some("")) => self.prefix_range(text, ""),
            (TextMatch::EndsWith, _) => self.bytes_equal(text, part, false),
            (TextMatch::Contains | TextMatch::Like | TextMatch::ILike, _) => {
                self.push("instr(");
                self.expression(text);
                self.push(", ");
                self.expression(part);
                self.push(") > 0");
            }
        }
    }

    fn pattern(&mut self, text: &Node, operator: &str, pattern: &Node) {
        self.operand(text, Binds::Comparison);
        self.push(operator);
        self.operand(pattern, Binds::Comparison);
    }

    fn like(&mut self, text: &Node, pattern: String) {
        self.operand(text, Binds::Comparison);
        self.push(" LIKE ");
        self.param(Value::Text(pattern));
        self.push(" ESCAPE '\\'");
    }

    /// `text >= 'Da' AND text < 'Db'`.
    fn prefix_range(&mut self, text: &Node, prefix: &str) {
        self.binary_text(text);
        self.push(" >= ");
        self.param(Value::Text(prefix.to_owned()));
        if let Some(end) = successor(prefix) {
            self.push(" AND ");
            self.binary_text(text);
            self.push(" < ");
            self.param(Value::Text(end));
        }
    }

    /// Text that is compared byte by byte. A table's column says how it is compared; a column of a named query or of a view, neither
    /// of which has a key, and an expression may have got another collation from what they are made of
    /// (<https://sqlite.org/datatype3.html#assigning_collating_sequences_from_sql>).
    fn binary_text(&mut self, text: &Node) {
        let binary = match text {
            Node::Column(column) => {
                !column.table.primary_key.is_empty() && matches!(column.collation(), None | Some(Collation::Binary))
            }
            _ => false,
        };
        if binary {
            return self.expression(text);
        }
        self.operand(text, Binds::Whole);
        self.collate(Collation::Binary);
    }

    /// Compares the first or last bytes: `substr` of text would count characters, and stop at NUL.
    fn bytes_equal(&mut self, text: &Node, part: &Node, first: bool) {
        let blob = |writer: &mut Writer, node: &Node| {
            writer.push("CAST(");
            writer.expression(node);
            writer.push(" AS BLOB)");
        };
        // The last zero bytes: `substr(x, -0)` would be all of it. And `substr` of no bytes is NULL.
        self.push("(length(");
        blob(self, part);
        self.push(") = 0 AND ");
        self.operand(text, Binds::Comparison);
        self.push(" IS NOT NULL OR length(");
        blob(self, text);
        self.push(") >= length(");
        blob(self, part);
        self.push(") AND substr(");
        blob(self, text);
        self.push(if first { ", 1, length(" } else { ", -length(" });
        blob(self, part);
        self.push(")) = ");
        blob(self, part);
        self.push(")");
    }
}

/// The least text that is greater than every text with this prefix; none if there is nothing greater.
fn successor(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The code points of surrogates are no characters.
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            _ => char::from_u32(last as u32 + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

enum PatternPart {
    Any,
    One,
    Char(char),
}

/// A pattern of `like`: `\` takes the next character as it is, and stands for itself at the end.
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
