//! The writes of the child, the acknowledgement of its calls, and the check of the result.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use aio_sql::{Database, Durability, ErrorKind, Executor, Result, Table, rusqlite};

/// A row. All rows that one call has written have the same `first` and `size`.
#[derive(Table, Clone, Debug)]
struct Entry {
    #[column(primary_key, auto)]
    id: i64,
    first: i64,
    size: i64,
    // The column is not unique, so that a row that is written twice is noticed.
    number: i64,
    how: String,
    text: String,
}

/// A row of the second table in which a call writes if it is a transaction: one for each entry.
#[derive(Table, Clone, Debug)]
struct Twin {
    #[column(primary_key, auto)]
    id: i64,
    first: i64,
    number: i64,
}

/// The ways in which a call writes its rows: an insert of one row, an insert of several rows, or a
/// transaction with several inserts.
const HOW: [&str; 3] = ["single", "several", "transaction"];
const SEVERAL: i64 = 4;

/// The number of calls for which one task has numbers in one round, and the number of tasks that
/// have numbers. Each call has ten numbers.
const CALLS: i64 = 100_000;
const TASKS: i64 = 1_000;

/// An acknowledged call, identified by the number of its first row.
pub(crate) type Ack = i64;

pub(crate) async fn open(path: &Path, durability: Durability) -> Result<Database> {
    let db = Database::builder(path)
        .durability(durability)
        // The value is small, so that checkpoints are frequent.
        .pragma("wal_autocheckpoint", 40)
        .open()
        .await?;
    db.create_if_missing(Entry).await?;
    db.create_if_missing(Twin).await?;
    Ok(db)
}

/// Writes with several tasks at once, and reports each call after it was answered.
pub(crate) async fn write(
    db: &Database,
    round: i64,
    (tasks, calls): (i64, i64),
    acknowledge: Arc<dyn Fn(Ack) + Send + Sync>,
) -> Result<()> {
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let (db, acknowledge) = (db.clone(), Arc::clone(&acknowledge));
            tokio::spawn(async move {
                for call in 0..calls {
                    let first = ((round * TASKS + task) * CALLS + call) * 10;
                    one_call(&db, first, HOW[((task + call) % 3) as usize]).await?;
                    acknowledge(first);
                }
                Ok(())
            })
        })
        .collect();
    for task in running {
        task.await.expect("no panic")?;
    }
    Ok(())
}

async fn one_call(db: &Database, first: i64, how: &'static str) -> Result<()> {
    let size = if how == "single" { 1 } else { SEVERAL };
    // The length varies, so that pages split at different places.
    let text = "x".repeat((first / 10 % 7 * 60) as usize);
    let entry = move |number| NewEntry { first, size, number, how: how.to_owned(), text: text.clone() };
    match how {
        "single" => Entry::insert(entry(first)).execute(db).await.map(drop),
        "several" => Entry::insert_all((first..first + size).map(entry)).execute(db).await.map(drop),
        _ => {
            let both = |ex: &Executor, number| {
                (Entry::insert(entry(number)).execute(ex), Twin::insert(NewTwin { first, number }).execute(ex))
            };
            db.transaction(|tx| async move {
                for number in first..first + size {
                    let (entry, twin) = both(&tx, number);
                    entry.await?;
                    twin.await?;
                }
                Ok(())
            })
            .await
        }
    }
}

/// Makes a backup while other tasks write.
pub(crate) async fn back_up(db: &Database, to: &Path) -> Result<()> {
    db.backup(to, |_| ()).await
}

/// Runs a checkpoint, which need not be able to empty the write-ahead log.
pub(crate) async fn checkpoint(db: &Database) -> Result<()> {
    match db.checkpoint().await {
        // Another connection reads the write-ahead log or runs a checkpoint; this checkpoint has
        // written as much as it could.
        Err(error) if *error.kind() == ErrorKind::Busy => Ok(()),
        done => done,
    }
}

/// What is wrong with a file, as queries of plain rusqlite find it.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The number of acknowledged calls whose rows are missing.
    pub(crate) lost: usize,
    /// Partially written calls, duplicate rows, and damage to the file.
    pub(crate) broken: Vec<String>,
}

pub(crate) fn examine(raw: &rusqlite::Connection, acknowledged: &[Ack]) -> Findings {
    match examined(raw, acknowledged) {
        Ok(findings) => findings,
        Err(error) => Findings { lost: acknowledged.len(), broken: vec![error.to_string()] },
    }
}

fn examined(raw: &rusqlite::Connection, acknowledged: &[Ack]) -> rusqlite::Result<Findings> {
    let mut findings = Findings::default();
    let report: String = raw.query_row("pragma integrity_check", [], |row| row.get(0))?;
    if report != "ok" {
        findings.broken.push(report);
    }
    if !(raw.table_exists(None, "entry")? && raw.table_exists(None, "twin")?) {
        findings.lost = acknowledged.len();
        return Ok(findings);
    }
    let mut entries = raw.prepare(
        "select first, min(how), min(size), max(size), count(*), count(distinct number), min(number), max(number)
         from entry group by first",
    )?;
    let mut twins = raw.prepare("select first, count(*), count(distinct number) from twin group by first")?;
    let twins = twins.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))));
    let mut twins: HashMap<i64, (i64, i64)> = twins?.collect::<rusqlite::Result<_>>()?;
    let mut found = HashMap::new();
    let mut rows = entries.query([])?;
    while let Some(row) = rows.next()? {
        let (first, how): (i64, String) = (row.get(0)?, row.get(1)?);
        let [size, largest, count, distinct, low, high] =
            [2, 3, 4, 5, 6, 7].map(|column| row.get_unwrap::<_, i64>(column));
        let whole = size == largest && count == size && distinct == size && low == first && high == first + size - 1;
        let wanted = if how == "transaction" { Some((size, size)) } else { None };
        let there = twins.remove(&first);
        if !whole || there != wanted {
            findings.broken.push(format!("{how} {first}: {count} of {size} rows, {distinct} differ, twins {there:?}"));
        }
        found.insert(first, ());
    }
    findings.broken.extend(twins.keys().map(|first| format!("twins of {first} without entries")));
    findings.lost = acknowledged.iter().filter(|first| !found.contains_key(first)).count();
    Ok(findings)
}
