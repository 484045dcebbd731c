//! A column with a scale is read as the field's decimal.

use std::collections::BTreeMap;

use aio_sql::{Batch, Record, Scaled, cte, row_number, sql, value, window};

use super::*;

#[on_every_database]
async fn a_projection_returns_decimals(db: Database) -> Result<()> {
    shop(&db).await?;
    let all: Vec<(String, Decimal)> =
        Product::select().order_by(Product::ID).columns((Product::NAME, Product::PRICE)).all(&db).await?;
    assert_eq!(all[0], ("p1".into(), dec("5.99")));
    assert_eq!(all[0].1.to_string(), "5.99", "with all its places");
    let one: Decimal = Product::find(3).columns(Product::PRICE).one(&db).await?;
    assert_eq!(one, dec("0.05"));
    let discounts: Vec<Option<Decimal>> =
        Product::select().order_by(Product::ID).columns(Product::DISCOUNT).all(&db).await?;
    assert_eq!(discounts, [None, Some(dec("0.50")), None]);
    let first: Option<(Decimal, Option<Decimal>)> =
        Product::find(2).columns((Product::PRICE, Product::DISCOUNT)).optional(&db).await?;
    assert_eq!(first, Some((dec("12.50"), Some(dec("0.5")))));
    let map: BTreeMap<i64, Decimal> = Product::select().columns((Product::ID, Product::PRICE)).collect(&db).await?;
    assert_eq!(map[&1], dec("5.99"));
    let mut stream = Product::select().order_by(Product::ID).columns(Product::PRICE).stream(&db);
    assert_eq!(stream.next().await.unwrap()?, dec("5.99"));
    drop(stream);
    let page = Product::select().order_by(Product::PRICE).columns(Product::PRICE).page(2).all(&db).await?;
    assert_eq!(page.rows, [dec("0.05"), dec("5.99")]);
    let nested: ((i64, Decimal), Product) =
        Product::find(1).columns(((Product::ID, Product::PRICE), Product)).one(&db).await?;
    assert_eq!(nested, ((1, dec("5.99")), product(1, "5.99", None)));
    let constant: Decimal = Product::find(1).columns(value(Scaled::<3>(dec("1.5")))).scalar(&db).await?;
    assert_eq!(constant.to_string(), "1.500");
    db.close().await
}

#[on_every_database]
async fn aggregates_and_windows_return_decimals(db: Database) -> Result<()> {
    shop(&db).await?;
    let (sum, min, max): (Option<Decimal>, Option<Decimal>, Option<Decimal>) =
        Product::select().columns((Product::PRICE.sum(), Product::PRICE.min(), Product::PRICE.max())).one(&db).await?;
    assert_eq!((sum, min, max), (Some(dec("18.54")), Some(dec("0.05")), Some(dec("12.50"))));
    let running = Product::PRICE.sum().over(window().order_by(Product::ID));
    let place = row_number().over(window().order_by(Product::PRICE));
    let rows: Vec<(Option<Decimal>, Option<Decimal>, i64)> = Product::select()
        .order_by(Product::ID)
        .columns((running, Product::PRICE.lag(1).over(window().order_by(Product::ID)), place))
        .all(&db)
        .await?;
    assert_eq!(rows[1], (Some(dec("18.49")), Some(dec("5.99")), 3));
    let dear: Vec<(i64, Option<Decimal>)> = Sale::select()
        .group_by(Sale::PRODUCT_ID)
        .having(Sale::PAID.sum().gt(dec("24.49")))
        .columns((Sale::PRODUCT_ID, Sale::PAID.sum()))
        .all(&db)
        .await?;
    assert_eq!(dear, [(2, Some(dec("24.5")))]);
    db.close().await
}

