//! Copies the rows of one database into another, of the same kind or not.
//!
//! | module | content |
//! |---|---|
//! | `tables` | the tables of a database, as far as a copy needs to know them |
//! | `plan` | which tables and columns are copied, and in which order |
//! | `stored` | from the stored form of one database to that of another |
//! | `rows` | reading and inserting the rows of a table |
//! | `target` | what is done to the target before and after the rows |
//!
//! All tables are read in one transaction, so that they belong together, and written in one: if
//! anything fails, the target is as it was before, and the copy can be repeated.

mod plan;
mod rows;
mod stored;
mod tables;
mod target;

use aio_sql::{Database, Transaction, TransactionMode};

use crate::error::{Error, Result};
use plan::{Plan, Step};
use target::Target;

/// What becomes of rows that the tables of the target already have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// If there are any, nothing is copied.
    #[default]
    Refuse,
    /// They stay.
    Keep,
    /// They are deleted, in the transaction of the copy.
    Replace,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A table is begun, which has this number of rows.
    Begin(&'a str, u64),
    /// This number of its rows was inserted.
    Inserted(u64),
    /// All of its rows were inserted.
    End(&'a str, u64),
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The tables in the order in which they were copied, with the numbers of their rows.
    pub tables: Vec<(String, u64)>,
    /// The tables of the source that the target does not have.
    pub only_in_source: Vec<String>,
    /// The tables of the target that the source does not have.
    pub only_in_target: Vec<String>,
}

/// Copies all rows of the tables that both databases have, and calls `progress` meanwhile.
///
/// # Errors
/// If the databases have no table in common, if a column of the source is missing in the target,
/// if the target has rows and `existing` refuses them, if a value does not fit into its column, or
/// if a table has another number of rows at the end than it should have. Nothing is changed then.
pub async fn copy(
    from: &Database,
    to: &Database,
    existing: Existing,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Copied> {
    let source = from.begin_with(TransactionMode::ReadOnly).await?;
    let transaction = to.begin().await?;
    let outcome = copy_all(&source, &transaction, existing, progress).await;
    let ended = match outcome {
        Ok(copied) => {
            transaction.commit().await.map_err(|error| Error::from(error).at("the end of the copy")).map(|()| copied)
        }
        Err(error) => {
            // The connection may be lost, which rolls back, too.
            drop(transaction.rollback().await);
            Err(error.help("nothing was copied: the target is as it was before"))
        }
    };
    drop(source.rollback().await);
    ended
}

async fn copy_all(
    source: &Transaction,
    transaction: &Transaction,
    existing: Existing,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Copied> {
    let plan = Plan::new(&tables::read(source).await?, &tables::read(transaction).await?)?;
    let target = Target::new(transaction);
    if existing == Existing::Refuse {
        target.refuse_rows(&plan).await?;
    }
    target.defer_keys(&plan).await?;
    if existing == Existing::Replace {
        target.delete_rows(&plan).await?;
    }
    let mut tables = Vec::with_capacity(plan.steps.len());
    let mut expected = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let already = match existing {
            Existing::Keep => tables::count(transaction, &step.target).await?,
            Existing::Refuse | Existing::Replace => 0,
        };
        let rows = copy_table(source, transaction, step, progress).await?;
        tables.push((step.target.clone(), rows));
        expected.push(already + rows);
    }
    target.check_keys(&plan).await?;
    for (step, expected) in plan.steps.iter().zip(expected) {
        check_count(transaction, step, expected).await?;
        target.advance_numbers(step).await?;
    }
    Ok(Copied { tables, only_in_source: plan.only_in_source, only_in_target: plan.only_in_target })
}

/// Copies the rows of a table. Returns their number.
async fn copy_table(
    source: &Transaction,
    target: &Transaction,
    step: &Step,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<u64> {
    let rows = tables::count(source, &step.source).await?;
    progress(Progress::Begin(&step.target, rows));
    let copied = rows::copy(source, target, step, &mut |rows| progress(Progress::Inserted(rows))).await?;
    if copied != rows {
        return Err(Error::new(format!("{}: {copied} rows were read of {rows}", step.source)));
    }
    progress(Progress::End(&step.target, rows));
    Ok(rows)
}

async fn check_count(transaction: &Transaction, step: &Step, expected: u64) -> Result<()> {
    let found = tables::count(transaction, &step.target).await?;
    if found == expected {
        return Ok(());
    }
    let message = format!("{} has {found} rows after the copy in place of {expected}", step.target);
    Err(Error::new(message)
        .help("another program has written to the table meanwhile, or a trigger or rule of the target changes rows"))
}
