//! Reads the parts of CREATE TABLE and CREATE INDEX statements that no pragma reports:
//! expressions, the names of constraints, collations, and whether a foreign key is deferred.
//!
//! The statements come from the schema table, so that their syntax is known to be correct
//! (<https://sqlite.org/lang_createtable.html>).

use crate::inspect::ConflictClause;
use crate::sql::{is_one_of, outside_parentheses, tokens};

/// What a CREATE TABLE statement declares.
#[derive(Default)]
pub(super) struct Definition<'a> {
    pub(super) columns: Vec<ColumnDefinition<'a>>,
    pub(super) primary_key: Option<KeyDefinition>,
    pub(super) uniques: Vec<KeyDefinition>,
    pub(super) checks: Vec<CheckDefinition<'a>>,
    /// The foreign keys, in the order in which the CREATE TABLE statement has them.
    pub(super) foreign_keys: Vec<ForeignKeyDefinition>,
    /// The ON CONFLICT clauses, except for ABORT, which is the default.
    pub(super) conflict_clauses: Vec<ConflictClause>,
}

/// What is declared for a column, apart from constraints.
pub(super) struct ColumnDefinition<'a> {
    pub(super) name: String,
    pub(super) collation: Option<String>,
    /// The expression of a generated column.
    pub(super) generated: Option<&'a str>,
}

/// A PRIMARY KEY or UNIQUE constraint.
pub(super) struct KeyDefinition {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    /// The collation of each column, if one is written there.
    pub(super) collations: Vec<Option<String>>,
    pub(super) autoincrement: bool,
}

/// A CHECK constraint.
pub(super) struct CheckDefinition<'a> {
    pub(super) name: Option<String>,
    pub(super) expression: &'a str,
    /// The column with which it is declared; `None` if it is declared after all columns.
    pub(super) column: Option<String>,
}

/// A foreign key: what the pragma does not report of it.
pub(super) struct ForeignKeyDefinition {
    pub(super) name: Option<String>,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
}

