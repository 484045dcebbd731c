//! Drops the futures of many operations after the first poll, the second, and so on until they are
//! ready: nothing stays open, nothing leaks, every write took effect as a whole or not at all, and
//! the next statement is not affected.

use std::future::Future;
use std::time::Duration;

use aio_sql::{Connection, Database, ErrorKind, Result, Table, TransactionMode, sql};
use polling::{block_on, poll_times};

mod polling;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    number: i64,
    #[column(version)]
    version: i64,
}

/// Opens a database with ten rows, and a connection.
fn open() -> (Database, Connection) {
    block_on(async {
        let db = Database::builder(":memory:").max_connections(2).open().await?;
        db.create(Item).await?;
        Item::insert_all((0..10).map(|number| NewItem { number })).execute(&db).await?;
        let conn = db.connect().await?;
        Ok::<_, aio_sql::Error>((db, conn))
    })
    .expect("it opens")
}

/// Checks the database after a future was dropped. `counts` lists the numbers of rows that may be
/// there.
fn check(db: &Database, conn: &Connection, counts: &[u64], what: &str) {
    block_on(async {
        assert!(!conn.in_transaction(), "{what}: no transaction stays open");
        assert_eq!(sql!("select 1").scalar::<i64>(conn).await?, 1, "{what}");
        // Nobody holds the write lock: the database's own writer can write, and so can the
        // explicit connection. A commit that had begun is finished before its connection writes
        // here.
        let new = Item::insert(NewItem { number: 1000 }).one(db).await?;
        new.remove(conn).await?;
        let count = Item::select().count(conn).await?;
        assert!(counts.contains(&count), "{what}: {count} rows");
        assert_eq!(Item::select().count(db).await?, count, "{what}: it was committed");
        // The dropped operation has given back its connection, so a second one can be opened.
        db.connect().await?.close().await
    })
    .unwrap_or_else(|error| panic!("{what}: {error:?}"));
}

/// Drops the operation after 1, 2, 3… polls, each time on a fresh database, which is then checked,
/// until the operation ends before that.
fn at_every_poll<F, Fut, T>(name: &str, counts: &[u64], operation: F)
where
    F: Fn(Database, Connection) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    for polls in 1..200 {
        let (db, conn) = open();
        let ended = poll_times(operation(db.clone(), conn.clone()), polls);
        check(&db, &conn, counts, &format!("{name} at poll {polls}"));
        block_on(db.close()).expect("it closes");
        if let Some(result) = ended {
            result.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            return;
        }
    }
    panic!("{name} never ends");
}

#[test]
fn statements() {
    at_every_poll("insert", &[10, 11], |db, _| async move { Item::insert(NewItem { number: 50 }).execute(&db).await });
    at_every_poll(
        "insert one",
        &[10, 11],
        |_, conn| async move { Item::insert(NewItem { number: 50 }).one(&conn).await },
    );
    at_every_poll("insert all", &[10, 110], |db, _| async move {
        Item::insert_all((50..150).map(|number| NewItem { number })).execute(&db).await
    });
    at_every_poll("insert all that fails", &[10], |db, _| async move {
        let failed = Item::insert_all((0..100).rev().map(|number| NewItem { number })).execute(&db).await;
        assert!(failed.expect_err("9 is taken").is_unique());
        Ok(())
    });
    at_every_poll("delete", &[10, 5], |_, conn| async move {
        Item::delete().filter(Item::NUMBER.lt(5)).execute(&conn).await
    });
    at_every_poll("select", &[10], |_, conn| async move { Item::select().all(&conn).await });
    at_every_poll("script", &[10, 11], |db, _| async move {
        db.execute_script("begin; insert into item (number, version) values (70, 1); commit; select 1").await
    });
    at_every_poll("run", &[10, 11], |_, conn| async move {
        conn.run(|raw| raw.execute("insert into item (number, version) values (70, 1)", [])).await
    });
}

