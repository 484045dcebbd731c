//! Connections that are cut or held at the n-th message, for every message of many operations:
//! what was acknowledged is there, nothing runs twice, and every error says truly whether the
//! operation has taken effect.

use std::pin::Pin;
use std::time::{Duration, Instant};

use aio_sql::{Batch, Database, Error, ErrorKind, Result, query, sql};

use super::proxy::{Act, Fault, From, Proxy};
use super::{Entry, create_table, entry, is_long, polling, server};

type Running = Pin<Box<dyn Future<Output = Result<()>>>>;

/// An operation during which connections are cut.
struct Operation {
    name: &'static str,
    /// Runs it. The number is that of the rows that it writes.
    run: fn(Database, i64) -> Running,
    /// The numbers of rows that may be there if it is not known how it has ended, with the number
    /// if it has succeeded at the end.
    rows: &'static [i64],
    /// The message that commits: nothing has taken effect before the client has sent it.
    commit: &'static str,
    /// How the operation ends if nothing is cut.
    ends: Option<fn(&Error) -> bool>,
}

const READ: Operation =
    Operation { name: "", run: |_, _| Box::pin(async { Ok(()) }), rows: &[0], commit: "", ends: None };

const OPERATIONS: &[Operation] = &[
    Operation {
        name: "an insert",
        run: |db, number| Box::pin(async move { Entry::insert(entry(number)).execute(&db).await.map(drop) }),
        rows: &[0, 1],
        commit: "E",
        ends: None,
    },
    Operation {
        name: "an insert that returns its row",
        run: |db, number| {
            Box::pin(async move {
                let stored = Entry::insert(entry(number)).one(&db).await?;
                assert_eq!(stored.number, number);
                Ok(())
            })
        },
        rows: &[0, 1],
        commit: "E",
        ends: None,
    },
    Operation {
        name: "an insert with a deadline",
        run: |db, number| {
            let insert = Entry::insert(entry(number)).timeout(Duration::from_secs(600));
            Box::pin(async move { insert.execute(&db).await.map(drop) })
        },
        rows: &[0, 1],
        commit: "Q COMMIT",
        ends: None,
    },
    Operation {
        name: "an insert of many rows",
        run: |db, number| {
            Box::pin(async move { Entry::insert_all((0..20).map(|_| entry(number))).execute(&db).await.map(drop) })
        },
        rows: &[0, 20],
        commit: "Q COMMIT",
        ends: None,
    },
    Operation {
        name: "a transaction",
        run: |db, number| {
            Box::pin(async move {
                let tx = db.begin().await?;
                Entry::insert(entry(number)).execute(&tx).await?;
                let nested = tx.begin().await?;
                Entry::insert(entry(number)).execute(&nested).await?;
                nested.commit().await?;
                tx.commit().await
            })
        },
        rows: &[0, 2],
        commit: "Q COMMIT",
        ends: None,
    },
    Operation {
        name: "a transaction that is rolled back",
        run: |db, number| {
            Box::pin(async move {
                let tx = db.begin().await?;
                Entry::insert(entry(number)).execute(&tx).await?;
                tx.rollback().await
            })
        },
        rows: &[0],
        commit: "Q COMMIT",
        ends: None,
    },
    Operation {
        name: "a batch",
        run: |db, number| {
            Box::pin(async move {
                let batch = Batch::new().execute(Entry::insert(entry(number))).execute(Entry::insert(entry(number)));
                batch.run(&db).await.map(drop)
            })
        },
        rows: &[0, 2],
        commit: "E",
        ends: None,
    },
    Operation {
        name: "an insert that copies its rows",
        run: |db, number| {
            Box::pin(async move { Entry::insert_all((0..300).map(|_| entry(number))).execute(&db).await.map(drop) })
        },
        rows: &[0, 300],
        commit: "Q COMMIT",
        ends: None,
    },
    Operation {
        name: "an insert that fails at its end",
        run: |db, number| {
            Box::pin(
                async move { sql!("insert into unlike values ({number}), ({number})").execute(&db).await.map(drop) },
            )
        },
        rows: &[0],
        commit: "E",
        ends: Some(Error::is_unique),
    },
    Operation {
        name: "a script",
        run: |db, number| {
            let insert = format!("insert into entry (number, text) values ({number}, '')");
            Box::pin(async move { db.execute_script(format!("{insert}; {insert}; {insert}")).await })
        },
        rows: &[0, 1, 2, 3],
        commit: "Q insert",
        ends: None,
    },
    Operation {
        name: "a script with a transaction",
        run: |db, number| {
            let insert = format!("insert into entry (number, text) values ({number}, '')");
            Box::pin(async move { db.execute_script(format!("begin; {insert}; {insert}; commit")).await })
        },
        rows: &[0, 2],
        commit: "Q commit",
        ends: None,
    },
    Operation {
        name: "an insert that is cancelled by its deadline",
        run: |db, number| {
            Box::pin(async move {
                // If the connection is cut, the statement runs to its end on the server.
                let late = sql!("insert into entry (number, text) select {number}, pg_sleep(0.3)::text");
                late.timeout(Duration::from_millis(20)).execute(&db).await.map(drop)
            })
        },
        rows: &[0],
        commit: "Q COMMIT",
        ends: Some(|error| *error.kind() == ErrorKind::Timeout),
    },
    Operation {
        name: "a point read",
        run: |db, _| {
            Box::pin(async move {
                let found = Entry::find(1).one(&db).await?;
                assert_eq!(found.number, -1);
                Ok(())
            })
        },
        ..READ
    },
    Operation {
        name: "a stream",
        run: |db, _| {
            Box::pin(async move {
                let mut stream = Entry::select().filter(Entry::NUMBER.eq(-1)).stream(&db);
                let mut rows = 0;
                while let Some(row) = stream.next().await {
                    assert_eq!(row?.number, -1);
                    rows += 1;
                }
                assert_eq!(rows, 50);
                Ok(())
            })
        },
        ..READ
    },
    Operation {
        name: "a transaction that reads",
        run: |db, _| {
            Box::pin(async move {
                let tx = db.begin_with(aio_sql::TransactionMode::ReadOnly).await?;
                assert_eq!(Entry::select().filter(Entry::NUMBER.eq(-1)).count(&tx).await?, 50);
                tx.commit().await
            })
        },
        ..READ
    },
];

