//! Words and signs of what PostgreSQL itself writes. The command line tool reads the same texts.

/// Splits an expression or a statement that PostgreSQL has written into words, numbers, quoted
/// names and texts, and signs.
pub fn tokens(sql: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_ascii_start();
    while let Some(first) = rest.chars().next() {
        let is_inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$') || !c.is_ascii();
        let length = match first {
            'E' if rest[1..].starts_with('\'') => 1 + quoted_length(&rest[1..], '\'', true),
            '\'' | '"' => quoted_length(rest, first, false),
            c if is_inside(c) => rest.find(|c: char| !is_inside(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_ascii_start();
    }
    tokens
}

/// Returns the length in bytes of the quoted text with which `text` begins.
pub(crate) fn quoted_length(text: &str, quote: char, has_escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && has_escapes {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}
