//! The question whether a table or column that is gone was renamed.

use super::Hints;
use crate::error::{Error, Result};

/// A question whether one of the tables or columns that are gone was renamed to a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The table of the columns; `None` if tables are meant.
    pub table: Option<String>,
    /// The name of the new table or column.
    pub new: String,
    /// The names of those that are gone.
    pub gone: Vec<String>,
    /// The file and line of the struct in the form ` (src/lib.rs:12)`; empty if they are not
    /// known.
    place: String,
}

/// Answers a question with the index of the earlier name in [`Question::gone`], or with `None` if
/// none of them was renamed.
pub type Answer<'a> = &'a mut dyn FnMut(&Question) -> Result<Option<usize>>;

impl Question {
    pub(super) fn of_table(new: &str, gone: Vec<String>, hints: &Hints) -> Question {
        Question { table: None, new: new.to_owned(), gone, place: hints.place(new) }
    }

    pub(super) fn of_column(table: &str, new: &str, gone: Vec<String>, hints: &Hints) -> Question {
        Question { table: Some(table.to_owned()), new: new.to_owned(), gone, place: hints.place(table) }
    }

    /// Returns the attribute that says that `gone` is the earlier name.
    pub fn attribute(&self, gone: &str) -> String {
        let kind = if self.table.is_some() { "column" } else { "table" };
        format!("#[{kind}(was = {gone:?})]")
    }

    /// Returns the error for a question that cannot be asked, because there is no terminal. It
    /// says which attribute to write.
    pub fn unanswered(&self) -> Error {
        let Question { table, new, gone, place } = self;
        let names = gone.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
        let verb = if gone.len() == 1 { "is" } else { "are" };
        let (what, at) = match table {
            Some(table) => (format!("`{table}` has the new column `{new}`"), format!("the field of `{new}`{place}")),
            None => (format!("there is the new table `{new}`"), format!("its struct{place}")),
        };
        let attributes = gone.iter().map(|name| format!("`{}`", self.attribute(name))).collect::<Vec<_>>().join(" or ");
        let error = Error::usage(format!("{what}, and {names} {verb} gone"));
        error
            .help(format!("if it was renamed, write {attributes} at {at}"))
            .help("if nothing was renamed, pass `--no-renames`")
    }
}
