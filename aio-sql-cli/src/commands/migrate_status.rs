//! `aio-sql migrate status`

use aio_sql::{Database, Dialect, query};
use serde_json::json;

use crate::commands::Context;
use crate::error::{Error, Exit, Result};
use crate::leftovers::Leftovers;
use crate::output::{count, table};
use crate::steps::{Step, Steps, hash};

/// A step that the folder has, that a database has recorded, or both.
#[derive(Clone, Debug)]
pub struct Known {
    /// The name.
    pub name: String,
    /// Whether it was applied, and whether the folder has it.
    pub state: State,
    /// When it was applied, as the database records it.
    pub applied_at: Option<String>,
}

/// Whether a step was applied to a database, and whether the folder has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was applied as it is in the folder, or steps that it replaces were applied.
    Applied,
    /// It is in the folder, and is not applied yet.
    Pending,
    /// It was applied, but its statements in the folder are different now.
    Changed,
    /// It was applied, and is not in the folder.
    Missing,
    /// It is in the folder before a step that was applied, but was not applied.
    Skipped,
}

impl State {
    /// Returns the state as one word, for the output.
    pub fn word(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Pending => "pending",
            State::Changed => "changed",
            State::Missing => "missing",
            State::Skipped => "skipped",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            State::Applied => "",
            State::Pending => "`aio-sql migrate run` applies it",
            State::Changed => "it was edited after it was applied: undo that, and add a new step",
            State::Missing => "it was applied, but the folder does not have it",
            State::Skipped => "a later step was applied already: `aio-sql migrate rebase` moves it to the end",
        }
    }
}

/// Lists the steps.
pub(super) async fn run(context: &Context) -> Result<Exit> {
    let steps = context.steps()?;
    let address = context.address()?;
    let (records, leftovers) = if address.exists().await? {
        let db = address.open_read_only().await?;
        let read = async { Ok::<_, Error>((records(&db).await?, Leftovers::find(&db, &steps.list).await?)) }.await;
        db.close().await?;
        read?
    } else {
        context.output.note(format!("there is no database at `{address}`"));
        (Vec::new(), Leftovers::default())
    };
    let known = compare(&steps, &records);
    let output = context.output;
    for problem in &steps.problems {
        output.warning(problem);
    }
    let rows = known.iter().map(|step| {
        let at = step.applied_at.clone().unwrap_or_default();
        vec![step.name.clone(), step.state.word().to_owned(), seconds(&at), step.state.meaning().to_owned()]
    });
    if known.is_empty() {
        output.line(format!("there are no steps in {}", steps.folder.display()));
    } else {
        output.line(table(&["step", "state", "applied at", ""], rows));
    }
    let open = known.iter().filter(|step| step.state != State::Applied).count();
    if open > 0 {
        let are_pending = known.iter().all(|step| matches!(step.state, State::Applied | State::Pending));
        let what = if are_pending { "pending" } else { "not as the folder has them" };
        output.line(format!("{} {what}", count(open as u64, "step")));
    }
    for line in leftovers.lines() {
        output.line(line);
    }
    let listed: Vec<_> = known
        .iter()
        .map(|step| json!({ "name": step.name, "state": step.state.word(), "applied_at": step.applied_at }))
        .collect();
    let problems: Vec<String> = steps.problems.iter().map(ToString::to_string).collect();
    output.json(&json!({
        "database": address.to_string(), "steps": listed, "problems": problems, "leftovers": leftovers.json(),
    }));
    Ok(if open + steps.problems.len() > 0 || !leftovers.is_empty() { Exit::SomethingToDo } else { Exit::Success })
}

/// The record of a step that was applied.
#[derive(Clone, Debug)]
pub struct Record {
    /// The name.
    pub name: String,
    /// The statements with which it was applied.
    pub sql: String,
    /// When it was applied.
    pub applied_at: String,
}

/// Returns the steps that were applied to a database, in their order.
///
/// # Errors
/// Those of a query.
pub async fn records(db: &Database) -> Result<Vec<Record>> {
    if !db.has_table("_aio_sql_migrations").await? {
        return Ok(Vec::new());
    }
    let applied_at = match db.dialect() {
        Dialect::Postgres => "to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
        _ => "applied_at",
    };
    let text = format!("select name, sql, {applied_at} from _aio_sql_migrations order by position");
    let rows: Vec<(String, String, String)> = query(text).all(db).await?;
    Ok(rows.into_iter().map(|(name, sql, applied_at)| Record { name, sql, applied_at }).collect())
}

/// Compares the steps of a folder with those that were applied. Returns the steps of the folder in
/// their order, followed by those that only the database has.
pub fn compare(steps: &Steps, records: &[Record]) -> Vec<Known> {
    let record_of = |step: &Step| records.iter().find(|record| record.name == step.name);
    let last_applied = steps.list.iter().rposition(|step| record_of(step).is_some());
    let mut known: Vec<Known> = Vec::new();
    for (place, step) in steps.list.iter().enumerate() {
        let (state, applied_at) = match record_of(step) {
            Some(record) if hash(&record.sql) == step.hash() => (State::Applied, Some(record.applied_at.clone())),
            Some(record) => (State::Changed, Some(record.applied_at.clone())),
            // Steps that this one replaces were applied. The next run of the steps replaces their
            // records by one of this step.
            None if replaced_by(step, records).is_some() => {
                (State::Applied, replaced_by(step, records).map(|record| record.applied_at.clone()))
            }
            None if last_applied.is_some_and(|last| place < last) => (State::Skipped, None),
            None => (State::Pending, None),
        };
        known.push(Known { name: step.name.clone(), state, applied_at });
    }
    let is_replaced = |record: &Record| steps.list.iter().any(|step| step.directives.replaces(&record.name));
    for record in records {
        if !steps.list.iter().any(|step| step.name == record.name) && !is_replaced(record) {
            let applied_at = Some(record.applied_at.clone());
            known.push(Known { name: record.name.clone(), state: State::Missing, applied_at });
        }
    }
    known
}

/// Returns the last record of a step that `step` replaces, or `None` if there is none.
fn replaced_by<'r>(step: &Step, records: &'r [Record]) -> Option<&'r Record> {
    records.iter().rev().find(|record| step.directives.replaces(&record.name))
}

/// Returns a time without the fraction of its seconds, and with a blank in place of the `T`.
fn seconds(time: &str) -> String {
    time.split('.').next().unwrap_or_default().replace('T', " ")
}
