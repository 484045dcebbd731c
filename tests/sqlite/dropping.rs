//! Drops the futures of what only SQLite has after the first poll, the second, and so on until
//! they are ready.

use aio_sql::TransactionMode;

use crate::dropped::{Address, Item, NewItem};

fn memory() -> Address {
    Address(":memory:".to_owned())
}

#[test]
fn closures_and_maintenance() {
    let address = memory();
    address.at_every_poll("run", &[10, 11], |_, conn| async move {
        conn.run(|raw| raw.execute("insert into item (number, version) values (70, 1)", [])).await
    });
    address.at_every_poll("run_read", &[10], |db, _| async move {
        db.run_read(|raw| raw.query_row("select count(*) from item", [], |row| row.get::<_, i64>(0))).await
    });
    address.at_every_poll("run_read on a connection", &[10], |_, conn| async move { conn.run_read(|_| ()).await });
    address.at_every_poll("integrity_check", &[10], |db, _| async move { db.integrity_check().await });
    address.at_every_poll("checkpoint", &[10], |db, _| async move {
        Item::update().set(Item::VERSION, 2).all_rows().execute(&db).await?;
        db.checkpoint().await
    });
}

#[test]
fn exclusive_transactions() {
    let address = memory();
    let both = |tx: aio_sql::Transaction| async move {
        Item::insert(NewItem { number: 50 }).execute(&tx).await?;
        tx.transaction(|nested| async move { Item::insert(NewItem { number: 51 }).execute(&nested).await }).await
    };
    let mode = TransactionMode::Exclusive;
    address.at_every_poll("transaction", &[10, 12], move |db, _| async move { db.transaction_with(mode, both).await });
    address.at_every_poll(
        "transaction",
        &[10, 12],
        move |_, conn| async move { conn.transaction_with(mode, both).await },
    );
    address.at_every_poll("guard", &[10, 12], move |_, conn| async move {
        let tx = conn.begin_with(mode).await?;
        both(tx.clone()).await?;
        tx.commit().await
    });
}
