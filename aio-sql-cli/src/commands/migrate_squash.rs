//! `aio-sql migrate squash`

mod server;

use std::fs;

use aio_sql::{Dialect, Executor, query};
use serde_json::json;

use crate::args::Squash;
use crate::commands::Context;
use crate::error::{AtPath, Error, Exit, Result};
use crate::output::shown;
use crate::plan::{quoted, terminated};
use crate::replay;
use crate::steps::{Directives, Step};

/// Replaces the first steps by one that makes the same schema with the same rows.
pub(super) async fn run(context: &Context, arguments: &Squash) -> Result<Exit> {
    let output = context.output;
    let steps = context.steps()?;
    steps.check_order()?;
    let count =
        match &arguments.through {
            None => steps.list.len(),
            Some(through) => {
                1 + steps.list.iter().position(|step| is_called(step, through)).ok_or_else(|| {
                    Error::usage(format!("there is no step `{through}` in {}", steps.folder.display()))
                })?
            }
        };
    if count < 2 {
        return Err(Error::new("there is nothing to squash: it takes at least two steps"));
    }
    let replaced: Vec<Step> = steps.list[..count].to_vec();
    if let Some(rust) = replaced.iter().find(|step| step.directives.is_rust) {
        return Err(Error::new(format!("{} is a function of the program, which a file cannot replace", rust.name))
            .help("squash the steps before it: `aio-sql migrate squash --through …`"));
    }
    let replay = replay::first(&context.scratch()?, &replaced).await?;
    let text = match replay.dialect() {
        Dialect::Postgres => match server::check(&replaced) {
            Ok(()) => server::text(&replay).await,
            Err(error) => Err(error),
        },
        _ => text(&replay).await,
    };
    replay.close().await?;
    let (first, last) = (&replaced[0], &replaced[count - 1]);
    let replaces =
        Directives { replaces: vec![format!("{:04}..{:04}", first.number, last.number)], ..Directives::default() };
    let text = format!("{}\n{}", replaces.lines(), text?);
    let name = format!("{:04}_squashed", last.number);
    let path = steps.folder.join(format!("{name}.sql"));
    if arguments.dry_run {
        output.line(&text);
        output.json(&json!({ "step": name, "text": text }));
        return Ok(Exit::SomethingToDo);
    }
    context.ask.consent(&format!("{} files are replaced by {}", count, shown(&path)))?;
    // The new file is written completely before an old one is removed.
    let beside = steps.folder.join(".squashed.new");
    fs::write(&beside, &text).at_path("write", &beside)?;
    for step in &replaced {
        fs::remove_file(&step.path).at_path("remove", &step.path)?;
    }
    fs::rename(&beside, &path).at_path("write", &path)?;
    let mut steps = context.steps()?;
    replay::write_schema(&context.scratch()?, &mut steps).await?;
    output.line(format!("{} replaces {} files", shown(&path), count));
    let names: Vec<&str> = replaced.iter().map(|step| step.name.as_str()).collect();
    output.json(&json!({ "step": name, "path": path, "replaced": names }));
    Ok(Exit::Success)
}

fn is_called(step: &Step, name: &str) -> bool {
    step.name == name || name.parse() == Ok(step.number)
}

/// Returns statements that make the schema of a database and insert its rows.
async fn text(db: &Executor) -> Result<String> {
    let schema = db.inspect().await?;
    let order = schema.in_key_order();
    let mut statements: Vec<String> = order.tables().iter().map(|table| table.sql().to_owned()).collect();
    for table in order.tables() {
        statements.extend(rows(db, table).await?);
    }
    statements.extend(order.tables().iter().flat_map(|table| table.indexes()).map(|index| index.sql().to_owned()));
    statements.extend(schema.views().iter().map(|view| view.sql().to_owned()));
    let triggers = schema.tables().iter().flat_map(|table| table.triggers());
    let triggers = triggers.chain(schema.views().iter().flat_map(|view| view.triggers()));
    statements.extend(triggers.map(|trigger| trigger.sql().to_owned()));
    Ok(statements.iter().map(|statement| terminated(statement)).collect())
}

/// Returns statements that insert the rows of a table.
async fn rows(db: &Executor, table: &aio_sql::inspect::Table) -> Result<Vec<String>> {
    let columns: Vec<String> = table
        .columns()
        .iter()
        .filter(|column| column.generated().is_none() && !column.is_hidden())
        .map(|column| quoted(column.name()))
        .collect();
    let values = columns.iter().map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || ', ' || ");
    let name = quoted(table.name());
    let texts: Vec<String> = query(format!("select {values} from {name}")).all(db).await?;
    let columns = columns.join(", ");
    Ok(texts.iter().map(|values| format!("INSERT INTO {name} ({columns}) VALUES ({values})")).collect())
}
