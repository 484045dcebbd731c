//! `aio-sql migrate lint`

use std::collections::BTreeMap;

use aio_sql::Schema;
use serde_json::json;

use crate::args::Lint;
use crate::commands::Context;
use crate::commands::migrate_status::records;
use crate::error::{Error, Exit, Result};
use crate::lint::{Finding, LARGE, Rule, of_step};
use crate::output::shown;
use crate::plan::Naming;
use crate::replay::{beside, schema};

/// Says what may go wrong when steps run: the last step or, with `--db`, those that are pending
/// there; with `--all`, all steps.
pub(super) async fn run(context: &Context, arguments: &Lint) -> Result<Exit> {
    let output = context.output;
    let steps = context.steps()?;
    steps.check_order()?;
    let mut first = if arguments.all { 0 } else { steps.list.len().saturating_sub(1) };
    let scratch = context.scratch()?;
    if context.has_database() {
        let applied = applied(context).await?;
        let is_applied = |name: &str| applied.iter().any(|applied| applied == name);
        if !arguments.all {
            first = steps.list.iter().position(|step| !is_applied(&step.name)).unwrap_or(steps.list.len());
        }
    }
    let mut findings = Vec::new();
    let mut before = schema(&scratch, &steps.list[..first]).await?;
    for (place, step) in steps.list.iter().enumerate().skip(first) {
        let after = schema(&scratch, &steps.list[..=place]).await?;
        findings.extend(of_step(&step.name, &step.text, &before, &after)?);
        before = after;
    }
    let rows = if context.has_database() { Some(rows(context, &before).await?) } else { None };
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

/// Returns the steps that were applied to the database.
async fn applied(context: &Context) -> Result<Vec<String>> {
    let address = context.address()?;
    if !address.exists().await? {
        return Err(Error::new(format!("there is no database at `{address}`")));
    }
    let db = address.open_read_only().await?;
    let read = records(&db).await;
    db.close().await?;
    Ok(read?.into_iter().map(|record| record.name).collect())
}

/// Returns the number of rows of each table of the database, by its full name. `made` is the
/// schema that all steps make.
async fn rows(context: &Context, made: &Schema) -> Result<BTreeMap<String, u64>> {
    let db = context.address()?.open_read_only().await?;
    let read = async {
        let found = beside(&db, made).await?;
        let naming = Naming::of(&found);
        let mut rows = BTreeMap::new();
        for table in found.tables() {
            let name = naming.sql(table.schema(), table.name());
            let count: i64 = aio_sql::query(format!("select count(*) from {name}")).scalar(&db).await?;
            rows.insert(naming.of_table(table).to_ascii_lowercase(), u64::try_from(count).unwrap_or(0));
        }
        Ok::<_, Error>(rows)
    };
    let read = read.await;
    db.close().await?;
    read
}
