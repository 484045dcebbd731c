//! `aio-sql migrate lint`

use std::collections::BTreeMap;

use serde_json::json;

use crate::args::Lint;
use crate::commands::Context;
use crate::commands::migrate_status::records;
use crate::error::{Error, Exit, Result};
use crate::lint::{Finding, LARGE, Rule, of_step};
use crate::output::shown;
use crate::plan::quoted;
use crate::replay;

/// Says what may go wrong when steps run: the last step or, with `--db`, those that are pending
/// there; with `--all`, all steps.
pub(super) async fn run(context: &Context, arguments: &Lint) -> Result<Exit> {
    let output = context.output;
    let steps = context.steps()?;
    steps.check_order()?;
    let mut first = if arguments.all { 0 } else { steps.list.len().saturating_sub(1) };
    let mut rows: Option<BTreeMap<String, u64>> = None;
    if context.has_database() {
        let (applied, counted) = database(context).await?;
        let is_applied = |name: &str| applied.iter().any(|applied| applied == name);
        if !arguments.all {
            first = steps.list.iter().position(|step| !is_applied(&step.name)).unwrap_or(steps.list.len());
        }
        rows = Some(counted);
    }
    let mut findings = Vec::new();
    let mut before = schema(&steps.list[..first]).await?;
    for (place, step) in steps.list.iter().enumerate().skip(first) {
        let after = schema(&steps.list[..=place]).await?;
        findings.extend(of_step(&step.name, &step.text, &before, &after)?);
        before = after;
    }
    let is_kept = |finding: &Finding| {
        let count = finding
            .table
            .as_ref()
            .zip(rows.as_ref())
            .map(|(table, rows)| rows.get(&table.to_ascii_lowercase()).copied().unwrap_or(0));
        let by_rows = match (finding.rule, count) {
            (Rule::LargeRebuild, count) => count.is_some_and(|count| count >= LARGE),
            (_, Some(count)) => count > 0,
            (_, None) => true,
        };
        by_rows && !arguments.allow.iter().any(|allowed| allowed == finding.rule.name())
    };
    findings.retain(is_kept);
    for finding in &findings {
        let path = steps.folder.join(format!("{}.sql", finding.step));
        output.line(format!("{}:{}: {}: {}", shown(&path), finding.line, finding.rule.name(), finding.text));
    }
    if findings.is_empty() {
        output.line("the steps have no findings");
    }
    let listed: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({ "rule": finding.rule.name(), "step": finding.step, "line": finding.line, "text": finding.text })
        })
        .collect();
    output.json(&json!({ "findings": listed }));
    Ok(if findings.is_empty() { Exit::Success } else { Exit::SomethingToDo })
}

async fn schema(steps: &[crate::steps::Step]) -> Result<aio_sql::Schema> {
    let replay = replay::first(steps).await?;
    let schema = replay.inspect().await;
    replay.close().await?;
    Ok(schema?)
}

/// Returns the steps that were applied to the database, and the number of rows of each table.
async fn database(context: &Context) -> Result<(Vec<String>, BTreeMap<String, u64>)> {
    let address = context.address()?;
    if !address.exists() {
        return Err(Error::new(format!("there is no database at `{address}`")));
    }
    let db = address.open_read_only().await?;
    let read = async {
        let applied = records(&db).await?.into_iter().map(|record| record.name).collect();
        let mut rows = BTreeMap::new();
        for table in db.inspect().await?.tables() {
            let count: i64 =
                aio_sql::query(format!("select count(*) from {}", quoted(table.name()))).scalar(&db).await?;
            rows.insert(table.name().to_ascii_lowercase(), u64::try_from(count).unwrap_or(0));
        }
        Ok::<_, Error>((applied, rows))
    };
    let read = read.await;
    db.close().await?;
    read
}
