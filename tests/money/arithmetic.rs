//! Calculations with decimals in queries. `+`, `-`, `*`, `%` and comparisons are exact; quotients,
//! means and roundings are half-even. Also casts, assigned calculations, and aggregates of
//! calculations.

use aio_sql::{Scaled, case, value, window};

use super::*;

/// Queries one value for the second product: price 12.50, discount 0.50, rate 0.0825, 20 pieces.
macro_rules! of_second {
    ($db:expr, $expr:expr) => {
        Product::find(2).columns($expr).one(&$db).await?
    };
}

#[on_every_database]
async fn sums_have_the_larger_scale(db: Database) -> Result<()> {
    shop(&db).await?;
    let sum: Decimal = of_second!(db, Product::PRICE + dec("1.25"));
    assert_eq!((sum, sum.scale()), (dec("13.75"), 2));
    assert_eq!(of_second!(db, Product::PRICE - Product::DISCOUNT), Some(dec("12.00")));
    let finer: Decimal = of_second!(db, Product::PRICE + Product::RATE);
    assert_eq!((finer, finer.scale()), (dec("12.5825"), 4));
    let finer: Decimal = of_second!(db, Product::RATE - Product::PRICE);
    assert_eq!((finer, finer.scale()), (dec("-12.4175"), 4));
    assert_eq!(of_second!(db, Product::PRICE + 1), dec("13.50"));
    assert_eq!(of_second!(db, Product::PRICE - Product::STOCK), dec("-7.50"));
    assert_eq!(of_second!(db, Product::STOCK + Product::PRICE), dec("32.50"));
    assert_eq!(of_second!(db, Product::PRICE + Scaled::<4>(dec("0.0005"))), dec("12.5005"));
    assert_eq!(of_second!(db, Product::RATE + Scaled::<2>(dec("0.01"))), dec("0.0925"));
    assert_eq!(of_second!(db, -Product::PRICE), dec("-12.50"));
    assert_eq!(of_second!(db, (-Product::PRICE).abs()), dec("12.50"));
    assert_eq!(of_second!(db, (Product::PRICE * -3).sign()), -1);
    assert_eq!(of_second!(db, Product::PRICE % dec("5")), Some(dec("2.50")));
    assert_eq!(of_second!(db, Product::PRICE % Product::RATE), Some(dec("0.0425")));
    assert_eq!(of_second!(db, Product::PRICE % 0), None);
    db.close().await
}

#[on_every_database]
async fn a_number_may_stand_on_the_left(db: Database) -> Result<()> {
    shop(&db).await?;
    assert_eq!(of_second!(db, dec("1") - Product::RATE), dec("0.9175"));
    assert_eq!(of_second!(db, 1 - Product::RATE), dec("0.9175"));
    assert_eq!(of_second!(db, 2 * Product::PRICE), dec("25.00"));
    let product: Decimal = of_second!(db, dec("1.5") * Product::PRICE);
    assert_eq!((product, product.scale()), (dec("18.75"), 4));
    assert_eq!(of_second!(db, Product::PRICE * (1 - Product::RATE)), dec("11.46875"));
    assert_eq!(of_second!(db, 100 - Product::STOCK), 80);
    assert_eq!(of_second!(db, 3 * (1 + Product::STOCK)), 63);
    assert_eq!(of_second!(db, 1.0 - Product::PRICE.cast::<f64>()), -11.5);
    assert_eq!(of_second!(db, 0.5 * Product::STOCK.cast::<f64>()), 10.0);
    let left: Option<Decimal> = Product::select().columns(20 - Product::PRICE.sum()).one(&db).await?;
    assert_eq!(left, Some(dec("1.46")));
    db.close().await
}

#[on_every_database]
async fn the_scales_of_factors_add_up(db: Database) -> Result<()> {
    shop(&db).await?;
    let places = |number: Decimal| (number, number.scale());
    assert_eq!(places(of_second!(db, Product::PRICE * Product::RATE)), (dec("1.03125"), 6));
    assert_eq!(places(of_second!(db, Product::PRICE * Product::STOCK)), (dec("250"), 2));
    assert_eq!(places(of_second!(db, Product::STOCK * Product::PRICE)), (dec("250"), 2));
    assert_eq!(places(of_second!(db, Product::PRICE * 3)), (dec("37.50"), 2));
    assert_eq!(places(of_second!(db, Product::PRICE * dec("1.1"))), (dec("13.75"), 4));
    assert_eq!(places(of_second!(db, Product::PRICE * Scaled::<3>(dec("0.375")))), (dec("4.6875"), 5));
    let charge = Product::PRICE * (1 - Product::RATE) * (1 + Product::RATE);
    assert_eq!(places(of_second!(db, charge)), (dec("12.414921875"), 10));
    db.close().await
}

