//! Reads the words of raw SQL to find out what a statement does, before the database compiles it.

use std::borrow::Cow;

use crate::dialect::Dialect;

/// Returns a script without the white space, comments and semicolons before its first statement,
/// or `None` if the script ends in a comment before one.
pub(crate) fn from_first_statement(script: &str) -> Option<&str> {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n')?.1;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1;
        } else {
            return Some(rest);
        }
    }
}

/// Returns the first word of a statement, after white space, comments and semicolons, or `None` if
/// the statement does not begin with a word.
pub(crate) fn first_word(text: &str) -> Option<&str> {
    let rest = from_first_statement(text)?;
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|word| !word.is_empty())
}

/// Returns whether a statement begins with one of these words.
pub(crate) fn begins_with_one_of(text: &str, words: &[&str]) -> bool {
    first_word(text).is_some_and(|first| words.iter().any(|word| first.eq_ignore_ascii_case(word)))
}

/// Returns whether a statement begins with INSERT, UPDATE, DELETE or REPLACE, and so changes rows
/// and nothing else.
pub(crate) fn changes_rows(text: &str) -> bool {
    begins_with_one_of(text, &["insert", "update", "delete", "replace"])
}

/// Returns whether a statement inserts, updates or deletes rows, judged by its first word or,
/// after WITH, by the words that follow.
pub(crate) fn writes_rows(text: &str) -> bool {
    changes_rows(text) || begins_with_one_of(text, &["with"]) && writing_verb(&tokens(text)).is_some()
}

/// Returns whether a statement may change rows, judged by its first word. A statement that begins
/// with WITH may, although most such statements are queries.
pub(crate) fn may_change_rows(text: &str) -> bool {
    changes_rows(text) || begins_with_one_of(text, &["with"])
}

/// Returns whether a statement changes the schema or maintains the database, judged by its first
/// word, such as CREATE, VACUUM or PRAGMA.
pub(crate) fn is_maintenance(dialect: Dialect, text: &str) -> bool {
    begins_with_one_of(text, dialect.maintenance_words())
}

/// Returns whether a statement begins like a query. A statement that begins with WITH may also
/// change rows.
pub(crate) fn is_query(text: &str) -> bool {
    begins_with_one_of(text, &["select", "values", "with", "explain"])
}

/// The operators with more than one character (<https://sqlite.org/lang_expr.html>).
const OPERATORS: [&str; 10] = ["->>", "->", "||", "<=", ">=", "<>", "!=", "==", "<<", ">>"];

/// Splits SQL into its tokens: words, numbers, quoted names and texts, operators and other signs.
/// Leaves out white space and comments.
pub(crate) fn tokens(sql: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            // Other white space, such as a no-break space, is a part of names.
            c if c.is_ascii_whitespace() => {
                rest = rest.trim_ascii_start();
                continue;
            }
            '-' if rest.starts_with("--") => {
                rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest[2..].split_once("*/").map_or("", |(_, rest)| rest);
                continue;
            }
            '\'' | '"' | '`' => quoted_length(rest, first),
            '$' if let Some(length) = dollar_quoted_length(rest) => length,
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            // Every character outside of ASCII can be a part of a name.
            c if c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii() => {
                let is_inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$') || !c.is_ascii();
                rest.find(|c: char| !is_inside(c)).unwrap_or(rest.len())
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

/// Returns the length of the text between dollars, such as PostgreSQL's `$$…$$` or
/// `$body$…$body$`, with which `text` begins.
pub(crate) fn dollar_quoted_length(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('$')?;
    let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    if rest.starts_with(|c: char| c.is_ascii_digit()) || !rest[name..].starts_with('$') {
        return None;
    }
    let tag = &text[..name + 2];
    Some(text[tag.len()..].find(tag).map_or(text.len(), |end| end + 2 * tag.len()))
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

/// Returns whether two scripts differ in more than white space, comments, the form of their line
/// ends, a byte order mark, and semicolons at the end.
pub(crate) fn differs(one: &str, other: &str) -> bool {
    if one == other {
        return false;
    }
    let (one, other) = (with_plain_line_ends(one), with_plain_line_ends(other));
    let statements = |script| {
        let mut tokens = tokens(script);
        while tokens.last() == Some(&";") {
            tokens.pop();
        }
        tokens
    };
    statements(&one) != statements(&other)
}

/// Returns a script as if it had been written with line feeds alone and without a byte order mark,
/// so that it has the same effect whichever editor or checkout has written the file.
pub(crate) fn with_plain_line_ends(script: &str) -> Cow<'_, str> {
    let script = script.strip_prefix('\u{feff}').unwrap_or(script);
    if script.contains("\r\n") { script.replace("\r\n", "\n").into() } else { script.into() }
}

/// Returns the old and the new name of each table that a script renames, in their order.
pub(crate) fn table_renames(script: &str) -> Vec<(String, String)> {
    let tokens = tokens(script);
    let rename = |at: usize| match &tokens[at..] {
        [alter, table, old, rename, to, new, ..] | [alter, table, _, ".", old, rename, to, new, ..]
            if is_one_of(alter, &["alter"])
                && is_one_of(table, &["table"])
                && is_one_of(rename, &["rename"])
                && is_one_of(to, &["to"]) =>
        {
            Some((plain_name(old), plain_name(new)))
        }
        _ => None,
    };
    (0..tokens.len()).filter_map(rename).collect()
}

/// Returns a name without its quotes, and without the name of a schema before it.
fn plain_name(token: &str) -> String {
    let quote = token.chars().next().filter(|first| matches!(first, '"' | '`' | '[' | '\''));
    let Some(quote) = quote else { return token.rsplit('.').next().unwrap_or(token).to_owned() };
    let end = if quote == '[' { ']' } else { quote };
    let inner = token.strip_prefix(quote).and_then(|name| name.strip_suffix(end)).unwrap_or(token);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

/// Returns whether a token is one of these words.
pub(crate) fn is_one_of(token: &str, words: &[&str]) -> bool {
    words.iter().any(|word| token.eq_ignore_ascii_case(word))
}

/// Returns the index of the token INSERT, UPDATE, DELETE or REPLACE by which a statement writes
/// rows, or `None` if it does not write rows.
pub(crate) fn writing_verb(tokens: &[&str]) -> Option<usize> {
    // What is in parentheses, such as the queries of WITH, does not write rows.
    outside_parentheses(tokens).into_iter().find(|place| {
        // `replace` may also be the function of that name.
        let replaces = is_one_of(tokens[*place], &["replace"])
            && tokens.get(place + 1).is_some_and(|next| is_one_of(next, &["into"]));
        replaces || is_one_of(tokens[*place], &["insert", "update", "delete"])
    })
}

/// Returns the indexes of the tokens outside all parentheses, with the outermost opening
/// parentheses and without the closing ones.
pub(crate) fn outside_parentheses(tokens: &[&str]) -> Vec<usize> {
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
