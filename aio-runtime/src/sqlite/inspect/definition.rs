//! Reads the parts of CREATE TABLE and CREATE INDEX statements that no pragma reports:
//! expressions, the names of constraints, collations, and whether a foreign key is deferred.
//!
//! The statements come from the schema table, so that their syntax is known to be correct
//! (<https://sqlite.org/lang_createtable.html>).

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
    /// The actions of the ON CONFLICT clauses, except for ABORT, which is the default.
    pub(super) conflict_clauses: Vec<&'a str>,
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
                token if is_one_of(token, &COLUMN_CONSTRAINTS) => self.constraint(Some(&name)),
                _ => self.place += 1,
            }
        }
    }

    /// Reads a constraint with its name, of a column or of the table.
    fn constraint(&mut self, column: Option<&str>) {
        let name = self.skip("constraint").then(|| unquoted(self.next()));
        let own = || column.map(|column| vec![column.to_owned()]).unwrap_or_default();
        let word = self.next();
        if is(word, "primary") {
            self.skip("key");
            let listed = self.parenthesized();
            let mut autoincrement = listed.last().is_some_and(|token| is(token, "autoincrement"));
            let columns = if listed.is_empty() { own() } else { key_columns(&listed) };
            let _ = self.skip("asc") || self.skip("desc");
            self.conflict_clause();
            autoincrement |= self.skip("autoincrement");
            self.definition.primary_key = Some(KeyDefinition { name, columns, autoincrement });
        } else if is(word, "unique") {
            let listed = self.parenthesized();
            let columns = if listed.is_empty() { own() } else { key_columns(&listed) };
            self.conflict_clause();
            self.definition.uniques.push(KeyDefinition { name, columns, autoincrement: false });
        } else if is(word, "check") {
            let expression = text(self.sql, &self.parenthesized());
            let column = column.map(str::to_owned);
            self.definition.checks.push(CheckDefinition { name, expression, column });
            self.conflict_clause();
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
        } else {
            // The constraint is NOT NULL or NULL.
            self.skip("null");
            self.conflict_clause();
        }
    }

    fn conflict_clause(&mut self) {
        if self.is_next("on") && self.tokens.get(self.place + 1).is_some_and(|token| is(token, "conflict")) {
            self.place += 2;
            let action = self.next();
            if !is(action, "abort") {
                self.definition.conflict_clauses.push(action);
            }
        }
    }

    /// Parses what follows REFERENCES in a foreign key.
    fn references(&mut self, name: Option<String>) {
        self.place += 1;
        self.parenthesized();
        let mut key = ForeignKeyDefinition { name, deferrable: false, deferred: false };
        loop {
            if self.skip("on") {
                self.place += 1;
                let _ = (self.skip("set") || self.skip("no")).then(|| self.place += 1);
                let _ = self.skip("cascade") || self.skip("restrict");
            } else if self.skip("match") {
                self.place += 1;
            } else if self.is_next("not") && self.tokens.get(self.place + 1).is_some_and(|next| is(next, "deferrable"))
            {
                self.place += 2;
                self.initially();
            } else if self.skip("deferrable") {
                key.deferrable = true;
                key.deferred = self.initially();
            } else {
                break;
            }
        }
        self.definition.foreign_keys.push(key);
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

/// Returns the names of the columns in the list of a key, whose tokens are given without the
/// parentheses around them.
fn key_columns(tokens: &[&str]) -> Vec<String> {
    split(tokens).filter_map(|part| part.first().map(|name| unquoted(name))).collect()
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

/// Returns the columns and expressions of an index as they are written, without their collations
/// and sort orders, and the condition of the index.
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
        text(sql, part)
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
    let mut tokens = tokens;
    while tokens.first() == Some(&"(") && inside(tokens).len() + 2 == tokens.len() {
        tokens = inside(tokens);
    }
    let mut text = String::new();
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).map_or("(", |before| tokens[before]);
        let is_call = *token == "("
            && before.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"'))
            && !is_one_of(before, &WORDS);
        let tight = before == "(" || matches!(*token, ")" | ",") || is_call;
        text.push_str(if tight { "" } else { " " });
        text.push_str(token.trim_matches('"'));
    }
    text
}

/// Joins tokens into a text that is equal for statements that differ only in white space,
/// comments, the case of words, quotes around names, and parentheses around the whole.
pub(super) fn comparable(tokens: &[&str]) -> String {
    let mut tokens = tokens;
    while tokens.first() == Some(&"(") && inside(tokens).len() + 2 == tokens.len() {
        tokens = inside(tokens);
    }
    let words: Vec<_> = tokens
        .iter()
        .map(|token| if token.starts_with('\'') { (*token).to_owned() } else { unquoted(token).to_ascii_lowercase() })
        .collect();
    words.join(" ")
}

/// Removes the quotes around a name.
pub(super) fn unquoted(name: &str) -> String {
    let quote = name.chars().next().filter(|quote| matches!(quote, '"' | '`' | '\'' | '['));
    match quote {
        Some('[') => name.trim_start_matches('[').trim_end_matches(']').to_owned(),
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
