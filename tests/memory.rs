//! The memory that is needed to write large values to the database and to read them.
//!
//! Each case runs in a separate process. Its peak of resident memory is measured, which includes
//! the memory that SQLite allocates. The values are so large that the allocator returns them to
//! the system as soon as they are freed.

#![cfg(target_os = "linux")]

use std::process::Command;

use aio_sql::{Database, Result, Table, query};

/// The size of a value in bytes.
const SIZE: usize = 48 << 20;

#[derive(Table, Clone, Debug)]
struct File {
    #[column(primary_key, auto)]
    id: i64,
    #[column(default = "unnamed")]
    name: String,
    #[column(default = 1)]
    number: i64,
    bytes: Vec<u8>,
}

#[derive(Table, Clone, Debug)]
struct Letter {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
    #[column(default = 1)]
    number: i64,
}

fn file() -> NewFile {
    NewFile { name: None, number: None, bytes: vec![7; SIZE] }
}

fn letter() -> NewLetter {
    NewLetter { text: "x".repeat(SIZE), number: None }
}

/// Returns a figure of `/proc/self/status`, such as `VmRSS`, in bytes.
fn figure(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("the status of the process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the figure");
    let kilobytes: usize = line.trim_matches([':', '\t', ' ', 'k', 'B']).parse().expect("a number");
    kilobytes << 10
}

/// Runs a case, and returns by how many bytes its peak of resident memory exceeds the memory
/// before.
async fn peak_of(way: &str) -> Result<usize> {
    let folder = std::env::temp_dir().join(format!("aio-sql-memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let db = Database::builder(folder.join("memory.db")).readers(1).open().await?;
    db.create_all((File, Letter)).await?;
    // SQLite itself makes the values that the case reads or replaces, which needs little memory.
    let made = match way {
        "find" | "save only" | "update" => 1,
        "stream" => 12,
        _ => 0,
    };
    for _ in 0..made {
        query("insert into file (bytes) values (zeroblob(?))").bind(SIZE as i64).execute(&db).await?;
    }
    assert!(figure("VmHWM") < SIZE, "{} bytes to begin with", figure("VmHWM"));
    let before = figure("VmRSS");
    match way {
        "insert one" => {
            let stored = File::insert(file()).one(&db).await?;
            assert_eq!((stored.id, &*stored.name, stored.number, stored.bytes.len()), (1, "unnamed", 1, SIZE));
            assert!(stored.bytes.iter().all(|byte| *byte == 7));
        }
        "insert execute" => assert_eq!(File::insert(file()).execute(&db).await?.rows_affected, 1),
        "insert one text" => {
            let stored = Letter::insert(letter()).one(&db).await?;
            assert_eq!((stored.id, stored.text.len(), stored.number), (1, SIZE, 1));
        }
        "insert all" => {
            let rows = (0..4).map(|_| file());
            assert_eq!(File::insert_all(rows).execute(&db).await?.rows_affected, 4);
        }
        "raw insert" => {
            let insert = query("insert into file (bytes) values (?)").bind(vec![7_u8; SIZE]);
            assert_eq!(insert.execute(&db).await?.rows_affected, 1);
        }
        "update" => {
            let update = File::update().set(File::BYTES, vec![7; SIZE]).filter(File::ID.eq(1));
            assert_eq!(update.execute(&db).await?.rows_affected, 1);
        }
        "find" => assert_eq!(File::find(1).one(&db).await?.bytes.len(), SIZE),
        "stream" => {
            let other = db.connect().await?;
            let mut files = File::select().stream(&db);
            let mut count = 0;
            while let Some(file) = files.next().await {
                assert_eq!(file?.bytes.len(), SIZE);
                // Gives the thread time to read ahead.
                for _ in 0..200 {
                    query("select 1").scalar::<i64>(&other).await?;
                }
                count += 1;
            }
            assert_eq!(count, 12);
        }
        way => unreachable!("{way}"),
    }
    let peak = figure("VmHWM") - before;
    db.close().await?;
    std::fs::remove_dir_all(&folder).expect("the folder");
    Ok(peak)
}

const WAY: &str = "AIO_SQL_WAY";

/// Measures one case and prints its peak, when one of the tests below runs this one in a separate
/// process. Otherwise does nothing.
#[tokio::test]
async fn a_way_is_measured() -> Result<()> {
    if let Ok(way) = std::env::var(WAY) {
        println!("\npeak {}", peak_of(&way).await?);
    }
    Ok(())
}

/// Fails if a case needs more than `times` times the size of the value, plus a margin.
#[track_caller]
fn takes_at_most(times: usize, way: &str) {
    let this = std::env::current_exe().expect("this program");
    let mut child = Command::new(this);
    child.args(["--exact", "a_way_is_measured", "--nocapture"]).env(WAY, way);
    let output = child.output().expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{way}: {text}{}", String::from_utf8_lossy(&output.stderr));
    let peak = text.lines().find_map(|line| line.strip_prefix("peak ")).expect("a peak");
    let peak: usize = peak.parse().expect("a number");
    let is = peak as f64 / SIZE as f64;
    assert!(peak < times * SIZE + SIZE / 3, "{way}: {is:.2} times the size of the value, at most {times} are right");
}

#[test]
fn an_insert_that_returns_a_large_value_takes_three_times_its_size() {
    takes_at_most(3, "insert one");
    takes_at_most(3, "insert one text");
}

#[test]
fn an_insert_of_a_large_value_takes_three_times_its_size() {
    takes_at_most(3, "insert execute");
    takes_at_most(3, "raw insert");
}

#[test]
fn an_insert_of_many_large_values_takes_three_times_the_size_of_one() {
    takes_at_most(3, "insert all");
}

#[test]
fn an_update_to_a_large_value_takes_three_times_its_size() {
    takes_at_most(3, "update");
}

#[test]
fn a_large_value_that_is_read_takes_three_times_its_size() {
    takes_at_most(3, "find");
}

#[test]
fn a_stream_of_large_values_takes_four_times_the_size_of_one() {
    // The memory holds the value that is read, its row, the next row, and SQLite's copy of the
    // next row.
    takes_at_most(4, "stream");
}
