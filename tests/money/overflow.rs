//! A result that does not fit in the database's integers is an error, never a float that is read
//! as an amount of money.

use aio_sql::{Dialect, ErrorKind, Record, Scaled, cte};

use super::*;

const MOST: Decimal = Decimal::from_parts(0xffff_ffff, 0x7fff_ffff, 0, false, 2);

fn assert_overflows<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.expect_err("it overflows");
    let is_told = |words| error.to_string().contains(words);
    assert!(is_told("overflow") || is_told("out of range"), "{error}");
    assert!(!error.to_string().contains("9223372036854775"), "no value stands in it: {error}");
    assert_ne!(error.kind(), &ErrorKind::Usage, "{error}");
}

/// Opens a database with one product at the highest price and one at the lowest.
async fn extremes(db: &Database) -> Result<()> {
    shop(db).await?;
    Product::update().set(Product::PRICE, MOST).filter(Product::ID.eq(1)).execute(db).await?;
    Product::update().set(Product::PRICE, -MOST - dec("0.01")).filter(Product::ID.eq(2)).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn an_overflow_is_an_error_where_it_is_read(db: Database) -> Result<()> {
    extremes(&db).await?;
    let most = Product::find(1);
    assert_eq!(most.clone().columns(Product::PRICE + 0).one(&db).await?, MOST);
    assert_overflows(most.clone().columns(Product::PRICE + dec("0.01")).one(&db).await);
    assert_overflows(most.clone().columns(Product::PRICE * 2).one(&db).await);
    assert_overflows(most.clone().columns(Product::PRICE + Product::RATE).one(&db).await);
    assert_overflows(most.clone().columns(Product::PRICE * 2 - Product::PRICE).one(&db).await);
    assert_overflows(most.clone().columns(Product::PRICE.round_to::<4>()).one(&db).await);
    assert_overflows(most.clone().columns((Product::PRICE * 2).coalesce(0)).one(&db).await);
    assert_overflows(Product::find(2).columns(-Product::PRICE).one(&db).await);
    assert_overflows(Product::find(2).columns(Product::PRICE.abs()).one(&db).await);
    assert_overflows(Product::select().filter(Product::ID.ne(2)).columns(Product::PRICE.sum()).one(&db).await);
    assert_overflows(most.clone().columns((Product::PRICE * 2).sum()).one(&db).await);
    assert_eq!(most.columns(Product::PRICE.avg_to::<2>()).one(&db).await?, Some(MOST));
    db.close().await
}

#[on_every_database]
async fn an_overflow_is_an_error_where_it_is_stored(db: Database) -> Result<()> {
    extremes(&db).await?;
    let first = Product::ID.eq(1);
    for price in [Product::PRICE + dec("0.01"), (Product::PRICE * 2 - Product::PRICE).into()] {
        let set = Product::update().set(Product::PRICE, price.clone()).filter(first.clone());
        assert_overflows(set.execute(&db).await);
        let rows = Product::select().filter(first.clone()).columns((Product::ID + 100, Product::ID, price));
        assert_overflows(Sale.insert_select((Sale::ID, Sale::PRODUCT_ID, Sale::PAID), rows).execute(&db).await);
    }
    let raise = Product::update().set(Product::PRICE, Product::PRICE * 2).filter(first.clone());
    let message = raise.clone().execute(&db).await.unwrap_err().to_string();
    let both = raise.set(Product::RATE, Product::RATE * 1).execute(&db).await.unwrap_err().to_string();
    if db.dialect() == Dialect::Sqlite {
        assert!(message.contains("products.price: a calculation with decimals has overflowed"), "{message}");
        assert!(both.contains("products: a calculation with decimals has overflowed"), "{both}");
    }
    let returned = Product::update().set(Product::STOCK, 0).filter(first).returning(Product::PRICE * 2).one(&db);
    assert_overflows(returned.await);
    assert_eq!(Product::find(1).one(&db).await?.stock, 10, "nothing was written");
    assert_eq!(Product::find(1).one(&db).await?.price, MOST);
    db.close().await
}

#[on_every_database]
async fn an_overflow_is_an_error_where_it_is_used(db: Database) -> Result<()> {
    #[derive(Record)]
    #[allow(dead_code)]
    struct Doubled {
        id: i64,
        #[record(scale = 2)]
        price: Decimal,
    }
    extremes(&db).await?;
    let doubled = || Product::PRICE * 2;
    let all = || Product::select().columns(Product::ID);
    assert_overflows(all().filter(doubled().gt(0)).all(&db).await);
    assert_overflows(all().filter((doubled() - Product::PRICE).eq(MOST)).all(&db).await);
    assert_overflows(all().filter(Product::PRICE.lt(doubled())).all(&db).await);
    assert_overflows(all().filter(doubled().between(0, 1)).all(&db).await);
    assert_overflows(all().filter(doubled().is_in([dec("1")])).all(&db).await);
    assert_overflows(all().order_by(doubled()).all(&db).await);
    assert_overflows(all().filter((doubled() % 7).eq(0)).all(&db).await);
    assert_overflows(all().filter(doubled().div_to::<2, _>(2).gt(0)).all(&db).await);
    assert_overflows(Product::select().columns(doubled().max()).one(&db).await);
    assert_overflows(Product::select().columns(doubled().cast::<f64>()).all(&db).await);
    assert_overflows(Product::select().columns(doubled().cast::<i64>()).all(&db).await);
    assert_overflows(Product::select().columns(doubled().cast::<String>()).all(&db).await);
    assert_overflows(Product::select().columns(doubled().stored()).all(&db).await);
    assert_overflows(all().filter(Product::PRICE.lt(Product::RATE)).all(&db).await);
    let named = cte(Doubled, Product::select().columns((Product::ID, doubled())));
    assert_overflows(named.select().filter(Doubled::PRICE.gt(0)).columns(Doubled::ID).all(&db).await);
    let scalar = Product::find(1).columns(doubled()).scalar_subquery();
    assert_overflows(all().filter(Product::PRICE.lt(scalar)).all(&db).await);
    let except = Product::select().columns(Product::PRICE).except(Product::select().columns(doubled()));
    assert_overflows(except.all(&db).await);
    let quotient: Option<Decimal> = Product::find(1).columns(Product::PRICE.div_to::<2, _>(1)).one(&db).await?;
    assert_eq!(quotient, Some(MOST), "what fits is exact in between, too");
    assert_overflows(Product::find(1).columns(Product::PRICE.div_to::<3, _>(1)).one(&db).await);
    let wide: Decimal = Product::find(3).columns(Product::PRICE.cast::<Scaled<12>>()).one(&db).await?;
    assert_eq!(wide, dec("0.05"));
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "fares")]
struct Fare {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 0)]
    yen: Decimal,
    a: i64,
    b: i64,
}

