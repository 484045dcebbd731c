//! The values of the copied rows, by the structs of a program.

use std::time::{Duration, SystemTime};

use aio_sql::{Database, Json, SqlType, Table};
use jiff::civil;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::package::Folder;
use crate::server::{copy, file, number, schema, script};

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Done,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Parent {
    #[column(primary_key)]
    id: Uuid,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(new(derive(Clone)))]
struct Everything {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Parent::ID)]
    parent_id: Option<Uuid>,
    flag: bool,
    small: i16,
    large: u32,
    real: f64,
    text: Option<String>,
    bytes: Vec<u8>,
    moment: SystemTime,
    instant: Option<jiff::Timestamp>,
    local: civil::DateTime,
    day: civil::Date,
    hour: civil::Time,
    span: Duration,
    exact: Decimal,
    #[column(scale = 2)]
    price: Decimal,
    #[column(json)]
    tags: Vec<String>,
    document: Option<Json<serde_json::Value>>,
    state: State,
    #[column(generated = "small * 2")]
    double: i64,
}

/// Rows whose times have no more digits than PostgreSQL stores.
fn rows() -> Vec<NewEverything> {
    let moment = SystemTime::UNIX_EPOCH + Duration::from_micros(1_356_998_400_123_456);
    let row = NewEverything {
        parent_id: Some(Uuid::from_u128(7)),
        flag: true,
        small: -5,
        large: u32::MAX,
        real: 0.1,
        text: Some("Łódź 'and' \"so\" on\n".to_owned()),
        bytes: vec![0, 255, 7],
        moment,
        instant: Some("1969-12-31T23:59:59.999999Z".parse().unwrap()),
        local: civil::date(2024, 2, 29).at(23, 59, 59, 999_999_000),
        day: civil::date(1, 1, 1),
        hour: civil::time(0, 0, 0, 1_000),
        span: Duration::from_nanos(1_234_567_890_123),
        exact: "-12345.6789".parse().unwrap(),
        price: "19.90".parse().unwrap(),
        tags: vec!["a".to_owned(), "b\"c".to_owned()],
        document: Some(Json(serde_json::json!({ "a": [1, null, "x"] }))),
        state: State::Done,
    };
    let other = NewEverything {
        parent_id: None,
        flag: false,
        text: None,
        bytes: Vec::new(),
        instant: None,
        exact: Decimal::ZERO,
        document: None,
        state: State::Open,
        ..row.clone()
    };
    vec![row, other]
}

async fn tables(address: &str) -> Database {
    let db = Database::open(address).await.unwrap();
    db.create_all((Parent, Everything)).await.unwrap();
    db
}

async fn read(db: &Database) -> (Vec<Parent>, Vec<Everything>) {
    let parents = Parent::select().order_by(Parent::NAME).all(db).await.unwrap();
    (parents, Everything::select().order_by(Everything::ID).all(db).await.unwrap())
}

#[tokio::test]
async fn each_type_arrives_in_the_stored_form_of_the_server_and_comes_back() {
    let Some(server) = schema().await else { return };
    let folder = Folder::new();
    let [from, back] = ["from.db", "back.db"].map(|name| folder.path(name).to_str().unwrap().to_owned());
    let db = tables(&from).await;
    let parents = [1, 7].map(|id| Parent { id: Uuid::from_u128(id), name: format!("parent {id}") });
    Parent::insert_all(parents).execute(&db).await.unwrap();
    Everything::insert_all(rows()).execute(&db).await.unwrap();
    let expected = read(&db).await;
    db.close().await.unwrap();

    tables(&server).await.close().await.unwrap();
    let shown = copy(&folder, &from, &server, &[]).ok();
    assert!(shown.out.contains("4 rows of 2 tables") && shown.out.contains("everything: 2 rows"), "{shown:?}");
    let db = Database::open(&server).await.unwrap();
    assert_eq!(read(&db).await, expected);
    db.close().await.unwrap();

    tables(&back).await.close().await.unwrap();
    let answer = copy(&folder, &server, &back, &["--json"]).ok().json();
    assert_eq!(answer["rows"], 4);
    assert_eq!(answer["tables"][0], serde_json::json!({ "table": "parent", "rows": 2 }));
    let db = Database::open(&back).await.unwrap();
    assert_eq!(read(&db).await, expected);
    // Not only as Rust reads them: the files have the same bytes.
    let attached = db.connect().await.unwrap();
    attached.execute_script(format!("attach '{from}' as other")).await.unwrap();
    for table in ["parent", "everything"] {
        let text = format!("select count(*) from (select * from main.{table} except select * from other.{table})");
        assert_eq!(aio_sql::query(text).scalar::<i64>(&attached).await.unwrap(), 0, "{table}");
    }
}

