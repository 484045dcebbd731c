//! `aio-sql generate`

use super::package::Folder;

/// A folder with a database that a script creates.
fn folder_with(script: &str) -> Folder {
    let folder = Folder::new();
    folder.run("db create --db app.db").ok();
    folder.run_each(&["query", "--db", "app.db", "--write", script]).ok();
    folder
}

#[test]
fn the_structs_of_a_database_are_shown() {
    let folder = folder_with("create table teams (id integer primary key, name text not null) strict");
    let answer = folder.run("generate --db app.db").ok();
    let expected = "\
// Written by `aio-sql generate`.

use aio_sql::Table;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = \"teams\")]
pub struct Team {
    #[column(primary_key, auto)]
    pub id: i64,
    pub name: String,
}
";
    assert_eq!(answer.out, expected);
    let json = folder.run("generate --db app.db --json").ok().json();
    assert_eq!(json["source"], expected);
}

#[test]
fn a_file_is_never_replaced_unless_the_user_says_so() {
    let folder = folder_with("create table team (id integer primary key)");
    folder.write("team.rs", "// mine");
    folder.run("generate --db app.db --output team.rs").fails(1, &["team.rs exists", "--force"]);
    assert_eq!(folder.read("team.rs"), "// mine");

    folder.run("generate --db app.db --output team.rs --force").ok();
    assert!(folder.read("team.rs").contains("pub struct Team {"));
    let answer = folder.run("generate --db app.db --output src/models/new.rs").ok();
    assert_eq!((answer.out.as_str(), folder.read("src/models/new.rs")), ("", folder.read("team.rs")));
    folder.run("generate --db app.db --force").fails(2, &["--output"]);
}

#[test]
fn only_the_tables_that_are_named_are_written() {
    let folder = folder_with("create table team (id integer primary key)");
    folder.run_each(&["query", "--db", "app.db", "--write", "create view names as select id from team"]).ok();
    folder.run_each(&["query", "--db", "app.db", "--write", "create table other (id integer)"]).ok();
    let answer = folder.run("generate --db app.db --table TEAM -t names").ok();
    assert!(answer.out.contains("pub struct Team {") && answer.out.contains("pub struct Name {"), "{answer:?}");
    assert!(!answer.out.contains("Other"), "{answer:?}");
    let error = folder.run("generate --db app.db --table tema");
    error.fails(1, &["there is no table or view `tema`", "other, team, names"]);
}

#[test]
fn sampled_values_tell_the_types() {
    let folder = folder_with("create table job (id integer primary key, due datetime, done boolean, uid text)");
    let insert = "insert into job values (1, '2026-01-05 10:00:00.123456', 1, '67e55044-10b1-426f-9247-bb680e5fe0c8')";
    folder.run_each(&["query", "--db", "app.db", "--write", insert]).ok();
    let declared = folder.run("generate --db app.db").ok().out;
    assert!(declared.contains("pub due: Option<String>") && declared.contains("pub uid: Option<String>"), "{declared}");
    assert!(declared.contains("pub done: Option<bool>"), "{declared}");
    assert!(declared.contains("the column `due` is read as text"), "{declared}");
    let sampled = folder.run("generate --db app.db --sample").ok().out;
    let due =
        "    #[column(declared_type = \"datetime\", time = \"datetime(6)\")]\n    pub due: Option<jiff::Timestamp>,";
    let uid = "    #[column(uuid = \"text\")]\n    pub uid: Option<uuid::Uuid>,";
    assert!(sampled.contains(due) && sampled.contains(uid), "{sampled}");
    assert!(sampled.contains("features = [\"jiff\", \"uuid\"]"), "{sampled}");
}

#[test]
fn a_database_that_does_not_exist_is_an_error_and_is_not_created() {
    let folder = Folder::new();
    folder.run("generate --db app.db").fails(1, &["app.db"]);
    assert!(!folder.path("app.db").exists());
}

#[test]
fn the_guide_shows_what_is_generated() {
    let folder = Folder::new();
    folder.run("db create --db shop.db").ok();
    for statement in [
        "create table orders (id integer primary key, state varchar(10) not null default 'new' check (state in ('new', 'sent')),
             placed datetime not null, paid boolean not null, total decimal(10,2))",
        "create view sales as select date(placed) as day, sum(total) as total from orders group by 1",
        "insert into orders values (1, 'new', '2026-01-05 10:00:00.000000', 1, 12.5), (2, 'sent', '2026-01-05 11:00:00.120000', 0, 3)",
        "create trigger orders_are_logged after insert on orders begin select 1; end",
    ] {
        folder.run_each(&["query", "--db", "shop.db", "--write", statement]).ok();
    }
    let generated = folder.run("generate --db shop.db --sample").ok().out;
    let guide =
        std::fs::read_to_string(super::package::repository().join("docs/guide/existing.md")).expect("the chapter");
    let (_, block) = guide.split_once("```rust\nuse aio_sql::{Record, SqlType, Table};").expect("the example");
    let (shown, _) = block.split_once("# fn main").expect("the end of the example");
    let (_, generated) = generated.split_once("use aio_sql::{Record, SqlType, Table};").expect("the header");
    assert_eq!(shown, generated);
}
