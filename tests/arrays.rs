//! Arrays of PostgreSQL: columns with `#[column(array)]`, their operators, and their elements as
//! rows.

#![cfg(all(feature = "sqlite", feature = "postgres", feature = "jiff", feature = "uuid", feature = "rust_decimal"))]
#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use aio_sql::{
    Array, Database, Dialect, ErrorKind, Record, Result, Row, SqlType, Table, Value, count, exists, sql, value,
};
use jiff::civil::{Date, date, time};
use rust_decimal::Decimal;
use servers::on_every_database;
use uuid::Uuid;

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq)]
enum Colour {
    Red,
    Green,
}

#[derive(SqlType, Clone, Debug, PartialEq)]
struct Label(String);

#[derive(Table, Clone, Debug, PartialEq)]
#[table(index(tags, using = "gin"))]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    #[column(array)]
    tags: Vec<String>,
    #[column(array)]
    votes: Option<Vec<i32>>,
    bytes: Vec<u8>,
}

/// A column of each type of elements.
#[derive(Table, Clone, Debug, PartialEq)]
struct Every {
    #[column(primary_key)]
    id: i64,
    #[column(array)]
    bools: Vec<bool>,
    #[column(array)]
    small: Vec<i16>,
    #[column(array)]
    large: Vec<u64>,
    #[column(array)]
    reals: Vec<f64>,
    #[column(array)]
    chars: Vec<char>,
    #[column(array)]
    blobs: Vec<Vec<u8>>,
    #[column(array)]
    keys: Vec<Uuid>,
    #[column(array)]
    moments: Vec<SystemTime>,
    #[column(array)]
    local: Vec<jiff::civil::DateTime>,
    #[column(array)]
    dates: Vec<Date>,
    #[column(array)]
    times: Vec<jiff::civil::Time>,
    #[column(array)]
    decimals: Vec<Decimal>,
    #[column(array)]
    spans: Vec<Duration>,
    #[column(array)]
    colours: Vec<Colour>,
    #[column(array)]
    labels: Vec<Label>,
}

#[derive(Record, Debug, PartialEq)]
struct Tag {
    tag: String,
}

#[derive(Record, Debug, PartialEq)]
struct Entry {
    title: String,
    #[record(array)]
    tags: Vec<String>,
}

fn post(title: &str, tags: &[&str], votes: Option<Vec<i32>>) -> NewPost {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    NewPost { title: title.into(), tags, votes, bytes: vec![1, 2, 3] }
}

async fn posts(db: &Database) -> Result<()> {
    db.create(Post).await?;
    let all = [
        post("a", &["red", "green"], Some(vec![1, -2])),
        post("b", &["green", "with, comma", "\"quoted\" \\", "NULL", ""], None),
        post("c", &[], Some(vec![])),
    ];
    Post::insert_all(all).execute(db).await?;
    Ok(())
}

fn every(id: i64) -> Every {
    Every {
        id,
        bools: vec![true, false],
        small: vec![i16::MIN, 0, i16::MAX],
        large: vec![0, i64::MAX.unsigned_abs()],
        reals: vec![0.1, -1e300, f64::INFINITY],
        chars: vec!['ä', '"', ' '],
        blobs: vec![vec![], vec![0, 255]],
        keys: vec![Uuid::from_u128(7), Uuid::max()],
        moments: vec![SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_micros(1_234_567)],
        local: vec![date(2024, 2, 29).at(23, 59, 59, 999_999_000)],
        dates: vec![date(0, 1, 1), date(9999, 12, 31)],
        times: vec![time(0, 0, 0, 0), time(12, 30, 0, 1_000)],
        decimals: vec![Decimal::new(-1250, 2), Decimal::ZERO, Decimal::MAX],
        spans: vec![Duration::from_nanos(1)],
        colours: vec![Colour::Green, Colour::Red],
        labels: vec![Label("x".into())],
    }
}

