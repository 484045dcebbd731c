//! What can be read off a raw text by its words, without compiling it.

/// The first word of a statement, behind blanks and comments.
pub(crate) fn first_word(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n')?.1;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1;
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            return Some(&rest[..end]).filter(|word| !word.is_empty());
        }
    }
}

/// Whether a word, which is not empty, stands in a text.
pub(crate) fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

pub(crate) fn begins_with_one_of(text: &str, words: &[&str]) -> bool {
    first_word(text).is_some_and(|first| words.iter().any(|word| first.eq_ignore_ascii_case(word)))
}

/// Whether a statement inserts rows, by its first word.
pub(crate) fn is_insert(text: &str) -> bool {
    begins_with_one_of(text, &["insert", "replace"])
}

/// Whether a statement changes rows and nothing else, by its first word.
pub(crate) fn changes_rows(text: &str) -> bool {
    begins_with_one_of(text, &["insert", "update", "delete", "replace"])
}

/// Whether a statement inserts, updates or deletes rows, by its words.
pub(crate) fn writes_rows(text: &str) -> bool {
    changes_rows(text) || begins_with_one_of(text, &["with"]) && written_to(text).is_some()
}

/// Whether a statement changes rows and nothing else, or only reads, by its first word.
pub(crate) fn may_change_rows(text: &str) -> bool {
    changes_rows(text) || begins_with_one_of(text, &["with"])
}

/// Whether a statement is a query, by its first word.
pub(crate) fn is_query(text: &str) -> bool {
    begins_with_one_of(text, &["select", "values", "with", "explain"])
}

/// The operators of more than one sign (<https://sqlite.org/lang_expr.html>).
const OPERATORS: [&str; 10] = ["->>", "->", "||", "<=", ">=", "<>", "!=", "==", "<<", ">>"];

/// A text's words and signs, without its blanks and comments.
pub(crate) fn tokens(sql: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if c.is_whitespace() => {
                rest = rest.trim_start();
                continue;
            }
            '-' if rest.starts_with("--") => {
                rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, rest)| rest);
                continue;
            }
            '\'' | '"' | '`' => quoted_length(rest, first),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len())
            }
            c => {
                OPERATORS.iter().find(|operator| rest.starts_with(**operator)).map_or(c.len_utf8(), |found| found.len())
            }
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
    tokens
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// Whether two texts differ in more than blanks and comments.
pub(crate) fn differs(one: &str, other: &str) -> bool {
    tokens(one) != tokens(other)
}

/// The name of the table that a statement writes to, and that of its schema if it is said.
pub(crate) fn written_to(text: &str) -> Option<(Option<String>, String)> {
    let tokens = tokens(text);
    let is = |token: &str, words: &[&str]| words.iter().any(|word| token.eq_ignore_ascii_case(word));
    // What stands in parentheses behind WITH are queries.
    let mut depth = 0_usize;
    let mut places = tokens.iter().enumerate();
    let (verb, _) = places.find(|(place, token)| {
        match **token {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        // There is a function `replace` too.
        let replaces = is(token, &["replace"]) && tokens.get(place + 1).is_some_and(|next| is(next, &["into"]));
        depth == 0 && (replaces || is(token, &["insert", "update", "delete"]))
    })?;
    let mut rest = &tokens[verb + 1..];
    if let [or, _, behind @ ..] = rest
        && is(or, &["or"])
    {
        rest = behind;
    }
    if let [word, behind @ ..] = rest
        && is(word, &["into", "from"])
    {
        rest = behind;
    }
    match rest {
        [schema, ".", name, ..] => Some((Some(unquoted(schema)), unquoted(name))),
        [schema, name, ..] if schema.ends_with('.') => {
            Some((Some(unquoted(schema.trim_end_matches('.'))), unquoted(name)))
        }
        [name, ..] => Some(match name.split_once('.') {
            Some((schema, name)) if !name.is_empty() && !is_quoted(schema) => (Some(schema.to_owned()), unquoted(name)),
            _ => (None, unquoted(name)),
        }),
        [] => None,
    }
}

fn is_quoted(name: &str) -> bool {
    name.starts_with(['"', '`', '[', '\''])
}

/// A name as it is written, without its quotes.
fn unquoted(name: &str) -> String {
    let Some(quote) = name.chars().next().filter(|_| is_quoted(name)) else { return name.to_owned() };
    let end = if quote == '[' { ']' } else { quote };
    let inner = name.strip_prefix(quote).and_then(|name| name.strip_suffix(end)).unwrap_or(name);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}
