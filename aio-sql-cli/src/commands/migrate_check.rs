//! `aio-sql migrate check`

use aio_sql::inspect::Difference;
use aio_sql::{Database, Schema};
use serde_json::json;

use crate::args::Check;
use crate::commands::Context;
use crate::commands::migrate_diff::{find_structs, owned};
use crate::commands::migrate_status::{State, compare, records};
use crate::error::{Error, Exit, Result};
use crate::leftovers::Leftovers;
use crate::plan::Naming;
use crate::replay;
use crate::steps::{Problem, Step};

/// Compares the structs with the files, the files with `schema.sql` and, with `--db`, a database
/// with the files.
pub(super) async fn run(context: &Context, arguments: &Check) -> Result<Exit> {
    let output = context.output;
    let mut steps = context.steps()?;
    steps.check_order()?;
    let scratch = context.scratch()?;
    let structs = find_structs(context, &scratch)?;
    let replay = replay::steps(&scratch, &steps).await?;
    let schemas = async { Ok::<_, Error>((structs.schema(&replay).await?, replay.inspect().await?)) }.await;
    replay.close().await?;
    let ((wanted, files), owned) = (schemas?, owned(&steps));
    let differences = wanted.differences(&files)?;
    let naming = Naming::between(&wanted, &files);
    let structs: Vec<String> = differences
        .iter()
        .filter(|difference| owned.counts(naming, difference))
        .map(|difference| named(naming, difference))
        .collect();
    if arguments.write {
        replay::write_schema(&scratch, &mut steps).await?;
    }
    let mut listed: Vec<String> = steps.problems.iter().map(ToString::to_string).collect();
    if steps.schema.is_none() && !steps.list.is_empty() {
        listed.push("there is no schema.sql".to_owned());
    }
    let is_mended_by_write =
        |problem: &Problem| matches!(problem, Problem::OtherSteps | Problem::Edited(_) | Problem::Conflict(_));
    let can_write = steps.schema.is_none() || steps.problems.iter().any(is_mended_by_write);
    let (drift, pending) =
        if context.has_database() { database(context, &steps.list).await? } else { Default::default() };
    for line in &structs {
        output.line(format!("the structs and the steps differ: {line}"));
    }
    for line in listed.iter().chain(&drift) {
        output.line(line);
    }
    for step in &pending {
        output.line(format!("the step {step} is not applied"));
    }
    let is_clean = structs.is_empty() && listed.is_empty() && drift.is_empty() && pending.is_empty();
    if !structs.is_empty() {
        output.note("`aio-sql migrate diff` writes the next step");
    }
    if !listed.is_empty() && can_write {
        output.note("`aio-sql migrate check --write` writes schema.sql");
    }
    if is_clean {
        output.line("the structs, the steps and schema.sql agree");
    }
    output.json(&json!({ "structs": structs, "files": listed, "database": drift, "pending": pending }));
    Ok(if is_clean { Exit::Success } else { Exit::SomethingToDo })
}

/// Returns how a database differs from the steps that were applied to it, and the names of the
/// pending steps.
async fn database(context: &Context, steps: &[Step]) -> Result<(Vec<String>, Vec<String>)> {
    let address = context.address()?;
    if !address.exists().await? {
        return Err(Error::new(format!("there is no database at `{address}`")));
    }
    let db = address.open_read_only().await?;
    let read = read(context, &db, steps).await;
    db.close().await?;
    read
}

async fn read(context: &Context, db: &Database, steps: &[Step]) -> Result<(Vec<String>, Vec<String>)> {
    let (records, leftovers) = (records(db).await?, Leftovers::find(db, steps).await?);
    let mut all = context.steps()?;
    all.list = steps.to_vec();
    let known = compare(&all, &records);
    let mut drift: Vec<String> = known
        .iter()
        .filter(|step| !matches!(step.state, State::Applied | State::Pending))
        .map(|step| format!("the step {} is {} in the database", step.name, step.state.word()))
        .collect();
    let pending: Vec<String> =
        known.iter().filter(|step| step.state == State::Pending).map(|step| step.name.clone()).collect();
    if drift.is_empty() {
        let applied = steps.len() - pending.len();
        let schema = replay::schema(&context.scratch()?, &steps[..applied]).await?;
        drift.extend(differences(&schema, &replay::beside(db, &schema).await?)?);
    }
    drift.extend(leftovers.lines());
    Ok((drift, pending))
}

fn differences(steps: &Schema, found: &Schema) -> Result<Vec<String>> {
    let differences = steps.differences(found)?;
    let naming = Naming::between(steps, found);
    let line =
        |difference: &Difference<'_>| format!("the database and its steps differ: {}", named(naming, difference));
    Ok(differences.iter().map(line).collect())
}

/// Returns the text of a difference, with the name of the table before it if the text lacks it.
pub(super) fn named(naming: Naming<'_>, difference: &Difference<'_>) -> String {
    let (table, text) = (naming.full(difference.schema(), difference.table()), difference.to_string());
    if text.contains(&format!("`{table}`")) { text } else { format!("in `{table}`, {text}") }
}
