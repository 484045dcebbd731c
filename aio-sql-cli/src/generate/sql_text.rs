//! The parts of SQL texts that a struct repeats: words, names, literals and lists.

use crate::plan::dollar_quoted_length;

/// Splits SQL into tokens: words, numbers, literals and names with their quotes, and single
/// characters. Comments and white space are left out.
pub(super) fn tokens(sql: &str) -> Vec<&str> {
    spans(sql).into_iter().map(|(_, token)| token).collect()
}

/// Returns each token, and whether white space or a comment is before it.
fn spans(sql: &str) -> Vec<(bool, &str)> {
    let mut tokens = Vec::new();
    let (mut rest, mut is_apart) = (sql, false);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if c.is_whitespace() => {
                is_apart = true;
                rest = &rest[c.len_utf8()..];
                continue;
            }
            '-' if rest.starts_with("--") => {
                is_apart = true;
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                is_apart = true;
                rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
                continue;
            }
            '\'' | '"' | '`' => quoted(rest, first),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            'x' | 'X' if rest[1..].starts_with('\'') => 1 + quoted(&rest[1..], '\''),
            '$' if let Some(length) = dollar_quoted_length(rest) => length,
            c if c.is_ascii_digit() || c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) => number(rest),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        tokens.push((is_apart, &rest[..length]));
        (rest, is_apart) = (&rest[length..], false);
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

fn number(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(text.len());
    let has_sign = text[..end].ends_with(['e', 'E']) && !text.starts_with("0x") && text[end..].starts_with(['+', '-']);
    if !has_sign {
        return end;
    }
    let digits = &text[end + 1..];
    end + 1 + digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len())
}

/// Returns the length in bytes of the quoted text with which `text` begins, including its quotes.
/// A doubled quote does not end it.
fn quoted(text: &str, quote: char) -> usize {
    let mut rest = &text[1..];
    loop {
        let Some(end) = rest.find(quote) else { return text.len() };
        rest = &rest[end + 1..];
        match rest.strip_prefix(quote) {
            Some(after) => rest = after,
            None => return text.len() - rest.len(),
        }
    }
}

/// Returns SQL in one line, without comments, as a struct's attribute contains it.
pub(super) fn one_line(sql: &str) -> String {
    let mut line = String::new();
    for (is_apart, token) in spans(sql) {
        if is_apart && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(token);
    }
    line
}

/// Returns the text of a string literal, or `None` if the token is not a string literal.
pub(super) fn text(token: &str) -> Option<String> {
    let inner = token.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

/// Removes the quotes around a name.
pub(super) fn name(token: &str) -> String {
    let inner = |quote: char| token.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    if let Some(inner) = token.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.to_owned();
    }
    ['"', '`']
        .into_iter()
        .find_map(|quote| Some(inner(quote)?.replace(&format!("{quote}{quote}"), &quote.to_string())))
        .unwrap_or_else(|| token.to_owned())
}

/// Quotes a name, unless it is plain.
pub(super) fn quoted_name(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&name.to_ascii_lowercase().as_str());
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The keywords of SQLite that cannot be names without quotes.
const RESERVED: [&str; 62] = [
    "add",
    "all",
    "alter",
    "and",
    "as",
    "autoincrement",
    "between",
    "case",
    "check",
    "collate",
    "commit",
    "constraint",
    "create",
    "default",
    "deferrable",
    "delete",
    "distinct",
    "drop",
    "else",
    "escape",
    "except",
    "exists",
    "foreign",
    "from",
    "group",
    "having",
    "if",
    "in",
    "index",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "limit",
    "not",
    "notnull",
    "nothing",
    "null",
    "on",
    "or",
    "order",
    "primary",
    "references",
    "returning",
    "rowid",
    "select",
    "set",
    "table",
    "then",
    "to",
    "transaction",
    "union",
    "unique",
    "update",
    "using",
    "values",
    "when",
    "where",
    "with",
    "current_date",
];

/// Returns the texts of a condition such as `rating IN ('G', 'PG')` on this column, in their
/// order. Returns `None` if the condition is another one.
pub(super) fn listed_texts(condition: &str, column: &str) -> Option<Vec<String>> {
    let tokens = tokens(condition);
    let mut rest = tokens.as_slice();
    while let ["(", inner @ .., ")"] = rest {
        rest = inner;
    }
    let [first, word, "(", list @ .., ")"] = rest else { return None };
    if !name(first).eq_ignore_ascii_case(column) || !word.eq_ignore_ascii_case("in") {
        return None;
    }
    let mut texts = Vec::new();
    for (place, token) in list.iter().enumerate() {
        match place % 2 {
            0 => texts.push(text(token)?),
            _ if *token == "," => {}
            _ => return None,
        }
    }
    let is_set = texts.iter().enumerate().all(|(place, text)| !texts[..place].contains(text));
    (is_set && list.len() % 2 == 1).then_some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_written_in_one_line_without_comments() {
        let sql = "a >  'x  y' -- why\n  and\n/* b */ length(\"c  d\")>=1.5e-3";
        assert_eq!(one_line(sql), "a > 'x  y' and length(\"c  d\")>=1.5e-3");
        assert_eq!(one_line("a  = $b$ it's  -- $b$  || 'x'"), "a = $b$ it's  -- $b$ || 'x'");
    }

    #[test]
    fn the_texts_of_a_list_are_found_in_every_spelling() {
        for condition in ["c in ('a','it''s')", "(\"C\" IN ('a', 'it''s'))", "[c] in ( 'a' , 'it''s' )"] {
            assert_eq!(listed_texts(condition, "c"), Some(vec!["a".to_owned(), "it's".to_owned()]), "{condition}");
        }
        for other in ["c in (1, 2)", "c in ('a') or d", "d in ('a')", "c in ()", "c in ('a',)", "c in ('a', 'a')", "c"]
        {
            assert_eq!(listed_texts(other, "c"), None, "{other}");
        }
    }

    #[test]
    fn a_name_is_quoted_if_it_needs_quotes() {
        for (name, shown) in [("id", "id"), ("Order", "\"Order\""), ("a b", "\"a b\""), ("a\"b", "\"a\"\"b\"")] {
            assert_eq!(quoted_name(name), shown);
            assert_eq!(super::name(shown), name);
        }
    }
}
