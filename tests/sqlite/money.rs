//! Money in tables of other programs, which may hold what is no integer, and in results of floats.

use aio_sql::{Database, Result, Scaled, Table, query};
use rust_decimal::Decimal;

#[tokio::test]
async fn values_of_another_program_are_not_reported_as_an_overflow() -> Result<()> {
    let db = Database::memory().await?;
    #[derive(Table, Clone, Debug)]
    #[table(strict = false)]
    struct Loose {
        #[column(primary_key)]
        id: i64,
        #[column(scale = 2)]
        price: Decimal,
    }
    db.create(Loose).await?;
    query("insert into loose values (1, 'dear'), (2, x'00'), (3, 5.99)").execute(&db).await?;
    for (id, said) in [(1, "is not an integer"), (2, "is not an integer"), (3, "has met a float")] {
        for error in [
            Loose::find(id).columns(Loose::PRICE.round_to::<1>()).one(&db).await.unwrap_err(),
            Loose::find(id).columns(Loose::PRICE.cast::<String>()).one(&db).await.unwrap_err(),
        ] {
            assert!(error.to_string().contains(said), "{error}");
            assert!(!error.to_string().contains("has overflowed"), "{error}");
        }
    }
    let error = Loose::select().filter((Loose::PRICE - 1).gt(0)).count(&db).await.unwrap_err();
    assert!(error.to_string().contains("has met a float"), "{error}");
    db.close().await
}

#[tokio::test]
async fn a_stored_float_is_not_reported_as_an_overflow() -> Result<()> {
    let db = Database::memory().await?;
    let error = query("select 5.99").scalar::<Scaled<2>>(&db).await.unwrap_err();
    assert!(error.to_string().contains("function of floats"), "{error}");
    assert!(error.to_string().contains("as integer)` converts a float"), "{error}");
    db.close().await
}