#[on_every_database]
async fn subqueries_sets_and_joins_return_decimals(db: Database) -> Result<()> {
    shop(&db).await?;
    let dearest = Product::select().columns(Product::PRICE.max()).scalar_subquery();
    let found: Vec<(i64, Option<Decimal>)> =
        Product::select().filter(Product::PRICE.eq(dearest.clone())).columns((Product::ID, dearest)).all(&db).await?;
    assert_eq!(found, [(2, Some(dec("12.50")))]);
    let all: Vec<Decimal> = Product::select()
        .columns(Product::PRICE)
        .union(Sale::select().columns(Sale::PAID))
        .order_by(Product::PRICE)
        .all(&db)
        .await?;
    assert_eq!(all, ["0.05", "5.99", "12", "12.50"].map(dec));
    let paid: Vec<(i64, Option<Decimal>)> = Product::select()
        .left_join(Sale)
        .order_by((Product::ID, Sale::ID))
        .columns((Product::ID, Sale::PAID))
        .all(&db)
        .await?;
    assert_eq!(paid, [(1, None), (2, Some(dec("12"))), (2, Some(dec("12.5"))), (3, None)]);
    let related: Vec<(i64, Vec<Decimal>)> = Product::select()
        .columns(Product::ID)
        .with(Sale::select().order_by(Sale::ID).columns(Sale::PAID))
        .all(&db)
        .await?;
    assert_eq!(related[1], (2, vec![dec("12"), dec("12.5")]));
    db.close().await
}

#[on_every_database]
async fn writes_return_decimals(db: Database) -> Result<()> {
    shop(&db).await?;
    let made: (i64, Decimal) =
        Product::insert(product(4, "1.20", None)).returning((Product::ID, Product::PRICE)).one(&db).await?;
    assert_eq!(made, (4, dec("1.2")));
    let set: Vec<Decimal> = Product::update()
        .set(Product::PRICE, dec("3.00"))
        .filter(Product::ID.lt(3))
        .returning(Product::PRICE)
        .all(&db)
        .await?;
    assert_eq!(set, [dec("3"), dec("3")]);
    let many: Vec<Option<Decimal>> = Product::insert_all([product(5, "1", Some("0.1")), product(6, "2", None)])
        .returning(Product::DISCOUNT)
        .all(&db)
        .await?;
    assert_eq!(many, [Some(dec("0.1")), None]);
    let gone: Option<Decimal> =
        Product::delete().filter(Product::ID.eq(5)).returning(Product::PRICE).optional(&db).await?;
    assert_eq!(gone, Some(dec("1")));
    db.close().await
}

#[on_every_database]
async fn a_batch_returns_decimals(db: Database) -> Result<()> {
    shop(&db).await?;
    let (prices, one, none): (Vec<Decimal>, (i64, Decimal), Option<Decimal>) = Batch::new()
        .all(Product::select().order_by(Product::ID).columns(Product::PRICE))
        .one(Product::find(2).columns((Product::ID, Product::PRICE)))
        .optional(Product::find(99).columns(Product::PRICE))
        .run(&db)
        .await?;
    assert_eq!((prices.len(), one, none), (3, (2, dec("12.5")), None));
    db.close().await
}

#[on_every_database]
async fn a_record_of_a_typed_query_needs_no_attribute(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Line {
        name: String,
        price: Decimal,
        discount: Option<Decimal>,
        #[record(skip)]
        seen: bool,
    }
    #[derive(Record, Debug, PartialEq)]
    struct Paid {
        sale: i64,
        paid: Decimal,
    }
    #[derive(Record, Debug, PartialEq)]
    struct Both {
        #[record(nested)]
        line: Line,
        #[record(nested)]
        paid: Option<Paid>,
        #[record(nested)]
        row: Option<Sale>,
        sum: Option<Decimal>,
    }
    shop(&db).await?;
    let columns = (Product::NAME, Product::PRICE, Product::DISCOUNT);
    let line: Line = Product::find(2).columns(columns).record().one(&db).await?;
    let expected = Line { name: "p2".into(), price: dec("12.50"), discount: Some(dec("0.50")), seen: false };
    assert_eq!(line, expected);
    let both: Vec<Both> = Product::select()
        .left_join(Sale)
        .order_by((Product::ID, Sale::ID))
        .columns((columns, (Sale::ID, Sale::PAID), Sale, Sale::PAID.sum().over(window())))
        .record()
        .all(&db)
        .await?;
    assert_eq!(both[1].line, expected);
    assert_eq!(both[1].paid, Some(Paid { sale: 1, paid: dec("12") }));
    assert_eq!(both[1].row.as_ref().map(|row| row.paid), Some(dec("12")));
    assert_eq!((&both[0].paid, &both[0].row, both[0].sum), (&None, &None, Some(dec("24.5"))));
    let written: Line = Product::update()
        .set(Product::DISCOUNT, dec("0.25"))
        .filter(Product::ID.eq(1))
        .returning(columns)
        .record()
        .one(&db)
        .await?;
    assert_eq!(written.discount, Some(dec("0.25")));
    db.close().await
}

