//! What can be read off a raw text by its words, without compiling it.

use crate::dialect::Dialect;

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

/// Returns whether a statement is about the schema or the upkeep of the database.
pub(crate) fn is_upkeep(dialect: Dialect, text: &str) -> bool {
    begins_with_one_of(text, dialect.upkeep())
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
    let mut rest = &tokens[verb(&tokens)? + 1..];
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

fn is(token: &str, words: &[&str]) -> bool {
    words.iter().any(|word| token.eq_ignore_ascii_case(word))
}

/// Where the INSERT, UPDATE or DELETE of a statement stands.
fn verb(tokens: &[&str]) -> Option<usize> {
    // What stands in parentheses behind WITH are queries.
    outside(tokens).into_iter().find(|place| {
        // There is a function `replace` too.
        let replaces =
            is(tokens[*place], &["replace"]) && tokens.get(place + 1).is_some_and(|next| is(next, &["into"]));
        replaces || is(tokens[*place], &["insert", "update", "delete"])
    })
}

/// The places of the tokens that stand outside of all parentheses, and of those that open the
/// outermost.
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
    /// A column of the table that is written to, under whatever name.
    Column(String),
    /// One of those that `*` stands for.
    OfAll,
    /// What is computed, and the names that stand in it without a table's, or with that of the
    /// table that is written to.
    Expression(Vec<String>),
}

/// What the columns are that a statement gives by RETURNING.
pub(crate) fn returned(text: &str, width: usize) -> Option<Vec<Returned>> {
    let tokens = tokens(text);
    let (_, table) = written_to(text)?;
    let behind = outside(&tokens).into_iter().rfind(|place| is(tokens[*place], &["returning"]))? + 1;
    let tokens = &tokens[behind..];
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

/// The name of the column that a term is, if it is nothing else.
fn column(term: &[&str]) -> Option<String> {
    let (name, behind) = name(term)?;
    match behind {
        [] => Some(name),
        [alias] if !is(alias, &["isnull", "notnull"]) => Some(name),
        [word, _] if is(word, &["as"]) => Some(name),
        _ => None,
    }
}

/// The last part of the name with which tokens begin, and the tokens behind it.
fn name<'a, 't>(tokens: &'t [&'a str]) -> Option<(String, &'t [&'a str])> {
    match tokens {
        [_, ".", behind @ ..] => name(behind),
        [token, behind @ ..] if !is_quoted(token) && token.ends_with('.') => name(behind),
        [token, behind @ ..] if is_quoted(token) && !token.starts_with('\'') => Some((unquoted(token), behind)),
        [token, behind @ ..] if token.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            Some((token.rsplit('.').next().unwrap_or(token).to_owned(), behind))
        }
        _ => None,
    }
}

/// The names in an expression. Those in a query are of its own tables, unless the table that is
/// written to is named.
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
    /// The columns that are given values, if they are named.
    pub(crate) columns: Vec<String>,
    /// One row and no more.
    pub(crate) one: bool,
}

/// What a statement inserts.
pub(crate) fn inserts(text: &str) -> Option<Inserts> {
    let tokens = tokens(text);
    let tokens = &tokens[verb(&tokens)? + 1..];
    let outside = outside(tokens);
    let source = outside.iter().position(|place| is(tokens[*place], &["values", "select", "with", "default"]))?;
    let list = outside[..source].iter().rfind(|place| tokens[**place] == "(");
    let columns = list.map_or(&[][..], |list| &tokens[list + 1..outside[source]]);
    let columns = columns.iter().filter_map(|column| Some(name(&[column])?.0)).collect();
    let word = tokens[outside[source]];
    // The parenthesis that opens behind VALUES is one token of those outside, and so is the comma
    // before another.
    let next = |behind: usize| outside.get(source + behind).map(|place| tokens[*place]);
    let one = is(word, &["default"])
        || is(word, &["values"])
            && next(1) == Some("(")
            && next(2).is_none_or(|next| is(next, &["returning", "on", ";"]));
    Some(Inserts { columns, one })
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
