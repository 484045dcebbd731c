//! Values in raw SQL have their own types where nothing beside them tells the database another
//! one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aio_sql::{Batch, Database, Executor, Result, Table, query, sql};
use servers::on_every_database;

use super::databases;

#[derive(Table, Clone, Debug, PartialEq)]
struct Thing {
    #[column(primary_key)]
    id: i64,
    name: String,
    price: Option<f64>,
    sold: bool,
    at: SystemTime,
    bytes: Vec<u8>,
}

fn thing(id: i64) -> Thing {
    let at = UNIX_EPOCH + Duration::from_micros(1_500_000);
    Thing { id, name: format!("{id}"), price: Some(0.5), sold: id == 1, at, bytes: vec![1, 2] }
}

async fn check(ex: &Executor) -> Result<()> {
    let (id, price, sold, name) = (1_i64, 0.5, true, "1");
    let Thing { at, bytes, .. } = thing(1);
    // Alone, a value has its own type.
    assert_eq!(sql!("select {id}").scalar::<i64>(ex).await?, 1);
    assert_eq!(sql!("select {price}").scalar::<f64>(ex).await?, 0.5);
    assert!(sql!("select {sold}").scalar::<bool>(ex).await?);
    assert_eq!(sql!("select {at}").scalar::<SystemTime>(ex).await?, at);
    assert_eq!(sql!("select {&bytes}").scalar::<Vec<u8>>(ex).await?, bytes);
    assert_eq!(sql!("select {name}").scalar::<String>(ex).await?, "1");
    assert_eq!(sql!("select {Some(id)}").scalar::<Option<i64>>(ex).await?, Some(1));
    assert_eq!(sql!("select {None::<i64>}").scalar::<Option<i64>>(ex).await?, None);
    // The same text with values of other types.
    assert_eq!(sql!("select {id} as x, {name} as y").one::<(i64, String)>(ex).await?, (1, "1".into()));
    assert_eq!(sql!("select {name} as x, {id} as y").one::<(String, i64)>(ex).await?, ("1".into(), 1));
    // Where nothing but values stands together.
    assert_eq!(sql!("select {id} + {2_i64}").scalar::<i64>(ex).await?, 3);
    assert_eq!(sql!("select coalesce({None::<i64>}, {id})").scalar::<i64>(ex).await?, 1);
    assert_eq!(sql!("select case when {sold} then {id} else {2_i64} end").scalar::<i64>(ex).await?, 1);
    assert_eq!(sql!("select count(*) from {Thing} where {id} = {id}").scalar::<i64>(ex).await?, 2);
    assert_eq!(sql!("select max(x) from (select {id} as x union all select {9_i64}) as t").scalar::<i64>(ex).await?, 9);
    // Beside a column, a value has the column's type.
    let found: Vec<i64> = sql!(
        "select id from {Thing} where id = {id} and {Thing::PRICE} >= {price} and sold = {sold} and at <= {at} \
         and bytes = {&bytes} and name = {name}"
    )
    .all(ex)
    .await?;
    assert_eq!(found, [1]);
    // A number beside a text becomes a text.
    assert_eq!(sql!("select id from {Thing} where name = {id}").all::<i64>(ex).await?, [1]);
    assert_eq!(sql!("select name || {id} from {Thing} where id = {id}").scalar::<String>(ex).await?, "11");
    assert_eq!(sql!("select substr({name}, {id}, {id})").scalar::<String>(ex).await?, "1");
    assert_eq!(sql!("select id from {Thing} order by id limit {id} offset {id}").all::<i64>(ex).await?, [2]);
    let raw = sql!("{Thing::ID} + {id}").expr::<i64>();
    let sums = Thing::select().order_by(Thing::ID).columns((raw, sql!("{price}").expr::<f64>()));
    assert_eq!(sums.all(ex).await?, [(2, 0.5), (3, 0.5)]);
    Ok(())
}

async fn filled(db: &Database) -> Result<()> {
    db.create_all(Thing).await?;
    Thing::insert_all([thing(1), thing(2)]).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn a_captured_value_keeps_its_type(db: Database) -> Result<()> {
    filled(&db).await?;
    check(&db).await?;
    // What is remembered of a statement is right the second time.
    check(&db).await?;
    db.close().await
}

#[on_every_database]
async fn in_a_transaction_too(db: Database) -> Result<()> {
    filled(&db).await?;
    let tx = db.begin().await?;
    check(&tx).await?;
    Thing::delete().filter(Thing::ID.eq(2)).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(Thing::select().count(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn in_a_batch_too(db: Database) -> Result<()> {
    filled(&db).await?;
    let update = sql!("update {Thing} set name = {7_i64} where {1_i64} = {1_i64} and id = {1_i64}");
    let batch = Batch::new().execute(update).one::<i64, _>(sql!("select {5_i64}"));
    let (outcome, five) = batch.run(&db).await?;
    assert_eq!((outcome.rows_affected, five), (1, 5));
    assert_eq!(Thing::find(1).one(&db).await?.name, "7");
    db.close().await
}

#[on_every_database]
async fn of_a_text_that_is_made_at_run_time_too(db: Database) -> Result<()> {
    let placeholder = if db.dialect() == aio_sql::Dialect::Sqlite { "?" } else { "$1" };
    let text = format!("select {placeholder}");
    assert_eq!(query(text.clone()).bind(5_i64).scalar::<i64>(&db).await?, 5);
    assert_eq!(query(text.clone()).bind("5").scalar::<String>(&db).await?, "5");
    assert_eq!(query(text).bind(2.5).scalar::<f64>(&db).await?, 2.5);
    db.close().await
}

/// Only PostgreSQL has functions that take a value of any type.
#[tokio::test]
async fn a_function_of_any_type_gets_a_value_with_its_type() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    let text = sql!("select json_build_object({\"a\"}, {1_i64}, {\"b\"}, {\"x\"})::text").scalar::<String>(&db).await?;
    assert_eq!(text, r#"{"a" : 1, "b" : "x"}"#);
    let tx = db.begin().await?;
    let text = sql!("select jsonb_build_array({2.5}, {\"y\"})::text").scalar::<String>(&tx).await?;
    assert_eq!(text, r#"[2.5, "y"]"#);
    tx.commit().await?;
    db.close().await
}

/// A mistake ends a transaction, whatever the library has tried before.
#[tokio::test]
async fn a_mistake_in_raw_sql_still_fails() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    assert!(sql!("select {1_i64} from missing").scalar::<i64>(&db).await.is_err());
    let tx = db.begin().await?;
    assert!(sql!("select {1_i64} from missing").scalar::<i64>(&tx).await.is_err());
    assert!(sql!("select {1_i64}").scalar::<i64>(&tx).await.is_err());
    drop(tx);
    assert_eq!(sql!("select {1_i64}").scalar::<i64>(&db).await?, 1);
    db.close().await
}
