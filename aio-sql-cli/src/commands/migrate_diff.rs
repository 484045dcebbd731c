//! `aio-sql migrate diff`

mod existing;

use aio_sql::Schema;
use aio_sql::inspect::Table;
use existing::Existing;
use serde_json::json;

use crate::args::Diff;
use crate::commands::Context;
use crate::error::{Error, Exit, Result};
use crate::lint::{self, Finding};
use crate::output::shown;
use crate::plan::{Change, Goal, Hints, Naming, Owned, Plan, Question, plan};
use crate::replay::{self, Replay, Scratch};
use crate::steps::{self, Steps};
use crate::structs::Structs;

/// Writes the steps that lead from the schema of the existing steps to that of the structs, and
/// `schema.sql`.
pub(super) async fn run(context: &Context, arguments: &Diff) -> Result<Exit> {
    let mut steps = context.steps()?;
    steps.check_order()?;
    let scratch = context.scratch()?;
    let structs = find_structs(context, &scratch)?;
    let replay = replay::steps(&scratch, &steps).await?;
    let wanted = structs.schema(&replay).await?;
    if wanted.tables().is_empty() {
        return Err(Error::new(
            "the package has no struct with `#[derive(Table)]`, so that there is nothing to compare",
        )
        .help("name the package by `--package`, and its features by `--features`"));
    }
    let existing = existing::first_step(context, arguments, &steps, &wanted).await?;
    let replay = match &existing {
        Some(first) => {
            replay.close().await?;
            replay::first(&scratch, &[steps.new_step(FIRST, &first.step.text())?]).await?
        }
        None => replay,
    };
    let outcome = write(context, arguments, &mut steps, &structs, &wanted, existing, &replay).await;
    replay.close().await?;
    outcome
}

/// Plans the steps that follow those that were run in `replay`, and writes them. `existing` is a
/// first step that was run there, and is not written yet.
async fn write(
    context: &Context,
    arguments: &Diff,
    steps: &mut Steps,
    structs: &Structs,
    wanted: &Schema,
    existing: Option<Existing>,
    replay: &Replay,
) -> Result<Exit> {
    let output = context.output;
    let naming = Naming::of(wanted);
    let (hints, owned) = (hints(structs, naming), owned(steps));
    let goal = Goal { wanted, hints: &hints, owned: &owned };
    let before = replay.inspect().await?;
    let mut answer = |question: &Question| if arguments.no_renames { Ok(None) } else { answered(context, question) };
    let plan = plan(replay, &goal, &mut answer).await?;
    let made = existing.iter().flat_map(|existing| &existing.changes);
    let changes: Vec<String> = made.chain(&plan.changes).map(Change::to_string).collect();
    let mut findings = Vec::new();
    // The steps are looked at together, because one may fill the columns that another one needs.
    if let Some(all) = plan.steps.iter().cloned().reduce(crate::plan::Step::followed_by) {
        findings.extend(lint::of_change("", &all.text(), &before, &replay.inspect().await?)?);
    }
    let new = existing.iter().map(|existing| &existing.step).chain(&plan.steps);
    if arguments.dry_run {
        let texts: Vec<String> = new.map(crate::plan::Step::text).collect();
        output.line(if texts.is_empty() { nothing_to_do() } else { texts.join("\n") });
        warn(context, &plan, &findings);
        output.json(&json!({ "steps": texts, "changes": changes, "losses": plan.losses() }));
        return Ok(if texts.is_empty() { Exit::Success } else { Exit::SomethingToDo });
    }
    if !plan.losses().is_empty() {
        context.ask.consent(&format!("the step loses the data of {}", plan.losses().join(", ")))?;
    }
    warn(context, &plan, &findings);
    let is_first = steps.list.is_empty() && (existing.is_none() || plan.is_empty());
    let name = arguments.name.clone().unwrap_or_else(|| called(&plan, is_first));
    let count = new.clone().count();
    let mut written = Vec::new();
    for (place, step) in new.enumerate() {
        let called = match place {
            0 if existing.is_some() && count > 1 => FIRST.to_owned(),
            _ => format!("{name} {}", step.part),
        };
        let step = steps.write_new(&called, &step.text())?;
        output.line(format!("{} is written", shown(&step.path)));
        written.push(json!({ "name": step.name, "path": step.path }));
    }
    for change in &changes {
        output.line(format!("    {change}"));
    }
    if count == 0 {
        output.line(nothing_to_do());
    }
    if let Some(Existing { database, .. }) = &existing {
        output.note(format!("`aio-sql migrate baseline --db {database}` records the first step there"));
    }
    let indexes = |table: &Table| -> Vec<String> {
        table.indexes().iter().map(|index| naming.full(table.schema(), index.name())).collect()
    };
    let owned = steps::Owned {
        tables: wanted.tables().iter().map(|table| naming.of_table(table)).collect(),
        indexes: wanted.tables().iter().flat_map(indexes).collect(),
    };
    steps.write_schema(owned, &replay::ddl(replay).await?)?;
    output.json(&json!({ "steps": written, "changes": changes, "losses": plan.losses() }));
    Ok(Exit::Success)
}

