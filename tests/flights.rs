//! Tests of the examples: `flights` on the first week of 2013 and on files with mistakes,
//! `quickstart`, and `books`, the program of the README.
//!
//! `cargo test` builds the examples before it runs these tests. The expected report is computed
//! here from the files, in plain Rust.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aio_sql::rusqlite::{Connection, OpenFlags};

#[cfg(feature = "postgres")]
#[path = "databases/mod.rs"]
mod databases;

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// A row of a file, by column name, without the columns that are `NA`.
type Row = HashMap<String, String>;

const TABLES: [&str; 5] = ["airlines", "airports", "planes", "weather", "flights"];

#[test]
fn the_report_agrees_with_the_files() -> Result {
    let folder = tempfile::tempdir()?;
    let report = printed(example("flights", folder.path())?.output()?)?;
    assert_eq!(fs::read_dir(folder.path())?.count(), 0, "the temporary directory is left behind");

    let flights = rows("flights")?;
    let flown = flights.iter().filter(|row| row.contains_key("air_time"));
    let expected = [
        format!("flights {}", thousands(flights.len())),
        format!("destinations {}", thousands(distinct(&flights, "dest").len())),
        format!("planes {}", thousands(distinct(&flights, "tailnum").len())),
        format!("miles flown {}", thousands(flown.filter_map(|row| number(row, "distance")).sum::<f64>() as usize)),
    ];
    assert_eq!(section(&report, "Overview"), expected);

    let mut airlines = Vec::new();
    for airline in rows("airlines")? {
        let its: Vec<&Row> = flights.iter().filter(|row| row["carrier"] == airline["carrier"]).collect();
        let delays: Vec<f64> = its.iter().filter_map(|row| number(row, "arr_delay")).collect();
        let mean = delays.iter().sum::<f64>() / delays.len() as f64;
        airlines.push((Reverse(its.len()), format!("{} {} {mean:.1}", airline["name"], thousands(its.len()))));
    }
    airlines.retain(|(flights, _)| flights.0 > 0);
    airlines.sort();
    let expected: Vec<String> = airlines.into_iter().map(|(_, line)| line).collect();
    assert_eq!(section(&report, "Airlines, by flights")[1..], expected);

    let delays = top(&flights, "arr_delay", &["time_hour", "carrier"]);
    let line = |row: &&Row| {
        let [delay, carrier, flight, origin, dest, hour] =
            ["arr_delay", "carrier", "flight", "origin", "dest", "time_hour"].map(|column| &row[column]);
        format!("{delay} min {carrier} {flight} {origin} to {dest} {hour}")
    };
    assert_eq!(section(&report, "Longest delays on arrival"), delays.iter().map(line).collect::<Vec<_>>());

    let cancelled = flights.iter().filter(|row| !row.contains_key("dep_time")).collect::<Vec<_>>();
    let mut expected = vec![format!("all {}", cancelled.len())];
    for origin in ["EWR", "JFK", "LGA"] {
        expected.push(format!("{origin} {}", cancelled.iter().filter(|row| row["origin"] == origin).count()));
    }
    assert_eq!(section(&report, "Flights that never left")[..4], expected);

    let airports = rows("airports")?;
    let known = distinct(&airports, "faa");
    let unknown = distinct(&flights, "dest").into_iter().filter(|dest| !known.contains(dest));
    let to = |dest| flights.iter().filter(|row| row["dest"] == dest).count();
    let mut unknown: Vec<(usize, &str)> = unknown.map(|dest| (to(dest), dest)).collect();
    unknown.sort_by_key(|(flights, _)| Reverse(*flights));
    let expected: Vec<String> = unknown.iter().map(|(flights, dest)| format!("{dest} {flights}")).collect();
    assert_eq!(section(&report, "Destinations that no row of airports describes"), expected);

    let at_jfk: Vec<Row> = rows("weather")?.into_iter().filter(|row| row["origin"] == "JFK").collect();
    let line = |row: &&Row| {
        let gust = number(row, "wind_gust").map_or(String::new(), |gust| format!(", gusts of {gust:.1}"));
        format!("{} {:.1} mph{gust}", row["time_hour"], number(row, "wind_speed").unwrap_or_default())
    };
    let expected: Vec<String> = top(&at_jfk, "wind_speed", &["time_hour"]).iter().map(line).collect();
    assert_eq!(section(&report, "Windiest hours at JFK")[..5], expected);

    let line = |row: &&Row| {
        format!("{} {} {} ft", row["faa"], row["name"], thousands(number(row, "alt").unwrap_or_default() as usize))
    };
    let expected: Vec<String> = top(&airports, "alt", &["faa"]).iter().map(line).collect();
    assert_eq!(section(&report, "Highest airports")[..5], expected);

    let planes = rows("planes")?;
    let old = planes.iter().filter(|row| number(row, "year").is_some_and(|year| year < 1970.0));
    let line = |row: &Row| {
        let [year, tailnum, manufacturer, model, seats] =
            ["year", "tailnum", "manufacturer", "model", "seats"].map(|column| &row[column]);
        format!("{year} {tailnum} {manufacturer} {model}, {seats} seats")
    };
    let mut expected: Vec<String> = old.map(line).collect();
    expected.sort();
    assert_eq!(section(&report, "Planes built before 1970"), expected);

    assert_eq!(section(&report, "Checks"), ["integrity_check ok", "foreign_key_check ok"]);
    Ok(())
}

