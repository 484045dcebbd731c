//! Requests whose futures are dropped or whose deadlines pass: what runs on the server ends, the
//! next statement on the connection is not hit, and the rows tell the truth.

use std::future::Future;
use std::time::{Duration, Instant};

use aio_sql::{Database, ErrorKind, Result, query, sql};
use futures_lite::future::poll_once;

use super::polling::{block_on, poll_times};
use super::{Entry, create_table, entry, is_long, server};

const ENDLESS: &str = "select pg_sleep(600)::text";
const CONNECTIONS: u32 = 4;

/// A database of the test's own, and a handle by which to look at its sessions.
struct Watched {
    db: Database,
    admin: Database,
    name: String,
}

impl Watched {
    async fn open() -> Result<Watched> {
        let name = server::create_database().await?;
        let db = Database::builder(server::address_in(server::shared(), &name)).connections(CONNECTIONS).open().await?;
        create_table(&db).await?;
        let admin = Database::builder(server::address_in(server::shared(), "postgres")).connections(2).open().await?;
        Ok(Watched { db, admin, name })
    }

    async fn sessions(&self, condition: &str) -> Result<i64> {
        let text = "select count(*) from pg_stat_activity where backend_type = 'client backend' and datname";
        query(format!("{text} = '{}' and {condition}", self.name)).scalar(&self.admin).await
    }

    async fn wait_until(&self, sessions: i64, condition: &str) -> Result<()> {
        let begin = Instant::now();
        while self.sessions(condition).await? != sessions {
            assert!(begin.elapsed() < Duration::from_secs(20), "{sessions} sessions are expected with {condition}");
        }
        Ok(())
    }

    /// Waits until nothing runs and no transaction is open on the server, and checks that no
    /// connection has leaked.
    async fn is_whole(&self) -> Result<()> {
        self.wait_until(0, "state <> 'idle'").await?;
        let all = self.sessions("true").await?;
        assert!(all <= i64::from(CONNECTIONS), "{all} connections");
        assert_eq!(query("select 1").scalar::<i64>(&self.db).await?, 1);
        Ok(())
    }

    /// Sends a request, and waits until it runs on the server.
    async fn run<F: Future>(&self, future: F) -> Result<std::pin::Pin<Box<F>>> {
        let mut future = Box::pin(future);
        assert!(poll_once(&mut future).await.is_none());
        self.wait_until(1, "state = 'active' and wait_event = 'PgSleep'").await?;
        Ok(future)
    }
}

