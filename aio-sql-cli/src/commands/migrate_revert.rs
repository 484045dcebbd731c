//! `aio-sql migrate revert`

use aio_sql::Dialect;
use serde_json::json;

use crate::args::Revert;
use crate::commands::Context;
use crate::error::{Error, Exit, Result};
use crate::output::shown;
use crate::plan::{Change, Goal, Hints, KEPT, Naming, Owned, Question, plan, renames_of, statements};
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
    let scratch = context.scratch()?;
    let wanted = replay::schema(&scratch, earlier).await?;
    let now = replay::first(&scratch, &steps.list).await?;
    let hints = undone(&last.text, Naming::of(&wanted));
    let owned = Owned::everything_but(now.others());
    let goal = Goal { wanted: &wanted, hints: &hints, owned: &owned };
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
    let unknown = if scratch.dialect() == Dialect::Postgres { unplanned(&last.text) } else { Vec::new() };
    let changes: Vec<String> = plan.changes.iter().map(Change::to_string).collect();
    let texts: Vec<String> = plan.steps.iter().map(crate::plan::Step::text).collect();
    if let Some(first) = unknown.first().filter(|_| texts.is_empty()) {
        return Err(Error::new(format!("the tool cannot undo {first} of {name}, of which the schema says nothing"))
            .help("write the inverse by hand: `aio-sql migrate new`"));
    }
    for statement in &unknown {
        output.warning(format!("{statement} of {name} is not undone: write its inverse into the step by hand"));
    }
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
    for (planned, text) in plan.steps.iter().zip(&texts) {
        let step = steps.write_new(&format!("revert {name} {}", planned.part), text)?;
        output.line(format!("{} is written", shown(&step.path)));
        written.push(json!({ "name": step.name, "path": step.path }));
    }
    for change in &changes {
        output.line(format!("    {change}"));
    }
    let owned = steps.schema.as_ref().map(|schema| schema.owned.clone()).unwrap_or_default();
    steps.write_schema(owned, &ddl?)?;
    replay::write_schema(&scratch, &mut steps).await?;
    output.note("undo the change of the structs too: `aio-sql migrate check` compares");
    output.json(&json!({ "steps": written, "changes": changes }));
    Ok(Exit::Success)
}

/// The kinds of objects that `inspect` does not read, so that no plan can undo a step that
/// creates one.
const UNKNOWN: &[&str] = &[
    "aggregate",
    "cast",
    "collation",
    "event",
    "extension",
    "function",
    "language",
    "operator",
    "policy",
    "procedure",
    "publication",
    "role",
    "rule",
    "server",
    "statistics",
];

/// Returns the beginnings of the statements of a step for PostgreSQL that no plan undoes, such as
/// CREATE FUNCTION. Statements that write rows are not among them: they do not change the schema.
fn unplanned(text: &str) -> Vec<String> {
    let mut unplanned: Vec<String> = Vec::new();
    for statement in statements(text) {
        let is = |place: usize, word: &str| statement.get(place).is_some_and(|token| token.is(word));
        let has = |words: &[&str]| {
            statement.windows(words.len()).any(|found| found.iter().zip(words).all(|(token, word)| token.is(word)))
        };
        let first = statement.first().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
        let place = if is(1, "or") { 3 } else { 1 };
        let kind = statement.get(place).filter(|token| UNKNOWN.iter().any(|word| token.is(word)));
        let found = match (&*first, kind) {
            ("CREATE" | "ALTER" | "DROP", Some(kind)) => format!("{first} {}", kind.text.to_ascii_uppercase()),
            // It gives a view back what it had, and makes nothing new.
            ("DO", _) if statement.iter().any(|token| token.text.contains(KEPT)) => continue,
            ("GRANT" | "REVOKE" | "DO" | "CALL", _) => first,
            ("ALTER", _) if has(&["owner", "to"]) => "OWNER TO".to_owned(),
            ("ALTER", _) if has(&["row", "level", "security"]) => "ROW LEVEL SECURITY".to_owned(),
            _ => continue,
        };
        if !unplanned.contains(&found) {
            unplanned.push(found);
        }
    }
    unplanned
}

/// Returns hints for undoing the renames of a step: for each earlier name, the name that the step
/// has given.
fn undone(text: &str, naming: Naming<'_>) -> Hints {
    let mut hints = Hints::default();
    let renames = renames_of(text, naming);
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
