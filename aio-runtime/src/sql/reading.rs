//! What can be found out about raw text by its words, without compiling it.

use crate::dialect::Dialect;

/// Returns the first word of a statement, after blanks and comments.
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

/// Returns whether a word, which is not empty, occurs in a text.
pub(crate) fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

pub(crate) fn begins_with_one_of(text: &str, words: &[&str]) -> bool {
    first_word(text).is_some_and(|first| words.iter().any(|word| first.eq_ignore_ascii_case(word)))
}

/// Returns whether a statement inserts rows, by its first word.
pub(crate) fn is_insert(text: &str) -> bool {
    begins_with_one_of(text, &["insert", "replace"])
}

/// Returns whether a statement changes rows and nothing else, by its first word.
pub(crate) fn changes_rows(text: &str) -> bool {
    begins_with_one_of(text, &["insert", "update", "delete", "replace"])
}

/// Returns whether a statement inserts, updates or deletes rows, by its words.
pub(crate) fn writes_rows(text: &str) -> bool {
    changes_rows(text) || begins_with_one_of(text, &["with"]) && written_to(text).is_some()
}

/// Returns whether a statement only reads, or changes rows and nothing else, by its first word.
pub(crate) fn may_change_rows(text: &str) -> bool {
    changes_rows(text) || begins_with_one_of(text, &["with"])
}

/// Returns whether a statement is about the schema or the upkeep of the database.
pub(crate) fn is_upkeep(dialect: Dialect, text: &str) -> bool {
    begins_with_one_of(text, dialect.upkeep())
}

/// Returns whether a statement is a query, by its first word.
pub(crate) fn is_query(text: &str) -> bool {
    begins_with_one_of(text, &["select", "values", "with", "explain"])
}

/// The operators with more than one character (<https://sqlite.org/lang_expr.html>).
const OPERATORS: [&str; 10] = ["->>", "->", "||", "<=", ">=", "<>", "!=", "==", "<<", ">>"];

/// Returns the words and signs of a text, without its blanks and comments.
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

/// Returns whether two texts differ in more than blanks and comments.
pub(crate) fn differs(one: &str, other: &str) -> bool {
    tokens(one) != tokens(other)
}

/// Returns the name of the schema, if there is one, and of the table that a statement writes to.
pub(crate) fn written_to(text: &str) -> Option<(Option<String>, String)> {
    let tokens = tokens(text);
    let mut rest = &tokens[verb(&tokens)? + 1..];
    if let [or, _, after @ ..] = rest
        && is(or, &["or"])
    {
        rest = after;
    }
    if let [word, after @ ..] = rest
        && is(word, &["into", "from"])
    {
        rest = after;
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

fn is(token: &str, words: &[&str]) -> bool {
    words.iter().any(|word| token.eq_ignore_ascii_case(word))
}

/// Returns the index of the INSERT, UPDATE or DELETE of a statement.
fn verb(tokens: &[&str]) -> Option<usize> {
    // The parentheses after WITH contain queries.
    outside(tokens).into_iter().find(|place| {
        // There is also a function `replace`.
        let replaces =
            is(tokens[*place], &["replace"]) && tokens.get(place + 1).is_some_and(|next| is(next, &["into"]));
        replaces || is(tokens[*place], &["insert", "update", "delete"])
    })
}

/// Returns the indexes of the tokens outside all parentheses, and of those that open the outermost
/// ones.
fn outside(tokens: &[&str]) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut places = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if *token == ")" {
            depth = depth.saturating_sub(1);
            continue;
        }
        if depth == 0 {
            places.push(place);
        }
        depth += usize::from(*token == "(");
    }
    places
}

/// What a column of RETURNING is (<https://sqlite.org/lang_returning.html>).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Returned {
    /// A column of the written table, under any name.
    Column(String),
    /// One of the columns that `*` stands for.
    OfAll,
    /// An expression, with the names in it that have no table, or that of the written table.
    Expression(Vec<String>),
}

