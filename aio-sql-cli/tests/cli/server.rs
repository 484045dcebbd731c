//! The commands on a database of PostgreSQL.

use aio_sql::Database;
use serde_json::json;
use servers::postgres::{Shared, shared};

use crate::package::Folder;

/// Returns the address of an empty schema in which a script was run, or `None` if tests that need
/// a server are left out.
async fn schema(script: &str) -> Option<String> {
    let address = shared()?.create_schema().await.unwrap().address().to_owned();
    let db = Database::open(&address).await.unwrap();
    db.execute_script(script).await.unwrap();
    db.close().await.unwrap();
    Some(address)
}

/// Returns the address of a database that the server does not have yet.
fn new_database(name: &str) -> Option<String> {
    let address = match shared()? {
        Shared::Running(address) => address.clone(),
        Shared::Private(server, _) | Shared::Pooled(server, ..) => server.address(),
    };
    let separator = if address.contains('?') { '&' } else { '?' };
    Some(format!("{address}{separator}dbname=aio_sql_{name}_{}", std::process::id()))
}

#[test]
fn a_database_is_created_and_deleted_only_with_consent() {
    let Some(address) = new_database("Created") else { return };
    let folder = Folder::new();
    let run = |command: &[&str]| folder.run_each(&[command, &["--db", &address]].concat());
    run(&["inspect"]).fails(1, &["there is no database at", "db create --db"]);
    assert!(run(&["db", "create"]).ok().out.contains("is created"));
    assert!(run(&["db", "create"]).ok().out.contains("exists already"));
    run(&["query", "--write", "create table a (b int)"]).ok();
    run(&["query", "--write", "insert into a values (1), (2)"]).ok();

    let refused = run(&["db", "drop"]).fails(2, &["1 table", "2 rows", "--yes"]);
    assert!(!refused.out.contains("deleted"), "{refused:?}");
    assert_eq!(run(&["query", "select b from a", "--json"]).ok().json()["rows"], json!([[1], [2]]));
    assert!(run(&["db", "drop", "--yes"]).ok().out.contains("is deleted"));
    assert!(run(&["db", "drop", "--yes"]).ok().out.contains("does not exist"));
}

#[test]
fn a_database_must_be_named_to_be_created_or_deleted() {
    let Some(address) = new_database("unnamed") else { return };
    let (unnamed, _) = address.split_once("dbname=").unwrap();
    let folder = Folder::new();
    let unnamed = format!("{unnamed}dbname=");
    folder
        .run_each(&["db", "drop", "--yes", "--db", &unnamed])
        .fails(2, &["names no database", "postgres://user@host/name"]);
}

#[tokio::test]
async fn values_are_shown_as_the_server_shows_them() {
    let script = "create table v (yes boolean, id uuid, at timestamptz, day date, amount numeric(10, 2), bytes bytea,
            tags text[], document jsonb);
        insert into v values (true, '00010203-0405-0607-0809-0a0b0c0d0e0f', '2026-01-02 03:04:05Z', '2026-01-02', 1.50,
            '\\x0aff', '{a,b}', '{\"a\": 1}'), (null, null, null, null, 2, null, null, null)";
    let Some(address) = schema(script).await else { return };
    let folder = Folder::new();
    let query =
        |options: &[&str]| folder.run_each(&[&["query", "select * from v", "--db", &address], options].concat());
    let rows = query(&["--json"]).ok().json()["rows"].clone();
    let uuid = "00010203-0405-0607-0809-0a0b0c0d0e0f";
    let first = json!([true, uuid, "2026-01-02T03:04:05.000000000Z", "2026-01-02", "1.50", {"hex": "0aff"}, "{a,b}", "{\"a\": 1}"]);
    assert_eq!(rows[0], first);
    assert_eq!((&rows[1][0], &rows[1][4]), (&json!(null), &json!("2.00")));
    let csv = query(&["--csv"]).ok().out;
    assert!(csv.contains(&format!("true,{uuid},")) && csv.ends_with(",,,,2.00,,,\n"), "{csv}");
    let table = query(&[]).ok().out;
    assert!(table.contains("true") && table.contains("x'0aff'") && table.contains("2 rows"), "{table}");
}

