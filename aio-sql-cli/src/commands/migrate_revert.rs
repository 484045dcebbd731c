//! `aio-sql migrate revert`

use serde_json::json;

use crate::args::Revert;
use crate::commands::Context;
use crate::error::{Error, Exit, Result};
use crate::output::shown;
use crate::plan::{Change, Goal, Hints, Owned, Question, plan, renames_of};
use crate::replay;

/// Writes the step that undoes the last one. Fails if it would lose data.
pub(super) async fn run(context: &Context, arguments: &Revert) -> Result<Exit> {
    let output = context.output;
    let mut steps = context.steps()?;
    steps.check_order()?;
    let Some((last, earlier)) = steps.list.split_last() else {
        return Err(Error::new(format!("there are no steps in {}", steps.folder.display())));
    };
    let name = last.name.clone();
    let before = replay::first(earlier).await?;
    let wanted = before.inspect().await;
    before.close().await?;
    let wanted = wanted?;
    let hints = undone(&last.text);
    let now = replay::first(&steps.list).await?;
    let goal = Goal { wanted: &wanted, hints: &hints, owned: &Owned::everything() };
    let plan = plan(&now, &goal, &mut |_: &Question| Ok(None)).await;
    let ddl = replay::ddl(&now).await;
    now.close().await?;
    let plan = plan.map_err(|error| error.at(format_args!("the inverse of {name}")))?;
    if !plan.losses().is_empty() {
        let message = format!("the inverse of {name} would lose the data of {}", plan.losses().join(", "));
        return Err(Error::new(message)
            .help("write the step by hand: `aio-sql migrate new`")
            .help("or go back to a copy of the database, which `--backup` makes before a step that loses data"));
    }
    let changes: Vec<String> = plan.changes.iter().map(Change::to_string).collect();
    let texts: Vec<String> = plan.steps.iter().map(crate::plan::Step::text).collect();
    if texts.is_empty() {
        output.line(format!("nothing to do: {name} does not change the schema"));
        output.json(&json!({ "steps": [], "changes": [] }));
        return Ok(Exit::Success);
    }
    if arguments.dry_run {
        output.line(texts.join("\n"));
        output.json(&json!({ "steps": texts, "changes": changes }));
        return Ok(Exit::SomethingToDo);
    }
    let mut written = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let called = if place + 1 == texts.len() { format!("revert {name}") } else { format!("revert {name} renames") };
        let step = steps.write_new(&called, text)?;
        output.line(format!("{} is written", shown(&step.path)));
        written.push(json!({ "name": step.name, "path": step.path }));
    }
    for change in &changes {
        output.line(format!("    {change}"));
    }
    let owned = steps.schema.as_ref().map(|schema| schema.owned.clone()).unwrap_or_default();
    steps.write_schema(owned, &ddl?)?;
    replay::write_schema(&mut steps).await?;
    output.note("undo the change of the structs too: `aio-sql migrate check` compares");
    output.json(&json!({ "steps": written, "changes": changes }));
    Ok(Exit::Success)
}

/// Returns hints for undoing the renames of a step: for each earlier name, the name that the step
/// has given.
fn undone(text: &str) -> Hints {
    let mut hints = Hints::default();
    let renames = renames_of(text);
    for (from, to) in &renames.tables {
        hints.table_mut(from).was = Some(to.clone());
    }
    for (table, from, to) in &renames.columns {
        // If the step renames the table first, it names the column's table by the new name.
        let earlier = renames.tables.iter().find(|(_, new)| new.eq_ignore_ascii_case(table));
        let table = earlier.map_or(table, |(old, _)| old);
        hints.table_mut(table).column_mut(from).was = Some(to.clone());
    }
    hints
}
