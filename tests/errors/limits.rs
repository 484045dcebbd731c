//! What the error about a limit advises works.

use aio_sql::{all_of, any_of, case};

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

async fn fill(db: &Database) -> Result<()> {
    db.create(Item).await?;
    Item::insert(NewItem { text: "x".into() }).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn what_an_error_about_a_limit_advises_works(db: Database) -> Result<()> {
    fill(&db).await?;
    let ids: Vec<i64> = (0..100_000).collect();
    assert_eq!(Item::select().filter(Item::ID.is_in(ids.clone())).count(&db).await?, 1);
    assert_eq!(sql!("select count(*) from items where id in ({ids})").scalar::<i64>(&db).await?, 1);
    let conditions = || (0..10_000).map(|id| Item::ID.ne(-id - 1));
    assert_eq!(Item::select().filter(all_of(conditions())).count(&db).await?, 1);
    assert_eq!(Item::select().filter(any_of(conditions())).count(&db).await?, 1);
    let both = conditions().reduce(|left, right| left.and(right).into()).expect("some");
    assert_eq!(Item::select().filter(both).count(&db).await?, 1);
    Item::insert_all((0..40_000).map(|n| NewItem { text: n.to_string() })).execute(&db).await?;
    let chosen = case::<i32>().when(all_of(conditions()), 1).otherwise(0);
    assert_eq!(Item::select().limit(1).columns(chosen).one(&db).await?, 1);
    let part = "x".repeat(60_000);
    assert_eq!(Item::select().filter(Item::TEXT.contains(&part)).count(&db).await?, 0);
    db.close().await
}
