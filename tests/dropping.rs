//! Drops the futures of many operations after the first poll, the second, and so on until they are
//! ready: nothing stays open, nothing leaks, every write took effect as a whole or not at all, and
//! the next statement is not affected.

use std::future::Future;
use std::time::Duration;

use aio_sql::{Database, ErrorKind, Result, TransactionMode, sql};
use servers::on_every_database;

use dropped::polling::{block_on, poll_times};
use dropped::{Address, Item, NewItem};

mod dropped;

#[on_every_database]
async fn statements(address: Address) -> Result<()> {
    address.at_every_poll("insert", &[10, 11], |db, _| async move {
        Item::insert(NewItem { number: 50 }).execute(&db).await
    });
    address.at_every_poll("insert one", &[10, 11], |_, conn| async move {
        Item::insert(NewItem { number: 50 }).one(&conn).await
    });
    address.at_every_poll("insert all", &[10, 110], |db, _| async move {
        Item::insert_all((50..150).map(|number| NewItem { number })).execute(&db).await
    });
    address.at_every_poll("insert all that fails", &[10], |db, _| async move {
        let failed = Item::insert_all((0..100).rev().map(|number| NewItem { number })).execute(&db).await;
        assert!(failed.expect_err("9 is taken").is_unique());
        Ok(())
    });
    address.at_every_poll("insert all, in several messages", &[10, 6_010], |db, _| async move {
        Item::insert_all((2_000..8_000).map(|number| NewItem { number })).execute(&db).await
    });
    address.at_every_poll("batch", &[10, 12], |db, _| async move {
        let (one, other) = (Item::insert(NewItem { number: 50 }), Item::insert(NewItem { number: 51 }));
        aio_sql::Batch::new().execute(one).execute(other).run(&db).await.map(drop)
    });
    address.at_every_poll("delete", &[10, 5], |_, conn| async move {
        Item::delete().filter(Item::NUMBER.lt(5)).execute(&conn).await
    });
    address.at_every_poll("select", &[10], |_, conn| async move { Item::select().all(&conn).await });
    address.at_every_poll("script", &[10, 11], |db, _| async move {
        db.execute_script("begin; insert into item (number, version) values (70, 1); commit; select 1").await
    });
    Ok(())
}

#[on_every_database]
async fn reads_of_every_sort(address: Address) -> Result<()> {
    address.at_every_poll("optional", &[10], |db, _| async move { Item::find(1).optional(&db).await });
    address.at_every_poll("one", &[10], |_, conn| async move { Item::find(1).one(&conn).await });
    address.at_every_poll("scalar", &[10], |db, _| async move { sql!("select 7").scalar::<i64>(&db).await });
    address.at_every_poll("count", &[10], |_, conn| async move { Item::select().count(&conn).await });
    address.at_every_poll("exists", &[10], |db, _| async move { Item::select().exists(&db).await });
    address.at_every_poll("a query that turns out to write", &[10, 11], |db, _| async move {
        sql!("with new(x) as (select 50) insert into item (number, version) select x, 1 from new").execute(&db).await
    });
    Ok(())
}

#[on_every_database]
async fn maintenance(address: Address) -> Result<()> {
    address.at_every_poll("vacuum", &[10], |db, _| async move { sql!("vacuum").execute(&db).await });
    Ok(())
}

#[on_every_database]
async fn statements_with_a_deadline(address: Address) -> Result<()> {
    let long = Duration::from_secs(60);
    address.at_every_poll("select", &[10], move |db, _| async move { Item::select().timeout(long).all(&db).await });
    address.at_every_poll("insert", &[10, 11], move |db, _| async move {
        Item::insert(NewItem { number: 50 }).timeout(long).execute(&db).await
    });
    address.at_every_poll("update", &[10], move |_, conn| async move {
        Item::update().set(Item::VERSION, 7).all_rows().timeout(long).execute(&conn).await
    });
    address.at_every_poll("delete", &[10, 0], move |_, conn| async move {
        Item::delete().all_rows().timeout(long).execute(&conn).await
    });
    address.at_every_poll("raw", &[10, 11], move |db, _| async move {
        sql!("insert into item (number, version) values (50, 1)").timeout(long).execute(&db).await
    });
    // The future is dropped before its timeout has passed or just after.
    address.at_every_poll("a read whose time is up", &[10], move |_, conn| async move {
        let endless = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000000) select sum(i) from n";
        let late = aio_sql::query(endless).timeout(Duration::from_millis(5)).scalar::<i64>(&conn).await;
        assert_eq!(late.expect_err("its time is up").kind(), &ErrorKind::Timeout);
        Ok(())
    });
    Ok(())
}

