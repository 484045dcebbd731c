//! The model as JSON.

use expect_test::expect_file;
use serde_json::to_string_pretty;

use super::*;

#[tokio::test]
async fn a_schema_is_serialized_with_all_that_it_has() -> Result<()> {
    let script = "create table team (id integer primary key autoincrement, name text not null default 'none' collate nocase
            unique on conflict ignore, upper text as (upper(name)) stored, constraint ck check (length(name) > 1));
        create table member (team integer constraint fk references team on delete cascade deferrable initially deferred, day text,
            primary key (team, day desc)) strict, without rowid;
        create unique index by_day on member (lower(day), team collate binary desc) where day <> '';
        create virtual table search using fts5(text);
        create view names as select name from team;
        create trigger kept before delete on team begin select 1; end;
        create view broken as select gone from team";
    let schema = schema(script, Inspect::new()).await?;
    expect_file!["data/serialized.json"].assert_eq(&to_string_pretty(&schema).unwrap());
    Ok(())
}

#[tokio::test]
async fn differences_and_the_order_of_tables_are_serialized() -> Result<()> {
    let wanted = schema(
        "create table a (b integer references b); create table b (a integer references a, n text)",
        Inspect::new(),
    )
    .await?;
    let found = schema("create table b (a integer references a); create table a (b integer)", Inspect::new()).await?;
    let text = (wanted.differences(&found)?, wanted.in_key_order());
    expect_file!["data/differences.json"].assert_eq(&to_string_pretty(&text).unwrap());
    Ok(())
}
