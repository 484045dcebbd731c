//! What a statement writes to: of a view and of a virtual table SQLite counts and numbers in another way.

use rusqlite::{Connection, OptionalExtension};

use super::shape::tokens;

/// What kind of table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Table,
    View,
    Virtual,
}

impl Target {
    /// Looks up the table that a statement inserts into, updates or deletes from.
    pub(super) fn of(raw: &Connection, text: &str) -> Target {
        let kind = |(schema, name): (Option<String>, String)| {
            let mut found = raw.prepare_cached(
                "SELECT type FROM pragma_table_list(?1) WHERE ?2 IS NULL OR schema = ?2 COLLATE NOCASE \
                 ORDER BY schema = 'temp' DESC, schema = 'main' DESC LIMIT 1",
            )?;
            found.query_row((name, schema), |row| row.get::<_, String>(0)).optional()
        };
        match written_to(text).map(kind) {
            Some(Ok(Some(kind))) if kind == "view" => Target::View,
            Some(Ok(Some(kind))) if kind == "virtual" => Target::Virtual,
            _ => Target::Table,
        }
    }
}

/// Whether the table that a statement writes to holds values of the declared types alone.
pub(super) fn is_strict(raw: &Connection, text: &str) -> bool {
    let Some((schema, name)) = written_to(text) else { return false };
    let found =
        raw.prepare_cached("SELECT strict FROM pragma_table_list(?1) WHERE ?2 IS NULL OR schema = ?2 COLLATE NOCASE");
    let all = found.and_then(|mut found| {
        found.query_map((name, schema), |row| row.get(0))?.collect::<rusqlite::Result<Vec<bool>>>()
    });
    all.is_ok_and(|all| !all.is_empty() && all.iter().all(|strict| *strict))
}

/// The name of the table that a statement writes to, and that of its schema if it is said.
pub(super) fn written_to(text: &str) -> Option<(Option<String>, String)> {
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
