//! What PostgreSQL lacks, and what SQLite lacks: each form fails with the words that the guide's
//! lists have for it.

use aio_sql::expr::FrameBound;
use aio_sql::text_search::TsVector;
use aio_sql::{
    Collation, Database, Dialect, Error, ErrorKind, Interval, Record, Result, Table, TransactionMode, window,
};

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

#[derive(Table, Clone, Debug)]
#[table(unique(name, nulls_not_distinct))]
struct Town {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}

#[derive(Table, Clone, Debug)]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(array)]
    tags: Vec<String>,
}

#[derive(Table, Clone, Debug)]
#[table(index(name, using = "gin"))]
struct Indexed {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table, Clone, Debug)]
struct Article {
    #[column(primary_key)]
    id: i64,
    words: TsVector,
}

#[derive(Table, Clone, Debug)]
struct Loan {
    #[column(primary_key)]
    id: i64,
    length: Interval,
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

/// Returns what PostgreSQL lacks.
fn lacks(error: &Error) -> String {
    lacks_on("postgres", error)
}

/// Returns what a database lacks.
fn lacks_on(name: &str, error: &Error) -> String {
    match error.kind() {
        ErrorKind::Unsupported { database, what } if *database == name => what.clone(),
        kind => panic!("{kind:?}: {error}"),
    }
}

/// Runs each statement, and returns what is missing for it. The text of the statement is missing
/// for the same reason, so that nothing was sent.
macro_rules! missing {
    ($dialect:expr, $db:expr; $($statement:expr;)+) => {{
        let (mut list, dialect) = (Vec::new(), $dialect);
        $(
            let what = lacks_on(dialect.name(), &$statement.to_sql(dialect).unwrap_err());
            if let Some(db) = $db {
                assert_eq!(lacks_on(dialect.name(), &$statement.all(db).await.unwrap_err()), what);
            }
            list.push(what);
        )+
        list
    }};
}

async fn of_statements(db: Option<&Database>) -> Vec<String> {
    missing! { Dialect::Postgres, db;
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

async fn of_sqlite(db: &Database) -> Vec<String> {
    let mut list = missing! { Dialect::Sqlite, Some(db);
        Item::select().for_update();
        Item::select().distinct_on(Item::NAME).order_by(Item::NAME);
    };
    let other = || Other { id: 1, name: "x".into() };
    let insert = || Other::insert(other()).on_constraint("uq_other_name").do_nothing();
    list.push(lacks_on("sqlite", &insert().to_sql(Dialect::Sqlite).unwrap_err()));
    assert_eq!(lacks_on("sqlite", &insert().execute(db).await.unwrap_err()), list[2]);
    list.push(lacks_on("sqlite", &Dialect::Sqlite.ddl(Town).unwrap_err()));
    assert_eq!(lacks_on("sqlite", &db.create(Town).await.unwrap_err()), list[3]);
    list.push(lacks_on("sqlite", &Post::select().all(db).await.unwrap_err()));
    assert_eq!(lacks_on("sqlite", &db.create(Post).await.unwrap_err()), list[4]);
    list.push(lacks_on("sqlite", &db.create(Indexed).await.unwrap_err()));
    list.push(lacks_on("sqlite", &Article::select().all(db).await.unwrap_err()));
    assert_eq!(lacks_on("sqlite", &db.create(Article).await.unwrap_err()), list[6]);
    list.push(lacks_on("sqlite", &Loan::select().all(db).await.unwrap_err()));
    assert_eq!(lacks_on("sqlite", &db.create(Loan).await.unwrap_err()), list[7]);
    list.push(lacks_on("sqlite", &db.advisory_lock(1).await.unwrap_err()));
    let listen = lacks_on("sqlite", &db.listen("news").await.unwrap_err());
    list.push(format!("{listen}, {}", lacks_on("sqlite", &db.notify("news", "").await.unwrap_err())));
    list
}

/// Returns what PostgreSQL lacks behind a pooler, for which it is enough that the address says
/// that there is one.
async fn behind_a_pooler() -> Result<Vec<String>> {
    let Some(address) = databases::address().await? else { return Ok(Vec::new()) };
    // An address that declares a pooler must not set a `search_path`.
    let (server, _) = address.split_once("search_path").unwrap();
    let db = Database::open(format!("{server}pooler=transaction")).await?;
    let list = vec![lacks(&db.listen("news").await.unwrap_err()), lacks(&db.advisory_lock(1).await.unwrap_err())];
    db.close().await?;
    Ok(list)
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

/// The first column of a table of the guide, which follows these words.
fn of_the_guide(before: &str) -> Vec<String> {
    let guide = include_str!("../../docs/guide/limits.md");
    let (_, table) = guide.split_once(before).unwrap();
    let rows = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
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
    found.extend(behind_a_pooler().await?);
    let listed = of_the_guide("\n## Of PostgreSQL\n");
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

#[tokio::test]
async fn what_sqlite_lacks_is_named_and_is_in_the_guide() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Item).await?;
    let (mut found, mut listed) = (of_sqlite(&db).await, of_the_guide("What PostgreSQL has and SQLite lacks"));
    found.sort();
    listed.sort();
    assert_eq!(found, listed);
    db.close().await
}
