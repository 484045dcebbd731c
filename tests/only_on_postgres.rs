//! What PostgreSQL has and SQLite has not: DISTINCT ON, ON CONFLICT ON CONSTRAINT, NULLS NOT
//! DISTINCT. Also series, which both have.

#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use aio_sql::{
    Collation, Database, Dialect, Error, ErrorKind, Obtained, Record, Result, Table, Upserted, alias, count,
    generate_series, sql,
};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
struct Sale {
    #[column(primary_key, auto)]
    id: i64,
    city: Option<String>,
    product: String,
    cents: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Price {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    item: String,
    cents: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(unique(name, country, nulls_not_distinct))]
#[table(index(code, unique, nulls_not_distinct, where = "id > 0"))]
struct Town {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    country: Option<String>,
    code: Option<i64>,
}

#[derive(Record, Debug, PartialEq)]
struct Number {
    number: i64,
}

#[derive(Record, Debug, PartialEq)]
struct Moment {
    at: SystemTime,
}

alias!(Other = Number);

/// Returns the message of a usage error.
fn usage(result: Result<impl Sized>) -> String {
    let error: Error = result.map(|_| ()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
    error.to_string()
}

async fn sales(db: &Database) -> Result<()> {
    db.create(Sale).await?;
    let rows = [
        (Some("Oslo"), "tea", 300),
        (Some("Oslo"), "cup", 900),
        (None, "tea", 200),
        (Some("Bern"), "tea", 500),
        (None, "pot", 700),
        (Some("Bern"), "cup", 100),
    ];
    let rows =
        rows.map(|(city, product, cents)| NewSale { city: city.map(str::to_owned), product: product.into(), cents });
    Sale::insert_all(rows).execute(db).await?;
    Ok(())
}

#[on_every_database(except sqlite = Unsupported("`DISTINCT ON`"))]
async fn distinct_on_keeps_the_first_row_of_each_value(db: Database) -> Result<()> {
    sales(&db).await?;
    let largest = Sale::select().distinct_on(Sale::CITY).order_by((Sale::CITY, Sale::CENTS.desc()));
    let ids: Vec<i64> = largest.clone().columns(Sale::ID).all(&db).await?;
    assert_eq!(ids, [5, 4, 2]);
    assert_eq!(largest.clone().count(&db).await?, 3);
    assert_eq!(largest.clone().limit(1).offset(1).columns(Sale::ID).all(&db).await?, [4]);
    // NULL sorts where the query says, of several columns in any order.
    let last = Sale::select().distinct_on((Sale::CITY, Sale::PRODUCT)).order_by((
        Sale::PRODUCT.desc(),
        Sale::CITY.desc().nulls_last(),
        Sale::ID,
    ));
    assert_eq!(last.columns(Sale::ID).all(&db).await?, [1, 4, 3, 5, 2, 6]);
    // An expression with a value in it, and texts without regard to the case of their column.
    let tens = Sale::CENTS / 400;
    let by_tens = Sale::select().distinct_on(tens.clone()).order_by((tens.clone(), Sale::ID)).columns(Sale::ID);
    assert_eq!(by_tens.all(&db).await?, [1, 4, 2]);
    let selected = Sale::select().distinct_on(tens.clone()).order_by((tens.clone(), Sale::ID.desc()));
    assert_eq!(selected.columns((tens, Sale::ID)).all(&db).await?, [(Some(0), 6), (Some(1), 5), (Some(2), 2)]);
    let cities = Sale::select().distinct_on(Sale::CITY).order_by((Sale::CITY, Sale::ID)).columns(Sale::ID);
    let in_cities = Sale::select().filter(Sale::ID.is_in(cities)).order_by(Sale::ID).columns(Sale::ID);
    assert_eq!(in_cities.all(&db).await?, [1, 3, 4]);
    db.close().await
}

#[on_every_database(nocase, except sqlite = Unsupported("`DISTINCT ON`"))]
async fn distinct_on_compares_texts_as_the_order_does(db: Database) -> Result<()> {
    sales(&db).await?;
    let product = || Sale::PRODUCT.collate(Collation::NoCase);
    Sale::insert(NewSale { city: None, product: "TEA".into(), cents: 1 }).execute(&db).await?;
    let first = Sale::select().distinct_on(product()).order_by((product(), Sale::CENTS)).columns(Sale::ID);
    assert_eq!(first.all(&db).await?, [6, 5, 7]);
    db.close().await
}

#[test]
fn distinct_on_needs_an_order_that_begins_with_its_columns() {
    let sales = Sale::select;
    let on = Dialect::Postgres;
    for query in [
        sales().distinct_on(Sale::CITY),
        sales().distinct_on(Sale::CITY).order_by(Sale::ID),
        sales().distinct_on(Sale::CITY).order_by((Sale::ID, Sale::CITY)),
        sales().distinct_on((Sale::CITY, Sale::ID)).order_by((Sale::CITY, Sale::CENTS, Sale::ID)),
    ] {
        assert!(usage(query.to_sql(on)).contains("sort by these columns first"));
    }
    let both = sales().distinct().distinct_on(Sale::CITY).order_by(Sale::CITY);
    assert!(usage(both.to_sql(on)).contains("either `distinct` or `distinct_on`"));
}

#[on_every_database(except sqlite = Unsupported("`ON CONFLICT ON CONSTRAINT`"))]
async fn an_upsert_can_name_a_constraint(db: Database) -> Result<()> {
    db.create(Price).await?;
    let price = |id, item: &str, cents| Price { id, item: item.into(), cents };
    let insert = |price| Price::insert(price).on_constraint("uq_price_item");
    assert_eq!(insert(price(1, "tea", 300)).do_nothing().execute(&db).await?.rows_affected, 1);
    assert_eq!(insert(price(2, "tea", 400)).do_nothing().execute(&db).await?.rows_affected, 0);
    let update = |price| insert(price).do_update().set_excluded(Price::CENTS);
    assert!(matches!(update(price(3, "tea", 500)).one(&db).await?, Upserted::Updated(row) if row.cents == 500));
    let rising = |price| update(price).filter(Price::CENTS.lt(Price::CENTS.excluded())).one(&db);
    assert!(matches!(rising(price(4, "tea", 400)).await?, Upserted::Unchanged));
    assert!(matches!(rising(price(4, "cup", 400)).await?, Upserted::Inserted(_)));
    let many = Price::insert_all([price(4, "pot", 1), price(5, "pan", 2)]).on_constraint("pk_price").do_nothing();
    assert_eq!(many.execute(&db).await?.rows_affected, 1);
    // A constraint that only the database knows.
    sql!("alter table price add constraint no_overlap exclude using btree (cents with =)").execute(&db).await?;
    let other = Price::insert(price(9, "jug", 400)).on_constraint("no_overlap").do_nothing();
    assert_eq!(other.execute(&db).await?.rows_affected, 0);
    let unknown = Price::insert(price(9, "jug", 400)).on_constraint("no_overlap").do_update().set(Price::CENTS, 1);
    let message = usage(unknown.filter(Price::ID.gt(1)).one(&db).await);
    assert!(message.contains("`no_overlap`, which `Price` does not declare"), "{message}");
    let filtered = insert(price(9, "jug", 1)).filter_index(Price::ID.gt(0)).do_nothing();
    assert!(usage(filtered.execute(&db).await).contains("leave `filter_index` out"));
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`NULLS NOT DISTINCT`"))]
async fn null_is_equal_to_null_where_a_key_says_so(db: Database) -> Result<()> {
    db.create_if_missing(Town).await?;
    // The definition that was read is that of the struct.
    db.create_if_missing(Town).await?;
    let town = |name: &str, code| NewTown { name: name.into(), country: None, code };
    Town::insert(town("Bern", Some(1))).execute(&db).await?;
    let error = Town::insert(town("Bern", Some(2))).execute(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unique { columns, .. } if *columns == ["name", "country"]), "{error:?}");
    Town::insert(town("Oslo", None)).execute(&db).await?;
    assert!(Town::insert(town("Rome", None)).execute(&db).await.unwrap_err().is_unique());
    let found = Town::insert(town("Bern", Some(3))).or_get((Town::NAME, Town::COUNTRY)).one(&db).await?;
    assert!(matches!(found, Obtained::Existing(town) if town.id == 1));
    let schema = db.inspect().await?;
    let table = schema.table("town").unwrap();
    assert!(!table.uniques()[0].has_distinct_nulls() && !table.indexes()[0].has_distinct_nulls());
    // A database in which several rows may have NULL is not the one that the struct describes.
    sql!("alter table town drop constraint uq_town_name_country").execute(&db).await?;
    sql!("alter table town add constraint uq_town_name_country unique (name, country)").execute(&db).await?;
    let error = db.create_if_missing(Town).await.unwrap_err();
    let ErrorKind::Shape { differences, .. } = error.kind() else { panic!("{error}") };
    assert!(differences.iter().any(|line| line.contains("UNIQUE NULLS NOT DISTINCT")), "{differences:?}");
    db.close().await
}

#[on_every_database]
async fn a_series_has_a_row_for_each_number(db: Database) -> Result<()> {
    let series = |first, last, step| generate_series(Number, first, last, step).select().order_by(Number::NUMBER);
    let numbers = |first, last, step| series(first, last, step).columns(Number::NUMBER).all(&db);
    assert_eq!(numbers(1, 5, 1).await?, [1, 2, 3, 4, 5]);
    assert_eq!(numbers(1, 6, 2).await?, [1, 3, 5]);
    assert_eq!(numbers(3, -4, -3).await?, [-3, 0, 3]);
    assert_eq!(numbers(7, 7, -1).await?, [7]);
    assert_eq!(numbers(2, 1, 1).await?, [0; 0]);
    assert_eq!(numbers(1, 2, -1).await?, [0; 0]);
    assert_eq!(numbers(i64::MAX - 1, i64::MAX, 1).await?, [i64::MAX - 1, i64::MAX]);
    assert_eq!(numbers(i64::MIN, i64::MAX, i64::MAX).await?, [i64::MIN, -1, i64::MAX - 1]);
    assert_eq!(series(1, 100_000, 1).count(&db).await?, 100_000);
    assert!(usage(numbers(1, 2, 0).await).contains("the step of `generate_series` is zero"));
    let first = generate_series(Number, 1, 3, 1).select();
    let pairs =
        first.join_on(generate_series(Number, 2, 3, 1).of(Other), Number::NUMBER.of::<Other>().lt(Number::NUMBER));
    let pairs = pairs.columns((Number::NUMBER, Number::NUMBER.of::<Other>()));
    assert_eq!(pairs.all(&db).await?, [(3, 2)]);
    db.close().await
}

#[on_every_database]
async fn a_series_is_joined_with_a_table(db: Database) -> Result<()> {
    sales(&db).await?;
    let sold = generate_series(Number, 1, 9, 4).select().left_join_on(Sale, Sale::ID.eq(Number::NUMBER));
    let sold = sold.group_by(Number::NUMBER).order_by(Number::NUMBER).columns((Number::NUMBER, Sale::ID.count()));
    assert_eq!(sold.all(&db).await?, [(1, 1), (5, 1), (9, 0)]);
    let missing = Sale::select().right_join_on(generate_series(Number, 6, 7, 1), Sale::ID.eq(Number::NUMBER));
    assert_eq!(missing.filter(Sale::ID.is_null()).columns(count()).one(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn a_series_of_times_has_equal_distances(db: Database) -> Result<()> {
    let (first, step) = (SystemTime::UNIX_EPOCH + Duration::from_millis(1_500), Duration::from_millis(400));
    let last = first + Duration::from_secs(1);
    let moments = generate_series(Moment, first, last, step).select().order_by(Moment::AT.desc());
    let moments: Vec<SystemTime> = moments.columns(Moment::AT).all(&db).await?;
    assert_eq!(moments, [first + 2 * step, first + step, first]);
    let none = generate_series(Moment, last, first, step).select().all(&db).await?;
    assert_eq!(none, []);
    let long = generate_series(Moment, first, first + Duration::from_secs(2_000_000), Duration::from_secs(1));
    assert!(usage(long.select().all(&db).await).contains("at most a million"));
    db.close().await
}

#[cfg(feature = "jiff")]
#[on_every_database]
async fn a_series_of_dates_has_steps_of_whole_days(db: Database) -> Result<()> {
    use aio_sql::Executor;
    use jiff::civil::{Date, date};

    #[derive(Record, Debug, PartialEq)]
    struct Day {
        day: Date,
    }

    let day = Duration::from_secs(86_400);
    let days = |first, last, step| generate_series(Day, first, last, step).select().order_by(Day::DAY);
    let february = days(date(2024, 2, 27), date(2024, 3, 1), day).columns(Day::DAY);
    let expected = [date(2024, 2, 27), date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)];
    let ex: &Executor = &db;
    assert_eq!(february.all(ex).await?, expected);
    assert_eq!(days(date(2024, 1, 1), date(2024, 12, 31), 7 * day).count(ex).await?, 53);
    let hours = days(date(2024, 1, 1), date(2024, 1, 2), Duration::from_secs(3600));
    assert!(usage(hours.all(ex).await).contains("whole days"));
    db.close().await
}
