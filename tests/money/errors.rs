//! The error for a number that a column cannot hold: it says which column, why, and what to write
//! instead.

use aio_sql::{ErrorKind, Scaled, sql, value, values};

use super::*;

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, column: &str, words: &[&str]) {
    let error = result.unwrap_err();
    let ErrorKind::Unstorable { table, column: of } = error.kind() else { panic!("{error:?}") };
    assert_eq!((table.as_deref(), of.as_deref()), (Some("products"), Some(column)), "{error}");
    let text = error.to_string();
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
}

#[on_every_database]
async fn the_error_of_too_many_places_counts_them_and_names_the_rounding(db: Database) -> Result<()> {
    shop(&db).await?;
    let words = ["3 decimal places", "`.round_dp(2)`"];
    refused(Product::insert(product(9, "4.555", None)).execute(&db).await, "price", &words);
    refused(Product::update().set(Product::PRICE, dec("1.005")).all_rows().execute(&db).await, "price", &words);
    let words = ["3 decimal places", "`.round_dp(2)`", "`Scaled::<3>(value)`"];
    refused(Product::select().columns(Product::PRICE * dec("1.035")).all(&db).await, "price", &words);
    refused(Product::select().filter(Product::PRICE.gt(dec("1.035"))).all(&db).await, "price", &words);
    let product = Product::PRICE * Scaled::<3>(dec("1.035"));
    let words = ["5 decimal places", "`.round_to::<2>()`"];
    refused(Product::update().set(Product::PRICE, product).all_rows().execute(&db).await, "price", &words);
    db.close().await
}

#[on_every_database]
async fn digits_too_many_are_not_taken_for_places_too_many(db: Database) -> Result<()> {
    shop(&db).await?;
    let words = ["the largest number with 2 decimal places is 92233720368547758.07"];
    let error = Product::insert(product(9, "100000000000000000", None)).execute(&db).await.unwrap_err();
    assert!(!error.to_string().contains("round"), "{error}");
    refused(Err::<(), _>(error), "price", &words);
    let refused_text = sql!("update {Product} set price = {Product::PRICE} + {dec(\"100000000000000000\")}");
    let words = ["or is larger than 92233720368547758.07"];
    refused(refused_text.execute(&db).await, "price", &words);
    db.close().await
}

#[on_every_database]
async fn the_largest_number_that_the_error_names_can_be_stored(db: Database) -> Result<()> {
    shop(&db).await?;
    let largest = "92233720368547758.07"; // nineteen digits
    let stored = Product::insert(product(9, largest, None)).one(&db).await?;
    assert_eq!(stored.price, dec(largest));
    Product::insert(product(10, "92233720368547758.08", None)).execute(&db).await.unwrap_err();
    db.close().await
}

#[on_every_database]
async fn the_error_of_a_value_in_an_inserted_query_names_its_column(db: Database) -> Result<()> {
    shop(&db).await?;
    let columns = (Product::ID, Product::NAME, Product::PRICE, Product::RATE, Product::STOCK);
    let price = || value(Scaled::<2>(dec("0.125")));
    let query = Product::select().columns((Product::ID + 10, Product::NAME, price(), Product::RATE, Product::STOCK));
    refused(Product.insert_select(columns, query).execute(&db).await, "price", &["3 decimal places"]);
    let rows = values([(9_i64, "x".to_owned(), Scaled::<2>(dec("0.125")), Scaled::<4>(dec("0")), 1_i64)]);
    refused(Product.insert_select(columns, rows).execute(&db).await, "price", &["3 decimal places"]);
    db.close().await
}
