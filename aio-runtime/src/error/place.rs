//! Where it went wrong: the column, the row, the statement.

use super::{Error, ErrorKind};

impl Error {
    /// The same error about one of several rows, counted from 0.
    #[must_use]
    pub(crate) fn at_row(mut self, row: usize) -> Error {
        self.0.row = Some(row);
        self
    }

    /// The same error, so many rows further on.
    #[must_use]
    pub(crate) fn shift_row(mut self, rows: usize) -> Error {
        // Of a chunk of one row the row is not told; an error about none has no row.
        let about_a_row = matches!(
            self.0.kind,
            ErrorKind::Unique { .. }
                | ErrorKind::NotNull { .. }
                | ErrorKind::Datatype { .. }
                | ErrorKind::Check { .. }
                | ErrorKind::ForeignKey { .. }
                | ErrorKind::Unstorable { .. }
        );
        self.0.row = self.0.row.or(about_a_row.then_some(0)).map(|row| row + rows);
        self
    }

    /// The same error about one of several statements, counted from 0.
    #[must_use]
    pub(crate) fn at_statement(mut self, statement: usize) -> Error {
        self.0.statement = Some(statement);
        self
    }

    /// The same error of a statement that is none of several.
    #[must_use]
    pub(crate) fn without_statement(mut self) -> Error {
        self.0.statement = None;
        self
    }

    /// The same error after so many rows were committed.
    #[must_use]
    pub(crate) fn after_committed(mut self, rows: u64) -> Error {
        self.0.committed = Some(rows);
        self
    }

    /// The same error about this column, if it is about a column and does not name it yet.
    #[must_use]
    pub(crate) fn at_column(mut self, at_table: Option<&str>, at_column: &str) -> Error {
        let message = match &mut self.0.kind {
            ErrorKind::Decode { table, column, expected, found } if column.is_none() => {
                *table = at_table.map(str::to_owned);
                *column = Some(at_column.to_owned());
                format!("{}: expected {expected}, found {found}", column_path(at_table, at_column))
            }
            ErrorKind::Unstorable { table, column } if column.is_none() => {
                *table = at_table.map(str::to_owned);
                *column = Some(at_column.to_owned());
                format!("{} {}", column_path(at_table, at_column), self.0.message)
            }
            _ => return self,
        };
        self.0.message = message;
        self
    }
}

fn column_path(table: Option<&str>, column: &str) -> String {
    match table {
        Some(table) => format!("{table}.{column}"),
        None => column.to_owned(),
    }
}
