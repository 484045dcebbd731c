//! `explain`: the query plan of a statement.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::future::{All, Execution, Fetch};
use super::prepare::Explained;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::executor::Executor;
use crate::raw_row::Row;
use crate::sql::{PlanLine, SqlText};
use crate::statement::{Compound, Delete, Select, Sql, Update};

/// The query plan of a statement: how the database will run it. Print it with
/// `println!("{plan}")`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, #[column(index)] name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let plan = User::select().filter(User::NAME.eq("Dana")).explain(&db).await?;
/// println!("{plan}");
/// plan.assert_no_scan_except(&[]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    text: String,
    steps: Vec<PlanStep>,
    scans: Vec<String>,
}

/// A step of a [`Plan`], as the database describes it (<https://sqlite.org/eqp.html>).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let plan = User::select().filter(User::KARMA.gt(5)).explain(&db).await?;
/// assert_eq!(plan.steps().len(), 1);
/// assert!(plan.steps()[0].detail.starts_with("SCAN"));
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PlanStep {
    /// The nesting depth: 0 for an outermost step.
    pub depth: usize,
    /// The description: `SEARCH users USING INDEX …`.
    pub detail: String,
}

impl Plan {
    fn new(text: String, lines: Vec<PlanLine>) -> Plan {
        let (mut steps, mut scans) = (Vec::with_capacity(lines.len()), Vec::new());
        for PlanLine { depth, detail, scans: table } in lines {
            steps.push(PlanStep { depth, detail });
            scans.extend(table);
        }
        Plan { text, steps, scans }
    }

    /// Returns the steps, in the order of the tree: each step is followed by the steps nested in
    /// it.
    pub fn steps(&self) -> &[PlanStep] {
        &self.steps
    }

    /// Returns the tables (or their aliases) that are scanned: read from the first row to the
    /// last, without an index lookup.
    pub fn scans(&self) -> impl Iterator<Item = &str> {
        self.scans.iter().map(String::as_str)
    }

    /// Panics if a table is scanned, unless the list contains the table. This is for tests.
    ///
    /// # Panics
    /// If a table that is not in the list is scanned. The message contains the statement and its
    /// plan.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test calls it for that")]
    pub fn assert_no_scan_except(&self, allowed: &[&str]) {
        if let Some(table) = self.scans().find(|table| !allowed.contains(table)) {
            panic!("`{table}` is scanned by\n{}\n{self}", self.text);
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{:indent$}{}", "", step.detail, indent = 2 * step.depth)?;
        }
        Ok(())
    }
}

/// The future of `explain`. It resolves to the query plan.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let plan = User::select().filter(User::NAME.eq("Dana")).explain(&db).await?;
/// plan.assert_no_scan_except(&[]); // the name is unique, so it has an index
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of the statement, except for errors that occur only while it runs.
///
/// # Cancellation
/// Dropping the future has no effect on the data, because the statement itself does not run.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Explain {
    text: String,
    dialect: Dialect,
    rows: All<Row>,
}

impl Explain {
    fn new(ex: &Executor, text: Result<SqlText>) -> Explain {
        let shown = text.as_ref().map(|text| text.text.clone()).unwrap_or_default();
        let rows = All::new::<Row>(Execution::new(ex, Explained(text), Fetch::All));
        Explain { text: shown, dialect: ex.dialect(), rows }
    }
}

impl Future for Explain {
    type Output = Result<Plan>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Plan>> {
        let rows = ready!(Pin::new(&mut self.rows).poll(context))?;
        let read = self.dialect.catalogue().read_plan;
        let lines = read(&mut rows.iter().map(Row::values));
        Poll::Ready(Ok(Plan::new(std::mem::take(&mut self.text), lines)))
    }
}

impl<F, O> Select<F, O> {
    /// Returns the query plan, without running the query.
    ///
    /// # Errors
    /// The errors of the query, except for errors that occur only while it runs.
    ///
    /// # Cancellation
    /// Dropping the future has no effect on the data, because the statement does not run.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl<F, O> Compound<F, O> {
    /// Returns the query plan, without running the query.
    ///
    /// # Errors
    /// The errors of the query, except for errors that occur only while it runs.
    ///
    /// # Cancellation
    /// Dropping the future has no effect on the data, because the statement does not run.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl<T: crate::table::Table> Update<T> {
    /// Returns the query plan of the update, without running it.
    ///
    /// # Errors
    /// The errors of the update, except for errors that occur only while it runs.
    ///
    /// # Cancellation
    /// Dropping the future has no effect on the data, because the statement does not run.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl<T: crate::table::Table> Delete<T> {
    /// Returns the query plan of the delete, without running it.
    ///
    /// # Errors
    /// The errors of the delete, except for errors that occur only while it runs.
    ///
    /// # Cancellation
    /// Dropping the future has no effect on the data, because the statement does not run.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl Sql {
    /// Returns the query plan of the statement, without running it.
    ///
    /// # Errors
    /// The errors of the statement, except for errors that occur only while it runs.
    ///
    /// # Cancellation
    /// Dropping the future has no effect on the data, because the statement does not run.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}