#[test]
fn reads_of_every_sort() {
    at_every_poll("optional", &[10], |db, _| async move { Item::find(1).optional(&db).await });
    at_every_poll("one", &[10], |_, conn| async move { Item::find(1).one(&conn).await });
    at_every_poll("scalar", &[10], |db, _| async move { sql!("select 7").scalar::<i64>(&db).await });
    at_every_poll("count", &[10], |_, conn| async move { Item::select().count(&conn).await });
    at_every_poll("exists", &[10], |db, _| async move { Item::select().exists(&db).await });
    at_every_poll("run_read", &[10], |db, _| async move {
        db.run_read(|raw| raw.query_row("select count(*) from item", [], |row| row.get::<_, i64>(0))).await
    });
    at_every_poll("run_read on a connection", &[10], |_, conn| async move { conn.run_read(|_| ()).await });
    at_every_poll("integrity_check", &[10], |db, _| async move { db.integrity_check().await });
    at_every_poll("a query that turns out to write", &[10, 11], |db, _| async move {
        sql!("with new(x) as (select 50) insert into item (number, version) select x, 1 from new").execute(&db).await
    });
}

#[test]
fn maintenance() {
    at_every_poll("checkpoint", &[10], |db, _| async move {
        Item::update().set(Item::VERSION, 2).all_rows().execute(&db).await?;
        db.checkpoint().await
    });
    at_every_poll("vacuum", &[10], |db, _| async move { sql!("vacuum").execute(&db).await });
}

#[test]
fn statements_with_a_deadline() {
    let long = Duration::from_secs(60);
    at_every_poll("select", &[10], move |db, _| async move { Item::select().timeout(long).all(&db).await });
    at_every_poll("insert", &[10, 11], move |db, _| async move {
        Item::insert(NewItem { number: 50 }).timeout(long).execute(&db).await
    });
    at_every_poll("update", &[10], move |_, conn| async move {
        Item::update().set(Item::VERSION, 7).all_rows().timeout(long).execute(&conn).await
    });
    at_every_poll("delete", &[10, 0], move |_, conn| async move {
        Item::delete().all_rows().timeout(long).execute(&conn).await
    });
    at_every_poll("raw", &[10, 11], move |db, _| async move {
        sql!("insert into item (number, version) values (50, 1)").timeout(long).execute(&db).await
    });
    // The future is dropped before its timeout has passed or just after.
    at_every_poll("a read whose time is up", &[10], move |_, conn| async move {
        let endless = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000000) select sum(i) from n";
        let late = aio_sql::query(endless).timeout(Duration::from_millis(5)).scalar::<i64>(&conn).await;
        assert_eq!(late.expect_err("its time is up").kind(), &ErrorKind::Timeout);
        Ok(())
    });
}

/// Polls a future once, which sends its request, and checks that it is pending. Returns the
/// future.
async fn sent<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(futures_lite::future::poll_once(&mut future).await.is_none(), "it does not wait");
    future
}

#[test]
fn queued_requests() {
    at_every_poll("a slot among the connections", &[10], |db, _| async move {
        let other = db.connect().await?;
        let waiting = sent(db.connect()).await;
        other.close().await?;
        waiting.await?.close().await
    });
    at_every_poll("a slot for a transaction", &[10], |db, _| async move {
        let other = db.connect().await?;
        let waiting = sent(db.begin()).await;
        other.close().await?;
        waiting.await?.commit().await
    });
    at_every_poll("the gate, by begin", &[10, 11], |db, conn| async move {
        let tx = db.begin().await?;
        let waiting = sent(conn.begin()).await;
        tx.commit().await?;
        let tx = waiting.await?;
        Item::insert(NewItem { number: 50 }).execute(&tx).await?;
        tx.commit().await
    });
    at_every_poll("the gate, by a statement on a connection", &[10, 11], |db, conn| async move {
        let tx = db.begin().await?;
        let waiting = sent(Item::insert(NewItem { number: 50 }).execute(&conn)).await;
        tx.rollback().await?;
        waiting.await
    });
    at_every_poll("a group", &[10, 11, 12, 13, 14], |db, conn| async move {
        let tx = conn.begin().await?;
        let mut waiting = Vec::new();
        for number in 50..54 {
            waiting.push(sent(Item::insert(NewItem { number }).one(&db)).await);
        }
        tx.commit().await?;
        for insert in waiting {
            insert.await?;
        }
        Ok(())
    });
}

