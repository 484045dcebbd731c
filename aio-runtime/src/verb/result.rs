//! `result` and `describe`: the rows, columns and outcome of a raw statement of any kind.

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

/// The result of a raw statement of any kind: its rows, its columns and its outcome.
///
/// ```
/// # use aio_runtime::{Database, Result, sql};
/// # async fn run(db: Database) -> Result<()> {
/// let result = sql!("select id, name from users where false").result(&db).await?;
/// assert!(result.returns_rows() && result.rows.is_empty());
/// assert_eq!(result.columns, ["id", "name"]);
/// let result = sql!("delete from users where id = 7").result(&db).await?;
/// assert!(!result.returns_rows());
/// println!("{} rows are gone", result.outcome.rows_affected);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct QueryResult {
    /// The names of the columns, even if there are no rows. The list is empty for a statement that
    /// cannot return rows.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The outcome: the number of rows that the statement has changed, and the id of an inserted
    /// row.
    pub outcome: Outcome,
}

impl QueryResult {
    /// Returns whether the statement can return rows: it is a query, or a write with RETURNING.
    pub fn returns_rows(&self) -> bool {
        !self.columns.is_empty()
    }
}

/// A column of a raw statement's result.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::sql;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let columns = sql!("select name, 1 + 1 as two from {User}").describe(&db).await?;
/// assert_eq!(columns[0].declared_type.as_deref(), Some("TEXT"));
/// assert_eq!(columns[1].declared_type, None);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DescribedColumn {
    /// The name of the column.
    pub name: String,
    /// The type with which a table declares the column; `None` for an expression, and for a column
    /// that is declared without a type.
    pub declared_type: Option<String>,
}

/// The future of [`result`](crate::Sql::result). It resolves to the rows, columns and outcome.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::sql;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let result = sql!("select name from {User} order by name").result(&db).await?;
/// assert_eq!((result.columns, result.rows.len()), (vec!["name".to_owned()], 2));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of the statement; see [`All`](crate::All) and [`Execute`](crate::Execute).
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
                    let named = execution.spec().decoder.names(names);
                    named.map_err(|error| execution.unreadable(error))?;
                }
                Part::Rows(batch) => {
                    let read = execution.spec().decoder.rows::<Row>(&batch, &mut result.rows);
                    read.map_err(|error| execution.unreadable(error))?;
                    execution.recycle(batch);
                }
                Part::Step(_) => {}
                Part::End(outcome) => {
                    result.outcome = execution.spec().outcome(outcome);
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

/// The future of [`describe`](crate::Sql::describe). It resolves to the columns.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::sql;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let columns = sql!("select id, karma * 2 as doubled from {User}").describe(&db).await?;
/// assert_eq!((columns[0].name.as_str(), columns[1].name.as_str()), ("id", "doubled"));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::Sql`](crate::ErrorKind::Sql) if the database cannot compile the statement; see
/// [`Sql::describe`].
///
/// # Cancellation
/// Dropping the future has no effect on the data, because the statement itself does not run.
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
    /// Runs a statement of any kind, and returns its rows, the names of its columns and its
    /// outcome. This is for SQL that the program does not know in advance, as in a console.
    ///
    /// # Errors
    /// The errors of the statement.
    ///
    /// # Cancellation
    /// If the future is dropped before the statement has begun, the statement does not run. A
    /// query that has begun is stopped, and a write that has begun is finished.
    pub fn result(self, ex: &Executor) -> ResultOf {
        let execution = Execution::new(ex, Text::rows::<Row>(self), Fetch::All);
        ResultOf { execution, result: QueryResult::default() }
    }

    /// Returns the columns of the statement's result, without running the statement. The list is
    /// empty if the statement does not return rows.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result, query, sql};
    /// # async fn run(db: Database) -> Result<()> {
    /// let columns = sql!("select id, name, id + 1 as next from users").describe(&db).await?;
    /// assert_eq!(columns[1].name, "name");
    /// assert_eq!(columns[1].declared_type.as_deref(), Some("TEXT"));
    /// assert_eq!(columns[2].declared_type, None); // an expression
    /// let returns_rows = !query("delete from users").describe(&db).await?.is_empty();
    /// assert!(!returns_rows);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Sql`](crate::ErrorKind::Sql) if the database cannot compile the statement, for
    /// example because it uses a table that does not exist yet;
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database cannot describe
    /// statements.
    ///
    /// # Cancellation
    /// Dropping the future has no effect on the data, because the statement does not run.
    pub fn describe(self, ex: &Executor) -> Describe {
        Describe(super::All::new::<(String, Option<String>)>(Execution::new(ex, Described(self), Fetch::All)))
    }
}
