//! Makes the plan: tries each step, and rebuilds a table that ALTER TABLE cannot change.

use std::collections::BTreeSet;

use aio_sql::{Connection, Executor, Schema, Transaction};

use crate::error::{Error, Result};
use crate::plan::draft::Draft;
use crate::plan::name::{self, Naming, quoted};
use crate::plan::renames::{self, ColumnRename, Renames};
use crate::plan::{Answer, Goal, Owned, Plan, Statement, Step, left};

/// Plans the steps, and runs them in the database. A table for which ALTER TABLE fails, or leaves
/// a difference, is rebuilt instead.
pub(in crate::plan) async fn plan(replay: &Executor, goal: &Goal<'_>, answer: Answer<'_>) -> Result<Plan> {
    let connection = replay.connect().await?;
    let plan = Planner { connection: &connection, goal }.plan(answer).await;
    connection.close().await?;
    plan
}

struct Planner<'a> {
    connection: &'a Connection,
    goal: &'a Goal<'a>,
}

impl Planner<'_> {
    async fn plan(&self, answer: Answer<'_>) -> Result<Plan> {
        let Goal { wanted, hints, owned } = *self.goal;
        self.connection.execute_script("PRAGMA foreign_keys = OFF").await?;
        let before = self.connection.inspect().await?;
        let refused_before = self.refused_writes(&before).await?;
        let mut renames = renames::find(&before, wanted, hints, owned, answer)?;
        let mut plan = Plan { changes: renames.changes(), ..Plan::default() };
        let (renaming, refused) = self.rename(&before, &mut renames).await?;
        let found = self.connection.inspect().await?;
        let owned = owned.renamed(&renames.tables);
        let differences = wanted.differences(&found)?;
        let draft = Draft::of(wanted, &found, &differences, &owned, &refused);
        let mut rebuilt = BTreeSet::new();
        let (main, changes, after) = loop {
            let (step, changes) = super::step(wanted, &found, &draft, hints, &rebuilt)?;
            match self.attempt(&step, &owned).await? {
                Attempt::Reached(after) => break (step, changes, after),
                Attempt::Failed { table, .. } if draft.is_altered(&table) && rebuilt.insert(table.clone()) => {}
                Attempt::Failed { table, error } => {
                    return Err(error.at(format_args!("the change of `{table}` cannot be planned")));
                }
            }
        };
        plan.changes.extend(changes);
        plan.broken = super::broken(&before, &after);
        for (name, error) in self.refused_writes(&after).await? {
            if !refused_before.iter().any(|(refused, _)| name::is(refused, &name)) {
                plan.broken.push(format!("a trigger makes it impossible to write to `{name}`: {error}"));
            }
        }
        // These renames must also change the foreign keys, views and triggers that name a table.
        // In a step that rebuilds a table, renames do not, so these get a step of their own.
        let is_apart = !renames.tables.is_empty() && (main.needs_simple_rename() || main.foreign_keys_off);
        if is_apart {
            plan.steps.push(Step { part: "renames", ..renaming });
            plan.steps.push(main);
        } else {
            plan.steps.push(renaming.followed_by(main));
        }
        plan.steps.retain(|step| !step.statements.is_empty());
        Ok(plan)
    }

    /// Returns the tables and views to which nothing can be written because of a trigger, such as
    /// one that names a dropped column, each with what the database says.
    ///
    /// SQLite reads the statements of a trigger only when a statement fires it.
    async fn refused_writes(&self, schema: &Schema) -> Result<Vec<(String, String)>> {
        let tables = schema.tables().iter().filter(|table| !table.triggers().is_empty());
        let tables = tables.map(|table| (table.name(), table.columns()));
        let views = schema.views().iter().filter(|view| !view.triggers().is_empty() && view.error().is_none());
        let views = views.map(|view| (view.name(), view.columns()));
        let mut statements = Vec::new();
        for (name, columns) in tables.chain(views) {
            let columns = columns.iter().filter(|column| column.generated().is_none() && !column.is_hidden());
            let values: Vec<_> = columns.map(|column| format!("{0} = {0}", quoted(column.name()))).collect();
            let table = quoted(name);
            statements.push((name.to_owned(), format!("INSERT INTO {table} DEFAULT VALUES")));
            statements.push((name.to_owned(), format!("DELETE FROM {table}")));
            statements.push((name.to_owned(), format!("UPDATE {table} SET {}", values.join(", "))));
        }
        let refused = self.connection.run(move |raw| {
            let mut refused: Vec<(String, String)> = Vec::new();
            for (name, sql) in statements {
                // Nothing is run: the statement is compiled together with the triggers.
                if let Err(error) = raw.prepare(&sql)
                    && refused.last().is_none_or(|(last, _)| *last != name)
                {
                    refused.push((name, message(&error)));
                }
            }
            refused
        });
        Ok(refused.await?)
    }

    /// Runs the renames, and commits them. Returns their step, and the renames of columns that
    /// SQLite refuses, which a rebuild has to make.
    async fn rename(&self, before: &Schema, renames: &mut Renames) -> Result<(Step, Vec<ColumnRename>)> {
        let mut refused: Vec<ColumnRename> = Vec::new();
        loop {
            let renaming = renames.step();
            let failure = match self.run(&renaming).await {
                Ok(transaction) => {
                    transaction.commit().await?;
                    return Ok((renaming, refused));
                }
                Err(failure) => failure,
            };
            let table = before.table(renames.earlier(&failure.table));
            let may_refuse = |rename: &mut ColumnRename| {
                name::is(&rename.table, &failure.table)
                    && table.is_some_and(|table| super::may_refuse_rename(table, &rename.from))
            };
            let count = refused.len();
            refused.extend(renames.columns.extract_if(.., may_refuse));
            if refused.len() == count {
                return Err(failure.error.at("the renames cannot be planned"));
            }
        }
    }

    /// Runs a step, and commits it if it leads to the wanted schema. Undoes it otherwise.
    async fn attempt(&self, step: &Step, owned: &Owned) -> Result<Attempt> {
        let transaction = match self.run(step).await {
            Ok(transaction) => transaction,
            Err(Failure { table, error }) => return Ok(Attempt::Failed { table, error }),
        };
        let after = transaction.inspect().await?;
        let (differences, naming) = (self.goal.wanted.differences(&after)?, Naming::of(self.goal.wanted));
        if let Some(left) = differences.iter().find(|difference| owned.counts(naming, difference)) {
            let (table, error) = (left.table().to_owned(), self::left(left));
            transaction.rollback().await?;
            return Ok(Attempt::Failed { table, error });
        }
        transaction.commit().await?;
        Ok(Attempt::Reached(after))
    }

    /// Runs a step in a transaction. Returns the transaction, which the caller has to end.
    async fn run(&self, step: &Step) -> std::result::Result<Transaction, Failure> {
        let failure = |table: &str, error: aio_sql::Error| Failure { table: table.to_owned(), error: error.into() };
        let legacy = if step.needs_simple_rename() { "ON" } else { "OFF" };
        let pragmas = format!("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = {legacy}");
        self.connection.execute_script(pragmas).await.map_err(|error| failure("", error))?;
        let transaction = self.connection.begin().await.map_err(|error| failure("", error))?;
        for Statement { table, sql } in &step.statements {
            if let Err(error) = transaction.execute_script(sql.as_str()).await {
                let _ = transaction.rollback().await;
                return Err(failure(table, error));
            }
        }
        Ok(transaction)
    }
}

/// Returns what the database says of a statement, without the statement.
fn message(error: &aio_sql::rusqlite::Error) -> String {
    match error {
        aio_sql::rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        aio_sql::rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        error => error.to_string(),
    }
}

/// An error of the database, and the table whose statement it has refused.
struct Failure {
    table: String,
    error: Error,
}

/// The outcome of an attempt to reach the wanted schema.
enum Attempt {
    /// The step was committed; this is the schema after it.
    Reached(Schema),
    Failed {
        table: String,
        error: Error,
    },
}