#[on_every_database]
async fn a_named_query_keeps_the_stored_form_of_its_columns(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Spent {
        product: i64,
        #[record(scale = 2)]
        paid: Option<Decimal>,
    }
    shop(&db).await?;
    let spent = cte(Spent, Sale::select().group_by(Sale::PRODUCT_ID).columns((Sale::PRODUCT_ID, Sale::PAID.sum())));
    let rows: Vec<(i64, Option<Decimal>)> =
        spent.select().filter(Spent::PAID.gt(dec("24.49"))).columns((Spent::PRODUCT, Spent::PAID)).all(&db).await?;
    assert_eq!(rows, [(2, Some(dec("24.5")))]);
    let whole: Vec<Spent> = spent.select().all(&db).await?;
    assert_eq!(whole, [Spent { product: 2, paid: Some(dec("24.5")) }]);
    let raw: Spent =
        sql!("select max(product_id) as product, cast(sum(paid) as bigint) as paid from {Sale}").one(&db).await?;
    assert_eq!(raw, whole[0]);
    db.close().await
}

#[on_every_database]
async fn raw_sql_says_the_scale(db: Database) -> Result<()> {
    shop(&db).await?;
    let rows: Vec<(i64, Scaled<2>)> = sql!("select id, price from {Product} where id < 3 order by id").all(&db).await?;
    assert_eq!(rows, [(1, Scaled(dec("5.99"))), (2, Scaled(dec("12.5")))]);
    let typed: Decimal = Product::find(1).columns(sql!("{Product::PRICE} * 2").expr::<Scaled<2>>()).one(&db).await?;
    assert_eq!(typed, dec("11.98"));
    db.close().await
}

#[cfg(feature = "json")]
#[on_every_database]
async fn a_document_has_the_number(db: Database) -> Result<()> {
    use aio_sql::Json;

    #[derive(Table, Clone, Debug)]
    #[table(name = "offers")]
    struct Offer {
        #[column(primary_key)]
        id: i64,
        #[column(json)]
        prices: Vec<Decimal>,
    }

    shop(&db).await?;
    db.create(Offer).await?;
    let prices: Json<Vec<Decimal>> =
        Product::select().filter(Product::ID.lt(3)).columns(Product::PRICE.json_group_array()).one(&db).await?;
    assert_eq!(prices.0, [dec("5.99"), dec("12.5")]);
    let doubled: Json<Vec<Decimal>> =
        Product::find(1).columns((Product::PRICE * 2).json_group_array()).one(&db).await?;
    assert_eq!(doubled.0, [dec("11.98")]);
    Offer::insert(Offer { id: 1, prices: vec![dec("5.99")] }).execute(&db).await?;
    let second = Offer::PRICES.json_set("$[1]", Scaled::<2>(dec("12.5")));
    let set: Vec<Decimal> =
        Offer::update().set(Offer::PRICES, second).all_rows().returning(Offer::PRICES).one(&db).await?.0;
    assert_eq!(set, [dec("5.99"), dec("12.5")]);
    for (price, has) in [("5.99", true), ("12.50", true), ("599", false)] {
        let contains = Offer::PRICES.json_contains(Scaled::<2>(dec(price)));
        assert_eq!(Offer::select().columns(contains).one(&db).await?, has, "{price}");
    }
    db.close().await
}
