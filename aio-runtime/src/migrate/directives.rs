//! The comment lines at the beginning of a step that say how it runs.

use crate::error::{Error, Result};

/// What the directives of a step say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    /// The tables that the step replaces.
    pub(super) rebuilds: Vec<String>,
    pub(super) foreign_keys_off: bool,
    /// The tables and columns that the step loses on purpose.
    pub(super) loses: Vec<String>,
    /// Whether the step has a function that is written in Rust.
    pub(super) is_rust: bool,
    /// The earlier steps that the step replaces.
    pub(super) replaces: Vec<Replaced>,
    /// Whether the step runs outside of a transaction.
    pub(super) no_transaction: bool,
}

/// Earlier steps that another step replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// The steps with the numbers from the first to the last.
    Numbers(u64, u64),
    /// The step with this name.
    Name(String),
}

impl Replaced {
    /// Returns whether a step is one of these steps.
    pub(super) fn includes(&self, step: &str) -> bool {
        match self {
            Replaced::Numbers(first, last) => number(step).is_some_and(|number| (*first..=*last).contains(&number)),
            Replaced::Name(name) => name == step,
        }
    }
}

impl std::fmt::Display for Replaced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Replaced::Numbers(first, last) if first == last => write!(f, "{first:04}"),
            Replaced::Numbers(first, last) => write!(f, "{first:04}..{last:04}"),
            Replaced::Name(name) => f.write_str(name),
        }
    }
}

/// Returns the number at the beginning of the name of a step, or `None` if there is none.
pub(super) fn number(step: &str) -> Option<u64> {
    let end = step.find(|c: char| !c.is_ascii_digit()).unwrap_or(step.len());
    step[..end].parse().ok()
}

/// The beginning of the text of a comment that is a directive, after the two hyphens.
const PREFIX: &str = "aio-sql:";

/// The forms of all directives, which errors about a wrong one list.
const KNOWN: &str = "`rebuild TABLE …`, `foreign keys off`, `accepts loss of TABLE.COLUMN, …`, `rust`, \
                     `replaces 0001..0010`, `no transaction`";

impl Directives {
    /// Reads the directives of a step.
    ///
    /// # Errors
    /// Fails if a directive is unknown, lacks a name, has a range that ends before it begins, or
    /// follows a statement.
    pub(super) fn read(script: &str) -> Result<Directives> {
        let mut directives = Directives::default();
        // Most steps have no directives. Their comments need not be looked for.
        if !script.contains(PREFIX) {
            return Ok(directives);
        }
        for comment in line_comments(script) {
            let Some(directive) = comment.text.trim().strip_prefix(PREFIX) else { continue };
            if comment.follows_statement {
                return Err(Error::usage(format!(
                    "the directive `{}` stands after a statement, where it has no effect: move it to the beginning",
                    directive.trim()
                )));
            }
            directives.add(directive.trim())?;
        }
        Ok(directives)
    }

    fn add(&mut self, directive: &str) -> Result<()> {
        let words = words(directive);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match &*words {
            ["rebuild", tables @ ..] if !tables.is_empty() => {
                self.rebuilds.extend(tables.iter().map(|table| (*table).to_owned()));
            }
            ["foreign", "keys", "off"] => self.foreign_keys_off = true,
            ["accepts", "loss", "of", names @ ..] if !names.is_empty() => {
                self.loses.extend(names.iter().map(|name| (*name).to_owned()));
            }
            ["rust"] => self.is_rust = true,
            ["no", "transaction"] => self.no_transaction = true,
            ["replaces", steps @ ..] if !steps.is_empty() => {
                for step in steps {
                    self.replaces.push(replaced(step)?);
                }
            }
            ["rebuild" | "replaces"] | ["accepts", "loss", "of"] => {
                return Err(Error::usage(format!(
                    "the directive `{directive}` lacks a name: the known ones are {KNOWN}"
                )));
            }
            _ => {
                return Err(Error::usage(format!(
                    "the directive `{directive}` is unknown: the known ones are {KNOWN}"
                )));
            }
        }
        Ok(())
    }
}

/// Reads an entry of `replaces`: a range of numbers, one number or a name.
fn replaced(text: &str) -> Result<Replaced> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, last) = match text.split_once("..") {
        Some((first, last)) if is_number(first) && is_number(last) => (first, last),
        None if is_number(text) => (text, text),
        _ => return Ok(Replaced::Name(text.to_owned())),
    };
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(Replaced::Numbers(first, last)),
        _ => Err(Error::usage(format!("`replaces {text}` names no step: write the lower number first"))),
    }
}

