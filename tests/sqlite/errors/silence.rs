//! No error contains a value, even if SQLite or a user's function quotes one.

use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Batch, Executor};

use super::*;

/// Statements with a value that SQLite quotes in the message of their error, each with the message
/// that the library shows.
const QUOTED: &[(&str, &str, &str)] = &[
    ("select json_extract('{}', ?)", "s3cret", "bad JSON path"),
    ("select json_extract('[1]', '$', ?)", "$[s3cret]", "bad JSON path"),
    ("select json_set('{}', ?, 1)", "s3cret", "bad JSON path"),
    ("select json_insert('{}', ?, 1)", "s3cret", "bad JSON path"),
    ("select json_replace('{}', ?, 1)", "s3cret", "bad JSON path"),
    ("select json_remove('{}', ?)", "s3cret", "bad JSON path"),
    ("select json_type('{}', ?)", "s3cret", "bad JSON path"),
    ("select json_array_length('[]', ?)", "s3cret", "bad JSON path"),
    ("select * from json_each('{}', ?)", "s3cret", "bad JSON path"),
    ("select * from json_tree('{}', ?)", "s3cret", "bad JSON path"),
    ("select json(?)", "{s3cret", "malformed JSON"),
    ("select jsonb(?)", "{s3cret", "malformed JSON"),
    ("select json_extract(?, '$.a')", "s3cret", "malformed JSON"),
    ("select value from json_each(?)", "[s3cret", "malformed JSON"),
    ("select * from fts where fts match ?", "s3cret AND", "fts5: syntax error"),
    ("select * from fts where fts match ?", "s3cret:x", "no such column"),
    ("select * from fts where fts match ?", "*s3cret", "unknown special query"),
    ("select * from fts where fts match ?", "\"s3cret", "unterminated string"),
    ("select * from fts where fts match ?", "NEAR(a b, s3cret)", "expected integer"),
    ("select * from fts where fts match 'a' and rank match ? order by rank", "s3cret()", "no such function"),
    ("select * from fts where fts match 'a' and rank match ? order by rank", "s3cret(", "parse error in rank function"),
    ("insert into fts (fts, rank) values ('rank', ?)", "s3cret(", ""),
    ("insert into fts (fts) values (?)", "s3cret", ""),
    ("select * from old where old match ?", "s3cret AND (", "malformed MATCH expression"),
    ("select matchinfo(old, ?) from old where old match 'a'", "s3cret", "unrecognized matchinfo request"),
    ("vacuum into ?", "/nowhere/s3cret/a.db", "unable to open database"),
    ("select load_extension(?)", "s3cret", "not authorized"),
    ("select 'x' like 'x' escape ?", "s3cret", "ESCAPE expression must be a single character"),
    ("select says(?)", "s3cret", "is not shown"),
    ("insert into plain select says(?)", "s3cret", "is not shown"),
    ("select checks(?)", "s3cret", "expected"),
    ("select * from pragma_integrity_check(?)", "s3cret", "no such table"),
    ("select * from pragma_quick_check(?)", "s3cret", "no such table"),
    ("select * from pragma_foreign_key_check(?)", "s3cret", "no such table"),
    ("select * from pragma_table_info('plain', ?)", "s3cret", "unknown database"),
    ("select * from pragma_integrity_check('plain', ?)", "s3cret", "unknown database"),
];

/// Statements like those of `QUOTED`, which only a connection that is not shared may run.
const OF_A_CONNECTION: &[(&str, &str, &str)] = &[
    ("attach ? as other", "/nowhere/s3cret/a.db", "unable to open database"),
    ("attach ? as other", "file:x?vfs=s3cret", "no such vfs"),
    ("attach ? as other", "file:x?mode=s3cret", "no such access mode"),
    ("attach ? as other", "file:x?cache=s3cret", "no such cache mode"),
    ("attach ? as other", "file://s3cret/x", "invalid uri authority"),
    ("detach ?", "s3cret", "no such database"),
];

async fn database() -> Result<Database> {
    let directly = FunctionFlags::SQLITE_UTF8;
    let db = Database::builder(":memory:")
        .on_connect(move |raw| {
            raw.create_scalar_function("says", 1, directly, |context| -> rusqlite::Result<i64> {
                let words = format!("no number: {}", context.get::<String>(0)?);
                Err(rusqlite::Error::UserFunctionError(words.into()))
            })
        })
        .function("checks", |number: i64| number)
        .open()
        .await?;
    db.execute_script(
        "create virtual table fts using fts5 (t); insert into fts values ('a b');
         create virtual table old using fts4 (t); insert into old values ('a b');
         create table plain (x); create table paths (path); insert into paths values ('s3cret');
         create table docs (doc, a as (json_extract(doc, '$.a')), check (json_type(doc) = 'object'));
         create table raised (x);
         create trigger raises before insert on raised begin select raise(abort, 'this is no time for it'); end",
    )
    .await?;
    Ok(db)
}

#[track_caller]
fn assert_tells(error: &Error, text: &str, words: &str) {
    assert_silent(error);
    assert!(error.to_string().contains(words), "{text}: `{words}` in: {error}");
}

