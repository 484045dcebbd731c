//! What a command writes: text or JSON on standard output, notes and errors on standard error.
//!
//! Colours are left out if the stream is no terminal, or if `NO_COLOR` is set.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde_json::{Map, Value, json};

use crate::database::without_passwords;
use crate::error::Error;

/// The version of the JSON that the tool writes. It changes when programs that read the JSON have
/// to be changed.
pub const JSON_FORMAT: u32 = 1;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Where and in which form a command writes.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    is_json: bool,
}

impl Output {
    /// Creates an output of text, or of JSON.
    pub fn new(is_json: bool) -> Output {
        Output { is_json }
    }

    /// Returns whether the command writes JSON.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Writes a line of text. Does nothing if the command writes JSON.
    pub fn line(&self, text: impl Display) {
        if !self.is_json {
            to_stdout(&text.to_string());
        }
    }

    /// Writes a JSON object with the number of the format. Does nothing if the command writes
    /// text.
    pub fn json(&self, value: &Value) {
        if self.is_json {
            let mut object = Map::from_iter([("format".to_owned(), json!(JSON_FORMAT))]);
            object.extend(value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
            to_stdout(&Value::Object(object).to_string());
        }
    }

    /// Writes a remark to standard error.
    pub fn note(&self, text: impl Display) {
        self.labelled(NOTE, "note", &text.to_string());
    }

    /// Writes a warning to standard error.
    pub fn warning(&self, text: impl Display) {
        self.labelled(WARNING, "warning", &text.to_string());
    }

    /// Writes an error as text to standard error and, if the command writes JSON, also as JSON to
    /// standard output.
    pub fn error(&self, error: &Error) {
        match error.shown_excerpt() {
            Some(excerpt) => to_stderr(&without_passwords(excerpt)),
            None => self.labelled(ERROR, "error", error.message()),
        }
        for line in error.help_lines() {
            self.labelled(NOTE, "help", line);
        }
        let message = without_passwords(error.message());
        let help: Vec<String> = error.help_lines().iter().map(|line| without_passwords(line)).collect();
        self.json(&json!({ "error": { "message": message, "help": help } }));
    }

    fn labelled(self, style: Style, label: &str, text: &str) {
        to_stderr(&format!("{style}{label}{style:#}: {}", without_passwords(text)));
    }
}

/// Returns rows as a table with a frame. It fits into the width of the terminal.
pub fn table(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns);
    for row in rows {
        table.add_row(row);
    }
    table.to_string()
}

/// Writes a line to standard output. A reader that has gone, as in `aio-sql … | head`, is no
/// error.
pub fn to_stdout(line: &str) {
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// Writes a line to standard error.
pub fn to_stderr(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Returns whether progress can be shown, because standard error is a terminal.
pub fn shows_progress() -> bool {
    std::io::stderr().is_terminal()
}

/// Returns a number and what is counted, such as `1 row` or `2 rows`.
pub fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Returns a path as it is shown: relative to the current folder, if the file is below it.
pub fn shown(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&current).unwrap_or(path).display().to_string()
}