impl<'a> Definition<'a> {
    /// Reads a CREATE TABLE statement. The definition is empty for a virtual table.
    pub(super) fn of(sql: &'a str) -> Definition<'a> {
        let tokens = tokens(sql);
        let mut definition = Definition::default();
        let Some(open) = tokens.iter().position(|token| *token == "(") else { return definition };
        let is_virtual = tokens[..open].iter().take(3).any(|token| is(token, "virtual"));
        if !is_virtual {
            let inside = inside(&tokens[open..]);
            Parser { sql, tokens: inside, place: 0, definition: &mut definition }.parse();
        }
        definition
    }

    pub(super) fn column(&self, name: &str) -> Option<&ColumnDefinition<'a>> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

/// The words with which a constraint of a column begins.
const COLUMN_CONSTRAINTS: [&str; 11] =
    ["constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references", "generated", "as"];
/// The words with which a constraint of a table begins.
const TABLE_CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

struct Parser<'a, 'd> {
    sql: &'a str,
    /// The tokens between the parentheses of the statement.
    tokens: &'d [&'a str],
    place: usize,
    definition: &'d mut Definition<'a>,
}

impl<'a> Parser<'a, '_> {
    fn parse(&mut self) {
        while let Some(token) = self.peek() {
            if token == "," {
                self.place += 1;
            } else if is_one_of(token, &TABLE_CONSTRAINTS) {
                self.constraint(None);
            } else {
                self.column();
            }
        }
    }

    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.place).copied()
    }

    fn is_next(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| is(token, word))
    }

    /// Skips the next token if it is this word. Returns whether it is.
    fn skip(&mut self, word: &str) -> bool {
        let found = self.is_next(word);
        self.place += usize::from(found);
        found
    }

    fn next(&mut self) -> &'a str {
        let token = self.peek().unwrap_or_default();
        self.place += 1;
        token
    }

    /// Skips an expression in parentheses. Returns its tokens, without the parentheses. Skips and
    /// returns nothing if no parenthesis follows.
    fn parenthesized(&mut self) -> Vec<&'a str> {
        if self.peek() != Some("(") {
            return Vec::new();
        }
        let inside = inside(&self.tokens[self.place..]).to_vec();
        self.place += inside.len() + 2;
        inside
    }

    fn column(&mut self) {
        let name = unquoted(self.next());
        self.definition.columns.push(ColumnDefinition { name: name.clone(), collation: None, generated: None });
        while let Some(token) = self.peek() {
            match token {
                "," => return,
                "(" => drop(self.parenthesized()),
                // It may be separated from its REFERENCES by other constraints.
                _ if self.is_deferral() => self.deferral(),
                token if is_one_of(token, &COLUMN_CONSTRAINTS) => self.constraint(Some(&name)),
                _ => self.place += 1,
            }
        }
    }

    /// Reads a constraint with its name, of a column or of the table.
    fn constraint(&mut self, column: Option<&str>) {
        let mut name = None;
        while self.skip("constraint") {
            name = Some(unquoted(self.next()));
        }
        let own = || column.map(|column| vec![(column.to_owned(), None)]).unwrap_or_default();
        // SQLite accepts a name without a constraint.
        let words: &[&str] = if column.is_some() { &COLUMN_CONSTRAINTS } else { &TABLE_CONSTRAINTS };
        if self.is_deferral() || !self.peek().is_some_and(|token| is_one_of(token, words)) {
            return;
        }
        let word = self.next();
        if is(word, "primary") {
            self.skip("key");
            let listed = self.parenthesized();
            let mut autoincrement = listed.last().is_some_and(|token| is(token, "autoincrement"));
            let (columns, collations): (Vec<_>, Vec<_>) =
                if listed.is_empty() { own() } else { key_columns(&listed) }.into_iter().unzip();
            let _ = self.skip("asc") || self.skip("desc");
            self.conflict_clause("PRIMARY KEY", &columns);
            autoincrement |= self.skip("autoincrement");
            self.definition.primary_key = Some(KeyDefinition { name, columns, collations, autoincrement });
        } else if is(word, "unique") {
            let listed = self.parenthesized();
            let (columns, collations): (Vec<_>, Vec<_>) =
                if listed.is_empty() { own() } else { key_columns(&listed) }.into_iter().unzip();
            self.conflict_clause("UNIQUE", &columns);
            self.definition.uniques.push(KeyDefinition { name, columns, collations, autoincrement: false });
        } else if is(word, "check") {
            let expression = text(self.sql, &self.parenthesized());
            let column = column.map(str::to_owned);
            self.definition.checks.push(CheckDefinition { name, expression, column });
            // The clause of a CHECK constraint has no effect.
            let _ = self.conflict_action();
        } else if is(word, "references") {
            self.references(name);
        } else if is(word, "foreign") {
            self.skip("key");
            self.parenthesized();
            self.skip("references");
            self.references(name);
        } else if is(word, "default") {
            self.default_value();
        } else if is(word, "collate") {
            let collation = unquoted(self.next());
            if let Some(column) = self.definition.columns.last_mut() {
                column.collation = Some(collation);
            }
        } else if is(word, "generated") || is(word, "as") {
            self.skip("always");
            self.skip("as");
            let expression = text(self.sql, &self.parenthesized());
            let _ = self.skip("stored") || self.skip("virtual");
            if let Some(column) = self.definition.columns.last_mut() {
                column.generated = Some(expression);
            }
        } else if is(word, "null") {
            // That a column may be NULL is no constraint.
            let _ = self.conflict_action();
        } else {
            self.skip("null");
            let columns: Vec<_> = column.map(str::to_owned).into_iter().collect();
            self.conflict_clause("NOT NULL", &columns);
        }
    }

    /// Reads the ON CONFLICT clause of a constraint, if it has one.
    fn conflict_clause(&mut self, constraint: &'static str, columns: &[String]) {
        if let Some(action) = self.conflict_action().filter(|action| !is(action, "abort")) {
            let (columns, action) = (columns.to_vec(), action.to_ascii_uppercase());
            self.definition.conflict_clauses.push(ConflictClause { constraint, columns, action });
        }
    }

    /// Skips an ON CONFLICT clause. Returns its action.
    fn conflict_action(&mut self) -> Option<&'a str> {
        let has_clause = self.is_next("on") && self.is_after("conflict");
        has_clause.then(|| {
            self.place += 2;
            self.next()
        })
    }

    /// Returns whether the token after the next one is this word.
    fn is_after(&self, word: &str) -> bool {
        self.tokens.get(self.place + 1).is_some_and(|token| is(token, word))
    }

    /// Parses what follows REFERENCES in a foreign key.
    fn references(&mut self, name: Option<String>) {
        self.place += 1;
        self.parenthesized();
        self.definition.foreign_keys.push(ForeignKeyDefinition { name, deferrable: false, deferred: false });
        loop {
            if self.skip("on") {
                self.place += 1;
                let _ = (self.skip("set") || self.skip("no")).then(|| self.place += 1);
                let _ = self.skip("cascade") || self.skip("restrict");
            } else if self.skip("match") {
                self.place += 1;
            } else if self.is_deferral() {
                self.deferral();
            } else {
                break;
            }
        }
    }

    fn is_deferral(&self) -> bool {
        self.is_next("deferrable") || self.is_next("not") && self.is_after("deferrable")
    }

    /// Reads a DEFERRABLE clause, which belongs to the foreign key that was read last.
    fn deferral(&mut self) {
        let deferrable = !self.skip("not");
        self.skip("deferrable");
        let deferred = self.initially() && deferrable;
        if let Some(key) = self.definition.foreign_keys.last_mut() {
            (key.deferrable, key.deferred) = (deferrable, deferred);
        }
    }

    /// Reads INITIALLY DEFERRED or INITIALLY IMMEDIATE. Returns whether it is INITIALLY DEFERRED.
    fn initially(&mut self) -> bool {
        self.skip("initially") && is(self.next(), "deferred")
    }

    fn default_value(&mut self) {
        if self.peek() == Some("(") {
            self.parenthesized();
            return;
        }
        let _ = self.skip("+") || self.skip("-");
        let token = self.next();
        // `1e-5` and `x'00'` are several tokens.
        let is_exponent = token.starts_with(|c: char| c.is_ascii_digit()) && token.ends_with(['e', 'E']);
        if is_exponent && (self.skip("+") || self.skip("-"))
            || is(token, "x") && self.peek().is_some_and(|next| next.starts_with('\''))
        {
            self.place += 1;
        }
    }
}