#[on_every_database]
async fn an_overflow_of_integers_is_an_error_where_whole_money_belongs(db: Database) -> Result<()> {
    db.create(Fare).await?;
    Fare::insert(Fare { id: 1, yen: dec("7"), a: 3_037_000_500, b: 3_037_000_501 }).execute(&db).await?;
    // The product exceeds the largest integer, and the difference does not. SQLite calculates both
    // as floats, and could convert the second one to an integer.
    let back = || Fare::A * Fare::B - Fare::A;
    let all = || Fare::select().columns(Fare::ID);
    assert_overflows(Fare::update().set(Fare::YEN, back()).all_rows().execute(&db).await);
    assert_overflows(Fare::update().set(Fare::YEN, back().cast::<Scaled<0>>()).all_rows().execute(&db).await);
    assert_overflows(
        Fare::update().set(Fare::YEN, Fare::YEN.null_if(7).coalesce(back())).all_rows().execute(&db).await,
    );
    assert_overflows(Fare::select().columns(Fare::YEN.null_if(7).coalesce(back())).all(&db).await);
    assert_overflows(all().filter(Fare::YEN.lt(back())).all(&db).await);
    assert_overflows(all().filter(back().gt(Fare::YEN)).all(&db).await);
    assert_overflows(all().filter(back().between(Fare::YEN, Fare::YEN)).all(&db).await);
    assert_overflows(all().filter(back().between(0, Fare::YEN)).all(&db).await);
    assert_overflows(all().filter((back() % Fare::YEN).eq(0)).all(&db).await);
    assert_overflows(all().filter((Fare::YEN % back()).eq(0)).all(&db).await);
    assert_overflows(all().filter((Fare::YEN * back()).gt(0)).all(&db).await);
    let set = Fare::update().set(Fare::YEN, Fare::A + Fare::B).filter(Fare::YEN.lt(Fare::A)).returning(Fare::YEN);
    assert_eq!(set.one(&db).await?, dec("6074001001"), "what fits is stored");
    db.close().await
}

#[on_every_database]
async fn an_overflow_has_the_kind_of_where_it_occurs(db: Database) -> Result<()> {
    extremes(&db).await?;
    let first = Product::ID.eq(1);
    let read = Product::find(1).columns(Product::PRICE * 2).one(&db).await.unwrap_err();
    match db.dialect() {
        Dialect::Sqlite => assert!(matches!(read.kind(), ErrorKind::Decode { .. }), "{read:?}"),
        _ => assert_eq!(read.kind(), &ErrorKind::Sql, "{read}"),
    }
    let set = Product::update().set(Product::PRICE, Product::PRICE * 2).filter(first.clone());
    let written = set.execute(&db).await.unwrap_err();
    let filtered = Product::select().filter((Product::PRICE * 2).gt(0)).all(&db).await.unwrap_err();
    let sorted = Product::select().order_by(Product::PRICE * 2).all(&db).await.unwrap_err();
    let twice = Product::PRICE * 2;
    let left_out = Product::select().order_by(twice.clone()).columns((Product::ID, twice)).offset(1).limit(1);
    let left_out = left_out.all(&db).await.unwrap_err();
    let converted = Product::find(1).columns((Product::PRICE * 2).cast::<String>()).one(&db).await.unwrap_err();
    for error in [written, filtered, sorted, left_out, converted] {
        assert_eq!(error.kind(), &ErrorKind::Sql, "{error}");
    }
    db.close().await
}
