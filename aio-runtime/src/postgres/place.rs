//! The columns that the placeholders of the library's own statements belong to, for errors.

/// A column of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The table, or its alias in the statement.
    pub(super) table: Option<String>,
    pub(super) column: String,
}

impl Place {
    /// Returns a column of the table that the statement writes.
    pub(super) fn of_insert(text: &str, column: &str) -> Place {
        Place { table: table_of(text), column: column.to_owned() }
    }

    /// Returns the column that stands beside the placeholder with this index, counted from 0:
    /// where the library writes a placeholder without its type, a column tells its type. Returns
    /// `None` if there is no such column.
    pub(super) fn beside(text: &str, index: usize) -> Option<Place> {
        let placeholder = format!("${}", index + 1);
        let is_whole = |after: &str| !after.starts_with(|c: char| c.is_ascii_digit() || c == ':');
        let (begin, _) = text.match_indices(&placeholder).find(|(at, found)| is_whole(&text[at + found.len()..]))?;
        let after = text[begin + placeholder.len()..].trim_start_matches([' ', '<', '>', '=']);
        let is_compared = after.len() < text[begin + placeholder.len()..].len() && after.starts_with('"');
        let (table, column) = match is_compared {
            true => first_name(after),
            false => last_name(before_values(&text[..begin]))?,
        };
        Some(Place { table: table.or_else(|| table_of(text)), column })
    }
}

/// Returns the text without the operator, the opening of a list and the placeholders at its end.
fn before_values(text: &str) -> &str {
    const WORDS: [&str; 10] = [" AND", " BETWEEN", " NOT", " IN", " IS", " DISTINCT", " FROM", " SET", " ANY", " ALL"];
    let mut rest = text;
    loop {
        let trimmed = rest.trim_end_matches([' ', ',', '(', '=', '<', '>', '+', '-', '*', '/', '%', '&', '|']);
        let trimmed = match trimmed.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('$') {
            Some(before) => before,
            None => WORDS.iter().find_map(|word| trimmed.strip_suffix(word)).unwrap_or(trimmed),
        };
        if trimmed.len() == rest.len() {
            return rest;
        }
        rest = trimmed;
    }
}

/// Returns the name at the end of a text, and the name of its table if it has one, with the schema
/// of that.
fn last_name(text: &str) -> Option<(Option<String>, String)> {
    let mut begin = begin_of_name(text)?;
    let column = unquoted(&text[begin..]);
    let mut table: Option<String> = None;
    while let Some(before) = text[..begin].strip_suffix('.') {
        begin = begin_of_name(before)?;
        let name = unquoted(&before[begin..]);
        table = Some(table.map_or(name.clone(), |table| format!("{name}.{table}")));
    }
    Some((table, column))
}

fn begin_of_name(text: &str) -> Option<usize> {
    let inside = text.strip_suffix('"')?;
    let mut end = inside.len();
    loop {
        let quote = inside[..end].rfind('"')?;
        match inside[..quote].ends_with('"') {
            true => end = quote - 1,
            false => return Some(quote),
        }
    }
}

/// Returns the name at the beginning of a text, and the name of its table if it has one, with the
/// schema of that.
fn first_name(text: &str) -> (Option<String>, String) {
    let (mut table, mut rest): (Option<String>, _) = (None, text);
    loop {
        let end = end_of_name(rest);
        let name = unquoted(&rest[..end]);
        let Some(after) = rest[end..].strip_prefix('.') else { return (table, name) };
        table = Some(table.map_or(name.clone(), |schema| format!("{schema}.{name}")));
        rest = after;
    }
}

fn end_of_name(text: &str) -> usize {
    let mut end = 1;
    while let Some(quote) = text.get(end..).and_then(|rest| rest.find('"')) {
        end += quote + 1;
        if !text[end..].starts_with('"') {
            return end;
        }
        end += 1;
    }
    text.len()
}

fn unquoted(name: &str) -> String {
    let inside = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inside.unwrap_or(name).replace("\"\"", "\"")
}

/// Returns the first table of a statement, with its schema if it has one.
fn table_of(text: &str) -> Option<String> {
    let words = ["INTO ", "UPDATE ", "FROM "];
    let begins = words.iter().filter_map(|word| Some(text.find(&format!("{word}\""))? + word.len()));
    begins.min().map(|begin| first_name(&text[begin..])).map(|(schema, table)| match schema {
        Some(schema) => format!("{schema}.{table}"),
        None => table,
    })
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn beside(text: &str, number: usize) -> Option<(String, String)> {
        let Place { table, column } = Place::beside(text, number - 1)?;
        Some((table.unwrap_or_default(), column))
    }

    #[test]
    fn a_placeholder_belongs_to_the_column_beside_it() {
        let found = |table: &str, column: &str| Some((table.to_owned(), column.to_owned()));
        let text = r#"SELECT "id" FROM "t" WHERE "a" > $1 AND "b" BETWEEN $2 AND $3 AND "c" IN ($4, $5) AND $6 < "d""#;
        assert_eq!(beside(text, 1), found("t", "a"));
        assert_eq!(beside(text, 3), found("t", "b"));
        assert_eq!(beside(text, 5), found("t", "c"));
        assert_eq!(beside(text, 6), found("t", "d"));
        let text = r#"UPDATE "t" SET "a ""b""" = $1, "c" = "c" + $2 WHERE "t"."x" <> ALL($3) AND "u"."y" = $12"#;
        assert_eq!(beside(text, 1), found("t", "a \"b\""));
        assert_eq!(beside(text, 2), found("t", "c"));
        assert_eq!(beside(text, 3), found("t", "x"));
        assert_eq!(beside(text, 12), found("u", "y"));
        assert_eq!(beside(r#"SELECT $1::bigint, $10 FROM "t""#, 1), None);
        assert_eq!(beside(r#"SELECT $1::bigint, $10 FROM "t""#, 9), None);
        let text = r#"SELECT 1 FROM "s"."t" WHERE "s"."t"."a" = $1 AND $2 < "s"."t"."b" AND "c" = $3"#;
        assert_eq!((beside(text, 1), beside(text, 2)), (found("s.t", "a"), found("s.t", "b")));
        assert_eq!(beside(text, 3), found("s.t", "c"));
        assert_eq!(Place::of_insert(r#"INSERT INTO "t" ("a") VALUES ($1)"#, "a").table.as_deref(), Some("t"));
    }
}
