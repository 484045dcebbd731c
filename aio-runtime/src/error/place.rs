//! The place of an error: its column, its row, its statement.

use super::{Error, ErrorKind};

impl Error {
    /// Sets the index of the row of an insert that caused the error.
    #[must_use]
    pub(crate) fn at_row(mut self, row: usize) -> Error {
        self.0.row = Some(row);
        self
    }

    /// Converts the index of a row in a chunk of `count` rows to its index in the whole insert.
    /// `rows` is the number of rows in the earlier chunks.
    #[must_use]
    pub(crate) fn shift_row(mut self, rows: usize, count: usize) -> Error {
        // An error of a chunk with only one row has no index yet. If a row caused it, that is row
        // 0 of the chunk.
        let is_about_a_row = matches!(
            self.0.kind,
            ErrorKind::Unique { .. }
                | ErrorKind::NotNull { .. }
                | ErrorKind::Datatype { .. }
                | ErrorKind::Check { .. }
                | ErrorKind::ForeignKey { .. }
                | ErrorKind::Unstorable { .. }
        );
        self.0.row = self.0.row.or((is_about_a_row && count == 1).then_some(0)).map(|row| row + rows);
        self
    }

    /// Sets the index of the statement of a batch that caused the error.
    #[must_use]
    pub(crate) fn at_statement(mut self, statement: usize) -> Error {
        self.0.statement = Some(statement);
        self
    }

    /// Removes the index of the statement, because the error is no longer about one statement of a
    /// batch.
    #[must_use]
    pub(crate) fn without_statement(mut self) -> Error {
        self.0.statement = None;
        self
    }

    /// Sets the number of rows that earlier chunks of an `insert_stream` had inserted.
    #[must_use]
    pub(crate) fn after_committed(mut self, rows: u64) -> Error {
        self.0.committed = Some(rows);
        self
    }

    /// Sets the table and the column of an error about a value and puts them into the message,
    /// unless the error already has a column.
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
