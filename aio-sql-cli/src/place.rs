//! The place of a mistake in SQL, shown as the compiler shows a mistake in Rust.

use std::ops::Range;

use aio_sql::rusqlite::{self, Connection};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::error::Error;

/// A mistake that SQLite finds when it compiles a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// SQLite's message.
    pub message: String,
    /// The bytes of the text at which the mistake is.
    pub at: Range<usize>,
}

impl Mistake {
    /// Compiles the first statement of a text. Returns the mistake in it, if there is one and
    /// SQLite tells its place.
    pub fn in_statement(connection: &Connection, sql: &str) -> Option<Mistake> {
        Mistake::of(&connection.prepare(sql).err()?, sql, 0)
    }

    /// Converts an error of SQLite about `sql`, which begins at the byte `begin` of a longer text.
    /// Returns `None` if the error does not tell the place of the mistake.
    pub fn of(error: &rusqlite::Error, sql: &str, begin: usize) -> Option<Mistake> {
        let rusqlite::Error::SqlInputError { msg, offset, .. } = error else { return None };
        let start = usize::try_from(*offset).ok().filter(|start| sql.is_char_boundary(*start))?;
        let word = sql[start..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(sql.len() - start);
        let one = sql[start..].chars().next().map_or(0, char::len_utf8);
        let end = start + word.max(one);
        Some(Mistake { message: msg.clone(), at: begin + start..begin + end })
    }

    /// Returns an error that shows the lines around the mistake. `origin` is the path of the file,
    /// or what else contains the text.
    pub fn error(&self, origin: &str, sql: &str) -> Error {
        let snippet = Snippet::source(sql).path(origin).annotation(AnnotationKind::Primary.span(self.at.clone()));
        let report = &[Level::ERROR.primary_title(&*self.message).element(snippet)];
        let shown = Renderer::styled().decor_style(DecorStyle::Ascii).render(report).to_string();
        let line = sql[..self.at.start].lines().count().max(1);
        Error::new(format!("{origin}:{line}: {}", self.message)).excerpt(shown)
    }
}
