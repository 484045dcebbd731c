//! Loads the flights that left New York in 2013 from CSV files into a database, and prints a
//! report:
//!
//! ```text
//! cargo run --release --example flights -- [--data DIR] [--db DATABASE] [--check]
//! ```
//!
//! Begin with `model.rs`, in which five structs define five tables. `load.rs` fills these tables,
//! and `report.rs` and `questions.rs` query them.

mod csv_rows;
mod load;
mod model;
mod questions;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aio_sql::{Database, Dialect, sql};
use model::{Airline, Airport, Flight, Plane, Weather};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T = (), E = Error> = std::result::Result<T, E>;

const HELP: &str = "\
Loads the flights that left New York in 2013 into a database, and prints a report.

Usage: cargo run --release --example flights -- [--data DIR] [--db DATABASE] [--check]

  --data DIR   where airlines, airports, planes, weather and flights lie, each as .csv or .csv.gz;
               examples/data, the first week of the year, unless said
  --db DATABASE
               the file to make; it goes into a temporary directory, and is removed, unless said. Or a
               PostgreSQL server, with the feature `postgres`: postgres://user@host/database
  --check      asks each question in SQL too, and compares";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result {
    let Some(Arguments { data, db, check }) = Arguments::parse()? else {
        println!("{HELP}");
        return Ok(());
    };
    if !data.is_dir() {
        return Err(format!("there is no folder {}", data.display()).into());
    }
    let Some(file) = db else {
        // A temporary directory, which is removed when the program ends.
        let directory = tempfile::tempdir()?;
        return make(&directory.path().join("flights.db"), &data, check).await;
    };
    if file.to_str().is_some_and(|address| address.starts_with("postgres://")) {
        return run_on(Database::open(file).await?, &data, check).await;
    }
    if file.exists() {
        return Err(format!("{} exists already: remove it, or choose another name", file.display()).into());
    }
    let result = make(&file, &data, check).await;
    if file.exists() {
        println!("\nThe database is {}{}", file.display(), if result.is_ok() { "" } else { ", unfinished" });
    }
    result
}

/// Creates the file, and runs the whole program on it.
async fn make(file: &Path, data: &Path, check: bool) -> Result {
    // Rows are inserted at random positions of the indexes. With a cache of 64 MiB, the load takes
    // half the time.
    run_on(Database::builder(file).cache(64 * 1024).open().await?, data, check).await
}

/// Runs the whole program on a database, and closes it even after an error. The program loads
/// `data`, prints the report, asks the questions and checks the file.
async fn run_on(db: Database, data: &Path, check: bool) -> Result {
    let result = load_and_report(&db, data, check).await;
    db.close().await?;
    result
}

async fn load_and_report(db: &Database, data: &Path, compare: bool) -> Result {
    db.create_all((Airline, Airport, Plane, Weather, Flight)).await?;

    println!("Loading {}", data.display());
    load::table::<Airline>(db, data).await?;
    load::table::<Airport>(db, data).await?;
    load::table::<Plane>(db, data).await?;
    load::table::<Weather>(db, data).await?;
    load::table::<Flight>(db, data).await?;

    report::print(db).await?;
    let answers = questions::ask(db, compare).await?;
    if db.dialect() == Dialect::Sqlite {
        check(db).await?;
    }
    if compare {
        println!("answers            {answers}, each equal to that of handwritten SQL");
    }
    Ok(())
}

/// Lets SQLite check the whole file and all foreign keys.
async fn check(db: &Database) -> Result {
    let damage: Vec<String> = sql!("pragma integrity_check").all(db).await?;
    let orphans: Vec<(String, Option<i64>, String)> =
        sql!(r#"select "table", rowid, parent from pragma_foreign_key_check"#).all(db).await?;

    report::title("Checks");
    println!("integrity_check    {}", damage.join(", "));
    println!("foreign_key_check  {}", if orphans.is_empty() { "ok" } else { "rows without a parent" });
    if damage != ["ok"] || !orphans.is_empty() {
        return Err("the database is damaged".into());
    }
    Ok(())
}

struct Arguments {
    data: PathBuf,
    db: Option<PathBuf>,
    check: bool,
}

impl Arguments {
    /// Parses the command line. Returns `None` if it contains `-h` or `--help`.
    fn parse() -> Result<Option<Arguments>, lexopt::Error> {
        use lexopt::prelude::*;
        let mut arguments =
            Arguments { data: Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data"), db: None, check: false };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("data") => arguments.data = parser.value()?.into(),
                Long("db") => arguments.db = Some(parser.value()?.into()),
                Long("check") => arguments.check = true,
                Short('h') | Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(arguments))
    }
}