#[on_every_database]
async fn comparisons_are_made_at_the_larger_scale(db: Database) -> Result<()> {
    shop(&db).await?;
    let ids = async |condition: aio_sql::Condition<Product>| {
        Product::select().filter(condition).order_by(Product::ID).columns(Product::ID).all(&db).await
    };
    assert_eq!(ids(Product::PRICE.gt(5)).await?, [1, 2]);
    assert_eq!(ids(Product::PRICE.lt(Product::STOCK).into()).await?, [1, 2, 3]);
    assert_eq!(ids(Product::PRICE.lt(Product::RATE).into()).await?, [3]);
    assert_eq!(ids(Product::RATE.gt(Product::PRICE).into()).await?, [3]);
    assert_eq!(ids((Product::PRICE * Product::RATE).gt(dec("0.4")).into()).await?, [1, 2]);
    assert_eq!(ids((Product::PRICE * Product::RATE).eq(Product::RATE * Product::PRICE).into()).await?, [1, 2, 3]);
    assert_eq!(ids(Product::PRICE.between(Product::RATE, 6).into()).await?, [1]);
    assert_eq!(ids(Product::PRICE.between(dec("0.05"), Scaled::<4>(dec("5.9901")))).await?, [1, 3]);
    assert_eq!(ids(Product::PRICE.is_in([dec("5.99"), dec("0.05")])).await?, [1, 3]);
    assert_eq!(ids(Product::DISCOUNT.eq(Some(dec("0.5"))).into()).await?, [2]);
    assert_eq!(ids(Product::DISCOUNT.eq(None).into()).await?, [1, 3]);
    assert_eq!(ids(Product::DISCOUNT.is_distinct_from(&dec("0.5")).into()).await?, [1, 3]);
    assert_eq!(ids(Product::PRICE.gt(Scaled::<4>(dec("5.9899")))).await?, [1, 2]);
    db.close().await
}

#[on_every_database]
async fn decimals_are_set_chosen_and_replaced(db: Database) -> Result<()> {
    shop(&db).await?;
    let amount = dec("2.49");
    Product::update().set(Product::PRICE, Product::PRICE - amount).filter(Product::ID.eq(1)).execute(&db).await?;
    assert_eq!(Product::find(1).one(&db).await?.price, dec("3.50"));
    Product::update().set(Product::DISCOUNT, None).set(Product::PRICE, 7).all_rows().execute(&db).await?;
    Product::update().set(Product::DISCOUNT, Some(amount)).filter(Product::ID.eq(2)).execute(&db).await?;
    let chosen =
        case::<Scaled<2>>().when(Product::ID.eq(1), dec("0.5")).when(Product::ID.eq(2), Product::PRICE).otherwise(0);
    let rows: Vec<(Decimal, Decimal, Option<Decimal>, Decimal)> = Product::select()
        .order_by(Product::ID)
        .columns((
            chosen,
            Product::DISCOUNT.coalesce(0),
            Product::PRICE.null_if(7),
            Product::PRICE.greatest(dec("7.01")),
        ))
        .all(&db)
        .await?;
    assert_eq!(rows[0], (dec("0.5"), dec("0"), None, dec("7.01")));
    assert_eq!(rows[1], (dec("7"), amount, None, dec("7.01")));
    assert_eq!(rows[2].0, dec("0"));
    let error = Product::update().set(Product::PRICE, Product::RATE).all_rows().execute(&db).await.unwrap_err();
    assert!(error.to_string().contains("price") && error.to_string().contains("round_to"), "{error}");
    Product::update().set(Product::RATE, Product::PRICE).all_rows().execute(&db).await?;
    assert_eq!(Product::find(1).one(&db).await?.rate, dec("7"));
    db.close().await
}

#[on_every_database]
async fn aggregates_of_calculations_are_decimals(db: Database) -> Result<()> {
    shop(&db).await?;
    let revenue = Sale::PAID * (1 - Product::RATE);
    let rows: Vec<(i64, Option<Decimal>)> = Sale::select()
        .join(Product)
        .group_by(Sale::PRODUCT_ID)
        .having(revenue.clone().sum().gt(22))
        .order_by(revenue.clone().sum().desc())
        .columns((Sale::PRODUCT_ID, revenue.sum()))
        .all(&db)
        .await?;
    assert_eq!(rows, [(2, Some(dec("22.478750")))]);
    let rows: Vec<(Decimal, Option<Decimal>)> = Sale::select()
        .order_by(Sale::ID)
        .columns((Sale::PAID * 2, (Sale::PAID * 2).sum().over(window().order_by(Sale::ID))))
        .all(&db)
        .await?;
    assert_eq!(rows[1], (dec("25"), Some(dec("49"))));
    let doubled: Vec<(Decimal, i64)> = Sale::select()
        .group_by(Sale::PAID * 2)
        .order_by(Sale::PAID * 2)
        .columns((Sale::PAID * 2, aio_sql::count()))
        .all(&db)
        .await?;
    assert_eq!(doubled, [(dec("24"), 1), (dec("25"), 1)]);
    let most = Sale::select().columns((Sale::PAID * 2).max()).scalar_subquery();
    let found: Vec<i64> = Sale::select().filter((Sale::PAID + Sale::PAID).eq(most)).columns(Sale::ID).all(&db).await?;
    assert_eq!(found, [2]);
    db.close().await
}

