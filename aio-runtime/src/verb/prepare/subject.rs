//! The kind of statement that returned the rows of a result, and their table, for errors about
//! these rows.

use crate::error::{Error, ErrorKind};
use crate::schema::TableDef;
use crate::sql::writes_rows;

/// The kind of statement that returned the rows of a result, and their table.
#[derive(Clone, Copy, Debug)]
pub(in crate::verb) enum Subject {
    /// The rows of a query, with the first table in its FROM clause, or `None` if no table is
    /// known.
    Read(Option<&'static TableDef>),
    /// A row that was inserted into a table.
    Inserted(&'static TableDef),
    /// Rows of a table that were updated, deleted, or inserted with a conflict clause.
    Written(&'static TableDef),
    /// The rows of a raw statement, which may write.
    Text,
}

impl Subject {
    /// Returns the error for a result without rows.
    #[cold]
    pub(in crate::verb) fn missing(self) -> Error {
        match self {
            Subject::Inserted(table) => ignored(table, "the row was not inserted"),
            Subject::Read(Some(table)) | Subject::Written(table) => {
                not_found(table.full_name, format_args!("{}: there is no such row", table.full_name))
            }
            Subject::Read(None) | Subject::Text => {
                Error::new(ErrorKind::NotFound { table: None }, "the query returned no row")
            }
        }
    }

    /// Returns the error for rows that cannot be decoded. If the statement writes, the error says
    /// that its changes are kept (in its transaction, if one is open).
    #[cold]
    pub(in crate::verb) fn unreadable(self, error: Error) -> Error {
        let writes = match self {
            Subject::Read(_) => false,
            Subject::Inserted(_) | Subject::Written(_) => true,
            Subject::Text => error.sql().is_some_and(writes_rows),
        };
        if writes { error.with_remark("the statement was run, and its changes are kept") } else { error }
    }

    /// Returns the error for a write that returned rows but changed none. This happens for a view,
    /// which returns the rows that its triggers received even if the triggers did nothing. Returns
    /// `None` if that is not an error for the statement.
    #[cold]
    pub(in crate::verb) fn unwritten(self) -> Option<Error> {
        match self {
            Subject::Read(_) | Subject::Text => None,
            Subject::Inserted(table) | Subject::Written(table) => Some(not_found(
                table.full_name,
                format_args!("{}: nothing was written: the trigger of the view did nothing", table.full_name),
            )),
        }
    }
}

/// Returns the error for a write that a trigger or a constraint ignored.
#[cold]
pub(in crate::verb) fn ignored(table: &TableDef, what: &str) -> Error {
    not_found(
        table.full_name,
        format_args!(
            "{}: {what}: a trigger ignored it by RAISE(IGNORE), or a constraint by ON CONFLICT IGNORE",
            table.full_name
        ),
    )
}

fn not_found(table: &str, message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::NotFound { table: Some(table.to_owned()) }, message.to_string())
}
