//! `aio-sql migrate baseline`

use aio_sql::inspect::Part;
use aio_sql::{Database, Migration, Schema};
use serde_json::json;

use crate::commands::Context;
use crate::commands::migrate_check::named;
use crate::commands::migrate_status::records;
use crate::error::{Error, Exit, Result};
use crate::plan::Naming;
use crate::replay::{beside, schema};
use crate::steps::{Step, Steps};

/// Records as many of the first steps as make a schema that the database has, without running
/// them. Fails if the database has a history already.
pub(super) async fn run(context: &Context) -> Result<Exit> {
    let steps = context.steps()?;
    steps.check_order()?;
    let address = context.address()?;
    if !address.exists().await? {
        return Err(Error::new(format!("there is no database at `{address}`"))
            .help("`aio-sql migrate run` makes it, and applies the steps"));
    }
    let db = address.open().await?;
    let outcome = record(context, &db, &steps).await;
    db.close().await?;
    outcome
}

async fn record(context: &Context, db: &Database, steps: &Steps) -> Result<Exit> {
    if let Some(first) = records(db).await?.first() {
        return Err(Error::new(format!("the database has a history already, which begins with {}", first.name))
            .help("`aio-sql migrate run` applies what is pending"));
    }
    let (scratch, mut nearest) = (context.scratch()?, Vec::new());
    for count in (1..=steps.list.len()).rev() {
        let made = schema(&scratch, &steps.list[..count]).await?;
        let differences = missing(&made, &beside(db, &made).await?)?;
        if differences.is_empty() {
            return write(context, db, &steps.list, count).await;
        }
        if nearest.is_empty() || differences.len() < nearest.len() {
            nearest = differences;
        }
    }
    let error = Error::new("the database has the schema of no step, so that nothing is recorded");
    let error = nearest.iter().take(5).fold(error, |error, line| error.help(line));
    Err(if steps.list.is_empty() { error.help("`aio-sql migrate diff` writes the first step") } else { error })
}

/// Returns how a database differs from the schema that some steps make. Additional tables, views,
/// indexes and triggers of the database do not count.
fn missing(made: &Schema, found: &Schema) -> Result<Vec<String>> {
    let differences = made.differences(found)?;
    let counts = |difference: &&aio_sql::inspect::Difference<'_>| {
        let more =
            matches!(difference.found(), Some(Part::Table(_) | Part::View(_) | Part::Index(_) | Part::Trigger(_)));
        difference.wanted().is_some() || !more
    };
    let naming = Naming::between(made, found);
    Ok(differences.iter().filter(counts).map(|difference| named(naming, difference)).collect())
}

async fn write(context: &Context, db: &Database, steps: &[Step], count: usize) -> Result<Exit> {
    let migrations: Vec<Migration<'_>> = steps.iter().map(|step| Migration::new(&step.name, &step.text)).collect();
    db.baseline(&*migrations, &steps[count - 1].name).await?;
    let recorded: Vec<&str> = steps[..count].iter().map(|step| step.name.as_str()).collect();
    let pending: Vec<&str> = steps[count..].iter().map(|step| step.name.as_str()).collect();
    for step in &recorded {
        context.output.line(format!("{step} is recorded, and was not run"));
    }
    for step in &pending {
        context.output.line(format!("{step} is pending"));
    }
    context.output.json(&json!({ "recorded": recorded, "pending": pending }));
    Ok(Exit::Success)
}