/// Returns the columns of a key in parentheses, each with the collation that is written there.
fn key_columns(tokens: &[&str]) -> Vec<(String, Option<String>)> {
    let column = |part: &[&str]| {
        let collation = match part {
            [_, collate, name, ..] if is(collate, "collate") => Some(unquoted(name)),
            _ => None,
        };
        part.first().map(|name| (unquoted(name), collation))
    };
    split(tokens).filter_map(column).collect()
}

/// Splits tokens at the commas outside of parentheses.
fn split<'t, 'a>(tokens: &'t [&'a str]) -> impl Iterator<Item = &'t [&'a str]> {
    let commas = outside_parentheses(tokens).into_iter().filter(|place| tokens[*place] == ",");
    let ends: Vec<_> = commas.chain([tokens.len()]).collect();
    let mut from = 0;
    ends.into_iter().map(move |end| {
        let part = &tokens[from.min(end)..end];
        from = end + 1;
        part
    })
}

/// Returns the columns and expressions of an index as they are written, without parentheses around
/// them and without their collations and sort orders, and the condition of the index.
pub(super) fn parts_of_index(sql: &str) -> (Vec<&str>, Option<&str>) {
    let tokens = tokens(sql);
    let Some(open) = tokens.iter().position(|token| *token == "(") else { return Default::default() };
    let inside = inside(&tokens[open..]);
    let parts = split(inside).map(|part| {
        let part = match part {
            [part @ .., order] if is_one_of(order, &["asc", "desc"]) => part,
            part => part,
        };
        let part = match part {
            [part @ .., collate, _] if is(collate, "collate") => part,
            part => part,
        };
        text(sql, without_parentheses(part))
    });
    let parts = parts.collect();
    let behind = &tokens[open + inside.len()..];
    let condition = behind.iter().position(|token| is(token, "where")).map(|place| text(sql, &behind[place + 1..]));
    (parts, condition)
}

pub(super) fn is(token: &str, word: &str) -> bool {
    token.eq_ignore_ascii_case(word)
}

/// Returns the part of a statement from the first to the last of these tokens.
fn text<'a>(sql: &'a str, tokens: &[&'a str]) -> &'a str {
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return "" };
    let start = first.as_ptr() as usize - sql.as_ptr() as usize;
    let end = last.as_ptr() as usize + last.len() - sql.as_ptr() as usize;
    sql.get(start..end).unwrap_or_default()
}