async fn each_way(ex: &Executor, cases: &[(&'static str, &'static str, &str)]) {
    let mut wrong = Vec::new();
    for (text, value, words) in cases.iter().copied() {
        let statement = || query(text).bind(value);
        let mut results = vec![
            statement().execute(ex).await.map(drop),
            statement().all::<Row>(ex).await.map(drop),
            statement().stream::<Row>(ex).next().await.transpose().map(drop),
        ];
        if !["vacuum", "attach", "detach"].iter().any(|word| text.starts_with(word)) {
            results.push(Batch::new().execute(query("select 1")).execute(statement()).run(ex).await.map(drop));
        }
        for result in results {
            match result {
                Err(error) => {
                    assert_silent(&error);
                    if !error.to_string().contains(words) {
                        wrong.push(format!("{text} with {value}: `{words}` in: {error}"));
                    }
                }
                Ok(()) => wrong.push(format!("{text} with {value}: no error")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_value_that_sqlite_quotes_is_left_out() -> Result<()> {
    let db = database().await?;
    let conn = db.connect().await?;
    each_way(&db, QUOTED).await;
    each_way(&conn, QUOTED).await;
    each_way(&conn, OF_A_CONNECTION).await;
    let tx = conn.begin().await?;
    let in_transaction: Vec<_> = QUOTED.iter().copied().filter(|(text, ..)| !text.starts_with("vacuum")).collect();
    each_way(&tx, &in_transaction).await;
    tx.commit().await?;
    // Writes that are sent together, and share commits.
    let wrong = || query("insert into plain values (json_extract('{}', ?))").bind(SECRET);
    let tasks: Vec<_> = std::iter::repeat_with(|| (wrong(), db.clone()))
        .take(20)
        .map(|(write, db)| tokio::spawn(async move { write.execute(&db).await }))
        .collect();
    for task in tasks {
        assert_tells(&task.await.unwrap().expect_err("no path"), "a group", "bad JSON path");
    }
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_stored_value_that_sqlite_quotes_is_left_out() -> Result<()> {
    let db = database().await?;
    for (text, words) in [
        ("select json_extract('{}', path) from paths", "bad JSON path"),
        ("insert into plain select json_set('{}', path, 1) from paths", "bad JSON path"),
        ("select json(path) from paths", "malformed JSON"),
        ("select * from fts where fts match (select path || ' AND' from paths)", "fts5: syntax error"),
        ("insert into docs select path from paths", "malformed JSON"),
    ] {
        assert_tells(&query(text).execute(&db).await.expect_err(text), text, words);
        assert_tells(&db.execute_script(format!("select 1; {text}")).await.expect_err(text), text, words);
    }
    db.close().await
}

#[tokio::test]
async fn the_sql_of_a_statement_stays_in_its_error() -> Result<()> {
    let db = database().await?;
    // A statement that succeeds, so that the reader has loaded the schema before the errors below.
    query("select * from plain where x = ?").bind(SECRET).all::<Row>(&db).await?;
    for (text, words) in [
        ("select missing from plain where x = ?", "no such column: missing"),
        ("select * from nowhere where x = ?", "no such table: nowhere"),
        ("select nofunction(?)", "no such function: nofunction"),
        ("selekt ?", "selekt"),
        ("insert into raised values (?)", "this is no time for it"),
        ("insert into docs values ('[' || json_quote(?) || ']')", "json_type(doc) = 'object'"),
        ("select abs(-9223372036854775808), ?", "integer overflow"),
    ] {
        let error = query(text).bind(SECRET).all::<Row>(&db).await.expect_err(text);
        assert_tells(&error, text, words);
    }
    db.execute_script("create view v as select x from plain").await?;
    let error = db.execute_script("alter table plain rename column x to y; alter table plain drop column y").await;
    assert_tells(&error.expect_err("the last column"), "alter", "y");
    let error = db.execute_script("alter table paths drop column path").await.expect_err("the last column");
    assert_tells(&error, "alter", "path");
    db.execute_script("create table two (a, b); create view w as select b from two").await?;
    let error = db.execute_script("alter table two drop column b").await.expect_err("a view reads it");
    assert_tells(&error, "alter", "error in view w");
    db.close().await
}

#[tokio::test]
async fn addresses_and_settings_are_not_quoted() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    for value in ["s3cret)", "'s3cret", "s3cret; x", "1 s3cret"] {
        let error = Database::builder(&path).pragma("cache_size", value).open().await.expect_err(value);
        assert_silent(&error);
        assert_says(&error, &["cache_size"]);
    }
    let error = Database::open(format!("sqlite:{}?key=s3cret", path.display())).await.expect_err("no such parameter");
    assert_silent(&error);
    assert_says(&error, &["`key`"]);
    let error = Database::builder(&path)
        .on_connect(|raw| raw.query_row("select json_extract('{}', ?)", ["s3cret"], |_| Ok(())))
        .open()
        .await
        .expect_err("no path");
    assert_silent(&error);
    assert_says(&error, &["on-connect", "bad JSON path"]);
    Ok(())
}