#[test]
fn loaded_rows() {
    at_every_poll("save", &[10], |db, _| async move {
        let mut item = Item::find(1).one(&db).await?;
        item.number = 99;
        item.save(&db).await
    });
    at_every_poll("stale save", &[10], |db, conn| async move {
        let (mut one, mut other) = (Item::find(1).one(&db).await?, Item::find(1).one(&conn).await?);
        one.save(&db).await?;
        assert!(matches!(other.save(&conn).await.expect_err("stale").kind(), ErrorKind::Stale { .. }));
        Ok(())
    });
    at_every_poll("refresh", &[10], |db, _| async move { Item::find(1).one(&db).await?.refresh(&db).await });
    at_every_poll("remove", &[10, 9], |db, _| async move { Item::find(1).one(&db).await?.remove(&db).await });
}

#[test]
fn streams() {
    at_every_poll("stream", &[10], |db, _| async move {
        let mut rows = 0;
        let mut stream =
            sql!("with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select i from n")
                .stream::<i64>(&db);
        while let Some(row) = stream.next().await {
            rows += row? / 20_000;
        }
        Ok(rows)
    });
}

#[test]
fn streams_of_a_statement_that_writes() {
    async fn rows(mut stream: aio_sql::future::RowStream<i64>) -> Result<Vec<i64>> {
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }
    let text = "insert into item (number, version) with recursive n(i) as (select 2000 union all select i + 1 from n where i < 6999) select i, 1 from n returning number";
    at_every_poll("on the database", &[10, 5010], |db, _| async move {
        assert_eq!(rows(aio_sql::query(text).stream::<i64>(&db)).await?, (2000..7000).collect::<Vec<_>>());
        Ok(())
    });
    at_every_poll("on a connection", &[10, 5010], |_, conn| async move {
        rows(aio_sql::query(text).stream::<i64>(&conn)).await
    });
    at_every_poll("in a transaction", &[10, 5010], |db, _| async move {
        db.transaction(|tx| async move { rows(aio_sql::query(text).stream::<i64>(&tx)).await }).await
    });
}

/// Drops the future of a commit or a rollback after 1, 2, 3… polls, each time of a new transaction
/// that has inserted one row.
fn an_end_at_every_poll(name: &str, nested: bool, commit: bool) {
    for polls in 1..50 {
        let (db, conn) = open();
        let what = format!("{name} at poll {polls}");
        let (outer, tx) = block_on(async {
            let outer = conn.begin().await?;
            let tx = if nested { outer.begin().await? } else { outer.clone() };
            Item::insert(NewItem { number: 50 }).execute(&tx).await?;
            Ok::<_, aio_sql::Error>((outer, tx))
        })
        .expect("it begins");
        let ended = match commit {
            true => poll_times(tx.commit(), polls),
            false => poll_times(tx.rollback(), polls),
        };
        if nested {
            // The outer transaction is still usable.
            assert!(conn.in_transaction(), "{what}");
            block_on(async {
                Item::insert(NewItem { number: 60 }).execute(&outer).await?;
                outer.commit().await
            })
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        } else {
            drop(outer);
        }
        let outer = u64::from(nested);
        let counts: &[u64] = match (commit, &ended) {
            (true, Some(_)) => &[11 + outer],
            (true, None) => &[10 + outer, 11 + outer],
            (false, _) => &[10 + outer],
        };
        check(&db, &conn, counts, &what);
        block_on(db.close()).expect("it closes");
        if let Some(result) = ended {
            return result.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        }
    }
    panic!("{name} never ends");
}

#[test]
fn ends_of_transactions() {
    an_end_at_every_poll("commit", false, true);
    an_end_at_every_poll("rollback", false, false);
    an_end_at_every_poll("commit of a nested one", true, true);
    an_end_at_every_poll("rollback of a nested one", true, false);
}

#[test]
fn a_nested_begin_does_not_touch_the_outer_one() {
    for polls in 1..50 {
        let (db, conn) = open();
        let what = format!("at poll {polls}");
        let tx = block_on(conn.begin()).expect("it begins");
        let begun = block_on(async {
            Item::insert(NewItem { number: 50 }).execute(&tx).await?;
            Ok::<_, aio_sql::Error>(poll_times(tx.begin(), polls))
        })
        .expect("it inserts");
        let done = begun.is_some();
        drop(begun);
        block_on(async {
            Item::insert(NewItem { number: 51 }).execute(&tx).await?;
            tx.commit().await
        })
        .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        check(&db, &conn, &[12], &what);
        block_on(db.close()).expect("it closes");
        if done {
            return;
        }
    }
    panic!("it never begins");
}

