//! The test of migrations that programs call from a test of their own.

use std::sync::{Arc, Mutex};

use aio_sql::{Table, testing};

use super::*;

/// Tables with constraints of every kind.
const RICH: &str = "
    create table author (
        id integer primary key autoincrement, name text not null unique, email text not null check (email like '%_@_%'),
        born text check (born is null or born glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
        mentor integer references author, kind text not null default 'human' check (kind in ('human', 'machine'))
    ) strict;
    create table post (
        id integer primary key, author_id integer not null references author (id) on delete cascade,
        title text not null collate nocase, stars integer not null check (stars between 1 and 5), price real check (price > 0),
        code text not null check (length(code) = 6), body blob, flag integer not null check (flag in (0, 1)),
        words integer generated always as (length(title)) stored, meta text check (json_valid(meta)), any,
        check (stars > 2 or flag = 0), unique (author_id, title)
    );
    create table tag (name text primary key, parent text references tag) without rowid;
    create table post_tag (post_id integer not null references post, tag text not null references tag, primary key (post_id, tag));
    create table note (a integer, b integer, text text, primary key (a, b));
    create table note_line (a integer not null, b integer not null, line integer not null, foreign key (a, b) references note);
    create table profile (author_id integer primary key references author, bio text not null);
    create table tree (id integer primary key, up integer not null references tree);
    create unique index post_code on post (code) where flag = 1;
    create index post_stars on post (stars desc)";

#[tokio::test]
async fn every_table_is_filled_with_rows_that_keep_its_constraints() -> Result<()> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let steps = [Migration::new("0001_init", RICH), Migration::new("0002_look", "-- aio-sql: rust")];
    let noted = Arc::clone(&seen);
    let steps = Migrations::new(&steps).with("0002_look", move |tx| {
        let noted = Arc::clone(&noted);
        async move {
            let mut counts = Vec::new();
            for table in tx.table_names().await? {
                counts.push((query(format!("select count(*) from {table}")).scalar::<i64>(&tx).await?, table));
            }
            let nulls: i64 = sql!("select count(*) from author where born is null").scalar(&tx).await?;
            let spread: i64 = sql!("select count(distinct author_id) from post").scalar(&tx).await?;
            noted.lock().expect("no panic").push((counts, nulls, spread));
            Ok(())
        }
    });
    testing::migrations(&steps).rows(12).check().await?;
    let seen = seen.lock().expect("no panic");
    // From an empty database, and from the version after the first step.
    let [(empty, ..), (counts, nulls, spread)] = &seen[..] else { panic!("{seen:?}") };
    assert!(empty.iter().all(|(rows, _)| *rows == 0), "{empty:?}");
    assert_eq!(counts.len(), 8);
    assert!(counts.iter().all(|(rows, _)| *rows == 12), "{counts:?}");
    assert!((1..12).contains(nulls), "{nulls} of 12 have no value where none is needed");
    assert!(*spread > 6, "the rows refer to different parents");
    Ok(())
}

const INIT: (&str, &str) = (
    "0001_init",
    "create table author (id integer primary key not null, name text not null) strict;
     create table post (id integer primary key not null, author_id integer not null references author on delete cascade, title text) strict",
);

/// Tests the steps, and returns the error.
async fn failure(steps: &[(&str, &str)]) -> Error {
    testing::migrations(steps).check().await.expect_err("a step is wrong")
}

#[tokio::test]
async fn a_step_that_loses_rows_is_named() -> Result<()> {
    for lossy in [
        "delete from post where id > 9",
        "create table post_new (id integer primary key not null, title text); insert into post_new select id, title from post where title is not null;
         drop table post; alter table post_new rename to post",
        "drop table post",
        "alter table post rename to article; delete from article where id = 1",
    ] {
        let error = failure(&[INIT, ("0002_lossy", lossy)]).await;
        assert_eq!(error.kind(), &ErrorKind::Migration { step: "0002_lossy".to_owned() }, "{lossy}: {error}");
        assert_says(&error, &["after the step `0001_init`", "`0002_lossy`", "of the 20 rows of post"]);
        assert_says(&error, &["`-- aio-sql: accepts loss of post`"]);
        let accepted = format!("-- aio-sql: accepts loss of post\n{lossy}");
        testing::migrations(&[INIT, ("0002_lossy", &accepted)]).check().await?;
    }
    Ok(())
}

