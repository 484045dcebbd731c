//! The scripted result of one step of the fake database.

use crate::error::ErrorKind;

/// The result of a step: it pushes rows, and then succeeds or fails.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) rows: usize,
    /// The length of the text in each row, in bytes.
    pub(crate) width: usize,
    pub(crate) rows_affected: u64,
    pub(crate) failure: Option<Failure>,
    /// Whether a transaction is open after the step; `None` if the step has its usual effect on
    /// transactions.
    pub(crate) leaves_transaction: Option<bool>,
    /// Whether stopping the step ends the transaction.
    pub(crate) stop_ends_transaction: bool,
}

#[derive(Clone)]
pub(crate) struct Failure {
    /// The kind of the error; `None` for a panic.
    pub(crate) kind: Option<ErrorKind>,
    /// The number of values of the next row that are pushed before the failure.
    pub(crate) values: usize,
    /// The index of the row that fails, among the rows that the statement inserts.
    pub(crate) row: usize,
}

impl Answer {
    pub(crate) fn rows(rows: usize) -> Answer {
        Answer { rows, ..Answer::default() }
    }

    pub(crate) fn affected(rows_affected: u64) -> Answer {
        Answer { rows_affected, ..Answer::default() }
    }

    pub(crate) fn error(kind: ErrorKind) -> Answer {
        Answer::default().then_error(kind)
    }

    pub(crate) fn panic() -> Answer {
        Answer::default().then_panic()
    }

    pub(crate) fn wide(self, width: usize) -> Answer {
        Answer { width, ..self }
    }

    pub(crate) fn then_error(self, kind: ErrorKind) -> Answer {
        Answer { failure: Some(Failure { kind: Some(kind), values: 0, row: 0 }), ..self }
    }

    pub(crate) fn then_panic(self) -> Answer {
        Answer { failure: Some(Failure { kind: None, values: 0, row: 0 }), ..self }
    }

    /// Makes the step fail in the middle of a row, after this many of its values.
    pub(crate) fn after_values(mut self, values: usize) -> Answer {
        self.failure.iter_mut().for_each(|failure| failure.values = values);
        self
    }

    /// Makes the failure belong to the inserted row with this index.
    pub(crate) fn about_row(mut self, row: usize) -> Answer {
        self.failure.iter_mut().for_each(|failure| failure.row = row);
        self
    }

    pub(crate) fn ending_the_transaction(self) -> Answer {
        Answer { leaves_transaction: Some(false), ..self }
    }

    pub(crate) fn leaving_a_transaction_open(self) -> Answer {
        Answer { leaves_transaction: Some(true), ..self }
    }

    pub(crate) fn ending_the_transaction_when_stopped(self) -> Answer {
        Answer { stop_ends_transaction: true, ..self }
    }
}
