//! Tables that another program has made, with types that the library does not choose itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aio_sql::{ErrorKind, Json, Result, Table, sql};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::databases;

/// A row of a table whose columns have PostgreSQL's other types.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "goods")]
struct Good {
    #[column(primary_key)]
    id: i32,
    small: i16,
    ratio: f32,
    code: String,
    padded: String,
    email: Option<String>,
    mood: Option<String>,
    positive: Option<i64>,
    price: Option<Decimal>,
    at: Option<jiff::civil::DateTime>,
    since: Option<SystemTime>,
    old: Option<Json<Vec<i64>>>,
    key: Option<Uuid>,
    bytes: Option<Vec<u8>>,
}

const GOODS: &str = "
    create type mood as enum ('sad', 'happy');
    create domain positive as integer check (value > 0);
    create table goods (
        id integer primary key, small smallint not null, ratio real not null, code varchar(5) not null,
        padded char(4) not null, email text, mood mood, positive positive, price numeric(10, 2), at timestamp(3),
        since timestamptz, old json, key uuid, bytes bytea
    )";

fn good() -> Good {
    Good {
        id: 7,
        small: -5,
        ratio: 0.1,
        code: "ab".into(),
        padded: "x   ".into(),
        email: Some("Ann@example.org".into()),
        mood: Some("happy".into()),
        positive: Some(3),
        price: Some(Decimal::new(125, 1)),
        at: Some(jiff::civil::date(2026, 1, 2).at(3, 4, 5, 6_000_000)),
        since: Some(UNIX_EPOCH + Duration::from_micros(1_234_567)),
        old: Some(Json(vec![1, 2])),
        key: Some(Uuid::from_u128(5)),
        bytes: Some(vec![0, 255]),
    }
}