/// Polls a future once, which sends its request. Returns a future of its output.
async fn sent<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let mut future = Box::pin(future);
    // What waits on SQLite, which has one writer, may be done at once on a server.
    let output = futures_lite::future::poll_once(&mut future).await;
    async move {
        match output {
            Some(output) => output,
            None => future.await,
        }
    }
}

#[on_every_database]
async fn queued_requests(address: Address) -> Result<()> {
    address.at_every_poll("a slot among the connections", &[10], |db, _| async move {
        let other = db.connect().await?;
        let waiting = sent(db.connect()).await;
        other.close().await?;
        waiting.await?.close().await
    });
    address.at_every_poll("a slot for a transaction", &[10], |db, _| async move {
        let other = db.connect().await?;
        let waiting = sent(db.begin()).await;
        other.close().await?;
        waiting.await?.commit().await
    });
    address.at_every_poll("the gate, by begin", &[10, 11], |db, conn| async move {
        let tx = db.begin().await?;
        let waiting = sent(conn.begin()).await;
        tx.commit().await?;
        let tx = waiting.await?;
        Item::insert(NewItem { number: 50 }).execute(&tx).await?;
        tx.commit().await
    });
    address.at_every_poll("the gate, by a statement on a connection", &[10, 11], |db, conn| async move {
        let tx = db.begin().await?;
        let waiting = sent(Item::insert(NewItem { number: 50 }).execute(&conn)).await;
        tx.rollback().await?;
        waiting.await
    });
    address.at_every_poll("a group", &[10, 11, 12, 13, 14], |db, conn| async move {
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
    Ok(())
}

#[on_every_database]
async fn loaded_rows(address: Address) -> Result<()> {
    address.at_every_poll("save", &[10], |db, _| async move {
        let mut item = Item::find(1).one(&db).await?;
        item.number = 99;
        item.save(&db).await
    });
    address.at_every_poll("stale save", &[10], |db, conn| async move {
        let (mut one, mut other) = (Item::find(1).one(&db).await?, Item::find(1).one(&conn).await?);
        one.save(&db).await?;
        assert!(matches!(other.save(&conn).await.expect_err("stale").kind(), ErrorKind::Stale { .. }));
        Ok(())
    });
    address.at_every_poll("refresh", &[10], |db, _| async move { Item::find(1).one(&db).await?.refresh(&db).await });
    address.at_every_poll("remove", &[10, 9], |db, _| async move { Item::find(1).one(&db).await?.remove(&db).await });
    Ok(())
}

#[on_every_database]
async fn streams(address: Address) -> Result<()> {
    address.at_every_poll("stream", &[10], |db, _| async move {
        let mut rows = 0;
        let mut stream =
            sql!("with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select i from n")
                .stream::<i64>(&db);
        while let Some(row) = stream.next().await {
            rows += row? / 20_000;
        }
        Ok(rows)
    });
    Ok(())
}

#[on_every_database]
async fn streams_of_a_statement_that_writes(address: Address) -> Result<()> {
    async fn rows(mut stream: aio_sql::future::RowStream<i64>) -> Result<Vec<i64>> {
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }
    let text = "insert into item (number, version) with recursive n(i) as (select 2000 union all select i + 1 from n where i < 6999) select i, 1 from n returning number";
    address.at_every_poll("on the database", &[10, 5010], |db, _| async move {
        assert_eq!(rows(aio_sql::query(text).stream::<i64>(&db)).await?, (2000..7000).collect::<Vec<_>>());
        Ok(())
    });
    address.at_every_poll("on a connection", &[10, 5010], |_, conn| async move {
        rows(aio_sql::query(text).stream::<i64>(&conn)).await
    });
    address.at_every_poll("in a transaction", &[10, 5010], |db, _| async move {
        db.transaction(|tx| async move { rows(aio_sql::query(text).stream::<i64>(&tx)).await }).await
    });
    Ok(())
}

/// Drops the future of a commit or a rollback after 1, 2, 3… polls, each time of a new transaction
/// that has inserted one row.
fn an_end_at_every_poll(address: &Address, name: &str, nested: bool, commit: bool) {
    for polls in 1..50 {
        let (db, conn) = address.open();
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
        address.check(&db, &conn, counts, &what);
        block_on(db.close()).expect("it closes");
        if let Some(result) = ended {
            return result.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        }
    }
    panic!("{name} never ends");
}

#[on_every_database]
async fn ends_of_transactions(address: Address) -> Result<()> {
    an_end_at_every_poll(&address, "commit", false, true);
    an_end_at_every_poll(&address, "rollback", false, false);
    an_end_at_every_poll(&address, "commit of a nested one", true, true);
    an_end_at_every_poll(&address, "rollback of a nested one", true, false);
    Ok(())
}

#[on_every_database]
async fn a_nested_begin_does_not_touch_the_outer_one(address: Address) -> Result<()> {
    for polls in 1..50 {
        let (db, conn) = address.open();
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
        address.check(&db, &conn, &[12], &what);
        block_on(db.close()).expect("it closes");
        if done {
            return Ok(());
        }
    }
    panic!("it never begins");
}

#[on_every_database]
async fn transactions_that_are_tried(address: Address) -> Result<()> {
    address.at_every_poll("try", &[10, 11], |db, _| async move {
        db.try_transaction(|tx| async move { Item::insert(NewItem { number: 50 }).execute(&tx).await }).await
    });
    address.at_every_poll("try that fails", &[10], |_, conn| async move {
        let failed: Result<()> = conn
            .try_transaction(|tx| async move {
                Item::insert(NewItem { number: 50 }).execute(&tx).await?;
                Item::insert(NewItem { number: 50 }).execute(&tx).await.map(drop)
            })
            .await;
        assert!(failed.expect_err("50 is taken").is_unique());
        Ok(())
    });
    address.at_every_poll("retry", &[10, 11, 12], |db, conn| async move {
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
    Ok(())
}

#[on_every_database]
async fn transactions(address: Address) -> Result<()> {
    let both = |tx: aio_sql::Transaction| async move {
        Item::insert(NewItem { number: 50 }).execute(&tx).await?;
        let nested = tx.begin().await?;
        Item::delete().all_rows().execute(&nested).await?;
        nested.rollback().await?;
        tx.transaction(|nested| async move { Item::insert(NewItem { number: 51 }).execute(&nested).await }).await
    };
    for mode in [TransactionMode::Immediate, TransactionMode::Deferred, TransactionMode::Serializable] {
        address.at_every_poll(
            "transaction",
            &[10, 12],
            move |db, _| async move { db.transaction_with(mode, both).await },
        );
        address.at_every_poll("transaction", &[10, 12], move |_, conn| async move {
            conn.transaction_with(mode, both).await
        });
        address.at_every_poll("guard", &[10, 12], move |_, conn| async move {
            let tx = conn.begin_with(mode).await?;
            both(tx.clone()).await?;
            tx.commit().await
        });
    }
    address.at_every_poll("rollback", &[10], |_, conn| async move {
        let tx = conn.begin().await?;
        both(tx.clone()).await?;
        tx.rollback().await
    });
    address.at_every_poll("read only", &[10], |_, conn| async move {
        conn.transaction_with(TransactionMode::ReadOnly, |tx| async move { Item::select().all(&tx).await }).await
    });
    address.at_every_poll("a transaction that waits for another", &[10, 11, 12], |db, conn| async move {
        let tx = conn.begin().await?;
        Item::insert(NewItem { number: 60 }).execute(&tx).await?;
        let waiting = sent(Item::insert(NewItem { number: 61 }).execute(&db)).await;
        tx.commit().await?;
        waiting.await
    });
    Ok(())
}

#[on_every_database]
async fn connections_tables_and_migrations(address: Address) -> Result<()> {
    address.at_every_poll("connect", &[10], |db, _| async move { db.connect().await?.close().await });
    address.at_every_poll("tables", &[10], |db, _| async move {
        sql!("create table other (id integer)").execute(&db).await?;
        db.has_table("other").await?;
        db.table_names().await
    });
    address.at_every_poll("migrate", &[10], |db, _| async move {
        db.migrate(&[
            ("a", "create table a (x integer)"),
            ("b", "create table b (x integer); insert into b values (1)"),
        ])
        .await
    });
    Ok(())
}

#[on_every_database(except pooler = Broken("a temporary table would stay in a session"))]
async fn changes_of_the_session(address: Address) -> Result<()> {
    address.at_every_poll("changes of the session", &[10], |db, _| async move {
        let conn = db.connect().await?;
        conn.execute_script("create temp table other (id integer)").await?;
        conn.close().await
    });
    Ok(())
}

#[on_every_database]
async fn opening_and_closing(address: Address) -> Result<()> {
    for polls in 1..50 {
        let Some(db) = poll_times(Database::open(&address.0), polls) else { continue };
        let db = db.expect("it opens");
        block_on(db.create(Item)).expect("it creates");
        for polls in 1..50 {
            if let Some(closed) = poll_times(db.clone().close(), polls) {
                closed.expect("it closes");
                return Ok(());
            }
            let refused = block_on(Item::select().count(&db));
            assert_eq!(refused.expect_err("closing has begun").kind(), &ErrorKind::Closed);
        }
    }
    panic!("it never opens or closes");
}
