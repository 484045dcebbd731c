//! What the rows of an answer are of, for errors about them.

use crate::error::{Error, ErrorKind};
use crate::schema::TableDef;
use crate::sql::writes_rows;

/// What the rows of an answer are of.
#[derive(Clone, Copy, Debug)]
pub(in crate::verb) enum Subject {
    /// A query, of this table if it is of one.
    Read(Option<&'static TableDef>),
    /// A row that was inserted into this table.
    Inserted(&'static TableDef),
    /// Rows of this table that were updated, deleted, or inserted if they were not there.
    Written(&'static TableDef),
    /// Text, which may write.
    Text,
}

impl Subject {
    /// No row came where one was asked for.
    #[cold]
    pub(in crate::verb) fn missing(self) -> Error {
        match self {
            Subject::Inserted(table) => ignored(table, "the row was not inserted"),
            Subject::Read(Some(table)) | Subject::Written(table) => {
                not_found(table.name, format_args!("{}: there is no such row", table.name))
            }
            Subject::Read(None) | Subject::Text => {
                Error::new(ErrorKind::NotFound { table: None }, "the query gave no row")
            }
        }
    }

    /// The rows that came cannot be read. What was written stays so, in its transaction where one
    /// is open.
    #[cold]
    pub(in crate::verb) fn unreadable(self, error: Error) -> Error {
        let writes = match self {
            Subject::Read(_) => false,
            Subject::Inserted(_) | Subject::Written(_) => true,
            Subject::Text => error.sql().is_some_and(writes_rows),
        };
        if writes { error.noted("the statement was run, and what it wrote stands") } else { error }
    }

    /// Rows came, and none was changed: a view gives those that its triggers were called for.
    #[cold]
    pub(in crate::verb) fn unwritten(self) -> Option<Error> {
        match self {
            Subject::Read(_) | Subject::Text => None,
            Subject::Inserted(table) | Subject::Written(table) => Some(not_found(
                table.name,
                format_args!("{}: nothing was written: the trigger of the view did nothing", table.name),
            )),
        }
    }
}

/// What a trigger has kept a statement from.
#[cold]
pub(in crate::verb) fn ignored(table: &TableDef, what: &str) -> Error {
    not_found(
        table.name,
        format_args!(
            "{}: {what}: a trigger has ignored it by RAISE(IGNORE), or a constraint by ON CONFLICT IGNORE",
            table.name
        ),
    )
}

fn not_found(table: &str, message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::NotFound { table: Some(table.to_owned()) }, message.to_string())
}