#[test]
fn transactions_that_are_tried() {
    at_every_poll("try", &[10, 11], |db, _| async move {
        db.try_transaction(|tx| async move { Item::insert(NewItem { number: 50 }).execute(&tx).await }).await
    });
    at_every_poll("try that fails", &[10], |_, conn| async move {
        let failed: Result<()> = conn
            .try_transaction(|tx| async move {
                Item::insert(NewItem { number: 50 }).execute(&tx).await?;
                Item::insert(NewItem { number: 50 }).execute(&tx).await.map(drop)
            })
            .await;
        assert!(failed.expect_err("50 is taken").is_unique());
        Ok(())
    });
    at_every_poll("retry", &[10, 11, 12], |db, conn| async move {
        let (beside, attempts) = (&conn, &std::cell::Cell::new(0));
        db.retry_transaction_with(TransactionMode::Deferred, |tx| async move {
            Item::select().count(&tx).await?;
            attempts.set(attempts.get() + 1);
            if attempts.get() == 1 {
                // Another connection writes in between, so that the first attempt gets a conflict.
                Item::insert(NewItem { number: 50 }).execute(beside).await?;
            }
            Item::insert(NewItem { number: 51 }).execute(&tx).await
        })
        .await
    });
}

#[test]
fn transactions() {
    let both = |tx: aio_sql::Transaction| async move {
        Item::insert(NewItem { number: 50 }).execute(&tx).await?;
        let nested = tx.begin().await?;
        Item::delete().all_rows().execute(&nested).await?;
        nested.rollback().await?;
        tx.transaction(|nested| async move { Item::insert(NewItem { number: 51 }).execute(&nested).await }).await
    };
    for mode in [TransactionMode::Immediate, TransactionMode::Deferred, TransactionMode::Exclusive] {
        at_every_poll("transaction", &[10, 12], move |db, _| async move { db.transaction_with(mode, both).await });
        at_every_poll("transaction", &[10, 12], move |_, conn| async move { conn.transaction_with(mode, both).await });
        at_every_poll("guard", &[10, 12], move |_, conn| async move {
            let tx = conn.begin_with(mode).await?;
            both(tx.clone()).await?;
            tx.commit().await
        });
    }
    at_every_poll("rollback", &[10], |_, conn| async move {
        let tx = conn.begin().await?;
        both(tx.clone()).await?;
        tx.rollback().await
    });
    at_every_poll("read only", &[10], |_, conn| async move {
        conn.transaction_with(TransactionMode::ReadOnly, |tx| async move { Item::select().all(&tx).await }).await
    });
    at_every_poll("a transaction that waits for another", &[10, 11, 12], |db, conn| async move {
        let tx = conn.begin().await?;
        Item::insert(NewItem { number: 60 }).execute(&tx).await?;
        let mut waiting = Box::pin(Item::insert(NewItem { number: 61 }).execute(&db));
        futures_lite::future::poll_once(&mut waiting).await;
        tx.commit().await?;
        waiting.await
    });
}

#[test]
fn connections_tables_and_migrations() {
    at_every_poll("connect", &[10], |db, _| async move { db.connect().await?.close().await });
    at_every_poll("tables", &[10], |db, _| async move {
        sql!("create table other (id integer)").execute(&db).await?;
        db.has_table("other").await?;
        db.table_names().await
    });
    at_every_poll("migrate", &[10], |db, _| async move {
        db.migrate(&[("a", "create table a (x)"), ("b", "create table b (x); insert into b values (1)")]).await
    });
}

#[test]
fn opening_and_closing() {
    for polls in 1..50 {
        let Some(db) = poll_times(Database::memory(), polls) else { continue };
        let db = db.expect("it opens");
        block_on(db.create(Item)).expect("it creates");
        for polls in 1..50 {
            if let Some(closed) = poll_times(db.clone().close(), polls) {
                return closed.expect("it closes");
            }
            let refused = block_on(Item::select().count(&db));
            assert_eq!(refused.expect_err("closing has begun").kind(), &ErrorKind::Closed);
        }
    }
    panic!("it never opens or closes");
}
