//! Reads the parts of a CREATE statement that no pragma reports: expressions, conditions, the
//! names of checks, and whether a foreign key is deferred.

use crate::sql::{is_one_of, outside_parentheses};

/// Returns the columns and expressions of an index without their sort order, and the index's
/// condition.
pub(super) fn parts_of_index<'a>(sql: &'a [&'a str]) -> (Vec<&'a [&'a str]>, Option<&'a [&'a str]>) {
    let Some(open) = sql.iter().position(|token| *token == "(") else { return Default::default() };
    let inside = inside(&sql[open..]);
    let outer = outside_parentheses(inside).into_iter().filter(|place| inside[*place] == ",");
    let ends: Vec<_> = outer.chain([inside.len()]).collect();
    let mut from = 0;
    let parts = ends.into_iter().map(|end| {
        let part = &inside[from.min(end)..end];
        from = end + 1;
        match part {
            [part @ .., order] if is_one_of(order, &["asc", "desc"]) => part,
            part => part,
        }
    });
    let parts = parts.collect();
    let behind = &sql[open + inside.len()..];
    let condition = behind.iter().position(|token| is(token, "where")).map(|place| &behind[place + 1..]);
    (parts, condition)
}

/// Returns whether a foreign key is deferred. `tokens` are those after its `REFERENCES`.
pub(super) fn is_deferred(tokens: &[&str]) -> bool {
    let place = tokens
        .windows(3)
        .position(|words| is(words[0], "deferrable") && is(words[1], "initially") && is(words[2], "deferred"));
    place.is_some_and(|place| place == 0 || !is(tokens[place - 1], "not"))
}

pub(super) fn is(token: &str, word: &str) -> bool {
    token.eq_ignore_ascii_case(word)
}

/// Joins tokens into SQL, without comments and extra blanks. Tokens that are one token for SQLite,
/// as in `1e-5` and `x'00'`, are joined without a blank.
pub(super) fn written(tokens: &[&str]) -> String {
    let mut text = String::new();
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| tokens[before].as_bytes().as_ptr_range().end);
        let is_apart = before.is_some_and(|end| end != token.as_ptr());
        text.push_str(if is_apart { " " } else { "" });
        text.push_str(token);
    }
    text
}

/// Joins tokens into a text for display, in which names are not quoted.
pub(super) fn normal(tokens: &[&str]) -> String {
    /// Keywords in expressions that are not function names.
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

/// Returns the parenthesized expression after each occurrence of a word.
pub(super) fn behind<'a>(word: &str, sql: &'a [&'a str]) -> Vec<&'a [&'a str]> {
    let places = sql.windows(2).enumerate().filter(|(_, pair)| is(pair[0], word) && pair[1] == "(");
    places.map(|(place, _)| inside(&sql[place + 1..])).collect()
}

/// Returns the conditions of the CHECK constraints, each with its name. The name is `None` if
/// there is none, or if it begins with `ck_` as the names that the library generates do.
pub(super) fn checks<'a>(sql: &'a [&'a str]) -> impl Iterator<Item = (Option<String>, &'a [&'a str])> {
    let places = sql.windows(2).enumerate().filter(|(_, pair)| is(pair[0], "check") && pair[1] == "(");
    places.map(|(place, _)| {
        let name = match &sql[..place] {
            [.., constraint, name] if is(constraint, "constraint") => Some(unquoted(name)),
            _ => None,
        };
        (name.filter(|name| !name.starts_with("ck_")), inside(&sql[place + 1..]))
    })
}

/// Removes the quotes around a name.
fn unquoted(name: &str) -> String {
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
fn inside<'a>(open: &'a [&'a str]) -> &'a [&'a str] {
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