/// Returns what the columns of a statement's RETURNING are.
pub(crate) fn returned(text: &str, width: usize) -> Option<Vec<Returned>> {
    let tokens = tokens(text);
    let (_, table) = written_to(text)?;
    let begin = outside(&tokens).into_iter().rfind(|place| is(tokens[*place], &["returning"]))? + 1;
    let tokens = &tokens[begin..];
    let commas = outside(tokens).into_iter().filter(|place| matches!(tokens[*place], "," | ";"));
    let mut begin = 0;
    let mut terms = Vec::new();
    for end in commas.chain([tokens.len()]) {
        if begin < end {
            terms.push(&tokens[begin..end]);
        }
        begin = end + 1;
    }
    let stars = terms.iter().filter(|term| **term == ["*"]).count();
    let of_all = width.checked_sub(terms.len() - stars)?.checked_div(stars).unwrap_or(0);
    let mut columns = Vec::new();
    for term in terms {
        if term == ["*"] {
            columns.extend((0..of_all).map(|_| Returned::OfAll));
        } else {
            columns.push(column(term).map_or_else(|| Returned::Expression(names(term, &table)), Returned::Column));
        }
    }
    (columns.len() == width).then_some(columns)
}

/// Returns the name of the column, if a term is nothing else.
fn column(term: &[&str]) -> Option<String> {
    let (name, rest) = name(term)?;
    match rest {
        [] => Some(name),
        [alias] if !is(alias, &["isnull", "notnull"]) => Some(name),
        [word, _] if is(word, &["as"]) => Some(name),
        _ => None,
    }
}

/// Returns the last part of the name at the beginning of some tokens, and the tokens after it.
fn name<'a, 't>(tokens: &'t [&'a str]) -> Option<(String, &'t [&'a str])> {
    match tokens {
        [_, ".", rest @ ..] => name(rest),
        [token, rest @ ..] if !is_quoted(token) && token.ends_with('.') => name(rest),
        [token, rest @ ..] if is_quoted(token) && !token.starts_with('\'') => Some((unquoted(token), rest)),
        [token, rest @ ..] if token.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            Some((token.rsplit('.').next().unwrap_or(token).to_owned(), rest))
        }
        _ => None,
    }
}

/// Returns the names in an expression. Those inside a subquery belong to its own tables, unless
/// the written table is named.
fn names(term: &[&str], table: &str) -> Vec<String> {
    let in_query = term.iter().any(|token| is(token, &["select"]));
    let named = |place: usize| {
        let (name, _) = name(&term[place..place + 1])?;
        let token = term[place];
        let of = match term[..place] {
            _ if !is_quoted(token) && token.contains('.') => token.rsplit('.').nth(1).map(str::to_owned),
            [.., of, "."] => Some(unquoted(of)),
            [.., of] if !is_quoted(of) && of.ends_with('.') => Some(of.trim_end_matches('.').to_owned()),
            _ => None,
        };
        let is_of_table = of.map_or(!in_query, |of| of.eq_ignore_ascii_case(table));
        is_of_table.then_some(name)
    };
    (0..term.len()).filter_map(named).collect()
}

/// What an INSERT inserts, as far as its text says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inserts {
    /// The columns that have values, if they are named.
    pub(crate) columns: Vec<String>,
    /// Whether it inserts exactly one row.
    pub(crate) one: bool,
}

/// Returns what a statement inserts.
pub(crate) fn inserts(text: &str) -> Option<Inserts> {
    let tokens = tokens(text);
    let tokens = &tokens[verb(&tokens)? + 1..];
    let outside = outside(tokens);
    let source = outside.iter().position(|place| is(tokens[*place], &["values", "select", "with", "default"]))?;
    let list = outside[..source].iter().rfind(|place| tokens[**place] == "(");
    let columns = list.map_or(&[][..], |list| &tokens[list + 1..outside[source]]);
    let columns = columns.iter().filter_map(|column| Some(name(&[column])?.0)).collect();
    let word = tokens[outside[source]];
    // A parenthesis after VALUES is one of the outside tokens, and so is the comma before a second
    // one.
    let next = |offset: usize| outside.get(source + offset).map(|place| tokens[*place]);
    let one = is(word, &["default"])
        || is(word, &["values"])
            && next(1) == Some("(")
            && next(2).is_none_or(|next| is(next, &["returning", "on", ";"]));
    Some(Inserts { columns, one })
}

fn is_quoted(name: &str) -> bool {
    name.starts_with(['"', '`', '[', '\''])
}

/// Returns a name without its quotes.
fn unquoted(name: &str) -> String {
    let Some(quote) = name.chars().next().filter(|_| is_quoted(name)) else { return name.to_owned() };
    let end = if quote == '[' { ']' } else { quote };
    let inner = name.strip_prefix(quote).and_then(|name| name.strip_suffix(end)).unwrap_or(name);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}