#[tokio::test]
async fn values_have_the_types_of_the_columns() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    db.execute_script(GOODS).await?;
    Good::insert(good()).execute(&db).await?;
    let many: Vec<Good> = (8..1_500).map(|id| Good { id, ..good() }).collect();
    Good::insert_all(many).execute(&db).await?;
    assert_eq!(Good::find(7).one(&db).await?, good());
    assert_eq!(Good::find(1_400).one(&db).await?, Good { id: 1_400, ..good() });
    let all = Good::select()
        .filter(Good::SMALL.eq(-5).and(Good::CODE.eq("ab")).and(Good::MOOD.eq("happy".to_owned())))
        .filter(Good::POSITIVE.eq(3).and(Good::PRICE.eq(Decimal::new(1250, 2))).and(Good::AT.eq(good().at)))
        .filter(Good::SINCE.eq(good().since).and(Good::KEY.eq(good().key)).and(Good::BYTES.eq(good().bytes)))
        .filter(Good::RATIO.le(0.1).and(Good::ID.is_in(0..2_000)));
    assert_eq!(all.count(&db).await?, 1_493);
    let set = Good::update().set(Good::MOOD, "sad".to_owned()).set(Good::SMALL, -4_i16).set(Good::PRICE, None);
    set.filter(Good::ID.eq(7)).execute(&db).await?;
    let changed = Good { mood: Some("sad".into()), small: -4, price: None, ..good() };
    assert_eq!(Good::find(7).one(&db).await?, changed);
    let found: Good = sql!("select * from {Good} where {Good::MOOD} = {\"sad\"} and small = {-4_i64}").one(&db).await?;
    assert_eq!(found, changed);
    db.close().await
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_unstorable_and_names_the_column() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    db.execute_script("create table big (id bigint primary key, small smallint not null, name text)").await?;
    let big = |small| Big { id: 1, small, name: None };
    let error = Big::insert(big(40_000)).execute(&db).await.unwrap_err();
    let at = |column: &str| ErrorKind::Unstorable { table: Some("big".into()), column: Some(column.into()) };
    assert_eq!(*error.kind(), at("small"), "{error}");
    Big::insert(big(1)).execute(&db).await?;
    let error = Big::update().set(Big::SMALL, 40_000).all_rows().execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), at("small"), "{error}");
    let error = Big::update().set(Big::NAME, Some("a\0b".to_owned())).all_rows().execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), at("name"), "{error}");
    let error = Big::select().filter(Big::ID.gt(0).and(Big::SMALL.eq(40_000))).all(&db).await.unwrap_err();
    assert_eq!(*error.kind(), at("small"), "{error}");
    assert_eq!(Big::find(1).one(&db).await?, big(1));
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Big {
    #[column(primary_key)]
    id: i64,
    small: i64,
    name: Option<String>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Odd {
    #[column(primary_key)]
    id: i64,
    at: SystemTime,
    number: Decimal,
    ratio: f64,
}

#[tokio::test]
async fn what_no_value_of_rust_can_hold_is_an_error_that_names_the_column() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    db.create_all(Odd).await?;
    for (column, value) in [("at", "'infinity'"), ("number", "'NaN'"), ("ratio", "'NaN'")] {
        let (mut at, mut number, mut ratio) = ("now()", "1", "1");
        *match column {
            "at" => &mut at,
            "number" => &mut number,
            _ => &mut ratio,
        } = value;
        db.execute_script(format!("delete from odd; insert into odd values (1, {at}, {number}, {ratio})")).await?;
        let error = Odd::find(1).one(&db).await.unwrap_err();
        let is_named = matches!(error.kind(), ErrorKind::Decode { column: Some(name), .. } if name == column);
        assert!(is_named || error.to_string().contains(column), "{error:?}");
    }
    db.execute_script("delete from odd; insert into odd values (1, now(), 1, 'Infinity')").await?;
    assert_eq!(Odd::find(1).one(&db).await?.ratio, f64::INFINITY);
    let wide = "insert into odd values (2, now(), 1e40, 1)";
    db.execute_script(wide).await?;
    assert!(Odd::find(2).one(&db).await.is_err());
    let texts: Vec<String> = sql!("select array[1, 2]::text union all select array['a', 'b c']::text").all(&db).await?;
    assert_eq!(texts, ["{1,2}", "{a,\"b c\"}"]);
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Moment {
    #[column(primary_key)]
    id: i64,
    at: SystemTime,
    time: jiff::civil::Time,
    day: jiff::civil::Date,
}

/// A time is cut to microseconds wherever it is sent, so that a row is found by the time with
/// which it was stored.
#[tokio::test]
async fn nanoseconds_are_cut_in_filters_as_in_inserts() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    db.create_all(Moment).await?;
    let moment = |id, seconds: i64, nanoseconds: u32| {
        let second = Duration::from_secs(seconds.unsigned_abs());
        let at = if seconds < 0 { UNIX_EPOCH - second } else { UNIX_EPOCH + second };
        let time = jiff::civil::time(23, 59, 59, 999_999_999);
        Moment { id, at: at + Duration::from_nanos(nanoseconds.into()), time, day: jiff::civil::date(2026, 1, 1) }
    };
    // The years 0000 and 9999 are the first and the last.
    let moments = [(1, 0, 999_999_999), (2, -1, 1), (3, -62_167_219_200, 1_999), (4, 253_402_300_799, 999_999_999)];
    for (id, seconds, nanoseconds) in moments {
        let row = moment(id, seconds, nanoseconds);
        Moment::insert(row.clone()).execute(&db).await?;
        let cut = moment(id, seconds, nanoseconds / 1_000 * 1_000);
        let cut = Moment { time: jiff::civil::time(23, 59, 59, 999_999_000), ..cut };
        let same = Moment::select().filter(Moment::AT.eq(row.at).and(Moment::TIME.eq(row.time)));
        assert_eq!(same.one(&db).await?, cut);
        assert_eq!(Moment::select().filter(Moment::AT.is_in([row.at])).one(&db).await?, cut);
        assert_eq!(sql!("select id from {Moment} where at = {row.at}").scalar::<i64>(&db).await?, id);
        assert_eq!(Moment::select().filter(Moment::AT.gt(row.at).and(Moment::ID.eq(id))).count(&db).await?, 0);
    }
    db.close().await
}
