//! `aio-sql migrate new`

use aio_sql::Dialect;
use serde_json::json;

use crate::args::New;
use crate::commands::Context;
use crate::error::{Error, Exit, Result};
use crate::output::shown;
use crate::replay;
use crate::steps::{Owned, Steps};

/// The text of a new step.
const TEXT: &str = "-- Write the statements of this step here.\n";

/// Creates the file of the next step, in the folder of each kind of database.
pub(super) async fn run(context: &Context, arguments: &New) -> Result<Exit> {
    let output = context.output;
    let mut folders = Vec::new();
    for (dialect, folder) in context.folders()? {
        let steps = Steps::read(&folder)?;
        steps.check_order()?;
        folders.push((dialect, steps));
    }
    if let [(_, first), others @ ..] = &*folders
        && let Some((_, other)) = others.iter().find(|(_, other)| other.names() != first.names())
    {
        let (first, other) = (shown(&first.folder), shown(&other.folder));
        return Err(Error::new(format!("{first} and {other} have steps of different names"))
            .help("every step is in both; where a database has nothing to do, its file is a comment"));
    }
    let mut name = String::new();
    let mut paths = Vec::new();
    for (dialect, steps) in &mut folders {
        let is_first = steps.list.is_empty();
        let schema = steps.schema.clone().filter(|_| steps.problems.is_empty());
        let step = steps.write_new(&arguments.name, TEXT)?;
        output.line(format!("{} is created", shown(&step.path)));
        name.clone_from(&step.name);
        paths.push(step.path.clone());
        add_to_schema(context, *dialect, steps, schema.map(|schema| (schema.owned, schema.ddl)), is_first).await?;
    }
    output.json(&json!({ "step": name, "path": paths.first(), "paths": paths }));
    Ok(Exit::Success)
}

/// Adds a new step, which has no statements yet, to the list in `schema.sql`. `schema` is what the
/// file says, if it is up to date.
async fn add_to_schema(
    context: &Context,
    dialect: Option<Dialect>,
    steps: &mut Steps,
    schema: Option<(Owned, String)>,
    is_first: bool,
) -> Result<()> {
    let unchanged = schema.or_else(|| is_first.then(Default::default));
    match (unchanged, context.scratch_of(dialect)?) {
        (Some((owned, ddl)), _) => {
            steps.write_schema(owned, &ddl)?;
        }
        (None, Some(scratch)) => {
            replay::write_schema(&scratch, steps).await?;
        }
        (None, None) => {
            let folder = shown(&steps.folder);
            context
                .output
                .note(format!("{folder}/schema.sql is not written, because no server is named: `--db` names it"));
        }
    }
    Ok(())
}
