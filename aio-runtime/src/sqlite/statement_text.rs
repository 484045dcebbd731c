//! Reads from the text of a statement which table it writes to and which columns it returns.

use crate::sql::{begins_with_one_of, is_one_of, outside_parentheses, tokens, writing_verb};

/// Returns whether a non-empty word occurs in a text, ignoring ASCII case.
pub(super) fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns whether the first word of a statement is INSERT or REPLACE.
pub(super) fn is_insert(text: &str) -> bool {
    begins_with_one_of(text, &["insert", "replace"])
}

/// Returns the table that a statement writes to, with its schema if the text names one. Returns
/// `None` if the statement is no INSERT, UPDATE or DELETE.
pub(super) fn written_to(text: &str) -> Option<(Option<String>, String)> {
    let tokens = tokens(text);
    let mut rest = &tokens[writing_verb(&tokens)? + 1..];
    if let [or, _, after @ ..] = rest
        && is_one_of(or, &["or"])
    {
        rest = after;
    }
    if let [word, after @ ..] = rest
        && is_one_of(word, &["into", "from"])
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

/// A column of a RETURNING clause (<https://sqlite.org/lang_returning.html>).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReturnedColumn {
    /// A column of the written table, possibly renamed by an alias.
    Column(String),
    /// One of the columns that `*` expands to.
    Star,
    /// An expression, with the column names of the written table in it.
    Expression(Vec<String>),
}

/// Returns the columns of a statement's RETURNING clause, `width` in total, or `None` if the text
/// does not tell them, for instance because it has no such clause.
pub(super) fn returned(text: &str, width: usize) -> Option<Vec<ReturnedColumn>> {
    let tokens = tokens(text);
    let (_, table) = written_to(text)?;
    let begin = outside_parentheses(&tokens).into_iter().rfind(|place| is_one_of(tokens[*place], &["returning"]))? + 1;
    let tokens = &tokens[begin..];
    let commas = outside_parentheses(tokens).into_iter().filter(|place| matches!(tokens[*place], "," | ";"));
    let mut begin = 0;
    let mut terms = Vec::new();
    for end in commas.chain([tokens.len()]) {
        if begin < end {
            terms.push(&tokens[begin..end]);
        }
        begin = end + 1;
    }
    let stars = terms.iter().filter(|term| **term == ["*"]).count();
    let per_star = width.checked_sub(terms.len() - stars)?.checked_div(stars).unwrap_or(0);
    let mut columns = Vec::new();
    for term in terms {
        if term == ["*"] {
            columns.extend((0..per_star).map(|_| ReturnedColumn::Star));
        } else {
            columns.push(
                column(term).map_or_else(|| ReturnedColumn::Expression(names(term, &table)), ReturnedColumn::Column),
            );
        }
    }
    (columns.len() == width).then_some(columns)
}

/// Returns the column's name if a term is only a column, with or without an alias; otherwise
/// `None`.
fn column(term: &[&str]) -> Option<String> {
    let (name, rest) = name(term)?;
    match rest {
        [] => Some(name),
        [alias] if !is_one_of(alias, &["isnull", "notnull"]) => Some(name),
        [word, _] if is_one_of(word, &["as"]) => Some(name),
        _ => None,
    }
}

/// Returns the last part of the dotted name at the start of `tokens`, and the tokens after the
/// name. Returns `None` if the tokens do not start with a name.
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

/// Returns the column names in an expression. Inside a subquery, names count only if they are
/// qualified with the written table, because other names belong to the tables of the subquery.
fn names(term: &[&str], table: &str) -> Vec<String> {
    let in_query = term.iter().any(|token| is_one_of(token, &["select"]));
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

/// The columns and the number of rows that an INSERT statement inserts, as far as its text says
/// so.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InsertText {
    /// The columns that the statement lists; empty if it has no column list.
    pub(super) columns: Vec<String>,
    /// Whether the statement inserts exactly one row.
    pub(super) one: bool,
}

/// Returns the columns that an INSERT statement names, and whether it certainly inserts only one
/// row. Returns `None` if the text is not such a statement.
pub(super) fn inserts(text: &str) -> Option<InsertText> {
    let tokens = tokens(text);
    let tokens = &tokens[writing_verb(&tokens)? + 1..];
    let outside = outside_parentheses(tokens);
    let source =
        outside.iter().position(|place| is_one_of(tokens[*place], &["values", "select", "with", "default"]))?;
    let list = outside[..source].iter().rfind(|place| tokens[**place] == "(");
    let columns = list.map_or(&[][..], |list| &tokens[list + 1..outside[source]]);
    let columns = columns.iter().filter_map(|column| Some(name(&[column])?.0)).collect();
    let word = tokens[outside[source]];
    // The opening parenthesis after VALUES is one of the tokens outside of parentheses, and so is
    // the comma before a second row.
    let next = |offset: usize| outside.get(source + offset).map(|place| tokens[*place]);
    let one = is_one_of(word, &["default"])
        || is_one_of(word, &["values"])
            && next(1) == Some("(")
            && next(2).is_none_or(|next| is_one_of(next, &["returning", "on", ";"]));
    Some(InsertText { columns, one })
}

fn is_quoted(name: &str) -> bool {
    name.starts_with(['"', '`', '[', '\''])
}

/// Removes the quotes around a name.
fn unquoted(name: &str) -> String {
    let Some(quote) = name.chars().next().filter(|_| is_quoted(name)) else { return name.to_owned() };
    let end = if quote == '[' { ']' } else { quote };
    let inner = name.strip_prefix(quote).and_then(|name| name.strip_suffix(end)).unwrap_or(name);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}