/// Joins tokens into a text for display, without the double quotes around names.
pub(super) fn normal(tokens: &[&str]) -> String {
    /// Keywords after which a parenthesis does not begin the arguments of a function.
    const WORDS: [&str; 10] = ["and", "or", "not", "in", "is", "between", "like", "glob", "then", "else"];
    let tokens = without_parentheses(tokens);
    let mut text = String::new();
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).map_or("(", |before| tokens[before]);
        let is_call = *token == "("
            && before.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"'))
            && !is_one_of(before, &WORDS);
        let is_blob = is(before, "x") && token.starts_with('\'');
        let tight = matches!(before, "(" | ".") || matches!(*token, ")" | "," | ".") || is_call || is_blob;
        text.push_str(if tight { "" } else { " " });
        text.push_str(token.trim_matches('"'));
    }
    text
}

/// Joins tokens into a text that is equal for statements that differ only in white space,
/// comments, the case of words, quotes around names, and parentheses around the whole.
///
/// Quotes stay around a name that is no name without them.
pub(super) fn comparable(tokens: &[&str]) -> String {
    let tokens = without_parentheses(tokens);
    let words = tokens.iter().map(|token| {
        let name = unquoted(token).to_ascii_lowercase();
        match token.chars().next() {
            Some('\'') => (*token).to_owned(),
            Some('"' | '`' | '[') if !is_plain_name(&name) => format!("{name:?}"),
            // `post.id` is one token, `"post"."id"` are three.
            Some(first) if !first.is_ascii_digit() && name.len() > 1 => name.replace('.', " . "),
            _ => name,
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns whether a name can be written without quotes.
fn is_plain_name(name: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii();
    name.starts_with(|c: char| is_inside(c) && !c.is_ascii_digit() && c != '$') && name.chars().all(is_inside)
}

/// Returns the literals of an expression that SQLite does not show completely in a program, and
/// the long names of collations: blobs up to their first zero byte, and numbers with 16 digits.
pub(super) fn abridged_literals(tokens: &[&str]) -> String {
    let mut literals = String::new();
    let mut rest = tokens;
    while let [token, after @ ..] = rest {
        let mut length = 1;
        let is_point =
            *token == "." && after.first().is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        match after {
            [digits, ..] if is(token, "x") && digits.starts_with('\'') => {
                literals.push_str(&digits.to_ascii_uppercase());
                length = 2;
            }
            [name, ..] if is(token, "collate") && unquoted(name).len() >= LONG_NAME => {
                literals.push_str(&unquoted(name).to_ascii_uppercase());
                length = 2;
            }
            _ if is_point || token.starts_with(|c: char| c.is_ascii_digit()) => {
                length += usize::from(is_point);
                // `1e-5` is three tokens.
                let is_exponent =
                    |end: &&&str| end.ends_with(['e', 'E']) && end.get(..2).is_none_or(|start| !is(start, "0x"));
                if rest.get(length - 1).filter(is_exponent).is_some()
                    && rest.get(length).is_some_and(|sign| matches!(*sign, "+" | "-"))
                {
                    length = (length + 2).min(rest.len());
                }
                let number: String =
                    rest[..length].iter().flat_map(|token| token.chars()).filter(|c| *c != '_').collect();
                if let Some(number) = number.parse::<f64>().ok().filter(|_| number.contains(['.', 'e', 'E'])) {
                    literals.push_str(&format!("{number:?} "));
                }
            }
            _ => {}
        }
        rest = &rest[length..];
    }
    literals
}

/// The number of characters from which SQLite abbreviates the name of a collation in a program.
const LONG_NAME: usize = 18;

/// Removes the quotes around a name.
pub(super) fn unquoted(name: &str) -> String {
    let quote = name.chars().next().filter(|quote| matches!(quote, '"' | '`' | '\'' | '['));
    match quote {
        Some('[') => name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name).to_owned(),
        Some(quote) => {
            let inner = name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote)).unwrap_or(name);
            inner.replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        None => name.to_owned(),
    }
}

/// Returns the tokens between the first parenthesis and the one that closes it.
fn inside<'t, 'a>(open: &'t [&'a str]) -> &'t [&'a str] {
    let mut depth = 0;
    let end = open.iter().position(|token| {
        depth += match *token {
            "(" => 1,
            ")" => -1,
            _ => 0,
        };
        depth == 0
    });
    &open[1..end.unwrap_or(open.len())]
}

/// Removes the parentheses around an expression.
fn without_parentheses<'t, 'a>(expression: &'t [&'a str]) -> &'t [&'a str] {
    let mut tokens = expression;
    while tokens.first() == Some(&"(") && inside(tokens).len() + 2 == tokens.len() {
        tokens = inside(tokens);
    }
    tokens
}
