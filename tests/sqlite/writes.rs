//! Upserts on a partial index whose predicate is in the words of SQLite, where a bool is a number.

use aio_sql::{Database, Result, Table};

#[tokio::test]
async fn a_partial_index_on_a_bool_is_the_target_of_an_upsert() -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(index(email, unique, where = "gone = 0"))]
    struct Member {
        #[column(primary_key)]
        id: i64,
        email: String,
        gone: bool,
    }
    let db = Database::memory().await?;
    db.create(Member).await?;
    let insert = |id, gone| Member::insert(Member { id, email: "a@x".into(), gone }).on_conflict(Member::EMAIL);
    let insert = |id, gone| insert(id, gone).filter_index(Member::GONE.eq(false)).do_nothing().execute(&db);
    assert_eq!(insert(1, false).await?.rows_affected, 1);
    assert_eq!(insert(2, true).await?.rows_affected, 1);
    assert_eq!(insert(3, false).await?.rows_affected, 0);
    Ok(())
}
