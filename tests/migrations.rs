//! Migrations that rebuild a table: no row of another table goes with it unless a step says so.

use aio_sql::{Database, Error, ErrorKind, Result, query, sql};

const AUTHORS: (&str, &str) = (
    "authors",
    "create table author (id integer primary key, name text);
     create table book (id integer primary key, title text, author_id integer references author on delete cascade);
     create table essay (id integer primary key, author integer references author (id) on delete set null);
     create table letter (a integer, b integer references author on delete set default);
     insert into author values (1, 'Ada'), (2, 'Bo');
     insert into book values (1, 'x', 1), (2, 'y', 2), (3, 'z', null);
     insert into essay values (1, 1); insert into letter values (1, 2)",
);

const REBUILT: &str = "create table author_new (id integer primary key, name text not null default '');
    insert into author_new select * from author;
    drop table author;
    alter table author_new rename to author";

async fn authors() -> Result<Database> {
    let db = Database::builder(":memory:")?.max_connections(1).open().await?;
    db.migrate(&[AUTHORS]).await?;
    Ok(db)
}

/// Every row of the tables.
async fn rows(db: &Database) -> Result<String> {
    let text = "select (select group_concat(id || name) from author) || ';' ||
        (select group_concat(title || coalesce(author_id, '-')) from book) || ';' ||
        (select group_concat(coalesce(author, '-')) from essay) || ';' || (select group_concat(coalesce(b, '-')) from letter)";
    query(text).scalar(db).await
}

const ALL: &str = "1Ada,2Bo;x1,y2,z-;1;2";

/// The pragma on the connection that the migration ran on.
async fn assert_foreign_keys_are_on(db: &Database) -> Result<()> {
    let conn = db.connect().await?;
    assert_eq!(sql!("pragma foreign_keys").scalar::<i64>(&conn).await?, 1);
    conn.close().await
}

#[tokio::test]
async fn a_step_that_switches_foreign_keys_off_by_a_pragma_is_told_what_to_write() -> Result<()> {
    let db = authors().await?;
    for text in [
        format!("pragma foreign_keys = off; {REBUILT}"),
        format!("PRAGMA foreign_keys(0); {REBUILT}; PRAGMA foreign_keys(1)"),
        format!("select 1; pragma foreign_keys = on; {REBUILT}"),
    ] {
        let error = db.migrate(&[AUTHORS, ("rebuild", &text)]).await.expect_err("the pragma does nothing there");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error}");
        assert_says(&error, &["`rebuild`", "foreign_keys", "foreign_keys_off()"]);
        assert_eq!(rows(&db).await?, ALL, "{text}");
    }
    assert_foreign_keys_are_on(&db).await?;
    db.close().await
}

#[tokio::test]
async fn a_step_that_drops_a_table_takes_no_row_of_another_with_it() -> Result<()> {
    let db = authors().await?;
    for text in [REBUILT, "drop table author", "DROP TABLE IF EXISTS \"Author\"", "drop table main.author"] {
        let error = db.migrate(&[AUTHORS, ("rebuild", text)]).await.expect_err("rows of others would go");
        let (table, columns) = ("book".to_owned(), vec!["author_id".to_owned()]);
        let kind = ErrorKind::ForeignKey { table, columns, references: "author".to_owned() };
        assert_eq!(error.kind(), &kind, "{text}: {error}");
        assert_says(&error, &["`rebuild`", "author", "book", "author_id", "foreign_keys_off()"]);
        assert_eq!(rows(&db).await?, ALL, "{text}");
    }
    for (text, table) in [
        ("delete from book; drop table author", "essay"),
        ("drop table book; drop table essay; drop table author", "letter"),
    ] {
        let error = db.migrate(&[AUTHORS, ("rebuild", text)]).await.expect_err("rows of others would go");
        assert!(matches!(error.kind(), ErrorKind::ForeignKey { table: of, .. } if of == table), "{text}: {error:?}");
        assert_eq!(rows(&db).await?, ALL, "{text}");
    }
    // Whom nobody refers to any more may go.
    let gone = "drop table book; update essay set author = null; delete from letter; drop table author";
    assert_eq!(db.migrate(&[AUTHORS, ("gone", gone)]).await?, 1);
    assert!(!db.has_table("author").await?);
    db.close().await
}

#[track_caller]
fn assert_says(error: &Error, words: &[&str]) {
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` in: {error}");
    }
}
