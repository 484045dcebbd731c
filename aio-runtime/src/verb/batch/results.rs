//! Builds the results of a batch: a tuple with one result for each statement.

#![allow(missing_debug_implementations, reason = "the types are hidden, and have nothing to show")]

use std::sync::Arc;

use crate::error::Result;
use crate::outcome::Outcome;
use crate::row::FromRow;
use crate::row_batch::RowBatch;
use crate::tuple::for_each_tuple;
use crate::verb::future::Execution;
use crate::verb::prepare::ResultSpec;

/// Builds the result of one statement from the parts of its reply.
#[doc(hidden)]
pub trait StatementResult: Send {
    type Output;
    fn columns(&mut self, _names: Arc<[String]>, _answer: &mut ResultSpec) -> Result<()> {
        Ok(())
    }
    fn rows(&mut self, _rows: &Rows<'_>, _answer: &mut ResultSpec) -> Result<()> {
        Ok(())
    }
    fn end(&mut self, outcome: Outcome);
    fn finish(self, spec: &ResultSpec) -> Result<Self::Output>;
}

/// Some of the rows of a statement, as they arrive together in one buffer.
#[doc(hidden)]
pub struct Rows<'a>(pub(super) &'a RowBatch);

/// Describes the result of each statement, for decoding.
#[doc(hidden)]
pub struct ResultSpecs<'a>(pub(super) &'a Execution);

/// Builds the results of all statements. `step` is the index of a statement.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a batch has one to sixteen statements",
    label = "this batch has none, or too many"
)]
pub trait Results: Send {
    type Output;
    fn columns(&mut self, step: usize, names: Arc<[String]>, spec: &mut ResultSpec) -> Result<()>;
    fn rows(&mut self, step: usize, rows: &Rows<'_>, spec: &mut ResultSpec) -> Result<()>;
    fn end(&mut self, step: usize, outcome: Outcome);
    fn finish(self, specs: &ResultSpecs<'_>) -> Result<Self::Output>;
}

/// A tuple to which one more element can be appended.
#[doc(hidden)]
pub trait Append<X> {
    type With;
    fn append(self, more: X) -> Self::With;
}

/// Collects the rows of a statement. `finish` converts them to the result of the statement, which
/// has the type `R`.
#[doc(hidden)]
pub struct CollectedRows<O: FromRow, R> {
    rows: Vec<O::Read>,
    rows_affected: u64,
    finish: fn(Vec<O::Read>, &ResultSpec) -> Result<R>,
}

/// The result of a statement that is run by `execute`.
#[doc(hidden)]
#[derive(Default)]
pub struct Executed(Outcome);

impl<O: FromRow, R> CollectedRows<O, R> {
    fn new(finish: fn(Vec<O::Read>, &ResultSpec) -> Result<R>) -> CollectedRows<O, R> {
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
        CollectedRows::new(|rows, spec| rows.into_iter().next().ok_or_else(|| spec.subject.missing()))
    }
}

impl<O: FromRow, R> StatementResult for CollectedRows<O, R> {
    type Output = R;

    fn columns(&mut self, names: Arc<[String]>, spec: &mut ResultSpec) -> Result<()> {
        spec.decoder.names(names)
    }

    fn rows(&mut self, rows: &Rows<'_>, spec: &mut ResultSpec) -> Result<()> {
        spec.decoder.rows::<O>(rows.0, &mut self.rows)
    }

    fn end(&mut self, outcome: Outcome) {
        self.rows_affected = outcome.rows_affected;
    }

    fn finish(self, spec: &ResultSpec) -> Result<R> {
        if self.rows_affected == 0
            && !self.rows.is_empty()
            && let Some(error) = spec.subject.unwritten()
        {
            return Err(error);
        }
        (self.finish)(self.rows, spec)
    }
}

impl StatementResult for Executed {
    type Output = Outcome;

    fn end(&mut self, outcome: Outcome) {
        self.0 = outcome;
    }

    fn finish(self, spec: &ResultSpec) -> Result<Outcome> {
        Ok(spec.outcome(self.0))
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

            fn columns(&mut self, step: usize, names: Arc<[String]>, spec: &mut ResultSpec) -> Result<()> {
                match step {
                    $($index => self.$index.columns(names, spec),)+
                    _ => Ok(()),
                }
            }

            fn rows(&mut self, step: usize, rows: &Rows<'_>, spec: &mut ResultSpec) -> Result<()> {
                match step {
                    $($index => self.$index.rows(rows, spec),)+
                    _ => Ok(()),
                }
            }

            fn end(&mut self, step: usize, outcome: Outcome) {
                match step {
                    $($index => self.$index.end(outcome),)+
                    _ => {}
                }
            }

            fn finish(self, specs: &ResultSpecs<'_>) -> Result<Self::Output> {
                let specs = specs.0;
                Ok(($(
                    self.$index
                        .finish(specs.known_spec($index))
                        .map_err(|error| error.at_statement($index))?,
                )+))
            }
        }
    };
}
for_each_tuple!(results);