#[tokio::test]
async fn steps_that_keep_all_rows_pass() -> Result<()> {
    let steps = [
        INIT,
        ("0002_rename", "alter table post rename to article; alter table article rename column title to headline"),
        (
            "0003_rebuild",
            "-- aio-sql: rebuild article
             create table n (id integer primary key not null, author_id integer not null references author on delete cascade, headline text not null) strict;
             insert into n select id, author_id, coalesce(headline, '') from article; drop table article; alter table n rename to article",
        ),
        ("0004_more", "create table more (id integer primary key, article_id integer references article); insert into more (article_id) select id from article"),
        ("0005_swap", "alter table more rename to more_old; create table more (id integer primary key, article_id integer references article, x);
             insert into more (id, article_id) select * from more_old; drop table more_old"),
    ];
    testing::migrations(&steps).rows(7).check().await
}

#[tokio::test]
async fn a_step_that_fails_with_rows_is_an_error_though_it_runs_on_an_empty_database() -> Result<()> {
    for (step, kind) in [
        ("create unique index one on post (coalesce(title, ''))", "Unique"),
        (
            "create table n (id integer primary key, title text not null); insert into n select id, title from post; drop table post; alter table n rename to post",
            "NotNull",
        ),
        ("delete from author", "Migration"),
        ("-- aio-sql: foreign keys off\ndelete from author", "ForeignKey"),
    ] {
        let db = Database::memory().await?;
        db.migrate(&[INIT, ("0002_step", step)]).await?;
        db.close().await?;
        let error = failure(&[INIT, ("0002_step", step)]).await;
        assert!(format!("{:?}", error.kind()).starts_with(kind), "{step}: {error:?}");
        assert_says(&error, &["after the step `0001_init`", "`0002_step`"]);
    }
    Ok(())
}

#[derive(Table, Debug)]
struct Author {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table, Debug)]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(references = Author::ID, on_delete = cascade)]
    author_id: i64,
    title: Option<String>,
    subtitle: Option<String>,
}

#[tokio::test]
async fn tables_that_differ_from_their_structs_are_an_error() -> Result<()> {
    let error = testing::migrations(&[INIT]).tables((Post, Author)).check().await.expect_err("a column is missing");
    assert!(matches!(error.kind(), ErrorKind::Shape { table, .. } if table == "post"), "{error:?}");
    assert_says(&error, &["`subtitle`", "post", "its struct", "add a step"]);
    let more = (
        "0002_subtitle",
        "alter table post add column subtitle text; create index further on post (title); create table other (x)",
    );
    testing::migrations(&[INIT, more]).tables((Post, Author)).check().await
}

#[tokio::test]
async fn a_version_that_leads_to_another_schema_is_an_error() -> Result<()> {
    // The function makes a column only where there are rows.
    let steps = [INIT.into(), Migration::new("0002_odd", "-- aio-sql: rust")];
    let steps = Migrations::new(&steps).with("0002_odd", |tx| async move {
        if sql!("select count(*) from post").scalar::<i64>(&tx).await? > 0 {
            tx.execute_script("alter table post add column odd text").await?;
        }
        Ok(())
    });
    let error = testing::migrations(&steps).check().await.expect_err("the schemas differ");
    assert_says(&error, &["after the step `0001_init`", "another one", "post", "`odd`"]);
    Ok(())
}

#[tokio::test]
async fn a_table_for_which_no_row_is_found_is_named_and_can_be_left_empty() -> Result<()> {
    let init = (
        "init",
        "create table odd (id integer primary key, x text not null check (x = 'a' || 'b' || 'c'));
         create table child (odd integer not null references odd)",
    );
    let error = failure(&[init, ("more", "select 1")]).await;
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert_says(&error, &["odd", "`.without(\"odd\")`"]);
    testing::migrations(&[init, ("more", "select 1")]).without("odd").check().await
}

#[tokio::test]
async fn functions_of_the_program_are_known() -> Result<()> {
    let steps = [
        ("init", "create table word (text text not null check (is_word(text)))"),
        ("more", "create index by_length on word (text)"),
    ];
    let open = || Database::builder(":memory:").schema_function("is_word", |text: String| !text.contains(' '));
    testing::migrations(&steps).open_with(open).check().await
}
