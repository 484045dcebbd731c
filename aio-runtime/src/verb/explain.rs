//! `explain`: how the database will run a statement.

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

/// How the database will run a statement, as a tree. Print it with `println!("{plan}")`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, #[column(index)] name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let plan = User::select().filter(User::NAME.eq("Dana")).explain(&db).await?;
/// println!("{plan}");
/// plan.assert_no_scan_but(&[]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    text: String,
    steps: Vec<PlanStep>,
    scans: Vec<String>,
}

/// A step of a [`Plan`], in the words of the database (<https://sqlite.org/eqp.html>).
#[derive(Clone, Debug, PartialEq)]
pub struct PlanStep {
    /// The number of steps that it is nested in.
    pub depth: usize,
    /// What the step does: `SEARCH users USING INDEX …`.
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

    /// Returns the steps, each after the one that it is a part of.
    pub fn steps(&self) -> &[PlanStep] {
        &self.steps
    }

    /// Returns the tables, or their aliases, that are read from beginning to end.
    pub fn scans(&self) -> impl Iterator<Item = &str> {
        self.scans.iter().map(String::as_str)
    }

    /// Panics if a table is read from beginning to end, unless its name is in the list. For tests.
    ///
    /// # Panics
    /// If another table is, with the statement and the plan in the message.
    #[track_caller]
    #[allow(clippy::panic, reason = "a test calls it for that")]
    pub fn assert_no_scan_but(&self, allowed: &[&str]) {
        if let Some(table) = self.scans().find(|table| !allowed.contains(table)) {
            panic!("`{table}` is read from its beginning to its end by\n{}\n{self}", self.text);
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{:indent$}{}", "", step.detail, indent = 2 * step.depth)?;
        }
        Ok(())
    }
}

/// The future of `explain`.
///
/// # Cancellation
/// Dropping it has no effect, because the statement itself does not run.
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
        let read = self.dialect.catalogue()?.read_plan;
        let lines = read(&mut rows.iter().map(Row::values));
        Poll::Ready(Ok(Plan::new(std::mem::take(&mut self.text), lines)))
    }
}

impl<F, O> Select<F, O> {
    /// Returns how the database would run the query, without running it.
    ///
    /// # Errors
    /// Those of the query, except for errors that occur only while it runs.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl<F, O> Compound<F, O> {
    /// Returns how the database would run the query, without running it.
    ///
    /// # Errors
    /// Those of the query, except for errors that occur only while it runs.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl<T: crate::table::Table> Update<T> {
    /// Returns how the database would run the update, without running it.
    ///
    /// # Errors
    /// Those of the update, except for errors that occur only while it runs.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl<T: crate::table::Table> Delete<T> {
    /// Returns how the database would run the delete, without running it.
    ///
    /// # Errors
    /// Those of the delete, except for errors that occur only while it runs.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}

impl Sql {
    /// Returns how the database would run the statement, without running it.
    ///
    /// # Errors
    /// Those of the statement, except for errors that occur only while it runs.
    pub fn explain(self, ex: &Executor) -> Explain {
        Explain::new(ex, self.to_sql(ex.dialect()))
    }
}
