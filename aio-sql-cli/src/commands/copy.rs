//! `aio-sql copy`

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::args::Copy;
use crate::commands::Context;
use crate::copy::{Copied, Existing, Progress, copy};
use crate::database::Address;
use crate::error::{Error, Exit, Result};
use crate::output::{count, shows_progress};

/// Copies the rows of one database into another.
pub(super) async fn run(context: &Context, arguments: &Copy) -> Result<Exit> {
    let from = Address::new(&arguments.from, "the arguments")?;
    let to = Address::new(&arguments.to, "the arguments")?;
    if from == to {
        return Err(Error::usage("a database cannot be copied into itself"));
    }
    let existing = match (arguments.append, arguments.replace) {
        (true, _) => Existing::Keep,
        (_, true) => Existing::Replace,
        _ => Existing::Refuse,
    };
    if existing == Existing::Replace {
        context.ask.consent(&format!("the rows of {to} are deleted, in the tables that {from} has, too"))?;
    }
    let copied = copied(context, &from, &to, existing).await?;
    show(context, &from, &to, &copied);
    Ok(Exit::Success)
}

async fn copied(context: &Context, from: &Address, to: &Address, existing: Existing) -> Result<Copied> {
    let of = |address: &Address, error: Error| error.at(address);
    let source = from.open_read_only().await.map_err(|error| of(from, error))?;
    let target = match to.open().await {
        Ok(target) => target,
        Err(error) => {
            drop(source.close().await);
            return Err(of(to, error));
        }
    };
    let mut bar = Bar::new();
    let outcome = copy(&source, &target, existing, &mut |progress| bar.show(context, progress)).await;
    bar.end();
    source.close().await?;
    target.close().await?;
    outcome
}

fn show(context: &Context, from: &Address, to: &Address, copied: &Copied) {
    let output = context.output;
    let rows: u64 = copied.tables.iter().map(|(_, rows)| rows).sum();
    let tables = count(copied.tables.len() as u64, "table");
    output.line(format!("{} of {tables} copied from {from} to {to}; all counts agree", count(rows, "row")));
    if !copied.only_in_source.is_empty() {
        output.warning(format!("{to} has no table {}: left out", copied.only_in_source.join(", ")));
    }
    let tables: Vec<_> = copied.tables.iter().map(|(name, rows)| json!({ "table": name, "rows": rows })).collect();
    output.json(&json!({
        "from": from.to_string(),
        "to": to.to_string(),
        "rows": rows,
        "tables": tables,
        "only_in_source": copied.only_in_source,
        "only_in_target": copied.only_in_target,
    }));
}

/// The progress of the table that is copied, shown only on a terminal.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn new() -> Bar {
        Bar(shows_progress().then(|| {
            let bar = ProgressBar::new(0);
            let template = "{msg} {wide_bar} {human_pos}/{human_len} rows  {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        }))
    }

    fn show(&mut self, context: &Context, progress: Progress<'_>) {
        match (progress, &self.0) {
            (Progress::Begin(table, rows), Some(bar)) => {
                bar.set_message(table.to_owned());
                bar.set_length(rows);
                bar.set_position(0);
            }
            (Progress::Inserted(rows), Some(bar)) => bar.inc(rows),
            (Progress::End(table, rows), bar) => {
                let line = || context.output.line(format!("{table}: {}", count(rows, "row")));
                match bar {
                    Some(bar) => bar.suspend(line),
                    None => line(),
                }
            }
            (_, None) => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
