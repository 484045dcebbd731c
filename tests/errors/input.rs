//! Errors distinguish invalid input of a client from a mistake in the program.

use aio_sql::{Cursor, order_by_names};

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    price: i64,
}

async fn fill(db: &Database) -> Result<()> {
    db.create(Item).await?;
    Item::insert_all((0..6).map(|n| NewItem { name: format!("item {n}"), price: n })).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn an_invalid_or_unrelated_cursor_is_the_clients_mistake(db: Database) -> Result<()> {
    fill(&db).await?;
    let by_name = Item::select().order_by(Item::NAME).page(2).all(&db).await?;
    let by_price = Item::select().order_by(Item::PRICE).page(2).after(by_name.next.unwrap());
    assert_says(&failed(by_price.all(&db).await, ErrorKind::InvalidInput), &["another order"]);
    failed("not a cursor".parse::<Cursor>(), ErrorKind::InvalidInput);
    db.close().await
}

#[test]
fn an_unknown_sort_name_is_the_clients_mistake() {
    let allowed = [("name", Item::NAME.asc()), ("price", Item::PRICE.asc())];
    let error = failed(order_by_names("price,-colour", allowed), ErrorKind::InvalidInput);
    assert_says(&error, &["`colour`", "name, price"]);
}

#[on_every_database]
async fn a_negative_number_of_rows_is_the_clients_mistake_and_never_all_rows(db: Database) -> Result<()> {
    fill(&db).await?;
    let items = Item::select().order_by(Item::ID);
    let refused = |error| assert_says(&failed(error, ErrorKind::InvalidInput), &["negative"]);
    refused(items.clone().limit(-1).all(&db).await);
    refused(items.clone().offset(-1_i64).all(&db).await);
    refused(items.clone().limit(i64::MIN).optional(&db).await.map(|_| Vec::new()));
    refused(items.clone().union_all(Item::select()).limit(-5).all(&db).await);
    failed(items.clone().page(-1).all(&db).await, ErrorKind::InvalidInput);
    failed(items.page(0).all(&db).await, ErrorKind::InvalidInput);
    db.close().await
}

#[on_every_database]
async fn any_integer_is_a_number_of_rows(db: Database) -> Result<()> {
    fill(&db).await?;
    let items = Item::select().order_by(Item::ID).columns(Item::PRICE);
    let names = ["a", "b", "c"];
    assert_eq!(items.clone().limit(names.len()).all(&db).await?, [0, 1, 2]);
    assert_eq!(items.clone().limit(2_u8).offset(3_u32).all(&db).await?, [3, 4]);
    assert_eq!(items.clone().limit(u64::MAX).offset(4_i64).all(&db).await?, [4, 5]);
    assert!(items.clone().offset(u64::MAX).all(&db).await?.is_empty());
    assert!(items.clone().limit(0).all(&db).await?.is_empty());
    assert_eq!(items.page(names.len()).all(&db).await?.rows, [0, 1, 2]);
    db.close().await
}

#[cfg(feature = "regexp")]
#[on_every_database]
async fn an_invalid_regular_expression_is_the_clients_mistake(db: Database) -> Result<()> {
    fill(&db).await?;
    let pattern = format!("{SECRET}(");
    let found = Item::select().filter(Item::NAME.regexp(pattern.as_str())).count(&db).await;
    assert_says(&failed(found, ErrorKind::InvalidInput), &["not a valid regular expression"]);
    let raw = either(&db, sql!("select 'a' regexp {pattern}"), sql!("select 'a' ~ {pattern}"));
    failed(raw.scalar::<bool>(&db).await, ErrorKind::InvalidInput);
    db.close().await
}

#[cfg(feature = "postgres")]
#[test]
fn an_invalid_query_in_a_language_of_postgresql_is_the_clients_mistake() {
    async fn test(db: Database) -> Result<()> {
        let words = format!("{SECRET} &");
        let search = sql!("select to_tsvector('tea and milk') @@ to_tsquery({words})");
        let error = failed(search.scalar::<bool>(&db).await, ErrorKind::InvalidInput);
        assert_says(&error, &["in tsquery: \"…\""]);
        let path = format!("$.{SECRET} ==");
        let found = sql!("select jsonb_path_exists('{{}}', {path}::text::jsonpath)").scalar::<bool>(&db).await;
        failed(found, ErrorKind::InvalidInput);
        db.close().await
    }
    servers::on_postgres(test, servers::Outcome::Success, servers::Needs::Nothing);
}

#[on_every_database]
async fn a_mistake_in_the_program_is_not_the_clients(db: Database) -> Result<()> {
    fill(&db).await?;
    failed(query("select nothing from item").all::<i64>(&db).await, ErrorKind::Sql);
    failed(Item::update().set(Item::PRICE, 0).execute(&db).await, ErrorKind::Usage);
    failed(Item::select().limit(1).page(2).all(&db).await, ErrorKind::Usage);
    db.close().await
}