struct Tested {
    proxy: Proxy,
    /// A handle that does not go through the proxy.
    direct: Database,
    database: String,
    number: i64,
    cuts: usize,
}

impl Tested {
    async fn new() -> Result<Tested> {
        let database = server::create_database().await?;
        let direct = Database::builder(server::address_in(server::shared(), &database)).connections(2).open().await?;
        create_table(&direct).await?;
        Entry::insert_all((0..50).map(|_| entry(-1))).execute(&direct).await?;
        direct.execute_script("create table unlike (number bigint unique deferrable initially deferred)").await?;
        let proxy = Proxy::start(server::shared().port());
        Ok(Tested { proxy, direct, database, number: 0, cuts: 0 })
    }

    /// Opens a handle through the proxy. If `knows` is set, it has run the operation before.
    async fn open(&mut self, operation: &Operation, knows: bool) -> Result<Database> {
        self.proxy.set(None);
        let address = server::address(self.proxy.port(), &self.database);
        let db = Database::builder(address).connections(2).open().await?;
        query("select 1").execute(&db).await?;
        if knows {
            self.number += 1;
            drop((operation.run)(db.clone(), self.number).await);
        }
        Ok(db)
    }

    /// Waits until the server, too, has ended the connections that were cut or closed.
    async fn settle(&self, what: &str) -> Result<()> {
        let begin = Instant::now();
        let others = "select count(*) from pg_stat_activity where datname = current_database() \
             and pid <> pg_backend_pid() and backend_type = 'client backend'";
        while query(others).scalar::<i64>(&self.direct).await? > 0 {
            assert!(begin.elapsed() < Duration::from_secs(30), "{what}: a connection stays open");
        }
        Ok(())
    }

    /// Waits until the proxy has read the message that commits: before, nothing is in doubt.
    fn has_sent(&self, commit: &str, what: &str) {
        let begin = Instant::now();
        while !self.proxy.sent_by_client().iter().any(|message| message.starts_with(commit)) {
            let sent = self.proxy.sent_by_client();
            assert!(begin.elapsed() < Duration::from_secs(5), "{what}: it cannot have taken effect: {sent:?}");
            std::thread::yield_now();
        }
    }

