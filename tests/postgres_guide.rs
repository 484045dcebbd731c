//! The program of the guide's chapter "PostgreSQL", run on a server.

#![cfg(feature = "postgres")]

use std::sync::Arc;

use servers::postgres::shared;

include!("../docs/guide/accounts.rs");

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_chapter_does_what_it_says() -> Result<()> {
    let Some(server) = shared() else { return Ok(()) };
    let schema = server.create_schema().await?;
    let db = Arc::new(open(schema.address()).await?);
    assert_eq!(welcome(&db, &["Ann", "Bob"]).await?, 2);
    assert_eq!(welcome(&db, &["Ann", "Cleo", "Bob"]).await?, 1, "an error ends only the nested transaction");
    // Rows that were refused have used up a number.
    let ids: Vec<i64> = Account::select().order_by(Account::ID).columns(Account::ID).all(&db).await?;
    assert!(!withdraw(&db, ids[0], 1000).await?);
    assert!(withdraw(&db, ids[0], 1).await?);
    assert!(!withdraw(&db, 99, 1).await?);

    // Several tasks move amounts in circles, each from an account to the next one. With more of
    // them, the attempts of `retry_transaction` would not suffice while the disk is slow.
    let tasks = (0..6).map(|task| {
        let (db, ids) = (Arc::clone(&db), ids.clone());
        tokio::spawn(async move {
            for step in 0..12 {
                let from = (task + step) % 3;
                transfer(&db, ids[from], ids[(from + 1) % 3], 1).await?;
            }
            Result::Ok(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("the task ends")?;
    }
    let balances: Vec<i64> = Account::select().columns(Account::BALANCE).all(&db).await?;
    assert_eq!(balances.iter().sum::<i64>(), 299);
    db.close().await?;
    server.drop_schema(schema).await
}
