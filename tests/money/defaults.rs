//! Defaults of decimals: the number that is written is the number that a new row has.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "rates")]
struct Rate {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 2, default = 1)]
    whole: Decimal,
    #[column(default = "0.50")]
    text: Decimal,
}

#[tokio::test]
async fn a_whole_number_is_the_default_that_it_says_whatever_the_scale() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Rate).await?;
    Rate::insert(NewRate { id: 1, whole: None, text: None }).execute(&db).await?;
    db.execute_script("insert into rates (id) values (2)").await?;
    for rate in Rate::select().all(&db).await? {
        assert_eq!((rate.whole, rate.text), (dec("1"), dec("0.5")));
    }
    db.close().await
}

#[tokio::test]
async fn the_default_of_a_decimal_without_a_scale_is_equal_to_a_value_that_rust_stores() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Rate).await?;
    Rate::insert(NewRate { id: 1, whole: None, text: None }).execute(&db).await?;
    Rate::insert(NewRate { id: 2, whole: None, text: Some(dec("0.50")) }).execute(&db).await?;
    assert_eq!(Rate::select().filter(Rate::TEXT.eq(dec("0.5"))).count(&db).await?, 2);
    db.close().await
}
