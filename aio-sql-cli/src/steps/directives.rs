//! The comment lines at the beginning of a step that say how it runs: `-- aio-sql: …`.

use std::fmt;

use crate::error::{Error, Result};

/// What the directives of a step say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// The tables that the step rebuilds.
    pub rebuilds: Vec<String>,
    /// Whether foreign keys are off while the step runs.
    pub foreign_keys_off: bool,
    /// The tables and columns whose data the step loses on purpose.
    pub accepts_loss_of: Vec<Loss>,
    /// Whether the step is a function of the user's program.
    pub is_rust: bool,
    /// The steps that the step replaces, as they are written: `0001..0010`.
    pub replaces: Vec<String>,
    /// Whether the step runs outside of a transaction.
    pub no_transaction: bool,
}

/// A table, or a column of a table, whose data a step loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The names, which dots separate: of the schema if it is written, of the table, and of the
    /// column if only that is lost.
    pub names: Vec<String>,
}

impl Loss {
    /// Returns whether these are the names, without regard to the case of ASCII letters.
    pub fn is(&self, names: &[&str]) -> bool {
        self.names.len() == names.len()
            && self.names.iter().zip(names).all(|(one, other)| one.eq_ignore_ascii_case(other))
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.iter().map(|name| word(name)).collect::<Vec<_>>().join("."))
    }
}

const KNOWN: &str = "`rebuild TABLE …`, `foreign keys off`, `accepts loss of TABLE.COLUMN, …`, `rust`, \
                     `replaces 0001..0010`, `no transaction`";

impl Directives {
    /// Reads the directives of a step.
    ///
    /// # Errors
    /// If a directive is unknown or lacks a name.
    pub fn read(text: &str) -> Result<Directives> {
        let mut directives = Directives::default();
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        for line in lines.take_while(|line| line.is_empty() || line.starts_with("--")) {
            if let Some(directive) = line[line.len().min(2)..].trim_start().strip_prefix("aio-sql:") {
                directives.add(directive.trim())?;
            }
        }
        Ok(directives)
    }

    fn add(&mut self, directive: &str) -> Result<()> {
        let words = words(directive);
        let plain: Vec<&str> = words.iter().map(|word| &*word.names[0]).collect();
        let wholes = |from: usize| words[from..].iter().map(Word::whole);
        match &*plain {
            ["rebuild", _, ..] => self.rebuilds.extend(wholes(1)),
            ["foreign", "keys", "off"] => self.foreign_keys_off = true,
            ["accepts", "loss", "of", _, ..] => {
                self.accepts_loss_of.extend(words[3..].iter().map(|word| Loss { names: word.names.clone() }));
            }
            ["rust"] => self.is_rust = true,
            ["no", "transaction"] => self.no_transaction = true,
            ["replaces", _, ..] => self.replaces.extend(ranges(directive)),
            _ => {
                let message = format!("the directive `-- aio-sql: {directive}` is unknown or lacks a name");
                return Err(Error::new(message).help(format!("the known ones are {KNOWN}")));
            }
        }
        Ok(())
    }

    /// Returns whether the step replaces an earlier step with this name.
    pub fn replaces(&self, step: &str) -> bool {
        let number = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text[..end].parse::<u64>().ok()
        };
        self.replaces.iter().any(|replaced| match replaced.split_once("..") {
            Some((first, last)) => {
                let (of, first, last) = (number(step), number(first), number(last));
                of.is_some() && first <= of && of <= last
            }
            None if replaced.chars().all(|c| c.is_ascii_digit()) => number(step) == number(replaced),
            None => replaced == step,
        })
    }

    /// Returns the lines of these directives, each with its end of line.
    pub fn lines(&self) -> String {
        let join =
            |names: &[String], between: &str| names.iter().map(|name| word(name)).collect::<Vec<_>>().join(between);
        let losses = self.accepts_loss_of.iter().map(Loss::to_string).collect::<Vec<_>>().join(", ");
        let lines = [
            self.no_transaction.then(|| "no transaction".to_owned()),
            (!self.rebuilds.is_empty()).then(|| format!("rebuild {}", join(&self.rebuilds, " "))),
            self.foreign_keys_off.then(|| "foreign keys off".to_owned()),
            (!losses.is_empty()).then(|| format!("accepts loss of {losses}")),
            self.is_rust.then(|| "rust".to_owned()),
            (!self.replaces.is_empty()).then(|| format!("replaces {}", self.replaces.join(" "))),
        ];
        lines.into_iter().flatten().map(|line| format!("-- aio-sql: {line}\n")).collect()
    }
}

/// Returns what follows `replaces`: ranges such as `0001..0010`, numbers and names.
fn ranges(directive: &str) -> impl Iterator<Item = String> {
    let listed = directive.trim_start_matches("replaces").split([' ', ',', '\t']);
    listed.filter(|range| !range.is_empty()).map(|range| range.trim_matches('"').to_owned())
}

/// Writes a name as a word of a directive: as it is, or in double quotes.
pub(super) fn word(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || c == '_';
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A word of a directive: a name, or several names with dots between them.
struct Word {
    names: Vec<String>,
}

impl Word {
    /// Returns the word as it is written, without its quotes.
    fn whole(&self) -> String {
        self.names.join(".")
    }
}

/// Splits a directive into words at white space and commas. A name in double quotes may contain
/// these, and dots.
pub(super) fn names(directive: &str) -> Vec<String> {
    words(directive).iter().map(Word::whole).collect()
}

fn words(directive: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut is_inside, mut is_quoted) = (false, false);
    let mut chars = directive.chars().peekable();
    while let Some(c) = chars.next() {
        if !is_quoted && (c.is_whitespace() || c == ',') {
            is_inside = false;
            continue;
        }
        if !is_inside {
            words.push(Word { names: vec![String::new()] });
            is_inside = true;
        }
        let Some(Word { names }) = words.last_mut() else { continue };
        let Some(name) = names.last_mut() else { continue };
        match c {
            '"' if is_quoted && chars.next_if_eq(&'"').is_some() => name.push('"'),
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => names.push(String::new()),
            c => name.push(c),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn directives_that_are_written_are_read_again() {
        let loss = |names: &[&str]| Loss { names: names.iter().map(|name| (*name).to_owned()).collect() };
        let directives = Directives {
            rebuilds: vec!["post".into(), "my \"table\"".into()],
            foreign_keys_off: true,
            accepts_loss_of: vec![loss(&["post", "sub title"]), loss(&["a.b"]), loss(&["my app", "post", "x"])],
            is_rust: true,
            replaces: vec!["0001..0010".into()],
            no_transaction: true,
        };
        let text = format!("\u{feff}\r\n-- A remark.\n{}select 1;\n", directives.lines());
        assert_eq!(Directives::read(&text).unwrap(), directives);
        assert_eq!(Directives::default().lines(), "");
    }

    #[test]
    fn a_line_after_the_first_statement_is_no_directive() {
        assert_eq!(Directives::read("select 1;\n-- aio-sql: rust").unwrap(), Directives::default());
    }

    #[test]
    fn an_unknown_directive_is_an_error_that_lists_the_known_ones() {
        let error = Directives::read("-- aio-sql: rebiuld post").unwrap_err();
        assert!(error.message().contains("rebiuld post"), "{error}");
        assert!(error.help_lines().concat().contains("rebuild TABLE"), "{error:?}");
        assert!(Directives::read("-- aio-sql: rebuild").is_err());
    }
}
