//! What is not copied, and what is said then.

use crate::package::Folder;
use crate::server::{copy, file, number, schema, script};

const TABLE: &str = "create table t (id bigint primary key, name text);";

#[tokio::test]
async fn a_target_with_rows_is_left_alone_unless_the_user_says_what_becomes_of_them() {
    let Some(server) = schema().await else { return };
    let (folder, from) = file(&format!("{TABLE}insert into t values (1, 'a'), (2, 'b')"));
    script(&server, &format!("{TABLE}insert into t values (8, 'z')")).await;
    copy(&folder, &from, &server, &[]).fails(2, &["t (1 row)", "--replace", "--append"]);

    let appended = copy(&folder, &from, &server, &["--append"]).ok();
    assert!(appended.out.contains("2 rows of 1 table"), "{appended:?}");
    assert_eq!(number(&server, "select count(*) from t").await, 3);
    copy(&folder, &from, &server, &["--append"]).fails(1, &["t, rows 1 to 2", "id"]);

    copy(&folder, &from, &server, &["--replace"]).fails(2, &["deleted", "--yes"]);
    copy(&folder, &from, &server, &["--replace", "--yes"]).ok();
    assert_eq!(number(&server, "select count(*) from t where id < 3").await, 2);
    assert_eq!(number(&server, "select count(*) from t").await, 2);
}

#[tokio::test]
async fn a_value_that_does_not_fit_names_its_column_and_row_and_nothing_is_copied() {
    let Some(server) = schema().await else { return };
    let (folder, from) = file(
        "create table a (id integer primary key);
         insert into a values (1);
         create table b (id integer primary key, at, secret text);
         insert into b values (1, '2024-01-01T00:00:00Z', 'x'), (2, 1700000000, 'hunter2');",
    );
    script(
        &server,
        "create table a (id bigint primary key);
         create table b (id bigint primary key, at timestamptz, secret text);",
    )
    .await;
    let refused = copy(&folder, &from, &server, &[]).fails(1, &["b.at, row 2", "number"]);
    assert!(!refused.err.contains("1700000000") && !refused.err.contains("hunter2"), "{refused:?}");
    assert_eq!(number(&server, "select count(*) from a").await, 0);
}

#[tokio::test]
async fn a_column_that_the_target_does_not_have_is_no_reason_to_lose_it() {
    let Some(server) = schema().await else { return };
    let (folder, from) = file("create table t (id integer primary key, name text, extra text)");
    script(&server, TABLE).await;
    copy(&folder, &from, &server, &[]).fails(1, &["t of the target has no column extra"]);
}

#[tokio::test]
async fn tables_that_only_one_database_has_are_named() {
    let Some(server) = schema().await else { return };
    let (folder, from) = file(&format!("{TABLE}create table left_out (x); create view v as select 1 as one"));
    script(&server, &format!("{TABLE}create table other (x text)")).await;
    let shown = copy(&folder, &from, &server, &[]).ok();
    assert!(shown.err.contains("has no table left_out"), "{shown:?}");
    let shown = copy(&folder, &from, &server, &["--json"]).ok().json();
    assert_eq!(shown["only_in_source"], serde_json::json!(["left_out"]));
    assert_eq!(shown["only_in_target"], serde_json::json!(["other"]));

    let (folder, from) = file("create table elsewhere (x)");
    copy(&folder, &from, &server, &[]).fails(1, &["no table in common", "migrate run"]);
}

#[tokio::test]
async fn rows_that_a_trigger_of_the_target_drops_or_adds_are_noticed() {
    let Some(server) = schema().await else { return };
    let (folder, from) = file(&format!("{TABLE}insert into t values (1, 'a'), (2, 'b')"));
    script(
        &server,
        &format!(
            "{TABLE}
             create function drops() returns trigger language plpgsql as
                 'begin if new.id = 2 then return null; end if; return new; end';
             create trigger drops before insert on t for each row execute function drops();"
        ),
    )
    .await;
    copy(&folder, &from, &server, &[]).fails(1, &["t: 1 of 2 rows were inserted"]);
    assert_eq!(number(&server, "select count(*) from t").await, 0);

    let (folder, to) = file(&format!(
        "{TABLE} create trigger adds after insert on t when new.id = 1 begin insert into t values (9, 'more'); end;"
    ));
    copy(&folder, &from, &to, &[]).fails(1, &["t has 3 rows after the copy in place of 2"]);
    assert_eq!(number(&to, "select count(*) from t").await, 0);
}

#[test]
fn addresses_that_cannot_be_copied_are_said() {
    let folder = Folder::new();
    copy(&folder, "none.db", "other.db", &[]).fails(1, &["there is no database at `none.db`"]);
    folder.run("db create --db one.db").ok();
    copy(&folder, "one.db", "one.db", &[]).fails(2, &["into itself"]);
    copy(&folder, "one.db", "none.db", &[]).fails(1, &["there is no database at `none.db`", "db create --db none.db"]);
    copy(&folder, "mysql://u:s3cret@h/d", "one.db", &[]).fails(2, &["mysql://u:***@h/d", "postgres://"]);
    assert!(!folder.path("none.db").exists());
}
