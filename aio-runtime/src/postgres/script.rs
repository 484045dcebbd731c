//! Splits a script into its statements, as `psql` does.

use crate::inspect::tokens::quoted_length;
use crate::sql::{dollar_quoted_length, from_first_statement};

/// Returns the statements of a script, each with the byte at which it begins. Leaves out what has
/// only blanks and comments.
///
/// A semicolon ends a statement, unless it is in quotes, in a comment, in parentheses, or in the
/// body of a function that is written in SQL itself (BEGIN ATOMIC … END).
pub(super) fn statements(script: &str) -> Vec<(usize, &str)> {
    let mut statements = Vec::new();
    let mut scanner = Scanner { text: script, at: 0 };
    let mut begin = 0;
    let (mut parentheses, mut blocks) = (0_usize, 0_usize);
    // The first words of the statement, which say whether it may have a body in SQL.
    let mut words: Vec<String> = Vec::new();
    let mut is_blank = true;
    let mut end = |begin: usize, end: usize, is_blank: bool| {
        if !is_blank && let Some(text) = script.get(begin..end) {
            let blanks = text.len() - text.trim_start().len();
            statements.push((begin + blanks, text.trim()));
        }
    };
    while let Some(token) = scanner.next() {
        match token {
            Token::Blank => continue,
            Token::Sign(";") if parentheses == 0 && blocks == 0 => {
                end(begin, scanner.at - 1, is_blank);
                (begin, is_blank) = (scanner.at, true);
                words.clear();
                continue;
            }
            Token::Sign("(") => parentheses += 1,
            Token::Sign(")") => parentheses = parentheses.saturating_sub(1),
            Token::Sign(_) | Token::Quoted => {}
            Token::Word(word) => {
                let word = word.to_ascii_lowercase();
                let defines = words.first().is_some_and(|first| first == "create")
                    && words.iter().any(|word| matches!(&**word, "function" | "procedure"));
                match &*word {
                    "atomic" if defines && words.last().is_some_and(|last| last == "begin") => blocks += 1,
                    "case" if blocks > 0 => blocks += 1,
                    "end" if blocks > 0 => blocks -= 1,
                    _ => {}
                }
                words.push(word);
            }
        }
        is_blank = false;
    }
    end(begin, script.len(), is_blank);
    statements
}

/// Returns the number of the line in which a place of a statement is, or `None` if the script has
/// only one line. The statement begins at the byte `begin` of the script; `place` is a number of
/// characters of it, and where it is not known, the place is that of the first word.
pub(super) fn line(script: &str, begin: usize, place: Option<usize>) -> Option<usize> {
    let rest = script.get(begin..)?;
    let before = match place {
        Some(place) => begin + rest.char_indices().nth(place).map_or(rest.len(), |(at, _)| at),
        None => script.len() - from_first_statement(rest).unwrap_or(rest).len(),
    };
    let before = script.get(..before)?;
    script.trim_end().contains('\n').then(|| 1 + before.matches('\n').count())
}

/// Returns the words of a statement outside of quotes and comments, in lower case.
pub(super) fn words(statement: &str) -> Vec<String> {
    let mut scanner = Scanner { text: statement, at: 0 };
    let mut words = Vec::new();
    while let Some(token) = scanner.next() {
        if let Token::Word(word) = token {
            words.push(word.to_ascii_lowercase());
        }
    }
    words
}

enum Token<'a> {
    /// White space or a comment.
    Blank,
    Word(&'a str),
    /// A text or a name in quotes.
    Quoted,
    Sign(&'a str),
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.text.get(self.at..)?;
        let first = rest.chars().next()?;
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        let (length, token) = if first.is_whitespace() {
            (rest.len() - rest.trim_start().len(), Token::Blank)
        } else if rest.starts_with("--") {
            (rest.find('\n').unwrap_or(rest.len()), Token::Blank)
        } else if rest.starts_with("/*") {
            (comment(rest), Token::Blank)
        } else if first == '\'' {
            (quoted_length(rest, '\'', false), Token::Quoted)
        } else if first == '"' {
            (quoted_length(rest, '"', false), Token::Quoted)
        } else if rest.starts_with("e'") || rest.starts_with("E'") {
            (1 + quoted_length(&rest[1..], '\'', true), Token::Quoted)
        } else if let Some(length) = dollar_quoted_length(rest) {
            (length, Token::Quoted)
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            (length, Token::Word(&rest[..length]))
        } else if first.is_ascii_digit() {
            // A number may contain letters, which are no words.
            (rest.find(|c| !is_part(c)).unwrap_or(rest.len()), Token::Quoted)
        } else {
            (first.len_utf8(), Token::Sign(&rest[..first.len_utf8()]))
        };
        self.at += length;
        Some(token)
    }
}

/// Returns the length of a comment, which may contain comments.
fn comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth.saturating_sub(1), at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn a_script_is_split_at_the_semicolons_that_end_statements() {
        let split = |script| statements(script).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(split("select 1; select 2"), ["select 1", "select 2"]);
        assert_eq!(split("; ;select 1;;-- end;\n/* a; /* b; */ c; */"), ["select 1"]);
        assert_eq!(
            split("select ';', \";\", e'\\';' ; select $$;$$, $a$ $$;$b$ $a$"),
            ["select ';', \";\", e'\\';'", "select $$;$$, $a$ $$;$b$ $a$",]
        );
        assert_eq!(
            split("create rule r as on insert to t do (a; b); x"),
            ["create rule r as on insert to t do (a; b)", "x",]
        );
        let body = "create function f() returns int begin atomic select case when true then 1 end; select 2; end";
        let script = format!("{body}; select 3");
        assert_eq!(split(&script), [body, "select 3"]);
        assert_eq!(split("begin; select 1; end"), ["begin", "select 1", "end"]);
        assert_eq!(split("select $1; select a$b"), ["select $1", "select a$b"]);
        assert_eq!(statements("-- one\nselect 1;\n\n select 2"), [(0, "-- one\nselect 1"), (19, "select 2")]);
    }
}