#[test]
fn typed_queries_return_the_same_as_hand_written_sql() -> Result {
    let folder = tempfile::tempdir()?;
    let report = printed(example("flights", folder.path())?.arg("--check").output()?)?;
    assert_eq!(section(&report, "Checks")[2], "answers 19, each equal to that of handwritten SQL");

    let flights = rows("flights")?;
    let links: HashSet<(&str, &str)> = flights
        .iter()
        .flat_map(|row| {
            [(row["origin"].as_str(), row["dest"].as_str()), (row["dest"].as_str(), row["origin"].as_str())]
        })
        .collect();
    let from = |airports: &HashSet<&str>| -> HashSet<&str> {
        links.iter().filter(|(start, _)| airports.contains(start)).map(|(_, end)| *end).collect()
    };
    let near = from(&HashSet::from(["ALB"]));
    let expected = [format!("by 1 flights {}", near.len()), format!("by 2 flights {}", from(&near).len())];
    assert_eq!(section(&report, "Airports reached from Albany"), expected);
    Ok(())
}

#[test]
fn the_database_contains_the_data_of_the_files() -> Result {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("flights.db");
    let report = printed(example("flights", folder.path())?.arg("--db").arg(&file).output()?)?;
    assert_eq!(fs::read_dir(folder.path())?.count(), 1, "more than the database is left behind");

    let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let integrity: String = db.query_row("pragma integrity_check", [], |row| row.get(0))?;
    assert_eq!(integrity, "ok");
    assert!(!db.prepare("pragma foreign_key_check")?.exists([])?);
    for table in TABLES {
        let files = rows(table)?;
        let stored = count(&db, &format!("select count(*) from {table}"))?;
        assert_eq!(stored, files.len(), "{table}");
        let line = report.lines().find(|line| line.starts_with(table)).unwrap_or_default();
        assert!(line.ends_with(" rows/s") && line.contains(&format!(" {} rows ", thousands(stored))), "{line}");

        // The columns are in the order of the file, and NULL stands for `NA`.
        let text = fs::read_to_string(data().join(format!("{table}.csv")))?;
        let columns: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
        assert_eq!(db.prepare(&format!("select * from {table}"))?.column_names(), columns);
        for column in columns {
            let known = count(&db, &format!(r#"select count("{column}") from {table}"#))?;
            let expected = files.iter().filter(|row| row.contains_key(column)).count();
            assert_eq!(known, expected, "{table}.{column}");
        }
    }
    assert_eq!(count(&db, "select count(*) from flights where tailnum = 'NA'")?, 0);
    let first: (String, i64, String) = db.query_row(
        "select carrier, flight, time_hour from flights where dep_time = 517 and day = 1 and origin = 'EWR'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    assert_eq!(first, ("UA".into(), 1545, "2013-01-01T10:00:00.000000000Z".into()));

    let again = example("flights", folder.path())?.arg("--db").arg(&file).output()?;
    assert!(complaint(again).contains("exists already"));
    Ok(())
}

#[test]
fn compressed_files_are_read_too() -> Result {
    let folder = Folder::new()?;
    for table in ["flights", "airlines"] {
        let plain = folder.csv(table);
        let mut encoder =
            flate2::write::GzEncoder::new(File::create(plain.with_extension("csv.gz"))?, flate2::Compression::fast());
        std::io::copy(&mut File::open(&plain)?, &mut encoder)?;
        encoder.finish()?;
        fs::remove_file(plain)?;
    }
    let report = printed(folder.load()?)?;
    assert_eq!(section(&report, "Overview")[0], format!("flights {}", thousands(rows("flights")?.len())));
    Ok(())
}

#[test]
fn a_mistake_in_a_file_is_named() -> Result {
    // Each case has a file, the text to replace in it, the new text, and the words that the error
    // has to contain.
    let cases = [
        ("flights", "533,529,4", "533,529,four", "flights.csv, line 3: column dep_delay: `four`"),
        ("flights", "533,529,4", "533,NA,4", "flights.csv, line 3: column sched_dep_time: `NA`"),
        ("flights", "533,529,4", "533,530,4", "flights.csv, lines 2 to 4097: row 1: flights: the check"),
        ("flights", "2013-01-01T10:00:00Z", "soon", "flights.csv, line 2: time_hour `soon`"),
        ("airlines", "DL,", "AA,", "airlines.csv, lines 2 to 17: …carrier"),
        ("airports", ",-6,A,", ",-6,X,", "airports.csv, line 3: unknown variant `X`"),
        ("planes", "tailnum,year", "tailnum,built", "planes.csv, line 1: the columns are `tailnum,built,"),
        ("weather", "EWR,2013,1,1,2,", "EWR,2013,1,1,2,2,", "weather.csv, line 3: 16 values instead of 15"),
        (
            "weather",
            "EWR,2013,1,1,2,",
            "ERW,2013,1,1,2,",
            "weather.csv, lines 2 to 499: …weather.origin: airports has no such row",
        ),
    ];
    for (table, right, wrong, expected) in cases {
        let folder = Folder::new()?;
        let text = fs::read_to_string(folder.csv(table))?;
        assert!(text.contains(right), "{right}");
        fs::write(folder.csv(table), text.replacen(right, wrong, 1))?;
        let complaint = complaint(folder.load()?);
        assert!(expected.split('…').all(|part| complaint.contains(part)), "{expected}\n{complaint}");
    }

    let folder = Folder::new()?;
    fs::remove_file(folder.csv("planes"))?;
    let complaint_about_file = complaint(folder.load()?);
    assert!(complaint_about_file.contains("there is neither") && complaint_about_file.contains("planes.csv.gz"));
    let missing = example("flights", folder.0.path())?.args(["--data", "no/such/folder"]).output()?;
    assert_eq!(complaint(missing), "error: there is no folder no/such/folder\n");
    let unknown = example("flights", folder.0.path())?.arg("--quick").output()?;
    assert!(complaint(unknown).contains("--quick"));
    Ok(())
}

#[test]
fn quickstart_prints_two_names() -> Result {
    let folder = tempfile::tempdir()?;
    let report = printed(example("quickstart", folder.path())?.output()?)?;
    assert_eq!(report, "Username: Dan Rydell\nUsername: Dana Whitaker\n");
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn the_program_of_the_readme_finds_what_it_has_stored() -> Result {
    let folder = tempfile::tempdir()?;
    let report = printed(example("books", folder.path())?.output()?)?;
    assert_eq!(report, "Jane Austen wrote Emma\n1 before 1816\n");
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

/// Returns the command for an example, which lies next to this test's binary. Its temporary files
/// are created in `temporary`.
/// The same program prints the same report on a PostgreSQL server.
#[cfg(feature = "postgres")]
#[test]
fn the_report_is_the_same_on_postgresql() -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let Some(address) = runtime.block_on(databases::address())? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let report = |program: &mut Command| {
        let report = printed(program.output()?)?;
        let begin = report.find("Overview").ok_or("the report has no overview")?;
        let end = report.find("\nChecks").unwrap_or(report.len());
        Ok::<_, Box<dyn std::error::Error>>(report[begin..end].trim_end().to_owned())
    };
    let on_sqlite = report(&mut example("flights", folder.path())?)?;
    let on_postgres = report(example("flights", folder.path())?.args(["--db", &address]))?;
    for (one, other) in on_sqlite.lines().zip(on_postgres.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(on_sqlite.lines().count(), on_postgres.lines().count());
    Ok(())
}

fn example(name: &str, temporary: &Path) -> Result<Command> {
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(2).ok_or("the test lies in no target directory")?;
    let path = target.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !path.is_file() {
        return Err(format!("{} is not there: run `cargo build --examples` first", path.display()).into());
    }
    let mut command = Command::new(path);
    command.env("TMPDIR", temporary).env("TMP", temporary).env("TEMP", temporary);
    Ok(command)
}

/// A copy of the example's data, which a test may change.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Result<Folder> {
        let folder = Folder(tempfile::tempdir()?);
        for table in TABLES {
            // Copies the content only, because the original may be read-only.
            fs::write(folder.csv(table), fs::read(data().join(format!("{table}.csv")))?)?;
        }
        Ok(folder)
    }

    fn csv(&self, table: &str) -> PathBuf {
        self.0.path().join(format!("{table}.csv"))
    }

    fn load(&self) -> Result<Output> {
        Ok(example("flights", self.0.path())?.arg("--data").arg(self.0.path()).output()?)
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data")
}

/// Checks that a run has succeeded without error output, and returns its output.
fn printed(output: Output) -> Result<String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stderr)?, "");
    Ok(String::from_utf8(output.stdout)?)
}

/// Checks that a run has failed, and returns its error output.
fn complaint(output: Output) -> String {
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the number that a query returns.
fn count(db: &Connection, sql: &str) -> Result<usize> {
    Ok(usize::try_from(db.query_row(sql, [], |row| row.get::<_, i64>(0))?)?)
}

/// Returns the lines below a title and the line that follows it, up to the next empty line, with
/// single spaces between the words.
fn section(report: &str, title: &str) -> Vec<String> {
    let below = report.lines().skip_while(|line| *line != title).skip(2).take_while(|line| !line.is_empty());
    below.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn rows(table: &str) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_path(data().join(format!("{table}.csv")))?;
    let mut rows: Vec<Row> = reader.deserialize().collect::<Result<_, _>>()?;
    rows.iter_mut().for_each(|row| row.retain(|_, value| value != "NA"));
    Ok(rows)
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row.get(column)?.parse().ok()
}

fn distinct<'a>(rows: &'a [Row], column: &str) -> HashSet<&'a str> {
    rows.iter().filter_map(|row| row.get(column)).map(String::as_str).collect()
}

/// Returns the five rows with the largest numbers in the column `by`. The columns `then` decide
/// between equal numbers.
fn top<'a>(rows: &'a [Row], by: &str, then: &[&str]) -> Vec<&'a Row> {
    let mut rows: Vec<(f64, Vec<&String>, &Row)> = rows
        .iter()
        .filter_map(|row| Some((number(row, by)?, then.iter().map(|column| &row[*column]).collect(), row)))
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    rows.into_iter().take(5).map(|(_, _, row)| row).collect()
}

/// Formats 6099 as `6,099`.
fn thousands(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1000), number % 1000),
    }
}
