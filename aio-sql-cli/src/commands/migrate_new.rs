//! `aio-sql migrate new`

use serde_json::json;

use crate::args::New;
use crate::commands::Context;
use crate::error::{Exit, Result};
use crate::output::shown;
use crate::replay;

/// Creates the file of the next step.
pub(super) async fn run(context: &Context, arguments: &New) -> Result<Exit> {
    let mut steps = context.steps()?;
    steps.check_order()?;
    let step = steps.write_new(&arguments.name, "-- Write the statements of this step here.\n")?;
    let (name, path) = (step.name.clone(), step.path.clone());
    let output = context.output;
    // The new step is added to the list of the steps in `schema.sql`.
    replay::write_schema(&mut steps).await?;
    output.line(format!("{} is created", shown(&path)));
    output.json(&json!({ "step": name, "path": path }));
    Ok(Exit::Success)
}
