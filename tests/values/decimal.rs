//! Decimal numbers: exact as text, and sortable with a scale.

use aio_sql::Scaled;
use rust_decimal::Decimal;

use super::*;

fn decimal() -> impl Strategy<Value = Decimal> {
    let mantissa = prop_oneof![-(1_i128 << 95)..(1_i128 << 95), -10_000..10_000_i128, Just(0)];
    (mantissa, 0..=28_u32).prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

stored_types! {
    unsorted decimals: Decimal = decimal(), extremes vec![
        Decimal::MIN, Decimal::MAX, Decimal::ONE, "0.0000000000000000000000000001".parse().unwrap(),
        "-9999999999999999999999999999".parse().unwrap(), "9.999999999999999999999999999".parse().unwrap(),
    ];
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "products")]
struct Product {
    #[column(primary_key)]
    id: i64,
    exact: Decimal,
    #[column(scale = 2)]
    price: Decimal,
    #[column(scale = 2)]
    discount: Option<Decimal>,
    #[column(scale = 0)]
    whole: Option<Decimal>,
    #[column(scale = 28)]
    fraction: Option<Decimal>,
}

fn product(id: i64, price: Decimal) -> Product {
    Product { id, exact: Decimal::ZERO, price, discount: Some(price), whole: None, fraction: None }
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[on_every_database]
async fn equal_numbers_are_found_whatever_their_scale(db: Database) -> Result<()> {
    db.create(Product).await?;
    let texts = ["1.50", "1.5", "1.5000000000000000000000000000", "-1.5", "0.00", "-0.0", "100", "1e2"];
    for (id, text) in texts.iter().enumerate() {
        let exact = Decimal::from_scientific(text).unwrap_or_else(|_| dec(text));
        Product::insert(Product { exact, ..product(id as i64, dec("0")) }).execute(&db).await?;
    }
    let found = |number: &str| {
        Product::select().filter(Product::EXACT.eq(dec(number))).order_by(Product::ID).columns(Product::ID).all(&db)
    };
    assert_eq!(found("1.500").await?, [0, 1, 2]);
    assert_eq!(found("-1.50").await?, [3]);
    assert_eq!(found("0").await?, [4, 5]);
    assert_eq!(found("-0.000").await?, [4, 5]);
    assert_eq!(found("100.0").await?, [6, 7]);
    db.close().await
}

#[on_every_database]
async fn a_decimal_with_a_scale_is_cast_to_its_value(db: Database) -> Result<()> {
    db.create(Product).await?;
    let row = Product { whole: Some(dec("7")), exact: dec("4.35"), ..product(1, dec("12.50")) };
    Product::insert(row).execute(&db).await?;
    let price = Product::PRICE;
    let found: (f64, i64, String, Option<i64>) = Product::find(1)
        .columns((price.cast::<f64>(), price.cast::<i64>(), price.cast::<String>(), Product::WHOLE.cast::<i64>()))
        .one(&db)
        .await?;
    assert_eq!(found, (12.5, 12, "12.5".into(), Some(7)));
    let half: Option<f64> = Product::select().columns(Product::DISCOUNT.sum().cast::<f64>() / 2.0).one(&db).await?;
    assert_eq!(half, Some(6.25));
    let prices: (Decimal, Decimal, Decimal) = Product::find(1)
        .columns((Product::EXACT.cast::<Scaled<2>>(), price.cast::<Scaled<1>>(), price.cast::<Scaled<4>>()))
        .one(&db)
        .await?;
    assert_eq!(prices, (dec("4.35"), dec("12.5"), dec("12.5")));
    db.close().await
}

#[on_every_database]
async fn a_decimal_with_a_scale_is_an_integer_and_has_all_its_places(db: Database) -> Result<()> {
    db.create(Product).await?;
    let row = Product {
        exact: dec("-12.3400"),
        whole: Some(dec("7.0")),
        fraction: Some(dec("0.0000000000000000000000000001")),
        ..product(1, dec("12.5"))
    };
    assert_eq!(Product::insert(row.clone()).one(&db).await?, row);
    let stored: (i64, i64, i64) = sql!("select price, whole, fraction from products").one(&db).await?;
    assert_eq!(stored, (1250, 7, 1));
    assert_eq!(Product::find(1).one(&db).await?.price.to_string(), "12.50", "with all its places");
    db.close().await
}

#[on_every_database]
async fn a_value_with_more_places_than_the_scale_names_its_column(db: Database) -> Result<()> {
    db.create(Product).await?;
    let cases = [
        (product(1, dec("0.001")), "price"),
        (product(1, dec("92233720368547758.08")), "price"),
        (product(1, Decimal::MAX), "price"),
        (Product { discount: Some(dec("1.005")), ..product(1, dec("1")) }, "discount"),
        (Product { whole: Some(dec("0.5")), ..product(1, dec("1")) }, "whole"),
        (Product { fraction: Some(dec("1")), ..product(1, dec("1")) }, "fraction"),
    ];
    for (row, column) in cases {
        let error = Product::insert(row).execute(&db).await.unwrap_err();
        let kind = ErrorKind::Unstorable { table: Some("products".to_owned()), column: Some(column.to_owned()) };
        assert_eq!(*error.kind(), kind, "{error}");
    }
    let error = Product::select().filter(Product::PRICE.lt(dec("0.001"))).all(&db).await.unwrap_err();
    let kind = ErrorKind::Unstorable { table: Some("products".to_owned()), column: Some("price".to_owned()) };
    assert_eq!(*error.kind(), kind, "{error}");
    let limits =
        [product(1, dec("92233720368547758.07")), product(2, dec("-92233720368547758.08")), product(3, dec("1.0000"))];
    assert_eq!(Product::insert_all(limits.clone()).all(&db).await?, limits);
    db.close().await
}

#[on_every_database]
async fn a_scaled_column_sorts_and_compares_as_in_rust(db: Database) -> Result<()> {
    db.create(Product).await?;
    let price = (any::<i64>().prop_map(|units| Decimal::new(units, 2))).boxed();
    let price = prop_oneof![price, (-500..500_i64).prop_map(|units| Decimal::new(units, 1))];
    for_batches(&db, price, async |db, prices| {
        Product::delete().all_rows().execute(db).await?;
        let mut rows: Vec<_> = prices.iter().enumerate().map(|(id, price)| product(id as i64, *price)).collect();
        assert_eq!(Product::insert_all(rows.clone()).all(db).await?, rows);
        let (low, high) = (prices[0], prices[prices.len() / 2]);
        let between = Product::select().filter(Product::PRICE.between(low, high)).order_by(Product::ID).all(db).await?;
        let expected: Vec<_> = rows.iter().filter(|row| low <= row.price && row.price <= high).cloned().collect();
        assert_eq!(between, expected);
        let equal = Product::select().filter(Product::DISCOUNT.eq(low)).order_by(Product::ID).all(db).await?;
        assert_eq!(equal, rows.iter().filter(|row| row.price == low).cloned().collect::<Vec<_>>());
        rows.sort_by_key(|row| row.price);
        assert_eq!(Product::select().order_by((Product::PRICE, Product::ID)).all(db).await?, rows);
        Ok(())
    })
    .await?;
    db.close().await
}

#[test]
fn a_scale_too_large_for_a_decimal_is_not_stored() {
    for number in ["0", "1"] {
        assert!(Scaled::<29>(dec(number)).to_value().is_err(), "it could not be read again");
        assert!(Scaled::<28>(Decimal::ZERO).to_value().is_ok());
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Forms {
    #[column(primary_key)]
    id: i64,
    exact: Decimal,
    maybe: Option<Decimal>,
    #[column(decimal = "real")]
    real: Decimal,
    #[column(decimal = "real")]
    maybe_real: Option<Decimal>,
    #[column(decimal = "text(2)")]
    text: Decimal,
}

#[on_every_database]
async fn an_integer_may_be_written_where_a_decimal_belongs_in_every_form(db: Database) -> Result<()> {
    db.create(Forms).await?;
    let row = |id, number| Forms { id, exact: number, maybe: None, real: number, maybe_real: None, text: number };
    Forms::insert_all([row(1, dec("2000")), row(2, dec("2000.5")), row(3, dec("-7"))]).execute(&db).await?;
    let ids = |condition| Forms::select().filter(condition).order_by(Forms::ID).columns(Forms::ID).all(&db);
    assert_eq!(ids(Forms::EXACT.eq(2000)).await?, [1]);
    assert_eq!(ids(Forms::EXACT.ne(-7)).await?, [1, 2]);
    assert_eq!(ids(Forms::TEXT.eq(2000)).await?, [1]);
    assert_eq!(ids(Forms::REAL.gt(2000)).await?, [2]);
    assert_eq!(ids(Forms::REAL.between(dec("-7.5"), 2000)).await?, [1, 3]);
    let none: (Decimal, Decimal) =
        Forms::find(1).columns((Forms::MAYBE.coalesce(5), Forms::MAYBE_REAL.coalesce(6))).one(&db).await?;
    assert_eq!(none, (dec("5"), dec("6")));
    Forms::update()
        .set(Forms::EXACT, 8)
        .set(Forms::MAYBE, 9)
        .set(Forms::REAL, 10)
        .set(Forms::TEXT, 11)
        .filter(Forms::ID.eq(2))
        .execute(&db)
        .await?;
    let changed = Forms::find(2).one(&db).await?;
    assert_eq!(
        (changed.exact, changed.maybe, changed.real, changed.text),
        (dec("8"), Some(dec("9")), dec("10"), dec("11"))
    );
    let stored: (String, String) =
        sql!("select cast({Forms::EXACT} as text), cast({Forms::TEXT} as text) from {Forms} where {Forms::ID} = 2")
            .one(&db)
            .await?;
    assert_eq!(stored, ("8".to_owned(), "11.00".to_owned()));
    db.close().await
}