#[tokio::test]
async fn nothing_is_written_without_the_option_for_it() {
    let Some(address) = schema("create table a (b int)").await else { return };
    let folder = Folder::new();
    let query = |options: &[&str]| folder.run_each(&[&["query", "--db", &address], options].concat());
    query(&["insert into a values (1)"]).fails(1, &["--write"]);
    query(&["--write", "insert into a values (1)"]).ok();
    assert_eq!(query(&["select count(*) from a", "--json"]).ok().json()["rows"], json!([[1]]));
    query(&["select nothing from a"]).fails(1, &["nothing"]);
}

#[tokio::test]
async fn a_plan_marks_the_tables_that_are_read_as_a_whole() {
    let Some(address) = schema("create table a (b int primary key, c int)").await else { return };
    let folder = Folder::new();
    let explain = |sql: &str| folder.run_each(&["explain", sql, "--json", "--db", &address]).ok().json();
    let plan = explain("select * from a where c = 1");
    assert_eq!((&plan["scans"], &plan["plan"][0]["scan"]), (&json!(["a"]), &json!(true)), "{plan}");
}

const EVERYTHING: &str = "
    create type mood as enum ('sad', 'so so', 'happy');
    create domain year as integer check (value > 1900);
    create table author (
        id integer generated by default as identity primary key, name varchar(40) not null, mood mood not null default 'sad',
        born year, tags text[], ratio real, small smallint, at timestamptz not null default now(), local timestamp,
        state text collate \"C\" not null default 'new' check (state in ('new', 'old')),
        price numeric(10, 2) not null default 4.99, document jsonb, plain json, span interval, area box, moods mood[],
        words tsvector generated always as (to_tsvector('simple', name)) stored, matrix jsonb[],
        shouted text generated always as (upper(name)) stored
    );
    comment on table author is 'Who writes.';
    create table book (
        id bigserial primary key, author_id bigint not null references author on delete cascade,
        \"Title\" text not null, year int, unique (author_id, \"Title\"), constraint late check (year > 0)
    );
    create index by_year on book (year desc) where year is not null;
    create index by_title on book (lower(\"Title\"));
    create index by_words on book using gin (to_tsvector('simple', \"Title\"));
    create table event (id bigint not null, at date not null, primary key (id, at)) partition by range (at);
    create table event_2026 partition of event for values from ('2026-01-01') to ('2027-01-01');
    create view names as select id, name, mood from author";

#[tokio::test]
async fn tables_views_types_and_partitions_are_shown() {
    let Some(address) = schema(EVERYTHING).await else { return };
    let folder = Folder::new();
    let inspect = |options: &[&str]| folder.run_each(&[&["inspect", "--db", &address], options].concat());
    let list = inspect(&[]).ok().out;
    for part in [
        "partitioned table",
        "partition of event",
        "enum mood ('sad', 'so so', 'happy')",
        "domain year of integer",
        "view",
    ] {
        assert!(list.contains(part), "`{part}` is not in\n{list}");
    }
    let book = inspect(&["book"]).ok().out;
    for part in [
        "foreign key (author_id) to author (id), on delete cascade",
        "index by_words using gin",
        "index by_year (year desc) where year IS NOT NULL",
        "check late (year > 0)",
        "numbered",
    ] {
        assert!(book.contains(part), "`{part}` is not in\n{book}");
    }
    assert!(inspect(&["event"]).ok().out.contains("table event, partitioned by RANGE (at)"));
    assert_eq!(inspect(&["author", "--json"]).ok().json()["table"]["comment"], json!("Who writes."));
    let other = inspect(&["--schema", "information_schema"]).ok().out;
    assert!(other.contains("information_schema.tables"), "{other}");
}

#[tokio::test]
async fn structs_say_what_the_tables_are_and_comments_what_no_struct_can_say() {
    let Some(address) = schema(EVERYTHING).await else { return };
    let folder = Folder::new();
    let source = folder.run_each(&["generate", "--db", &address]).ok().out;
    // A comment may continue on another line at any word.
    let source = source.replace("\n// ", " ");
    for part in [
        "features = [\"postgres\", \"tls\", \"jiff\", \"json\", \"rust_decimal\"]",
        "pub enum Mood {\n    Sad,\n    #[sql_type(name = \"so so\")]\n    SoSo,\n    Happy,\n}",
        "#[column(primary_key, auto, declared_type = \"integer\")]\n    pub id: i32,",
        "#[column(declared_type = \"varchar(40)\", collate = \"default\")]\n    pub name: String,",
        "#[column(declared_type = \"mood\", default = \"sad\")]\n    pub mood: Mood,",
        "#[column(declared_type = \"year\")]\n    pub born: Option<i32>,",
        "#[column(declared_type = \"text[]\", array)]\n    pub tags: Option<Vec<String>>,",
        "#[column(declared_type = \"mood[]\", array)]\n    pub moods: Option<Vec<Mood>>,",
        "the column `matrix` is read and written as text",
        "pub words: Option<aio_sql::text_search::TsVector>,",
        "pub span: Option<aio_sql::Interval>,",
        "#[column(declared_type = \"real\")]\n    pub ratio: Option<f32>,",
        "#[column(default = sql(\"now()\"))]\n    pub at: jiff::Timestamp,",
        "pub local: Option<jiff::civil::DateTime>,",
        "#[column(default = \"new\")]\n    pub state: AuthorState,",
        "#[column(declared_type = \"numeric(10,2)\", default = 4.99)]\n    pub price: rust_decimal::Decimal,",
        "pub document: Option<serde_json::Value>,",
        "#[column(declared_type = \"json\")]\n    pub plain: Option<serde_json::Value>,",
        "the column `area` is read and written as text, in the form that PostgreSQL has for box",
        "generated = \"upper(name::text)\", stored",
        "#[column(declared_type = \"bigint\", references = Author::ID, on_delete = cascade)]",
        "unique(author_id, title)",
        "using = \"gin\"",
        "name = \"by_words\"",
        "PARTITION BY RANGE (at)",
        "The table `event_2026` has no struct, because its rows are those of `event`, of which it is a partition",
        "#[derive(Record, Clone, Debug, PartialEq)]\npub struct Name {",
        "pub mood: Option<Mood>,",
    ] {
        assert!(source.contains(part), "`{part}` is not in\n{source}");
    }
    assert!(!source.contains("the index `by_words`"), "the struct says all of it:\n{source}");
}

#[tokio::test]
async fn structs_name_the_schemas_and_the_comments_of_their_tables() {
    // All schemas of the database are read, so that it is one of its own.
    let Some(address) = new_database("schemas") else { return };
    let folder = Folder::new();
    folder.run_each(&["db", "create", "--db", &address]).ok();
    let script = "create table team (id bigint primary key, name text collate \"C\");
         comment on table team is 'it''s \"ours\"'; comment on column team.name is 'as it is called';
         create schema other; create table other.team (id bigint primary key references team, flag char(1))";
    let db = Database::open(&address).await.unwrap();
    db.execute_script(script).await.unwrap();
    db.close().await.unwrap();
    let generate = |options: &[&str]| folder.run_each(&[&["generate", "--db", &address], options].concat()).ok().out;
    let own = "#[derive(Table, Clone, Debug, PartialEq)]\n#[table(comment = r#\"it's \"ours\"\"#)]\npub struct Team {";
    let own =
        format!("{own}\n    #[column(primary_key)]\n    pub id: i64,\n    #[column(comment = \"as it is called\")]");
    let source = generate(&[]);
    assert!(source.contains(&own) && !source.contains("other"), "{source}");
    for options in [&["--schema", "other"][..], &["--all-schemas"]] {
        let source = generate(options);
        let named = "#[table(name = \"team\", schema = \"other\")]\npub struct Team2 {";
        assert!(source.contains(&own) && source.contains(named), "{source}");
        assert!(source.contains("references = Team::ID"), "{source}");
        // Each is compared with the table of its own schema.
        assert!(!source.contains("What to know"), "{source}");
    }
    folder.run_each(&["db", "drop", "--yes", "--db", &address]).ok();
}
