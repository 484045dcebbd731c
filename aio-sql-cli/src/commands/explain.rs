//! `aio-sql explain`

use aio_sql::query;
use aio_sql::report::Plan;
use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::args::Explain;
use crate::commands::{Context, query::placed, sql_of};
use crate::error::{Exit, Result};
use crate::output::Output;

const SCAN: Style = AnsiColor::Yellow.on_default().bold();

/// Shows how a statement is run.
pub(super) async fn run(context: &Context, arguments: &Explain) -> Result<Exit> {
    let sql = sql_of(&arguments.sql)?;
    let db = context.address()?.open_read_only().await?;
    let plan = match query(sql.as_str()).explain(&db).await {
        Ok(plan) => Ok(plan),
        Err(error) => Err(placed(&db, &sql, error).await),
    };
    db.close().await?;
    show(context.output, &plan?);
    Ok(Exit::Success)
}

/// Shows a plan as a tree, in which scans are marked.
fn show(output: Output, plan: &Plan) {
    let steps = plan.steps();
    for (place, step) in steps.iter().enumerate() {
        let is_last = |depth: usize| {
            let later = steps[place + 1..].iter().take_while(|later| later.depth >= depth);
            !later.into_iter().any(|later| later.depth == depth)
        };
        let mut branches: String = (1..step.depth).map(|depth| if is_last(depth) { "   " } else { "│  " }).collect();
        if step.depth > 0 {
            branches += if is_last(step.depth) { "└─ " } else { "├─ " };
        }
        let detail = &step.detail;
        output.line(match is_scan(plan, detail) {
            true => format!("{branches}{SCAN}{detail}{SCAN:#}  {SCAN}← reads every row{SCAN:#}"),
            false => format!("{branches}{detail}"),
        });
    }
    let scans: Vec<&str> = plan.scans().collect();
    let steps: Vec<_> = steps
        .iter()
        .map(|step| json!({ "depth": step.depth, "detail": step.detail, "scan": is_scan(plan, &step.detail) }))
        .collect();
    output.json(&json!({ "plan": steps, "scans": scans }));
}

fn is_scan(plan: &Plan, detail: &str) -> bool {
    let words: Vec<&str> = detail.split(' ').filter(|word| *word != "Parallel").collect();
    match words.as_slice() {
        ["SCAN", table, ..] => plan.scans().any(|scanned| scanned == *table),
        ["Seq", "Scan", "on", ..] => true,
        _ => false,
    }
}
