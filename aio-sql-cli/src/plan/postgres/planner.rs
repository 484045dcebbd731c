//! Makes the plan, and tries it.

use aio_sql::{Executor, Inspect, Schema};

use super::dependents::Dependents;
use super::{following, remade, schemas, steps, without_concurrently};
use crate::error::{Error, Result};
use crate::plan::draft::Draft;
use crate::plan::name::Naming;
use crate::plan::{Answer, Goal, Owned, Plan, Statement, Step, left, renames};

/// Plans the steps, and runs them in the database.
pub(in crate::plan) async fn plan(replay: &Executor, goal: &Goal<'_>, answer: Answer<'_>) -> Result<Plan> {
    let Goal { wanted, hints, owned } = *goal;
    let before = schema(replay).await?;
    let renames = renames::find(&before, wanted, hints, owned, answer)?;
    // A renamed table may get a schema that is new.
    let (creating, changes) = schemas::created(wanted, &before);
    let mut plan = Plan { changes, ..Plan::default() };
    plan.changes.extend(renames.changes());
    let mut renaming = creating.followed_by(renames.step());
    run(replay, &renaming).await?;
    let owned = owned.renamed(&renames.tables);
    let (following, changes) = following::step(wanted, &schema(replay).await?, &renames, &owned);
    run(replay, &following).await?;
    renaming = renaming.followed_by(following);
    plan.changes.extend(changes);

    let found = schema(replay).await?;
    let dependents = Dependents::read(replay, Naming::between(wanted, &found)).await?;
    let differences = wanted.differences(&found)?;
    let mut draft = Draft::of(wanted, &found, &differences, &owned, &[]);
    remade::complete(&mut draft, wanted, &found, &dependents)?;
    let (steps, changes) = steps::steps(wanted, &found, &draft, hints, &owned)?;
    for step in &steps {
        run(replay, step).await?;
    }
    check(wanted, &schema(replay).await?, &owned)?;

    plan.changes.extend(changes);
    let mut steps = steps.into_iter();
    plan.steps.push(renaming.followed_by(steps.next().unwrap_or_default()));
    plan.steps.extend(steps);
    plan.steps.retain(|step| !step.statements.is_empty());
    Ok(plan)
}

/// Reads all schemas of the database. Objects that the steps have created outside of the default
/// schema may have to change, too, or may depend on what changes.
async fn schema(replay: &Executor) -> Result<Schema> {
    Ok(replay.inspect_with(Inspect::new().all_schemas()).await?)
}

/// Runs a step in a transaction, also if it needs none: nobody else uses the database.
async fn run(replay: &Executor, step: &Step) -> Result<()> {
    let transaction = replay.begin().await?;
    for Statement { table, sql } in &step.statements {
        if let Err(error) = transaction.execute_script(without_concurrently(sql)).await {
            transaction.rollback().await?;
            return Err(Error::from(error)
                .at(format_args!("the change of `{table}` cannot be planned"))
                .help(format!("the statement is\n{sql}")));
        }
    }
    Ok(transaction.commit().await?)
}

/// Fails if the steps have not led to the wanted schema.
fn check(wanted: &Schema, reached: &Schema, owned: &Owned) -> Result<()> {
    let differences = wanted.differences(reached)?;
    let naming = Naming::between(wanted, reached);
    let mut counted = differences.iter().filter(|difference| owned.counts(naming, difference));
    let Some(difference) = counted.next() else { return Ok(()) };
    let name = naming.full(difference.schema(), difference.table());
    Err(left(difference).at(format_args!("the change of `{name}` cannot be planned")))
}
