//! `aio-sql inspect`

use super::package::Folder;

/// A folder with two tables and a view.
fn shop() -> Folder {
    let folder = Folder::new();
    folder.run("db create --db app.db").ok();
    for statement in [
        "create table customer (id integer primary key autoincrement, mail varchar(80) not null unique collate nocase)",
        "create table \"my order\" (number integer not null, line integer not null default 1,
             customer_id integer references customer (id) on delete cascade deferrable initially deferred,
             cents integer, euros integer as (cents / 100), check (cents  > 0), primary key (number, line)) strict, without rowid",
        "create unique index by_cents on \"my order\" (cents desc, lower(customer_id)) where cents > 5",
        "create view mails as select mail from customer",
        "create trigger log after insert on customer begin select 1; end",
    ] {
        folder.run_each(&["query", "--db", "app.db", "--write", statement]).ok();
    }
    folder
}

#[test]
fn the_tables_and_views_are_listed() {
    let out = shop().run("inspect --db app.db").ok().out;
    for row in ["│ customer ┆ table ┆ 2", "│ my order ┆ table ┆ 5       ┆ customer", "│ mails    ┆ view  ┆ 1"]
    {
        assert!(out.contains(row), "`{row}` is not in\n{out}");
    }
}

#[test]
fn a_table_is_shown_with_all_its_parts() {
    let folder = shop();
    let out = folder.run_each(&["inspect", "--db", "app.db", "MY ORDER"]).ok().out;
    for part in [
        "table my order, STRICT, WITHOUT ROWID",
        "primary key (number, line)",
        "foreign key (customer_id) to customer (id), on delete cascade, deferred",
        "check (cents > 0)",
        "unique index by_cents (cents desc, lower(customer_id)) where cents > 5",
        "generated as (cents / 100), virtual",
    ] {
        assert!(out.contains(part), "`{part}` is not in\n{out}");
    }
    let out = folder.run("inspect --db app.db customer").ok().out;
    for part in ["primary key, AUTOINCREMENT", "varchar(80)", "collate nocase", "unique (mail)", "trigger log"] {
        assert!(out.contains(part), "`{part}` is not in\n{out}");
    }
    let out = folder.run("inspect --db app.db mails").ok().out;
    assert!(out.starts_with("view mails") && out.contains("select mail from customer"), "{out}");
    folder
        .run("inspect --db app.db costumer")
        .fails(1, &["there is no table or view `costumer`", "customer, my order"]);
}

#[test]
fn the_schema_is_written_as_json() {
    let folder = shop();
    let json = folder.run("inspect --db app.db --json").ok().json();
    assert_eq!((json["format"].clone(), json["schema"]["tables"][0]["name"].clone()), (1.into(), "customer".into()));
    let json = folder.run("inspect --db app.db customer --json").ok().json();
    assert_eq!(json["table"]["columns"][1]["declared_type"], "varchar(80)");
    let json = folder.run_each(&["inspect", "--db", "app.db", "my order", "--json"]).ok().json();
    let (key, index) = (&json["table"]["foreign_keys"][0], &json["table"]["indexes"][0]);
    assert_eq!((key["on_delete"].clone(), key["deferred"].clone()), ("CASCADE".into(), true.into()));
    assert_eq!(
        (index["parts"][0]["descending"].clone(), index["condition"].clone()),
        (true.into(), "cents > 5".into())
    );
    assert_eq!(json["table"]["columns"][4]["generated"]["expression"], "cents / 100");
}

#[test]
fn a_diagram_has_each_table_and_each_foreign_key() {
    let folder = shop();
    let out = folder.run("inspect --db app.db --diagram").ok().out;
    let expected = "\
erDiagram
    \"customer\" {
        INTEGER id PK
        varchar(80) mail UK
    }
    \"my order\" {
        INTEGER number PK
        INTEGER line PK
        INTEGER customer_id FK
        INTEGER cents
        INTEGER euros
    }
    \"customer\" |o--o{ \"my order\" : \"customer_id\"
";
    assert_eq!(out.replace("integer", "INTEGER"), expected);
    folder.run("inspect --db app.db --diagram --json").fails(2, &["--json"]);
}
