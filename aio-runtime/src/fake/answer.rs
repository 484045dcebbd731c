//! What one step of the fake database does.

use crate::error::ErrorKind;

/// What a step does: pushes rows, and then succeeds or fails.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) rows: usize,
    /// How long the text in each row is.
    pub(crate) width: usize,
    pub(crate) rows_affected: u64,
    pub(crate) failure: Option<Failure>,
    /// Whether a transaction is open afterwards, where the step itself decides that.
    pub(crate) leaves_transaction: Option<bool>,
    /// Whether the transaction ends where the step is stopped.
    pub(crate) stop_ends_transaction: bool,
}

#[derive(Clone)]
pub(crate) struct Failure {
    /// An error of this kind; otherwise it is a panic.
    pub(crate) kind: Option<ErrorKind>,
    /// How many values of another row are pushed before.
    pub(crate) values: usize,
    /// Which of the rows to insert it is about.
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

    /// The failure comes in the middle of a row, of which as many values have been pushed.
    pub(crate) fn after_values(mut self, values: usize) -> Answer {
        self.failure.iter_mut().for_each(|failure| failure.values = values);
        self
    }

    /// The failure is about one of the rows to insert.
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
