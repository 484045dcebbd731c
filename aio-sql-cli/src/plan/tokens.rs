//! The tokens of SQL.

/// A token of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// The byte at which the token begins.
    pub(crate) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes, backticks or brackets.
    Quoted,
    /// A text in single quotes or between dollars, or a blob such as `x'00'`.
    Text,
    Number,
    /// An operator, a parenthesis, a comma, a semicolon.
    Sign,
}

impl<'a> Token<'a> {
    pub(crate) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text.eq_ignore_ascii_case(word)
    }

    /// Returns the token as a name, without its quotes; `None` if it is a number or a sign.
    pub(crate) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::Quoted | Kind::Text => {
                let quote = &self.text[..1];
                let inside = self.text[1..].strip_suffix(if quote == "[" { "]" } else { quote })?;
                Some(if quote == "[" { inside.to_owned() } else { inside.replace(&quote.repeat(2), quote) })
            }
            Kind::Number | Kind::Sign => None,
        }
    }
}

/// Returns the tokens of a text, without comments and white space.
pub(crate) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (kind, length) = match first {
            c if c.is_whitespace() || c == '\u{feff}' => {
                at += c.len_utf8();
                continue;
            }
            '-' if rest.starts_with("--") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '/' if rest.starts_with("/*") => {
                at += rest[2..].find("*/").map_or(rest.len(), |end| end + 4);
                continue;
            }
            '\'' => (Kind::Text, quoted_length(rest, '\'')),
            '"' | '`' => (Kind::Quoted, quoted_length(rest, first)),
            '[' => (Kind::Quoted, rest.find(']').map_or(rest.len(), |end| end + 1)),
            c if c.is_ascii_digit() || c == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit()) => {
                (Kind::Number, number_length(rest))
            }
            'x' | 'X' if rest[1..].starts_with('\'') => (Kind::Text, 1 + quoted_length(&rest[1..], '\'')),
            'e' | 'E' if rest[1..].starts_with('\'') => (Kind::Text, escaped_length(rest)),
            '$' if let Some(length) = dollar_quoted_length(rest) => (Kind::Text, length),
            c if is_part_of_word(c) => (Kind::Word, rest.find(|c: char| !is_part_of_word(c)).unwrap_or(rest.len())),
            _ => {
                let two = ["||", "<=", ">=", "<>", "!=", "==", "<<", ">>", "->"];
                let length = match rest {
                    _ if rest.starts_with("->>") => 3,
                    _ if two.iter().any(|sign| rest.starts_with(sign)) => 2,
                    _ => first.len_utf8(),
                };
                (Kind::Sign, length)
            }
        };
        tokens.push(Token { kind, text: &rest[..length], at });
        at += length;
    }
    tokens
}

fn is_part_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '@' | ':' | '?' | '#') || !c.is_ascii()
}

/// Returns the length in bytes of the quoted text that `text` begins with, including its quotes. A
/// doubled quote does not end it.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut from = 1;
    while let Some(found) = text[from..].find(quote) {
        from += found + 1;
        if !text[from..].starts_with(quote) {
            return from;
        }
        from += 1;
    }
    text.len()
}

/// Returns the length in bytes of the text of PostgreSQL with escapes, such as `e'it\'s'`, that
/// `text` begins with.
fn escaped_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(2).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '\'' if chars.next_if(|(_, next)| *next == '\'').is_none() => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the length in bytes of the text between dollars, `$$…$$` or `$body$…$body$`, that
/// `text` begins with; `None` if it begins with something else, such as the placeholder `$1`.
pub(crate) fn dollar_quoted_length(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('$')?;
    let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    if rest.starts_with(|c: char| c.is_ascii_digit()) || !rest[name..].starts_with('$') {
        return None;
    }
    let tag = &text[..name + 2];
    Some(text[tag.len()..].find(tag).map_or(text.len(), |end| end + 2 * tag.len()))
}

fn number_length(text: &str) -> usize {
    let mut before = '0';
    for (at, c) in text.char_indices() {
        let is_exponent = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !text.starts_with("0x");
        if !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || is_exponent) {
            return at;
        }
        before = c;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_names_texts_numbers_and_signs_without_comments() {
        let sql = "create/* x */table \"a \"\"b\" ([c d], `e`) -- end\n check (f <> 'it''s' || x'00' and 1.5e-3->>'$')";
        let found: Vec<&str> = tokens(sql).iter().map(|token| token.text).collect();
        let expected = [
            "create",
            "table",
            "\"a \"\"b\"",
            "(",
            "[c d]",
            ",",
            "`e`",
            ")",
            "check",
            "(",
            "f",
            "<>",
            "'it''s'",
            "||",
            "x'00'",
            "and",
            "1.5e-3",
            "->>",
            "'$'",
            ")",
        ];
        assert_eq!(found, expected);
        assert_eq!(tokens(sql)[2].name().as_deref(), Some("a \"b"));
        assert_eq!(tokens(sql)[4].name().as_deref(), Some("c d"));
        assert_eq!(tokens("/* open").len() + tokens("'open").len(), 1);
    }

    #[test]
    fn a_text_between_dollars_or_with_escapes_is_one_token() {
        for text in ["$$ it's; -- no comment\n $ $$", "$_b1$ $$;$b$ $_b1$", r"e'it\'s; '", r"E'\\'", "$$$$"] {
            let sql = format!("do {text};x");
            let found: Vec<&str> = tokens(&sql).iter().map(|token| token.text).collect();
            assert_eq!(found, ["do", text, ";", "x"]);
        }
        let others: Vec<&str> = tokens("a$b$ = $1 and $2$ is null").iter().map(|token| token.text).collect();
        assert_eq!(others, ["a$b$", "=", "$1", "and", "$2$", "is", "null"]);
    }
}