#[on_every_database(except sqlite = Unsupported("arrays"))]
async fn an_array_is_read_as_it_was_written(db: Database) -> Result<()> {
    db.create_if_missing(Every).await?;
    // The definition that was read is that of the struct.
    db.create_if_missing(Every).await?;
    assert_eq!(Every::insert(every(1)).one(&db).await?, every(1));
    let empty = Every {
        bools: vec![],
        small: vec![],
        large: vec![],
        reals: vec![],
        chars: vec![],
        blobs: vec![],
        keys: vec![],
        moments: vec![],
        local: vec![],
        dates: vec![],
        times: vec![],
        decimals: vec![],
        spans: vec![],
        colours: vec![],
        labels: vec![],
        id: 2,
    };
    Every::insert(empty.clone()).execute(&db).await?;
    // Many rows are sent by COPY, and a large array fills more than a buffer.
    Every::insert_all((3..2_000).map(every)).execute(&db).await?;
    let large = Every { blobs: vec![vec![7; 100_000]; 3], ..every(2_000) };
    Every::insert(large.clone()).execute(&db).await?;
    let all = Every::select().order_by(Every::ID).all(&db).await?;
    assert!(all[0] == every(1) && all[1] == empty && all[1_998] == every(1_999) && all[1_999] == large);
    let mut changed = every(1);
    changed.dates.reverse();
    changed.save(&db).await?;
    assert_eq!(Every::find(1).one(&db).await?, changed);
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("arrays"))]
async fn rows_are_found_by_the_elements_of_their_arrays(db: Database) -> Result<()> {
    posts(&db).await?;
    let ids = |condition| Post::select().filter(condition).order_by(Post::ID).columns(Post::ID).all(&db);
    assert_eq!(ids(Post::TAGS.has("green")).await?, [1, 2]);
    assert_eq!(ids(Post::TAGS.has("with, comma")).await?, [2]);
    assert_eq!(Post::select().filter(Post::TAGS.has(Post::TITLE)).count(&db).await?, 0);
    assert_eq!(ids(Post::TAGS.contains_all(["green", "red"])).await?, [1]);
    assert_eq!(ids(Post::TAGS.contains_all([""; 0])).await?, [1, 2, 3]);
    assert_eq!(ids(Post::TAGS.overlaps(["red", "NULL"])).await?, [1, 2]);
    assert_eq!(ids(Post::TAGS.overlaps(vec!["blue".to_owned()])).await?, [0; 0]);
    assert_eq!(ids(Post::TAGS.eq(Array(vec!["red".into(), "green".into()]))).await?, [1]);
    assert_eq!(ids(Post::TAGS.array_length().eq(0)).await?, [3]);
    assert_eq!(ids(!Post::TAGS.has("green")).await?, [3]);
    // NULL has no elements, and is not an array without any.
    let nullable = |condition| Post::select().filter(condition).order_by(Post::ID).columns(Post::ID).all(&db);
    assert_eq!(nullable(Post::VOTES.has(-2)).await?, [1]);
    assert_eq!(nullable(Post::VOTES.overlaps([1, 5])).await?, [1]);
    let lengths = Post::select().order_by(Post::ID).columns(Post::VOTES.array_length());
    assert_eq!(lengths.all(&db).await?, [Some(2), None, Some(0)]);
    let sorted = Post::select().order_by(Post::TAGS.desc()).columns(Post::ID);
    assert_eq!(sorted.all(&db).await?, [1, 2, 3]);
    Post::update()
        .set(Post::TAGS, Array(vec!["new".into()]))
        .set(Post::VOTES, None)
        .filter(Post::ID.eq(1))
        .execute(&db)
        .await?;
    let entry: Entry =
        Post::select().filter(Post::ID.eq(1)).columns((Post::TITLE, Post::TAGS)).record().one(&db).await?;
    assert_eq!(entry, Entry { title: "a".into(), tags: vec!["new".into()] });
    let Array(read) = Post::select().filter(Post::ID.eq(1)).columns(Post::TAGS).one(&db).await?;
    assert_eq!(read, ["new"]);
    assert_eq!(Post::find(1).one(&db).await?.bytes, [1, 2, 3]);
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("arrays"))]
async fn the_elements_of_an_array_are_rows(db: Database) -> Result<()> {
    posts(&db).await?;
    let tags = Post::select().join_lateral(Post::TAGS.unnest(Tag)).group_by(Tag::TAG).having(count().gt(1));
    assert_eq!(tags.columns((Tag::TAG, count())).all(&db).await?, [("green".to_owned(), 2)]);
    let with_none = Post::select().left_join_lateral(Post::TAGS.unnest(Tag)).filter(Tag::TAG.is_null());
    assert_eq!(with_none.columns(Post::ID).all(&db).await?, [3]);
    let short = exists(Post::TAGS.unnest(Tag).outer::<Post>().filter(Tag::TAG.starts_with("r")));
    assert_eq!(Post::select().filter(short).columns(Post::ID).all(&db).await?, [1]);
    let list = value(Array(vec!["x".to_owned(), "y".to_owned()])).unnest(Tag).select().order_by(Tag::TAG.desc());
    assert_eq!(list.columns(Tag::TAG).all(&db).await?, ["y", "x"]);
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("arrays"))]
async fn arrays_in_raw_sql_are_values_and_texts(db: Database) -> Result<()> {
    posts(&db).await?;
    let wanted = Array(vec!["red".to_owned()]);
    let found: Vec<i64> = sql!("select id from {Post} where tags && {wanted}").all(&db).await?;
    assert_eq!(found, [1]);
    let ids = Array(vec![1_i64, 3]);
    assert_eq!(sql!("select id from {Post} where id = any({ids}) order by 1").all::<i64>(&db).await?, [1, 3]);
    let row: Row = sql!("select tags, array[[1, 2], [3, null]] as grid from {Post} where id = 1").one(&db).await?;
    let text = |text: &str| Value::Text(text.into());
    let pair = |a, b| Value::Array(vec![a, b]);
    let grid = pair(pair(Value::Integer(1), Value::Integer(2)), pair(Value::Integer(3), Value::Null));
    assert_eq!(row.values(), [pair(text("red"), text("green")), grid]);
    let texts: Vec<String> = sql!(
        "select unnest(array[array[1.5, null]::text, array['a b', '', 'null', '{{}}']::text, '[0:1]={{1,2}}'::int[]::text])"
    )
    .all(&db)
    .await?;
    let read: (String, String, String) =
        sql!("select array[1.5, null], array['a b', '', 'null', '{{}}'], '[0:1]={{1,2}}'::int[]").one(&db).await?;
    assert_eq!([read.0, read.1, read.2], texts[..]);
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("arrays"))]
async fn an_array_holds_only_what_its_type_can_read(db: Database) -> Result<()> {
    db.create_all((Post, Every)).await?;
    Every::insert(every(1)).execute(&db).await?;
    for (set, constraint) in [
        ("small = array[40000]", "small"),
        ("small = array[1, null]", "small"),
        ("large = array[-1]", "large"),
        ("colours = array['blue']", "colours"),
        ("dates = array[null]::date[]", "dates"),
    ] {
        let error = aio_sql::query(format!("update every set {set}")).execute(&db).await.unwrap_err();
        let ErrorKind::Check { constraint: found, .. } = error.kind() else { panic!("{set}: {error:?}") };
        assert!(found.contains(constraint), "{set}: {found}");
    }
    let error = Every::insert(Every { large: vec![u64::MAX], ..every(2) }).execute(&db).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unstorable { column: Some(column), .. } if column == "large"),
        "{error:?}"
    );
    let error = Every::insert(Every { reals: vec![f64::NAN], ..every(2) }).execute(&db).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unstorable { column: Some(column), .. } if column == "reals"),
        "{error:?}"
    );
    let error = Post::insert(post("\0", &["a"], None)).execute(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unstorable { .. }), "{error:?}");
    let error = Post::insert(post("x", &["a\0"], None)).execute(&db).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unstorable { column: Some(column), .. } if column == "tags"),
        "{error:?}"
    );
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("arrays"))]
async fn an_index_of_the_kind_gin_is_kept(db: Database) -> Result<()> {
    posts(&db).await?;
    db.create_if_missing(Post).await?;
    let schema = db.inspect().await?;
    let index = &schema.table("post").unwrap().indexes()[0];
    assert_eq!((index.method(), index.name()), ("gin", "ix_post_tags"));
    sql!("drop index ix_post_tags").execute(&db).await?;
    sql!("create index ix_post_tags on post (tags)").execute(&db).await?;
    let error = db.create_if_missing(Post).await.unwrap_err();
    let ErrorKind::Shape { differences, .. } = error.kind() else { panic!("{error}") };
    assert!(differences.iter().any(|line| line.contains("using gin")), "{differences:?}");
    db.close().await
}

#[test]
fn sqlite_says_that_it_has_no_arrays() {
    let lacks = |error: aio_sql::Error| match error.kind() {
        ErrorKind::Unsupported { database: "sqlite", what } => what.clone(),
        kind => panic!("{kind:?}"),
    };
    let on = Dialect::Sqlite;
    assert_eq!(lacks(on.ddl(Post).unwrap_err()), "arrays");
    assert_eq!(lacks(Post::select().to_sql(on).unwrap_err()), "arrays");
    assert_eq!(lacks(Post::insert(post("a", &[], None)).to_sql(on).unwrap_err()), "arrays");
    assert_eq!(lacks(Post::delete().filter(Post::ID.eq(1)).to_sql(on).unwrap_err()), "arrays");
    assert_eq!(lacks(value(Array(vec![1_i64])).unnest(Number).select().to_sql(on).unwrap_err()), "arrays");
}

#[derive(Record, Debug)]
struct Number {
    number: i64,
}
