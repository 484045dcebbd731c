//! Pipelines whose connection is cut at each of their messages: of every member it is told truly
//! whether it has taken effect. Behind a pooler there are none.

use std::pin::Pin;
use std::time::{Duration, Instant};

use aio_sql::{Connection, Database, ErrorKind, Result, query};
use futures_lite::future::poll_once;

use super::proxy::{Act, Fault, From, Proxy};
use super::{Entry, create_table, entry, server};

/// The inserts of a pipeline.
const INSERTS: i64 = 4;

type Member = Pin<Box<dyn Future<Output = Result<()>>>>;

struct Tested {
    proxy: Proxy,
    /// A connection that does not go through the proxy.
    direct: Connection,
    database: String,
    number: i64,
}

impl Tested {
    async fn new() -> Result<Tested> {
        let database = server::create_database().await?;
        let direct = Database::builder(server::address_in(server::shared(), &database)).connections(2).open().await?;
        create_table(&direct).await?;
        Entry::insert_all((0..3).map(|_| entry(-1))).execute(&direct).await?;
        direct.execute_script("create table taken (number bigint primary key deferrable initially deferred)").await?;
        let proxy = Proxy::start(server::shared().port());
        Ok(Tested { proxy, direct: direct.connect().await?, database, number: 0 })
    }

    /// Opens a handle through the proxy, whose statements on the database share one connection,
    /// and which has prepared the statements of the pipelines.
    async fn open(&self) -> Result<Database> {
        self.proxy.set(None);
        let address = server::address(self.proxy.port(), &self.database);
        let db = Database::builder(address).connections(2).open().await?;
        Entry::insert(entry(0)).execute(&db).await?;
        Entry::find(1).one(&db).await?;
        Ok(db)
    }

    /// Keeps the connection busy until the members of a pipeline were sent, then sets the fault.
    /// Returns the results of the inserts.
    async fn run(&mut self, db: &Database, fault: Option<Fault>) -> Result<Vec<Result<()>>> {
        query("select pg_advisory_lock(7)::text").execute(&self.direct).await?;
        let mut busy = Box::pin(query("select pg_advisory_xact_lock_shared(7)::text").execute(db));
        assert!(poll_once(&mut busy).await.is_none());
        let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database =
            (select oid from pg_database where datname = current_database())";
        let begin = Instant::now();
        while query(waiting).scalar::<i64>(&self.direct).await? == 0 {
            assert!(begin.elapsed() < Duration::from_secs(30), "the connection is busy");
        }
        let mut members: Vec<Member> = Vec::new();
        for number in self.number + 1..=self.number + INSERTS {
            let insert = Entry::insert(entry(number)).execute(db);
            members.push(Box::pin(async move { insert.await.map(drop) }));
        }
        self.number += INSERTS;
        let mut reads: Vec<Member> = Vec::new();
        for id in 1..=3 {
            let read = Entry::find(id).one(db);
            reads.push(Box::pin(async move {
                assert_eq!(read.await?.number, -1);
                Ok(())
            }));
        }
        for member in members.iter_mut().chain(&mut reads) {
            assert!(poll_once(member).await.is_none());
        }
        if let Some(fault) = fault {
            self.proxy.set(Some(fault));
        }
        query("select pg_advisory_unlock(7)").execute(&self.direct).await?;
        // The fault may strike the answer to this statement.
        drop(busy.await);
        for read in reads {
            read.await?;
        }
        let mut results = Vec::new();
        for member in members {
            results.push(member.await);
        }
        Ok(results)
    }

    /// Checks the results of the inserts of the last pipeline against the rows that are there.
    async fn check(&self, results: &[Result<()>], what: &str) -> Result<()> {
        for (number, result) in (self.number - INSERTS + 1..).zip(results) {
            let count = Entry::select().filter(Entry::NUMBER.eq(number)).count(&self.direct).await?;
            match result {
                Ok(()) => assert_eq!(count, 1, "{what}"),
                Err(error) => match error.kind() {
                    ErrorKind::Disconnected | ErrorKind::CannotOpen => assert_eq!(count, 0, "{what}: {error:?}"),
                    ErrorKind::OutcomeUnknown => assert!(count <= 1, "{what}: {count} rows: {error:?}"),
                    _ => panic!("{what}: {error:?}"),
                },
            }
        }
        Ok(())
    }

    /// Waits until the server has ended the connections that were cut or closed.
    async fn settle(&self) -> Result<()> {
        let begin = Instant::now();
        let others = "select count(*) from pg_stat_activity where datname = current_database() \
             and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'";
        while query(others).scalar::<i64>(&self.direct).await? > 0 {
            assert!(begin.elapsed() < Duration::from_secs(30), "a connection stays open");
        }
        Ok(())
    }
}

#[tokio::test]
async fn the_outcome_of_each_member_is_told_truly_wherever_a_pipeline_is_cut() -> Result<()> {
    let mut tested = Tested::new().await?;
    let (mut cuts, mut refused, mut unknown, mut done) = (0, 0, 0, 0);
    for from in [From::Client, From::Server] {
        for act in [Act::CutBefore, Act::CutAfter] {
            for number in 1.. {
                let db = tested.open().await?;
                tested.run(&db, None).await?;
                let fault = Fault { from, number, act };
                let results = tested.run(&db, Some(fault)).await?;
                let has_struck = tested.proxy.has_struck();
                tested.proxy.set(None);
                Entry::insert(entry(0)).execute(&db).await?;
                let pipelines = db.metrics().pipelines;
                db.close().await?;
                tested.settle().await?;
                tested.check(&results, &format!("{fault:?}")).await?;
                for result in &results {
                    match result {
                        Ok(()) => done += 1,
                        Err(error) if *error.kind() == ErrorKind::OutcomeUnknown => unknown += 1,
                        Err(_) => refused += 1,
                    }
                }
                assert!(pipelines > 0, "{fault:?}");
                if !has_struck {
                    assert!(number > 10 && results.iter().all(Result::is_ok), "{fault:?}: {results:?}");
                    break;
                }
                cuts += 1;
            }
        }
    }
    println!("{cuts} cuts: {done} inserts were acknowledged, {refused} refused, {unknown} are unknown");
    assert!(unknown > 0 && done > 0);
    Ok(())
}

#[tokio::test]
async fn behind_a_pooler_every_statement_is_sent_alone() -> Result<()> {
    let mut tested = Tested::new().await?;
    tested.proxy.pretend_to_be_a_pooler();
    let db = tested.open().await?;
    for _ in 0..3 {
        let results = tested.run(&db, None).await?;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        tested.check(&results, "behind a pooler").await?;
    }
    let metrics = db.metrics();
    assert_eq!((metrics.pipelines, metrics.groups), (0, 0), "{metrics:?}");
    // Its text, its values, its columns, its execution, and the end: one round trip.
    tested.proxy.set(None);
    Entry::find(1).one(&db).await?;
    assert_eq!(tested.proxy.sent_by_client(), ["P", "B", "D", "E", "S"]);
    db.close().await
}
