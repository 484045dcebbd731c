//! Splits raw SQL into tokens.

use super::super::node::ColumnRef;
use super::super::raw::{Piece, RawNode};
use crate::schema::TableDef;

/// A token of the text, or a captured expression in its braces.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'a> {
    /// A keyword, or a name without quotes.
    Word(&'a str),
    /// A name in quotes.
    Quoted(&'a str),
    /// A number, a string or a blob.
    Literal,
    /// An operator or a punctuation mark.
    Symbol(&'a str),
    /// A captured value or list, or a `?` for a bound value.
    Value(Slot),
    /// A captured column, and its `scale`.
    Column(&'a ColumnRef, u32),
    /// A captured table.
    Table(&'static TableDef),
}

/// The place of a captured value or list, or of a bound value, in a [`RawNode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A captured value: the index of its piece of the raw SQL.
    Piece(usize),
    /// A bound value: its index among the values that are bound to `?`.
    Bound(usize),
}

/// The symbols of several characters. A symbol comes before the shorter symbols with which it
/// begins.
const SYMBOLS: [&str; 11] = ["->>", "->", "<>", "<=", "<<", ">=", ">>", "==", "!=", "||", "::"];

impl<'a> Token<'a> {
    /// Returns whether the token is this word, which is given in lower case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Word(own) if own.eq_ignore_ascii_case(word))
    }

    /// Returns whether the token is this symbol.
    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(self, Token::Symbol(own) if *own == symbol)
    }

    /// Returns the text of a token that may be a name, or `None` for any other token.
    pub(super) fn name(&self) -> Option<&'a str> {
        match *self {
            Token::Word(name) | Token::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// Splits raw SQL into tokens. Returns `None` if something is captured inside a string or a
/// comment, if the text has a `$` or a numbered `?`, or if the placeholders `?` are not as many as
/// the bound values.
pub(super) fn tokens(raw: &RawNode) -> Option<Vec<Token<'_>>> {
    let mut lexer = Lexer { tokens: Vec::new(), bound: 0, takes_bound: !raw.bound.is_empty() };
    for (index, piece) in raw.pieces.iter().enumerate() {
        let token = match piece {
            Piece::Text(text) => {
                lexer.text(text, index + 1 == raw.pieces.len())?;
                continue;
            }
            Piece::Value(..) | Piece::List(..) => Token::Value(Slot::Piece(index)),
            Piece::Column(column, scale) => Token::Column(column, *scale),
            Piece::Table(table) => Token::Table(table),
        };
        lexer.tokens.push(token);
    }
    (lexer.bound == raw.bound.len()).then_some(lexer.tokens)
}

struct Lexer<'a> {
    tokens: Vec<Token<'a>>,
    /// The number of placeholders `?` that have been found so far.
    bound: usize,
    /// Whether `?` stands for a bound value. In some databases, `?` is also an operator.
    takes_bound: bool,
}

impl<'a> Lexer<'a> {
    /// Adds the tokens of a piece of text. Returns `None` if the text cannot be split into tokens.
    fn text(&mut self, text: &'a str, is_last: bool) -> Option<()> {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let comment = [("--", "\n"), ("/*", "*/")].into_iter().find(|(begin, _)| rest.starts_with(begin));
            if let Some((begin, end)) = comment {
                let Some(at) = rest[begin.len()..].find(end) else { return is_last.then_some(()) };
                rest = rest[begin.len() + at + end.len()..].trim_start();
                continue;
            }
            let (token, length) = self.token(rest, first)?;
            self.tokens.push(token);
            rest = rest[length..].trim_start();
        }
        Some(())
    }

    /// Returns the first token of a text, and its length in bytes, or `None` if the text cannot be
    /// split into tokens.
    fn token(&mut self, text: &'a str, first: char) -> Option<(Token<'a>, usize)> {
        let token = match first {
            '\'' => (Token::Literal, quoted_length(text, '\'')?),
            '"' | '`' | '[' => {
                let length = quoted_length(text, if first == '[' { ']' } else { first })?;
                (Token::Quoted(&text[1..length - 1]), length)
            }
            '0'..='9' => (Token::Literal, number_length(text)),
            '.' if text[1..].starts_with(|c: char| c.is_ascii_digit()) => (Token::Literal, number_length(text)),
            _ if first.is_alphabetic() || first == '_' => {
                let length = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')).unwrap_or(text.len());
                match &text[length..] {
                    // A blob, `x'00'`.
                    string if length == 1 && string.starts_with('\'') => {
                        (Token::Literal, 1 + quoted_length(string, '\'')?)
                    }
                    _ => (Token::Word(&text[..length]), length),
                }
            }
            '?' if self.takes_bound => {
                if text[1..].starts_with(|c: char| c.is_ascii_digit()) {
                    return None;
                }
                self.bound += 1;
                (Token::Value(Slot::Bound(self.bound - 1)), 1)
            }
            // PostgreSQL's numbered placeholder `$1`, or the delimiter `$$` of a string: neither
            // is parsed.
            '$' => return None,
            _ => {
                let known = SYMBOLS.into_iter().find(|symbol| text.starts_with(symbol));
                let length = known.map_or(first.len_utf8(), str::len);
                (Token::Symbol(&text[..length]), length)
            }
        };
        Some(token)
    }
}

/// Returns the length in bytes of the quoted text at the beginning of a text, with its quotes. A
/// doubled quote does not end the quoted text. Returns `None` if no quote ends it.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut from = 1;
    loop {
        let end = from + text[from..].find(quote)? + 1;
        if !text[end..].starts_with(quote) {
            return Some(end);
        }
        from = end + 1;
    }
}

/// Returns the length in bytes of the number at the beginning of a text.
fn number_length(text: &str) -> usize {
    let is_in_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let length_of = |text: &str| text.find(|c| !is_in_number(c)).unwrap_or(text.len());
    let length = length_of(text);
    let is_exponent = text[..length].ends_with(['e', 'E']) && !text.starts_with("0x") && !text.starts_with("0X");
    match &text[length..] {
        rest if is_exponent && rest.starts_with(['+', '-']) => length + 1 + length_of(&rest[1..]),
        _ => length,
    }
}
