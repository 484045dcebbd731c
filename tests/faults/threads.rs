//! A thread that cannot be started is an error of the call that needs it: nothing hangs, and no
//! deadline is missed.

use std::env;
use std::time::Duration;

use super::fault::{Fault, under_shim};
use super::*;

/// A timeout for calls that are expected to end: one that takes this long hangs.
const LONG: Duration = Duration::from_secs(20);

/// A query that runs for days.
const ENDLESS: &str =
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000000) select sum(i) from n";

async fn in_time<T>(what: &str, future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(LONG, future).await.unwrap_or_else(|_| panic!("{what} hangs"))
}

/// Makes calls for which a database starts threads.
async fn try_all(fault: &Fault, in_memory: bool) -> Result<()> {
    let path = if in_memory { ":memory:".into() } else { fault.path() };
    let builder = Database::builder(path).readers(2).acquire_timeout(Duration::from_secs(5));
    let db = in_time("opening", builder.open()).await?;
    let done = use_all(&db).await;
    in_time("closing", db.close()).await?;
    done
}

async fn use_all(db: &Database) -> Result<()> {
    db.create_if_missing(Entry).await?;
    in_time("a write", Entry::insert(entry(1)).execute(db)).await?;
    in_time("a read", Entry::select().count(db)).await?;
    let conn = in_time("a connection", db.connect()).await?;
    let other = in_time("another", db.connect()).await?;
    in_time("a transaction", db.transaction(async |tx| Entry::select().count(&tx).await)).await?;
    for ex in [&**db, &*conn, &*other] {
        let late = query(ENDLESS).timeout(Duration::from_millis(20)).scalar::<i64>(ex);
        let error = in_time("a deadline", late).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Timeout, "{error:?}");
    }
    conn.close().await?;
    other.close().await
}

/// Makes the first start of a thread fail, then the second, and so on. Each case runs in a
/// separate process, because some threads are started once per process.
fn each_thread_fails(test: &str, how: &str, in_memory: bool) {
    if let Ok(turn) = env::var("AIO_SQL_TURN") {
        return under_shim(async move |fault| {
            fault.order(&format!("fail thread {turn} eagain {how}"));
            let tried = try_all(&fault, in_memory).await;
            fault.clear();
            match tried {
                Ok(()) => assert_eq!(fault.fired(), 0, "a thread was missing, and nobody was told"),
                Err(error) => {
                    assert!(fault.fired() > 0 && *error.kind() == ErrorKind::Other, "{error:?}");
                    assert!(error.to_string().contains("cannot start"), "{error}");
                    println!("told");
                }
            }
            // The process works again without the fault.
            try_all(&fault, in_memory).await
        });
    }
    for turn in 1..=20 {
        let directory = tempfile::tempdir().unwrap();
        let mut child = shim::again_under_shim(test, directory.path());
        let output = child.env("AIO_SQL_TURN", turn.to_string()).output().expect("a child");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && out.contains("1 passed"), "thread {turn}, {how}:\n{out}\n{err}");
        if !out.contains("told") {
            assert!(turn > 6, "the writer, two readers, the timer and two connections at least: {turn}");
            return;
        }
    }
    panic!("there is no end of threads");
}

#[test]
fn a_thread_that_fails_to_start_once_is_an_error_of_its_request() {
    each_thread_fails("threads::a_thread_that_fails_to_start_once_is_an_error_of_its_request", "once", false);
}

#[test]
fn a_thread_that_fails_to_start_for_a_while_is_an_error_of_its_request() {
    each_thread_fails("threads::a_thread_that_fails_to_start_for_a_while_is_an_error_of_its_request", "always", false);
}

#[test]
fn a_thread_that_fails_to_start_for_an_in_memory_database_is_an_error_of_its_request() {
    each_thread_fails(
        "threads::a_thread_that_fails_to_start_for_an_in_memory_database_is_an_error_of_its_request",
        "once",
        true,
    );
}