#[tokio::test]
async fn nanoseconds_are_cut_and_not_rounded() {
    let Some(server) = schema().await else { return };
    let (folder, from) = file(
        "create table t (id integer primary key, at text, day text, hour text);
         insert into t values (1, '2013-01-01T10:00:00.999999999Z', '2013-01-01', '23:59:59.999999999');",
    );
    script(&server, "create table t (id bigint primary key, at timestamptz, day date, hour time)").await;
    copy(&folder, &from, &server, &[]).ok();
    let same = "select count(*) from t where at = '2013-01-01T10:00:00.999999Z' and hour = '23:59:59.999999'";
    assert_eq!(number(&server, same).await, 1);
}

#[tokio::test]
async fn more_rows_than_one_statement_takes_are_all_copied() {
    let Some(server) = schema().await else { return };
    let text = "create table t (id integer primary key, name text);
        insert into t with recursive n (i) as (select 1 union all select i + 1 from n where i < 1234)
        select i, 'row ' || i from n;
        insert into t values (5000, printf('%.*c', 5000000, 'x')), (5001, 'last');";
    let (folder, from) = file(text);
    script(&server, "create table t (name text, id bigint primary key)").await;
    copy(&folder, &from, &server, &[]).ok();
    let sums = "select cast(count(*) + sum(id) + sum(length(name)) as bigint) from t";
    assert_eq!(number(&server, sums).await, number(&from, sums).await);
}

#[tokio::test]
async fn the_types_below_domains_and_with_lengths_decide_how_values_are_converted() {
    let Some(to) = schema().await else { return };
    let other = format!("domains_{}", std::process::id());
    script(
        &to,
        &format!(
            "create schema {other}; create domain {other}.\"A moment\" as timestamptz(3); create domain whole as integer;
             create domain small as whole; create domain moment as {other}.\"A moment\";
             create table t (id serial, n small, w varchar(9), m {other}.\"A moment\", o moment) partition by range (id);
             create table t_all partition of t default"
        ),
    )
    .await;
    // Nanoseconds are cut, not rounded, before a time with a length is.
    let (folder, from) = file(
        "create table t (id integer primary key autoincrement, n integer, w real, m text, o text);
         insert into t values (7, 3, 1.5, '2012-12-31T23:00:00.123499999Z', '2012-12-31T23:00:00Z'); insert into t values (9, 1, 1, null, null);
         delete from t where id = 9",
    );
    copy(&folder, &from, &to, &[]).ok();
    let is = "select count(*) from t where id = 7 and n = 3 and w = '1.5' and m = '2012-12-31 23:00:00.123Z' and o < m";
    assert_eq!(number(&to, is).await, 1);
    script(&to, "insert into t (n) values (4)").await;
    assert_eq!(number(&to, "select id::bigint from t where n = 4").await, 10);
    let (folder, from) = file("create table t (id integer, n integer); insert into t values (1, 3000000000)");
    copy(&folder, &from, &to, &["--replace", "--yes"]).fails(1, &["too large for a integer"]);
}
