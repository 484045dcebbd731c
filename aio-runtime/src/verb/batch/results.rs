//! The results of a batch: what each of its statements answers, as a tuple.

#![allow(missing_debug_implementations, reason = "the types are hidden, and have nothing to show")]

use std::sync::Arc;

use crate::error::Result;
use crate::outcome::Outcome;
use crate::row::FromRow;
use crate::row_batch::RowBatch;
use crate::tuple::for_each_tuple;
use crate::verb::future::Execution;
use crate::verb::prepare::Answer;

/// Builds the result of one statement from the parts of its answer.
#[doc(hidden)]
pub trait StatementResult: Send {
    type Output;
    fn columns(&mut self, _names: Arc<[String]>, _answer: &mut Answer) -> Result<()> {
        Ok(())
    }
    fn rows(&mut self, _rows: &Rows<'_>, _answer: &mut Answer) -> Result<()> {
        Ok(())
    }
    fn end(&mut self, outcome: Outcome);
    fn finish(self, answer: &Answer) -> Result<Self::Output>;
}

/// Some rows of one statement.
#[doc(hidden)]
pub struct Rows<'a>(pub(super) &'a RowBatch);

/// How the answer of each statement is read.
#[doc(hidden)]
pub struct Answers<'a>(pub(super) &'a Execution);

/// Builds the results of all statements; `step` is the number of the statement.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a batch has one to sixteen statements",
    label = "this one has none, or too many"
)]
pub trait Results: Send {
    type Output;
    fn columns(&mut self, step: usize, names: Arc<[String]>, answer: &mut Answer) -> Result<()>;
    fn rows(&mut self, step: usize, rows: &Rows<'_>, answer: &mut Answer) -> Result<()>;
    fn end(&mut self, step: usize, outcome: Outcome);
    fn finish(self, answers: &Answers<'_>) -> Result<Self::Output>;
}

/// A tuple that can get one more element at its end.
#[doc(hidden)]
pub trait Append<X> {
    type With;
    fn append(self, more: X) -> Self::With;
}

/// The result of a statement whose rows are read: `R` is made of them at the end.
#[doc(hidden)]
pub struct CollectedRows<O: FromRow, R> {
    rows: Vec<O::Read>,
    rows_affected: u64,
    finish: fn(Vec<O::Read>, &Answer) -> Result<R>,
}

/// The result of a statement that is run for its outcome.
#[doc(hidden)]
#[derive(Default)]
pub struct Executed(Outcome);

impl<O: FromRow, R> CollectedRows<O, R> {
    fn new(finish: fn(Vec<O::Read>, &Answer) -> Result<R>) -> CollectedRows<O, R> {
        CollectedRows { rows: Vec::new(), rows_affected: 0, finish }
    }
}

impl<O: FromRow> CollectedRows<O, Vec<O::Read>> {
    pub(super) fn all() -> Self {
        CollectedRows::new(|rows, _| Ok(rows))
    }
}

impl<O: FromRow> CollectedRows<O, Option<O::Read>> {
    pub(super) fn optional() -> Self {
        CollectedRows::new(|rows, _| Ok(rows.into_iter().next()))
    }
}

impl<O: FromRow> CollectedRows<O, O::Read> {
    pub(super) fn one() -> Self {
        CollectedRows::new(|rows, answer| rows.into_iter().next().ok_or_else(|| answer.subject.missing()))
    }
}

impl<O: FromRow, R> StatementResult for CollectedRows<O, R> {
    type Output = R;

    fn columns(&mut self, names: Arc<[String]>, answer: &mut Answer) -> Result<()> {
        answer.decoder.names(names)
    }

    fn rows(&mut self, rows: &Rows<'_>, answer: &mut Answer) -> Result<()> {
        answer.decoder.rows::<O>(rows.0, &mut self.rows)
    }

    fn end(&mut self, outcome: Outcome) {
        self.rows_affected = outcome.rows_affected;
    }

    fn finish(self, answer: &Answer) -> Result<R> {
        if self.rows_affected == 0
            && !self.rows.is_empty()
            && let Some(error) = answer.subject.unwritten()
        {
            return Err(error);
        }
        (self.finish)(self.rows, answer)
    }
}

impl StatementResult for Executed {
    type Output = Outcome;

    fn end(&mut self, outcome: Outcome) {
        self.0 = outcome;
    }

    fn finish(self, answer: &Answer) -> Result<Outcome> {
        Ok(answer.outcome(self.0))
    }
}

impl<X> Append<X> for () {
    type With = (X,);

    fn append(self, more: X) -> (X,) {
        (more,)
    }
}

macro_rules! results {
    ($(($result:ident $proof:ident $index:tt))+) => {
        impl<X, $($result),+> Append<X> for ($($result,)+) {
            type With = ($($result,)+ X,);

            fn append(self, more: X) -> Self::With {
                ($(self.$index,)+ more,)
            }
        }

        impl<$($result: StatementResult),+> Results for ($($result,)+) {
            type Output = ($($result::Output,)+);

            fn columns(&mut self, step: usize, names: Arc<[String]>, answer: &mut Answer) -> Result<()> {
                match step {
                    $($index => self.$index.columns(names, answer),)+
                    _ => Ok(()),
                }
            }

            fn rows(&mut self, step: usize, rows: &Rows<'_>, answer: &mut Answer) -> Result<()> {
                match step {
                    $($index => self.$index.rows(rows, answer),)+
                    _ => Ok(()),
                }
            }

            fn end(&mut self, step: usize, outcome: Outcome) {
                match step {
                    $($index => self.$index.end(outcome),)+
                    _ => {}
                }
            }

            fn finish(self, answers: &Answers<'_>) -> Result<Self::Output> {
                let answers = answers.0;
                Ok(($(
                    self.$index
                        .finish(answers.known_answer($index))
                        .map_err(|error| error.at_statement($index))?,
                )+))
            }
        }
    };
}
for_each_tuple!(results);