/// Splits a directive into words at blanks and commas. A name in double quotes is one word.
fn words(directive: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut chars = directive.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.next_if_eq(&'"').is_none() => is_quoted = false,
            '"' if !is_quoted => {
                is_quoted = true;
                word.get_or_insert_default();
            }
            c if !is_quoted && (c.is_whitespace() || c == ',') => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// A comment that begins with two hyphens.
struct LineComment<'a> {
    text: &'a str,
    follows_statement: bool,
}

/// Returns the comments of a script that begin with two hyphens.
fn line_comments(script: &str) -> Vec<LineComment<'_>> {
    let mut comments = Vec::new();
    let mut follows_statement = false;
    let mut rest = script.strip_prefix('\u{feff}').unwrap_or(script);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => {
                let end = rest.find('\n').unwrap_or(rest.len());
                comments.push(LineComment { text: &rest[2..end], follows_statement });
                end
            }
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            c if c.is_whitespace() => c.len_utf8(),
            c => {
                follows_statement = true;
                let close = match c {
                    '\'' | '"' | '`' => Some(c),
                    '[' => Some(']'),
                    _ => None,
                };
                // A doubled quote ends one quoted text and begins the next, which has the same
                // effect here.
                let quoted = close.map(|close| rest[1..].find(close).map_or(rest.len(), |end| end + 2));
                quoted.unwrap_or(c.len_utf8())
            }
        };
        rest = &rest[length..];
    }
    comments
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn directives_are_read_from_the_comments_before_the_first_statement() {
        let script = "\u{feff}-- The titles become longer.\r\n\r\n-- aio-sql: rebuild post, \"the \"\"author\"\"\"\r\n\
            /* by hand */ --aio-sql:accepts loss of post.subtitle, comment\r\n-- aio-sql: rust\r\n\
            --   aio-sql: replaces 0001..0010, 12 names\r\n-- aio-sql: foreign keys off\r\n-- aio-sql: no transaction\r\n\
            create table post_new (x)";
        let expected = Directives {
            rebuilds: names(&["post", "the \"author\""]),
            foreign_keys_off: true,
            loses: names(&["post.subtitle", "comment"]),
            is_rust: true,
            replaces: vec![Replaced::Numbers(1, 10), Replaced::Numbers(12, 12), Replaced::Name("names".to_owned())],
            no_transaction: true,
        };
        assert_eq!(Directives::read(script).unwrap(), expected);
        assert_eq!(Directives::read("select 1").unwrap(), Directives::default());
        assert_eq!(Directives::read("").unwrap(), Directives::default());
    }

    #[test]
    fn a_text_that_looks_like_a_directive_inside_of_a_literal_is_none() {
        let script = "insert into note values ('it''s\n-- aio-sql: rebuild post\n'); select \"\n-- aio-sql: what\n\", [\n-- aio-sql: x\n]
            /* -- aio-sql: rust */";
        assert_eq!(Directives::read(script).unwrap(), Directives::default());
    }

    #[test]
    fn a_wrong_directive_is_an_error_that_lists_the_known_ones() {
        for wrong in ["rebuid post", "foreign keys on", "rebuild", "accepts loss of", "replaces", "", "rust function"] {
            let error = Directives::read(&format!("-- aio-sql: {wrong}\nselect 1")).unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")) && error.contains(KNOWN), "{wrong}: {error}");
        }
        let error = Directives::read("-- aio-sql: replaces 0010..0001").unwrap_err().to_string();
        assert!(error.contains("0010..0001"), "{error}");
        let error = Directives::read("select 1;\n-- aio-sql: rust").unwrap_err().to_string();
        assert!(error.contains("`rust`") && error.contains("beginning"), "{error}");
    }

    #[test]
    fn the_number_of_a_step_begins_its_name() {
        assert_eq!(number("0010_slug"), Some(10));
        assert_eq!(number("20260102030405_slug"), Some(20_260_102_030_405));
        assert_eq!(number("slug"), None);
        assert!(Replaced::Numbers(1, 10).includes("0010_slug") && !Replaced::Numbers(1, 10).includes("0011"));
        assert!(Replaced::Name("users".to_owned()).includes("users"));
    }
}