/// The name of the first step.
const FIRST: &str = "init";

fn nothing_to_do() -> String {
    "nothing to do: the steps make the schema of the structs".to_owned()
}

fn warn(context: &Context, plan: &Plan, findings: &[Finding]) {
    for broken in &plan.broken {
        context.output.warning(format!("{broken}: change it in this step, or in one before"));
    }
    for finding in findings {
        context.output.warning(&finding.text);
    }
}

/// Asks the user whether a new table or column is a renamed one. Returns the index of its earlier
/// name in `question.gone`, or `None` if it is new.
fn answered(context: &Context, question: &Question) -> Result<Option<usize>> {
    let mut items: Vec<String> = question.gone.iter().map(|gone| format!("it was `{gone}`, and is renamed")).collect();
    items.push("it is new".to_owned());
    let unanswered = question.unanswered();
    let text = match &question.table {
        Some(table) => format!("What is the column `{}` of `{table}`?", question.new),
        None => format!("What is the table `{}`?", question.new),
    };
    if !crate::ask::Ask::is_possible() {
        return Err(unanswered);
    }
    let chosen = context.ask.choose(&text, &items, unanswered.help_lines())?;
    Ok((chosen < question.gone.len()).then_some(chosen))
}

/// Finds the structs of the package, and warns of those that the tool cannot see.
pub(super) fn find_structs(context: &Context, scratch: &Scratch) -> Result<Structs> {
    let structs = Structs::find(&context.project()?)?.in_steps_of(scratch.dialect());
    for unseen in &structs.unseen {
        context.output.warning(unseen);
    }
    Ok(structs)
}

/// Returns the tables and indexes that `schema.sql` lists as belonging to structs.
pub(super) fn owned(steps: &Steps) -> Owned {
    let owned = steps.schema.as_ref().map(|schema| schema.owned.clone()).unwrap_or_default();
    Owned::new(owned.tables, owned.indexes)
}

/// Returns what the attributes of the structs say about earlier names and about the values of new
/// columns.
fn hints(structs: &Structs, naming: Naming<'_>) -> Hints {
    let mut hints = Hints::default();
    for found in &structs.list {
        let table = hints.table_mut(&naming.full(found.schema.as_deref().unwrap_or_default(), &found.table));
        table.place = Some(found.place());
        table.was.clone_from(&found.was);
        for history in &found.columns {
            let column = table.column_mut(&history.column);
            column.was.clone_from(&history.was);
            column.backfill.clone_from(&history.backfill);
        }
    }
    hints
}

/// Returns a name for a step: that of the first step, else one made from its first change.
fn called(plan: &Plan, is_first: bool) -> String {
    if is_first {
        return FIRST.to_owned();
    }
    let name = |change: &Change| match change {
        Change::RenameTable { from, to } => format!("rename {from} to {to}"),
        Change::RenameColumn { table, to, .. } => format!("rename {table} {to}"),
        Change::CreateTable { table } => format!("create {table}"),
        Change::DropTable { table } => format!("drop {table}"),
        Change::AddColumn { table, column } => format!("add {table} {column}"),
        Change::DropColumn { table, column } => format!("drop {table} {column}"),
        Change::CreateIndex { table, .. } | Change::DropIndex { table, .. } => format!("{table} indexes"),
        Change::Create { name, .. } | Change::Alter { name, .. } | Change::Drop { name, .. } => name.clone(),
        Change::Rename { to, .. } => format!("rename {to}"),
        Change::Comment { on } => format!("comment {on}"),
        Change::SetNotNull { table, .. }
        | Change::DropNotNull { table, .. }
        | Change::AddCheck { table, .. }
        | Change::DropCheck { table, .. }
        | Change::ChangeColumn { table, .. }
        | Change::AddConstraint { table, .. }
        | Change::DropConstraint { table, .. }
        | Change::Rebuild { table, .. } => format!("change {table}"),
    };
    // A new schema is there for the sake of its tables.
    let is_schema = |change: &&Change| matches!(change, Change::Create { kind: "schema", .. });
    let first = plan.changes.iter().find(|change| !is_schema(change)).or(plan.changes.first());
    first.map(name).filter(|name| name.chars().any(char::is_alphanumeric)).unwrap_or("change".to_owned())
}
