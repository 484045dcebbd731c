//! `result` and `describe`: what a raw statement gives, with the names of its columns.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::future::{Execution, Fetch};
use super::prepare::{Described, Text};
use crate::engine::Part;
use crate::error::Result;
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::raw_row::Row;
use crate::statement::Sql;

/// What a raw statement has given, whatever statement it was.
///
/// ```
/// # use aio_runtime::{Database, Result, sql};
/// # async fn run(db: Database) -> Result<()> {
/// let result = sql!("select id, name from users where false").result(&db).await?;
/// assert!(result.gives_rows() && result.rows.is_empty());
/// assert_eq!(result.columns, ["id", "name"]);
/// let result = sql!("delete from users where id = 7").result(&db).await?;
/// assert!(!result.gives_rows());
/// println!("{} rows are gone", result.outcome.rows_affected);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct QueryResult {
    /// The names of the columns, also where there are no rows; empty for a statement that gives
    /// none.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What it has changed.
    pub outcome: Outcome,
}

impl QueryResult {
    /// Returns whether the statement is one that gives rows: a query, or one with RETURNING.
    pub fn gives_rows(&self) -> bool {
        !self.columns.is_empty()
    }
}

/// A column that a raw statement gives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DescribedColumn {
    /// The name.
    pub name: String,
    /// The type that the column of a table is declared with; `None` for an expression, and for a
    /// column without a type.
    pub declared_type: Option<String>,
}

/// The future of [`result`](crate::Sql::result), which resolves to rows, columns and outcome.
///
/// # Cancellation
/// Like [`All`](crate::All).
#[must_use = "futures do nothing unless they are awaited"]
pub struct ResultOf {
    execution: Execution,
    result: QueryResult,
}

impl Future for ResultOf {
    type Output = Result<QueryResult>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<QueryResult>> {
        let ResultOf { execution, result } = self.get_mut();
        loop {
            match ready!(execution.poll(context))? {
                Part::Columns(names) => {
                    result.columns = names.to_vec();
                    let named = execution.answer().decoder.names(names);
                    named.map_err(|error| execution.unreadable(error))?;
                }
                Part::Rows(batch) => {
                    let read = execution.answer().decoder.rows::<Row>(&batch, &mut result.rows);
                    read.map_err(|error| execution.unreadable(error))?;
                    execution.recycle(batch);
                }
                Part::Step(_) => {}
                Part::End(outcome) => {
                    result.outcome = execution.answer().outcome(outcome);
                    return Poll::Ready(Ok(std::mem::take(result)));
                }
            }
        }
    }
}

impl std::fmt::Debug for ResultOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResultOf").finish_non_exhaustive()
    }
}

/// The future of [`describe`](crate::Sql::describe), which resolves to the columns.
///
/// # Cancellation
/// The statement is not compiled, or the compiled one is not used.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Describe(super::All<(String, Option<String>)>);

impl Future for Describe {
    type Output = Result<Vec<DescribedColumn>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let columns = ready!(Pin::new(&mut self.0).poll(context))?.into_iter();
        Poll::Ready(Ok(columns.map(|(name, declared_type)| DescribedColumn { name, declared_type }).collect()))
    }
}

impl std::fmt::Debug for Describe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Describe").finish_non_exhaustive()
    }
}

impl Sql {
    /// Runs the statement, whatever it is, and returns its rows, the names of its columns and what
    /// it has changed: for text that somebody else has written, as in a console.
    ///
    /// # Errors
    /// Those of the statement.
    pub fn result(self, ex: &Executor) -> ResultOf {
        let execution = Execution::new(ex, Text::rows::<Row>(self), Fetch::All);
        ResultOf { execution, result: QueryResult::default() }
    }

    /// Returns the columns that the statement would give, without running it; none if it gives no
    /// rows.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result, query, sql};
    /// # async fn run(db: Database) -> Result<()> {
    /// let columns = sql!("select id, name, id + 1 as next from users").describe(&db).await?;
    /// assert_eq!(columns[1].name, "name");
    /// assert_eq!(columns[1].declared_type.as_deref(), Some("TEXT"));
    /// assert_eq!(columns[2].declared_type, None); // an expression
    /// let gives_rows = !query("delete from users").describe(&db).await?.is_empty();
    /// assert!(!gives_rows);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Sql`](crate::ErrorKind::Sql) if the text is none that the database
    /// understands, [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database
    /// cannot say. A statement that a script or an earlier statement has yet to make possible is
    /// not understood before that has run.
    pub fn describe(self, ex: &Executor) -> Describe {
        Describe(super::All::new::<(String, Option<String>)>(Execution::new(ex, Described(self), Fetch::All)))
    }
}
