//! When two spellings that the server has written mean the same.

use crate::inspect::tokens::tokens;
use crate::inspect::{Auto, Column, Meaning, Table, Tolerance};

/// The meaning of definitions, of which the server itself has already chosen the spelling.
pub(super) struct Spellings {
    /// Whether the columns of the two tables may have other types. The server then writes other
    /// casts into equal expressions.
    pub(super) of_any_type: bool,
}

/// The types to which the server casts texts so that they can be compared.
const TEXT_TYPES: [&str; 4] = ["text", "character varying", "character", "bpchar"];

/// The types of numbers.
const NUMBER_TYPES: [&str; 6] = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];

/// The words after which parentheses do not belong to a call.
const WORDS_BEFORE_OPERANDS: [&str; 12] =
    ["and", "or", "not", "is", "in", "between", "like", "when", "then", "else", "case", "from"];

impl Meaning for Spellings {
    fn of_name(&self, name: &str) -> String {
        name.to_owned()
    }

    fn of_row(&self, expression: &str) -> String {
        let mut tokens = tokens(expression);
        if self.of_any_type {
            while remove_cast(&mut tokens) || remove_parentheses(&mut tokens) {}
        }
        tokens.join(" ")
    }

    fn of_default(&self, default: &str) -> String {
        let mut tokens = tokens(default);
        while unquote_number(&mut tokens) || remove_cast(&mut tokens) || remove_parentheses(&mut tokens) {}
        tokens.join(" ")
    }

    fn of_statement(&self, sql: &str) -> String {
        let mut tokens = tokens(sql);
        while tokens.last() == Some(&";") {
            tokens.pop();
        }
        tokens.join(" ")
    }

    fn shown(&self, expression: &str) -> String {
        expression.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// Accepts smaller integers and texts of limited length: they return what they accept.
    fn stores(&self, _: &Table, found: &Column, wanted: &Column, _: &Tolerance) -> bool {
        let is_numbered = wanted.auto == Auto::No || found.auto != Auto::No;
        let ty = found.declared_type.as_str();
        let holds = match wanted.declared_type.as_str() {
            "bigint" => matches!(ty, "bigint" | "integer" | "smallint"),
            "text" => ty == "text" || ty == "character varying" || ty.starts_with("character varying("),
            wanted => ty == wanted,
        };
        is_numbered && holds
    }
}

/// Replaces a number in quotes, with a cast to its type, by the number. Returns whether there was
/// one.
fn unquote_number(tokens: &mut Vec<&str>) -> bool {
    let quoted = tokens.windows(2).position(|pair| pair[0].starts_with('\'') && pair[1] == "::");
    let Some((at, token)) = quoted.map(|at| (at, tokens[at])) else { return false };
    let (ty, end) = type_at(tokens, at + 2);
    let number = token.trim_matches('\'');
    if !NUMBER_TYPES.contains(&ty.as_str()) || number.parse::<f64>().is_err() {
        return false;
    }
    match number.strip_prefix('-') {
        Some(number) => drop(tokens.splice(at..end, ["-", number])),
        None => drop(tokens.splice(at..end, [number])),
    }
    true
}

/// Removes a cast that the server has added because of the type of a column: one of a text or of a
/// constant. Returns whether there was one.
fn remove_cast(tokens: &mut Vec<&str>) -> bool {
    let cast = tokens.iter().enumerate().filter(|(_, token)| **token == "::").find_map(|(at, _)| {
        let (ty, mut end) = type_at(tokens, at + 1);
        while tokens.get(end..end + 2) == Some(&["[", "]"]) {
            end += 2;
        }
        let before = at.checked_sub(1).map_or("", |before| tokens[before]);
        let is_constant = before == "NULL" || before.starts_with(|c: char| c == '\'' || c.is_ascii_digit());
        let is_removed = TEXT_TYPES.contains(&ty.as_str()) || is_constant && !ty.is_empty();
        is_removed.then_some((at, end))
    });
    cast.map(|(at, end)| tokens.drain(at..end)).is_some()
}

/// Returns the type at a place, without its length, and the place after it.
fn type_at(tokens: &[&str], at: usize) -> (String, usize) {
    let is_word = |token: &&&str| token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '"' || c == '_');
    let mut words = Vec::new();
    let mut end = at;
    let goes_on = |word: &str| matches!(word, "varying" | "precision" | "without" | "with" | "time" | "zone");
    while let Some(word) = tokens.get(end).filter(is_word).filter(|word| words.is_empty() || goes_on(word)) {
        words.push(*word);
        end += 1;
        if tokens.get(end) == Some(&"(")
            && let Some(length) = tokens[end..].iter().position(|token| *token == ")")
        {
            end += length + 1;
        }
    }
    (words.join(" "), end)
}

/// Removes parentheses around a single token or around other parentheses. Returns whether there
/// were some.
fn remove_parentheses(tokens: &mut Vec<&str>) -> bool {
    let pair = (0..tokens.len()).filter(|at| tokens[*at] == "(").find_map(|at| {
        let end = closing(tokens, at)?;
        let is_nested = tokens.get(at + 1) == Some(&"(") && closing(tokens, at + 1) == Some(end - 1);
        let before = at.checked_sub(1).map(|before| tokens[before].to_ascii_lowercase()).unwrap_or_default();
        let is_name = before.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '"'));
        let is_call = is_name && !WORDS_BEFORE_OPERANDS.contains(&before.as_str());
        let is_single = end == at + 2 && !is_call;
        let is_all = at == 0 && end + 1 == tokens.len();
        (is_nested || is_single || is_all).then_some((at, end))
    });
    let Some((at, end)) = pair else { return false };
    tokens.remove(end);
    tokens.remove(at);
    true
}

/// Returns the place of the parenthesis that closes the one at `open`.
fn closing(tokens: &[&str], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            "(" => depth += 1,
            ")" if depth == 1 => return Some(at),
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}
