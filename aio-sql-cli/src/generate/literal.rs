//! Literals of Rust.

/// Writes a string. A text with quotes or backslashes is written as a raw string if it can be.
pub(super) fn string(text: &str) -> String {
    let needs_escapes = text.chars().any(|c| c.is_control()) || text.contains("\"#");
    if text.contains(['"', '\\']) && !needs_escapes { format!("r#\"{text}\"#") } else { format!("{text:?}") }
}

/// Writes bytes: `b"\x00a"`.
pub(super) fn bytes(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_read_as_the_value_that_it_was_written_for() {
        assert_eq!(string("it's"), r#""it's""#);
        assert_eq!(string("a \"b\" \\"), "r#\"a \"b\" \\\"#");
        assert_eq!(string("a\n\"#"), r##""a\n\"#""##);
        assert_eq!(bytes(b"\0\"a\xff"), r#"b"\x00\"a\xff""#);
    }
}