    /// Runs an operation with a fault. Returns whether it came so far.
    async fn run(&mut self, operation: &Operation, knows: bool, fault: Fault) -> Result<bool> {
        let db = self.open(operation, knows).await?;
        self.number += 1;
        let what = format!("{} (known: {knows}) with {fault:?}", operation.name);
        self.proxy.set(Some(fault));
        let result = (operation.run)(db.clone(), self.number).await;
        let has_struck = self.proxy.has_struck();
        if result.as_ref().is_err_and(|error| *error.kind() == ErrorKind::OutcomeUnknown) {
            self.has_sent(operation.commit, &what);
        }
        self.proxy.set(None);
        let after = Entry::insert(entry(0)).one(&db).await;
        after.unwrap_or_else(|error| panic!("{what}: afterwards: {error:?}"));
        db.close().await?;
        self.settle(&what).await?;
        let count = Entry::select().filter(Entry::NUMBER.eq(self.number)).count(&self.direct).await? as i64;
        let unlike = sql!("select count(*) from unlike where number = {self.number}");
        let count = count + unlike.scalar::<i64>(&self.direct).await?;
        let whole = operation.rows[operation.rows.len() - 1];
        match &result {
            Ok(()) => assert_eq!(count, whole, "{what}"),
            Err(error) if operation.ends.is_some_and(|ends| ends(error)) => assert_eq!(count, 0, "{what}: {error}"),
            Err(error) => match error.kind() {
                ErrorKind::Disconnected | ErrorKind::CannotOpen => assert_eq!(count, 0, "{what}: {error:?}"),
                ErrorKind::RolledBack => {
                    assert_eq!(count, 0, "{what}: {error:?}");
                    assert!(error.is_transient(), "the cause is the loss: {what}: {error:?}");
                }
                ErrorKind::OutcomeUnknown => {
                    assert!(operation.rows.contains(&count), "{what}: {count} rows: {error:?}");
                    assert!(!operation.commit.is_empty(), "nothing is unknown of a read: {what}: {error:?}");
                }
                _ => panic!("{what}: {error:?}"),
            },
        }
        assert!(has_struck || result.is_ok() || operation.ends.is_some(), "{what}: {result:?}");
        self.cuts += usize::from(has_struck);
        Ok(has_struck)
    }
}

/// Runs all operations, and cuts each at every message of one side.
async fn cut_everything(tested: &mut Tested, from: From, act: Act, knows: bool) -> Result<()> {
    for operation in OPERATIONS {
        let mut number = 1;
        while tested.run(operation, knows, Fault { from, number, act }).await? {
            number += 1;
            assert!(number < 300, "{} never ends", operation.name);
        }
        assert!(number > 2, "{} sends messages", operation.name);
    }
    Ok(())
}

#[tokio::test]
async fn every_outcome_is_told_truly_wherever_the_connection_is_cut() -> Result<()> {
    let mut tested = Tested::new().await?;
    for from in [From::Client, From::Server] {
        cut_everything(&mut tested, from, Act::CutAfter, false).await?;
        if is_long() {
            cut_everything(&mut tested, from, Act::CutBefore, false).await?;
            cut_everything(&mut tested, from, Act::CutAfter, true).await?;
        }
        cut_everything(&mut tested, from, Act::CutBefore, true).await?;
    }
    println!("{} cuts", tested.cuts);
    Ok(())
}

#[tokio::test]
async fn an_operation_waits_for_a_message_that_is_late() -> Result<()> {
    let mut tested = Tested::new().await?;
    for operation in OPERATIONS.iter().filter(|operation| operation.ends.is_none()) {
        for from in [From::Client, From::Server] {
            for number in 1.. {
                let db = tested.open(operation, false).await?;
                tested.number += 1;
                tested.proxy.set(Some(Fault { from, number, act: Act::Hold }));
                let proxy = &tested.proxy;
                let result = std::thread::scope(|scope| {
                    scope.spawn(|| {
                        proxy.wait_for_fault();
                        proxy.release();
                    });
                    let result = polling::block_on((operation.run)(db.clone(), tested.number));
                    let has_struck = proxy.has_struck();
                    // The thread ends also if no message was held.
                    proxy.strike();
                    result.map(|()| has_struck)
                });
                let has_struck = result.unwrap_or_else(|error| panic!("{} at {number}: {error:?}", operation.name));
                db.close().await?;
                if !has_struck {
                    break;
                }
            }
        }
    }
    Ok(())
}