#[on_every_database]
async fn quotients_means_and_roundings_are_half_even(db: Database) -> Result<()> {
    shop(&db).await?;
    assert_eq!(of_second!(db, Product::PRICE.div_to::<3, _>(8)), Some(dec("1.562")), "1.5625");
    assert_eq!(of_second!(db, Product::PRICE.div_to::<2, _>(Product::STOCK)), Some(dec("0.62")), "0.625");
    assert_eq!(of_second!(db, (-Product::PRICE).div_to::<2, _>(Product::STOCK)), Some(dec("-0.62")), "-0.625");
    assert_eq!(of_second!(db, Product::PRICE.div_to::<4, _>(dec("0.03"))), Some(dec("416.6667")));
    assert_eq!(of_second!(db, Product::PRICE.div_to::<0, _>(Product::RATE)), Some(dec("152")), "151.51…");
    assert_eq!(of_second!(db, Product::STOCK.div_to::<2, _>(3)), Some(dec("6.67")));
    assert_eq!(of_second!(db, Product::PRICE.div_to::<2, _>(0)), None);
    assert_eq!(of_second!(db, Product::RATE.round_to::<2>()), dec("0.08"));
    assert_eq!(of_second!(db, (Product::PRICE * Product::RATE).round_to::<4>()), dec("1.0312"), "1.03125");
    assert_eq!(of_second!(db, Product::PRICE.round_to::<6>()).scale(), 6);
    assert_eq!(of_second!(db, Product::RATE.cast::<Scaled<3>>()), dec("0.082"), "0.0825");
    let mean: Option<Decimal> = Product::select().columns(Product::PRICE.avg_to::<2>()).one(&db).await?;
    assert_eq!(mean, Some(dec("6.18")));
    let mean: Option<Decimal> =
        Product::select().columns(Product::PRICE.avg_to::<4>().filter(Product::ID.lt(3))).one(&db).await?;
    assert_eq!(mean, Some(dec("9.2450")));
    let none: Option<Decimal> =
        Product::select().filter(Product::ID.lt(0)).columns(Product::PRICE.avg_to::<2>()).one(&db).await?;
    assert_eq!(none, None);
    let running: Vec<Option<Decimal>> = Product::select()
        .order_by(Product::ID)
        .columns(Product::PRICE.avg_to::<3>().over(window().order_by(Product::ID)))
        .all(&db)
        .await?;
    assert_eq!(running, [Some(dec("5.990")), Some(dec("9.245")), Some(dec("6.180"))]);
    let of_groups: Vec<(i64, Option<Decimal>)> = Sale::select()
        .group_by(Sale::PRODUCT_ID)
        .having(Sale::PAID.avg_to::<2>().gt(12))
        .columns((Sale::PRODUCT_ID, Sale::PAID.avg_to::<2>()))
        .all(&db)
        .await?;
    assert_eq!(of_groups, [(2, Some(dec("12.25")))]);
    db.close().await
}

#[on_every_database]
async fn a_cast_is_the_number_and_stored_is_the_integer(db: Database) -> Result<()> {
    shop(&db).await?;
    assert_eq!(Product::find(3).columns(Product::PRICE.stored()).one(&db).await?, 5);
    assert_eq!(of_second!(db, Product::DISCOUNT.stored()), Some(50));
    assert_eq!(of_second!(db, Product::PRICE.cast::<String>()), "12.5");
    assert_eq!(of_second!(db, Product::PRICE.cast::<Decimal>()), dec("12.5"));
    assert_eq!(of_second!(db, (-Product::PRICE).cast::<i64>()), -12);
    assert_eq!(of_second!(db, Product::RATE.cast::<f64>()), 0.0825);
    assert_eq!(of_second!(db, Product::STOCK.cast::<Scaled<2>>()).to_string(), "20.00");
    for (units, nearest) in [(9_007_199_254_740_993_i64, 90071992547409.93_f64), (i64::MAX, 92233720368547758.07)] {
        let price = Decimal::from_i128_with_scale(units.into(), 2);
        Product::update().set(Product::PRICE, price).filter(Product::ID.eq(2)).execute(&db).await?;
        assert_eq!(of_second!(db, Product::PRICE.cast::<f64>()).to_bits(), nearest.to_bits(), "{units}");
        assert_eq!(of_second!(db, Product::PRICE.cast::<String>()), price.normalize().to_string());
    }
    assert_eq!(of_second!(db, value(2.675_f64).cast::<Scaled<2>>()), dec("2.68"));
    assert_eq!(of_second!(db, value(dec("2.665")).cast::<Scaled<2>>()), dec("2.66"));
    db.close().await
}
