//! Writes that read other tables, and upserts on tables that are not plain.

use aio_sql::{Database, Result, Table, Upserted};
use servers::on_every_database;

use super::databases;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    price: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Offer {
    #[column(primary_key)]
    id: i64,
    name: String,
    price: i64,
}

#[on_every_database]
async fn what_is_returned_is_that_of_the_table_that_is_written(db: Database) -> Result<()> {
    db.create_all((Item, Offer)).await?;
    let items = (1..4).map(|id| Item { id, name: format!("item {id}"), price: 10 * id });
    Item::insert_all(items).execute(&db).await?;
    let offers = (1..4).map(|id| Offer { id, name: format!("offer {id}"), price: 1 });
    Offer::insert_all(offers).execute(&db).await?;
    let cheaper = |id: i64| {
        let same = Offer::ID.eq(Item::ID).and(Item::ID.eq(id));
        Item::update().from(Offer).set(Item::PRICE, Item::PRICE - Offer::PRICE).filter(same)
    };
    let row = cheaper(1).returning(Item).all(&db).await?;
    assert_eq!(row, [Item { id: 1, name: "item 1".into(), price: 9 }]);
    let columns = cheaper(2).returning((Item::ID, Item::NAME.concat("!"))).all(&db).await?;
    assert_eq!(columns, [(2, "item 2!".to_owned())]);
    let removed = Item::delete().using(Offer).filter(Offer::ID.eq(Item::ID).and(Item::ID.eq(3))).returning(Item);
    assert_eq!(removed.all(&db).await?, [Item { id: 3, name: "item 3".into(), price: 30 }]);
    let again = Item::insert(Item { id: 1, name: "new".into(), price: 5 }).on_conflict(Item::ID).do_update();
    let again = again.set(Item::PRICE, Item::PRICE + Item::PRICE.excluded()).returning((Item::ID, Item::PRICE));
    assert_eq!(again.one(&db).await?, (1, 14));
    Ok(())
}

/// A table, a partitioned table and a view have these columns.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "visits")]
struct Visit {
    #[column(primary_key)]
    id: i64,
    times: i64,
}

async fn upsert(db: &Database, id: i64, times: i64) -> Result<Upserted<Visit>> {
    let insert = Visit::insert(Visit { id, times }).on_conflict(Visit::ID).do_update();
    insert.set(Visit::TIMES, Visit::TIMES + Visit::TIMES.excluded()).filter(Visit::TIMES.lt(5)).one(db).await
}

#[tokio::test]
async fn an_upsert_says_what_it_did_to_views_and_partitioned_tables() -> Result<()> {
    let partitioned = "create table visits (id bigint primary key, times bigint not null) partition by range (id);
        create table small partition of visits for values from (0) to (10);
        create table large partition of visits for values from (10) to (100)";
    let view = "create table stored (id bigint primary key, times bigint not null);
        create view visits as select id, times from stored";
    for schema in [partitioned, view] {
        let Some(db) = databases::postgres().await? else { return Ok(()) };
        db.execute_script(schema).await?;
        let visit = |id, times| Visit { id, times };
        assert_eq!(upsert(&db, 1, 1).await?, Upserted::Inserted(visit(1, 1)));
        assert_eq!(upsert(&db, 1, 4).await?, Upserted::Updated(visit(1, 5)));
        assert_eq!(upsert(&db, 11, 1).await?, Upserted::Inserted(visit(11, 1)));
        assert!(matches!(upsert(&db, 1, 1).await?, Upserted::Unchanged));
        db.transaction(|tx| async move {
            for id in [20, 21] {
                let visit = || Visit::insert(Visit { id, times: 1 }).on_conflict(Visit::ID).do_update();
                assert!(matches!(visit().set(Visit::TIMES, 2).one(&tx).await?, Upserted::Inserted(_)));
                assert!(matches!(visit().set(Visit::TIMES, 2).one(&tx).await?, Upserted::Updated(_)));
            }
            Ok(())
        })
        .await?;
        db.close().await?;
    }
    Ok(())
}
