//! What a connection remembers: statements that were prepared, and settings of its session.

#![cfg(any(feature = "sqlite", feature = "postgres"))]

use aio_sql::{Database, ErrorKind, Result, Row, Table, query};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
}

fn items(count: usize) -> impl Iterator<Item = NewItem> {
    (0..count).map(|number| NewItem { name: format!("item {number}") })
}

#[on_every_database]
async fn a_prepared_statement_goes_on_after_its_table_was_changed(db: Database) -> Result<()> {
    db.create(Item).await?;
    let item = Item::insert(NewItem { name: "tea".into() }).one(&db).await?;
    let width = async || -> Result<usize> {
        let row: Row = query("select * from item").one(&db).await?;
        assert_eq!(Item::find(item.id).one(&db).await?, item);
        Ok(row.values().len())
    };
    // Every connection prepares both statements.
    for _ in 0..50 {
        assert_eq!(width().await?, 2);
    }
    db.execute_script("alter table item add column price integer").await?;
    for _ in 0..50 {
        assert_eq!(width().await?, 3);
    }
    db.execute_script("alter table item drop column price").await?;
    assert_eq!(width().await?, 2);
    Ok(())
}

#[on_every_database]
async fn of_many_rows_the_error_names_the_one_that_fails_and_none_is_kept(db: Database) -> Result<()> {
    db.create(Item).await?;
    assert_eq!(Item::insert_all(items(1_000)).execute(&db).await?.rows_affected, 1_000);
    let twice = items(3_000).skip(1_000).chain(items(1));
    let error = Item::insert_all(twice).execute(&db).await.unwrap_err();
    let unique = ErrorKind::Unique { table: "item".into(), columns: vec!["name".into()] };
    assert_eq!((error.kind(), error.row()), (&unique, Some(2_000)), "{error:?}");
    assert_eq!(Item::select().count(&db).await?, 1_000);
    Ok(())
}
