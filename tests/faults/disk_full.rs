//! A full disk, a limit on the size of files, and a limit on the number of pages.

use std::process::Command;

use super::fault::under_shim;
use super::*;

/// Makes each kind of write in turn until at least six have failed, or at most 200 times. Returns
/// the errors.
async fn fill(ex: &Executor, ledger: &mut Ledger) -> Vec<Error> {
    let mut errors = Vec::new();
    for _ in 0..200 {
        let answers = [insert(ex, ledger).await, insert_several(ex, ledger).await, transaction(ex, ledger).await];
        errors.extend(answers.into_iter().filter_map(Result::err));
        if errors.len() >= 6 {
            break;
        }
    }
    errors
}

#[test]
fn a_full_disk_fails_writes_until_there_is_space_again() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        let conn = db.connect().await?;
        for ex in [&*db, &*conn] {
            for room in [0, 100, 4_096, 5_000, 30_000, 100_000] {
                let when = format!("room {room}");
                fault.order(&when);
                let errors = fill(ex, &mut ledger).await;
                assert!(!errors.is_empty(), "{when}: the disk does not fill");
                for error in &errors {
                    assert!(is_full(error), "{when}: {error:?}");
                }
                // Existing rows can be read although nothing can be written.
                ledger.holds(ex, &when).await?;
                fault.clear();
                for answer in [insert(ex, &mut ledger).await, transaction(ex, &mut ledger).await] {
                    answer.unwrap_or_else(|error| panic!("behind the fault, {when}: {error:?}"));
                }
                ledger.holds(ex, &when).await?;
            }
        }
        drop(conn);
        ledger.holds_when_closed(db, "closed").await
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_at_its_page_limit_is_full_until_rows_are_deleted() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::builder(directory.path().join("app.db")).pragma("max_page_count", 30).open().await?;
    db.create(Entry).await?;
    let mut ledger = Ledger::default();
    for round in 0..3 {
        for error in fill(&db, &mut ledger).await {
            assert!(is_full(&error), "round {round}: {error:?}");
        }
        ledger.holds(&db, "full").await?;
        // Many tasks insert at once: some rows fit into pages that are not full yet, and each task
        // gets a true answer.
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let numbers = ledger.numbers(1);
                let text = "y".repeat(if numbers.start % 2 == 0 { 3_000 } else { 1 });
                let insert = Entry::insert(NewEntry { number: numbers.start, text }).execute(&db);
                (numbers, tokio::spawn(insert))
            })
            .collect();
        for (numbers, task) in tasks {
            let answer = task.await.unwrap();
            ledger.note(numbers, &answer);
            if let Err(error) = answer {
                assert_eq!(*error.kind(), ErrorKind::Full, "{error:?}");
            }
        }
        ledger.holds(&db, "many at once").await?;
        Entry::delete().all_rows().execute(&db).await?;
        ledger.kept.clear();
        insert_several(&db, &mut ledger).await?;
    }
    ledger.holds_when_closed(db, "closed").await
}

#[test]
fn a_file_size_limit_is_an_error_and_loses_nothing() {
    const PATH: &str = "AIO_SQL_LIMITED";
    if let Some(path) = std::env::var_os(PATH) {
        return tokio::runtime::Runtime::new().unwrap().block_on(limited(Path::new(&path))).unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let again = shim::again("disk_full::a_file_size_limit_is_an_error_and_loses_nothing");
    // The process ignores the signal for a file that is too large, which would otherwise kill it.
    // So the write fails instead.
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 200 && trap '' XFSZ && exec \"$@\"", "sh"])
        .arg(again.get_program())
        .args(again.get_args())
        .env(PATH, &path)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    // This process has no limit. It finds all rows that were acknowledged.
    let kept: Vec<i64> = fs::read_to_string(path.with_extension("kept"))
        .unwrap()
        .lines()
        .map(|number| number.parse().unwrap())
        .collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime
        .block_on(async {
            let mut ledger = Ledger { next: 1_000_000, kept };
            let db = Database::open(&path).await?;
            ledger.holds(&db, "without the limit").await?;
            fill(&db, &mut ledger).await;
            ledger.holds_when_closed(db, "closed").await
        })
        .unwrap();
}

/// Writes until the files reach their limit, and stores the numbers of the acknowledged rows in a
/// file.
async fn limited(path: &Path) -> Result<()> {
    let db = Database::open(path).await?;
    db.create(Entry).await?;
    let mut ledger = Ledger::default();
    let errors = fill(&db, &mut ledger).await;
    assert!(!errors.is_empty() && ledger.kept.len() > 100);
    for error in &errors {
        assert_eq!(first_kind(error), ErrorKind::Io, "{error:?}");
    }
    ledger.holds(&db, "limited").await?;
    let kept: Vec<_> = ledger.kept.iter().map(i64::to_string).collect();
    fs::write(path.with_extension("kept"), kept.join("\n")).unwrap();
    db.close().await
}
