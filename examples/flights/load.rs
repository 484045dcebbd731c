//! Loading a file into a table.
//!
//! One thread reads and parses the file in chunks of a few thousand rows, and the database's
//! thread inserts the chunks. Only a few chunks are in memory at the same time, even if the file
//! is long.

use std::path::{Path, PathBuf};
use std::time::Instant;

use aio_sql::statement::InsertAll;
use aio_sql::{Database, Table};
use indicatif::{ProgressBar, ProgressStyle};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use crate::Result;
use crate::csv_rows::CsvRows;
use crate::report::thousands;

/// The number of rows that are inserted at once.
const CHUNK: usize = 4096;

/// Consecutive rows of a file.
struct Chunk<T> {
    rows: Vec<T>,
    first_line: u64,
    last_line: u64,
}

/// Fills a table from the file with its name. After an error, the table has no rows.
pub(crate) async fn table<T: Table<New = T> + DeserializeOwned + Send>(db: &Database, folder: &Path) -> Result {
    let name = T::TABLE.name;
    let path = find(folder, name)?;
    let bar = progress(name, &path)?;
    let started = Instant::now();

    let file = CsvRows::open(path.clone(), &bar)?;
    let (sender, mut chunks) = mpsc::channel(2);
    let reader = tokio::task::spawn_blocking(move || send(file, &sender));

    let rows: Result<u64> = db
        .try_transaction(|tx| async move {
            let mut count = 0;
            while let Some(chunk) = chunks.recv().await {
                let Chunk { rows, first_line, last_line } = chunk?;
                let inserted = InsertAll::<T>::new(rows).execute(&tx).await;
                let place = |error| format!("{}, lines {first_line} to {last_line}: {error}", path.display());
                count += inserted.map_err(place)?.rows_affected;
            }
            reader.await?;
            Ok(count)
        })
        .await;
    bar.finish_and_clear();

    let (rows, seconds) = (rows?, started.elapsed().as_secs_f64());
    let speed = thousands((rows as f64 / seconds) as u64);
    println!("{name:<10} {:>8} rows {seconds:>8.3} s {speed:>10} rows/s", thousands(rows));
    Ok(())
}

/// Returns the path of the file with this name, which may be compressed.
fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    let [plain, compressed] = ["csv", "csv.gz"].map(|ending| folder.join(format!("{name}.{ending}")));
    match [&plain, &compressed].into_iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => Err(format!("there is neither {} nor {}", plain.display(), compressed.display()).into()),
    }
}

/// Creates a progress bar for reading a file. The bar is visible only on a terminal.
fn progress(name: &'static str, path: &Path) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg:<10} {bar:40} {percent:>3} %  {elapsed}")?;
    Ok(ProgressBar::new(path.metadata()?.len()).with_style(style).with_message(name))
}

/// Sends the rows of a file in chunks, up to the end of the file or the first error. The call
/// blocks while two chunks have not been received yet.
fn send<T: Table + DeserializeOwned>(mut file: CsvRows<T>, chunks: &mpsc::Sender<Result<Chunk<T>>>) {
    loop {
        let first_line = file.line();
        let rows: Result<Vec<T>> = file.by_ref().take(CHUNK).collect();
        let last = !matches!(&rows, Ok(rows) if rows.len() == CHUNK);
        let chunk = rows.map(|rows| Chunk { rows, first_line, last_line: file.line() - 1 });
        // The receiver is gone if inserting has failed.
        if chunks.blocking_send(chunk).is_err() || last {
            return;
        }
    }
}
