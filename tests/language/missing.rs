//! What PostgreSQL lacks: each form fails with the words that the guide's list has for it.

use aio_sql::expr::FrameBound;
use aio_sql::{Collation, Database, Dialect, Error, ErrorKind, Record, Result, Table, TransactionMode, window};

use super::databases;

#[derive(Table, Clone, Debug)]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(json)]
    tags: Vec<String>,
    bytes: Vec<u8>,
    #[column(time = "unix_seconds")]
    sold: std::time::SystemTime,
}

#[derive(Table, Clone, Debug)]
struct Other {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Record, Debug)]
struct Tag {
    key: i64,
    value: String,
}

#[derive(Record, Debug)]
struct Place {
    path: String,
}

#[derive(Table, Clone, Debug)]
#[table(strict = false)]
struct Loose {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table, Clone, Debug)]
struct ATableWhoseNameIsLongerThanTheSixtyThreeBytesThatPostgresqlAccepts {
    #[column(primary_key)]
    id: i64,
}

/// Returns what the database lacks.
fn lacks(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Unsupported { database, what } if *database == "postgres" => what.clone(),
        kind => panic!("{kind:?}: {error}"),
    }
}

/// Runs each statement, and returns what is missing for it. The text of the statement is missing
/// for the same reason, so that nothing was sent.
macro_rules! missing {
    ($db:expr; $($statement:expr;)+) => {{
        let mut list = Vec::new();
        $(
            let what = lacks(&$statement.to_sql(Dialect::Postgres).unwrap_err());
            if let Some(db) = $db {
                assert_eq!(lacks(&$statement.all(db).await.unwrap_err()), what);
            }
            list.push(what);
        )+
        list
    }};
}

async fn of_statements(db: Option<&Database>) -> Vec<String> {
    missing! { db;
        Item::select().full_join_on(Other, Other::NAME.gt(Item::NAME));
        Item::select().filter(Item::NAME.matches("milk"));
        Item::select().filter(Item::NAME.collate(Collation::Unicode).eq("x"));
        Item::select().order_by(Item::NAME.collate(Collation::RTrim));
        Item::select().join_lateral(Item::TAGS.json_tree(Tag)).columns(Tag::VALUE);
        Item::select().join_lateral(Item::TAGS.json_each(Place)).columns(Place::PATH);
        Item::select().columns(Item::TAGS.json_extract::<String>("$[#]"));
        Item::select().columns(Item::SOLD.year());
        Item::select().columns(Item::BYTES.min().over(window().rows(FrameBound::Unbounded, FrameBound::Current)));
    }
}

async fn of_tables(db: Option<&Database>) -> Vec<String> {
    let mut list = vec![lacks(&Dialect::Postgres.ddl(Loose).unwrap_err())];
    let long = ATableWhoseNameIsLongerThanTheSixtyThreeBytesThatPostgresqlAccepts;
    list.push(lacks(&Dialect::Postgres.ddl(long).unwrap_err()));
    if let Some(db) = db {
        assert_eq!(lacks(&db.create(Loose).await.unwrap_err()), list[0]);
        assert_eq!(lacks(&db.create(long).await.unwrap_err()), list[1]);
        list.push(lacks(&db.begin_with(TransactionMode::Exclusive).await.unwrap_err()));
        list.push(lacks(&db.run(|_| ()).await.unwrap_err()));
        list.push(lacks(&db.checkpoint().await.unwrap_err()));
        list.push(lacks(&db.integrity_check().await.unwrap_err()));
    }
    list
}

/// The first column of the table of the guide.
fn of_the_guide() -> Vec<String> {
    let guide = include_str!("../../docs/guide/limits.md");
    let (_, chapter) = guide.split_once("\n## Of PostgreSQL\n").unwrap();
    let rows = chapter.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').nth(1).unwrap().trim().to_owned())
        .collect()
}

#[tokio::test]
async fn what_postgresql_lacks_is_named_and_is_in_the_guide() -> Result<()> {
    let db = databases::postgres().await?;
    if let Some(db) = &db {
        db.create_all((Item, Other)).await?;
    }
    let mut found = of_statements(db.as_ref()).await;
    found.extend(of_tables(db.as_ref()).await);
    let listed = of_the_guide();
    for what in &found {
        assert!(listed.contains(what), "the guide does not list {what:?}");
    }
    if let Some(db) = db {
        let superfluous: Vec<_> = listed.iter().filter(|what| !found.contains(what)).collect();
        assert!(superfluous.is_empty(), "{superfluous:?}");
        db.close().await?;
    }
    Ok(())
}
