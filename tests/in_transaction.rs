//! What raw statements and scripts may do while a transaction of the library is open. Those that
//! begin or end transactions are refused.

use aio_sql::{Database, ErrorKind, Result};
use servers::on_every_database;

use controls::*;
use hold::{Item, item, numbers};

#[path = "in_transaction/controls.rs"]
mod controls;
mod hold;

#[on_every_database]
async fn sql_cannot_begin_or_end_a_transaction_of_the_library(db: Database) -> Result<()> {
    db.create(Item).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        are_refused_in_transactions(ex, CONTROLS, refusals).await?;
    }
    conn.close().await?;
    db.close().await
}

#[on_every_database]
async fn a_commit_in_a_script_does_not_commit_the_transaction(db: Database) -> Result<()> {
    db.create(Item).await?;
    let tx = db.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    let error = tx.execute_script("commit").await.expect_err("it is refused");
    assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
    assert!(error.to_string().contains("`Transaction::commit`"), "{error}");
    // A transaction continues after a refused statement.
    Item::insert(item(2)).execute(&tx).await?;
    tx.rollback().await?;
    assert!(numbers(&db).await?.is_empty());
    let result = db
        .transaction(|tx| async move {
            Item::insert(item(3)).execute(&tx).await?;
            tx.execute_script("insert into item (number) values (4); commit; insert into item (number) values (5)")
                .await
        })
        .await;
    assert_eq!(result.expect_err("it is refused").kind(), &ErrorKind::Usage);
    assert!(numbers(&db).await?.is_empty());
    db.close().await
}

#[on_every_database]
async fn user_savepoints_are_allowed_in_a_transaction(db: Database) -> Result<()> {
    db.create(Item).await?;
    let tx = db.begin().await?;
    tx.execute_script(
        "savepoint mine; insert into item (number) values (1); rollback to mine;
         insert into item (number) values (2); release mine",
    )
    .await?;
    // A savepoint may be set in one script and ended in another script.
    tx.execute_script("savepoint a; insert into item (number) values (3); savepoint b").await?;
    tx.execute_script("insert into item (number) values (4); release B; rollback to \"a\"; release a").await?;
    assert_eq!(numbers(&tx).await?, [2]);
    tx.execute_script("savepoint left_open; insert into item (number) values (7)").await?;
    tx.commit().await?;
    assert_eq!(numbers(&db).await?, [2, 7]);
    db.close().await
}

#[on_every_database]
async fn outside_of_a_transaction_scripts_may_use_their_own(db: Database) -> Result<()> {
    db.create(Item).await?;
    let conn = db.connect().await?;
    for (number, ex) in [(10, &*db), (20, &*conn)] {
        let insert = |number| format!("insert into item (number) values ({number})");
        ex.execute_script(format!("begin; {}; commit", insert(number))).await?;
        ex.execute_script(format!("begin; {}; rollback", insert(number + 1))).await?;
        // What a script leaves open is rolled back.
        let left = ex.execute_script(format!("begin; {}", insert(number + 2))).await;
        assert!(left.is_err_and(|error| *error.kind() == ErrorKind::Usage));
        assert!(!ex.in_transaction());
        Item::insert(item(number + 3)).execute(ex).await?;
    }
    assert_eq!(numbers(&db).await?, [10, 13, 20, 23]);
    conn.close().await?;
    db.close().await
}