#[tokio::test]
async fn a_read_that_is_dropped_ends_on_the_server() -> Result<()> {
    let watched = Watched::open().await?;
    let conn = watched.db.connect().await?;
    for ex in [&*watched.db, &*conn] {
        drop(watched.run(query(ENDLESS).all::<String>(ex)).await?);
        watched.is_whole().await?;
        drop(watched.run(query(ENDLESS).optional::<String>(ex)).await?);
        watched.is_whole().await?;
        drop(watched.run(query(ENDLESS).execute(ex)).await?);
        watched.is_whole().await?;
        let mut stream = query(ENDLESS).stream::<String>(ex);
        drop(watched.run(stream.next()).await?);
        drop(stream);
        watched.is_whole().await?;
        // In a transaction that is dropped together with it.
        let tx = ex.begin().await?;
        drop(watched.run(query(ENDLESS).all::<String>(&tx)).await?);
        drop(tx);
        watched.is_whole().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_write_that_is_dropped_is_finished() -> Result<()> {
    let watched = Watched::open().await?;
    let conn = watched.db.connect().await?;
    for (number, ex) in [(1, &*watched.db), (2, &*conn)] {
        let text = format!("insert into entry (number, text) select {number}, pg_sleep(0.2)::text");
        drop(watched.run(query(text).execute(ex)).await?);
        watched.is_whole().await?;
        assert_eq!(Entry::select().filter(Entry::NUMBER.eq(number)).count(ex).await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_deadline_ends_the_statement_on_the_server_and_nothing_was_written() -> Result<()> {
    let watched = Watched::open().await?;
    let conn = watched.db.connect().await?;
    let soon = Duration::from_millis(30);
    let write = "insert into entry (number, text) select 1, pg_sleep(600)::text";
    for ex in [&*watched.db, &*conn] {
        for text in [ENDLESS, write] {
            let late = query(text).timeout(soon).execute(ex).await.unwrap_err();
            assert_eq!(*late.kind(), ErrorKind::Timeout, "{late:?}");
            watched.is_whole().await?;
            let tx = ex.begin().await?;
            Entry::insert(entry(2)).execute(&tx).await?;
            let nested = tx.begin().await?;
            let late = query(text).timeout(soon).execute(&nested).await.unwrap_err();
            assert_eq!(*late.kind(), ErrorKind::Timeout, "{late:?}");
            nested.rollback().await?;
            // A nested transaction is what survives.
            Entry::insert(entry(3)).execute(&tx).await?;
            let late = query(text).timeout(soon).execute(&tx).await.unwrap_err();
            assert_eq!(*late.kind(), ErrorKind::Timeout, "{late:?}");
            let dead = Entry::insert(entry(4)).execute(&tx).await.unwrap_err();
            assert_eq!(*dead.kind(), ErrorKind::RolledBack, "{dead:?}");
            drop(tx);
            watched.is_whole().await?;
        }
    }
    assert_eq!(Entry::select().count(&watched.db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_deadline_that_passes_at_any_moment_tells_whether_the_row_was_written() -> Result<()> {
    let watched = Watched::open().await?;
    let conn = watched.db.connect().await?;
    let (mut done, mut late) = (0, 0);
    for round in 0..if is_long() { 20_000 } else { 400 } {
        let deadline = Duration::from_micros(200 + 37 * (round % 100));
        let insert = sql!("insert into entry (number, text) select {round as i64}, pg_sleep(0.001)::text");
        let result = insert.timeout(deadline).execute(&conn).await;
        let count = Entry::select().filter(Entry::NUMBER.eq(round as i64)).count(&conn).await?;
        match result {
            Ok(_) => {
                assert_eq!(count, 1);
                done += 1;
            }
            Err(error) => {
                assert_eq!((error.kind(), count), (&ErrorKind::Timeout, 0), "{error:?}");
                late += 1;
            }
        }
    }
    assert!(done > 0 && late > 0, "{done} in time, {late} late");
    watched.is_whole().await
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_and_leaves_its_transaction_usable() -> Result<()> {
    let watched = Watched::open().await?;
    let conn = watched.db.connect().await?;
    let million = "select generate_series(1, 1000000)";
    for ex in [&*watched.db, &*conn] {
        for in_transaction in [false, true] {
            let tx = if in_transaction { Some(ex.begin().await?) } else { None };
            let on = tx.as_deref().unwrap_or(ex);
            if in_transaction {
                Entry::insert(entry(1)).execute(on).await?;
            }
            let mut stream = query(million).stream::<i64>(on);
            for number in 1..=10 {
                assert_eq!(stream.next().await.unwrap()?, number);
            }
            drop(stream);
            assert_eq!(query("select 7").scalar::<i64>(on).await?, 7);
            if let Some(tx) = tx {
                Entry::insert(entry(2)).execute(&tx).await?;
                tx.commit().await?;
            }
            watched.is_whole().await?;
        }
    }
    assert_eq!(Entry::select().count(&watched.db).await?, 4);
    Ok(())
}

#[test]
fn a_cancel_never_hits_the_next_statement() {
    let watched = block_on(Watched::open()).unwrap();
    let conn = block_on(watched.db.connect()).unwrap();
    let rounds: u32 = if is_long() { 50_000 } else { 2000 };
    for round in 0..rounds {
        // The read is dropped before it is sent, while it runs, and about when it ends.
        let read = sql!("select pg_sleep({f64::from(round % 4) / 5000.0})::text");
        let polls = 1 + (round / 4) as usize % 2;
        if round % 3 == 0 {
            drop(poll_times(read.timeout(Duration::from_micros(u64::from(round % 100) * 10)).execute(&conn), 100));
        } else {
            drop(poll_times(read.execute(&conn), polls));
        }
        for _ in 0..2 {
            let next = block_on(query("select pg_sleep(0.0001)::text").execute(&conn));
            next.unwrap_or_else(|error| panic!("in round {round}: {error:?}"));
        }
        if round % 50 == 0 {
            block_on(Entry::insert(entry(round.into())).execute(&conn)).unwrap();
        }
    }
    assert_eq!(block_on(Entry::select().count(&conn)).unwrap(), u64::from(rounds / 50));
    block_on(watched.is_whole()).unwrap();
}

#[tokio::test]
async fn a_deadline_between_two_statements_of_a_batch_stops_the_second() -> Result<()> {
    let watched = Watched::open().await?;
    let insert =
        |number, seconds| query(format!("insert into entry (number, text) select {number}, pg_sleep({seconds})::text"));
    // The deadline passes at different moments of short statements, before one that takes long.
    for round in 0..if is_long() { 2000 } else { 100 } {
        let batch = aio_sql::Batch::new().execute(insert(0, 0.001)).execute(insert(1, 0.0));
        let batch = batch.execute(insert(2, 0.0)).execute(insert(3, 0.0)).execute(insert(4, 0.0));
        let deadline = Duration::from_micros(500 + 30 * round);
        let late = batch.execute(insert(6, 600.0)).timeout(deadline).run(&watched.db).await.map(drop).unwrap_err();
        assert_eq!(*late.kind(), ErrorKind::Timeout, "{late:?}");
        watched.is_whole().await?;
    }
    assert_eq!(Entry::select().count(&watched.db).await?, 0);
    Ok(())
}
