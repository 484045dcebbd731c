//! A step that rebuilds a table keeps its rows, its indexes and triggers, and those of others.

use super::*;

const REBUILD: &str = "-- aio-sql: rebuild author
    create table author_new (id integer primary key, name text not null default '');
    insert into author_new select * from author;
    drop table author;
    alter table author_new rename to author";

/// The authors, with an index, a trigger, a view and a foreign key that only this database has.
async fn with_local_objects() -> Result<Database> {
    let db = authors().await?;
    db.execute_script(
        "create index local_name on author (name) where name <> '';
         create table log (text text);
         create trigger local_insert after insert on author begin insert into log values (new.name); end;
         create view names as select name from author;
         create trigger of_book after insert on book begin update author set name = name where id = new.author_id; end",
    )
    .await?;
    Ok(db)
}

fn step(text: &str) -> [Migration<'_>; 2] {
    [AUTHORS.into(), Migration::new("rebuild", text).file("migrations/0002_rebuild.sql")]
}

async fn objects(db: &Database) -> Result<Vec<String>> {
    sql!("select type || ' ' || name from sqlite_schema where type <> 'table' and name not like 'sqlite%' order by 1")
        .all(db)
        .await
}

/// Checks the settings of the connection that has run the migration: the database has only one.
async fn assert_settings_are_restored(db: &Database) -> Result<()> {
    let conn = db.connect().await?;
    assert_eq!(sql!("pragma foreign_keys").scalar::<i64>(&conn).await?, 1);
    assert_eq!(sql!("pragma legacy_alter_table").scalar::<i64>(&conn).await?, 0);
    conn.close().await
}

#[tokio::test]
async fn rows_indexes_triggers_and_views_are_kept() -> Result<()> {
    let db = with_local_objects().await?;
    let before = objects(&db).await?;
    assert_eq!(before.len(), 4);
    assert_eq!(db.migrate(&step(REBUILD)).await?.steps(), ["rebuild"]);
    assert_eq!(rows(&db).await?, ALL);
    assert_eq!(objects(&db).await?, before);
    // The objects that depended on the old table work with the new one.
    sql!("insert into author (name) values ('Cy')").execute(&db).await?;
    assert_eq!(sql!("select text from log").all::<String>(&db).await?, ["Cy"]);
    assert_eq!(sql!("select name from names order by 1").all::<String>(&db).await?, ["Ada", "Bo", "Cy"]);
    sql!("insert into book (author_id) values (3)").execute(&db).await?;
    let refused = sql!("insert into book (author_id) values (9)").execute(&db).await.expect_err("no such author");
    assert!(matches!(refused.kind(), ErrorKind::ForeignKey { .. }));
    assert_settings_are_restored(&db).await?;
    db.close().await
}

#[tokio::test]
async fn what_the_step_makes_or_drops_itself_is_left_to_it() -> Result<()> {
    let db = with_local_objects().await?;
    let text = REBUILD.replace("drop table", "drop trigger local_insert; drop table")
        + "; create index LOCAL_NAME on author (name desc)";
    db.migrate(&step(&text)).await?;
    assert_eq!(objects(&db).await?, ["index LOCAL_NAME", "trigger of_book", "view names"]);
    let kept = sql!("select sql from sqlite_schema where name like 'local_name'").scalar::<String>(&db).await?;
    assert!(kept.ends_with("(name desc)"), "{kept}");
    db.close().await
}

#[tokio::test]
async fn an_index_or_trigger_that_does_not_fit_the_new_table_is_named() -> Result<()> {
    let without_name = "-- aio-sql: rebuild author
        create table author_new (id integer primary key, title text);
        insert into author_new select * from author;
        drop table author;
        alter table author_new rename to author";
    let db = with_local_objects().await?;
    let error = db.migrate(&step(without_name)).await.expect_err("there is no name");
    assert_eq!(error.kind(), &ErrorKind::Sql, "{error}");
    assert_says(&error, &["`rebuild` (migrations/0002_rebuild.sql)", "index local_name of author", "drop it before"]);
    assert_eq!(rows(&db).await?, ALL);
    assert_settings_are_restored(&db).await?;
    // An index may also not fit the rows of the new table.
    db.execute_script("drop index local_name; create unique index local_unique on author (name)").await?;
    let equal_names = REBUILD.replace("select *", "select id, 's3cret'");
    let error = db.migrate(&step(&equal_names)).await.expect_err("two have one name");
    assert!(error.is_unique(), "{error:?}");
    assert_says(&error, &["index local_unique of author"]);
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert_eq!(rows(&db).await?, ALL);
    db.close().await
}

#[tokio::test]
async fn a_step_that_loses_or_adds_rows_is_undone() -> Result<()> {
    let db = authors().await?;
    for (text, words) in [
        (REBUILD.replace("from author;", "from author where id = 1;"), ["had 2 rows", "has 1", "another step"]),
        (REBUILD.replace("from author;", "from author union select 3, 'x';"), ["had 2 rows", "has 3", "another step"]),
        (REBUILD.replace("rename to author", "rename to writer"), ["author", "no such table at its end", "rename"]),
        (REBUILD.replace("rebuild author", "rebuild author, writer"), ["writer", "no such table", "correct the line"]),
    ] {
        let error = db.migrate(&step(&text)).await.expect_err("rows are lost");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert_says(&error, &words);
        assert_says(&error, &["`rebuild` (migrations/0002_rebuild.sql)"]);
        assert_eq!(rows(&db).await?, ALL, "{text}");
        assert_settings_are_restored(&db).await?;
    }
    db.close().await
}

#[tokio::test]
async fn violated_foreign_keys_may_stay_and_may_not_become_more() -> Result<()> {
    let db = authors().await?;
    let conn = db.connect().await?;
    sql!("pragma foreign_keys = off").execute(&conn).await?;
    conn.execute_script("insert into book values (4, 'w', 40), (5, 'v', 50)").await?;
    conn.close().await?;
    for (more, table) in [
        ("; insert into book values (6, 'u', 60)", "book"),
        ("; update essay set author = 9", "essay"),
        ("; delete from author where id = 1; insert into author values (9, 'Di')", "book"),
    ] {
        let text = format!("{REBUILD}{more}");
        let error = db.migrate(&step(&text)).await.expect_err("a key leads nowhere");
        assert!(matches!(error.kind(), ErrorKind::ForeignKey { table: of, .. } if of == table), "{more}: {error:?}");
        assert_says(&error, &["`rebuild`", table, "author"]);
        assert_settings_are_restored(&db).await?;
    }
    assert_eq!(db.migrate(&step(REBUILD)).await?.steps(), ["rebuild"]);
    db.close().await
}

#[tokio::test]
async fn the_settings_are_restored_however_a_step_ends() -> Result<()> {
    let places = Places::default();
    let builder = Database::builder(":memory:").max_connections(1).timeout(LONG);
    let db = places.on(builder).open().await?;
    db.migrate(&[AUTHORS]).await?;
    // The step fails by an SQL error, by refusals, by a panic, and by a rollback of SQLite itself.
    for more in [
        "insert into nowhere values (1)",
        "pragma foreign_keys = on",
        "commit",
        "select panics()",
        "insert or rollback into book values (1, 'again', 1)",
    ] {
        let text = format!("{REBUILD}; {more}");
        let error = db.migrate(&step(&text)).await.expect_err(more);
        assert_says(&error, &["`rebuild`"]);
        assert_eq!(rows(&db).await?, ALL, "{more}");
        assert_settings_are_restored(&db).await?;
    }
    // The function of a step panics.
    let panics = format!("-- aio-sql: rust\n{REBUILD}");
    let list = [AUTHORS, ("rebuild", &panics)];
    let steps = Migrations::from(&list).with("rebuild", |_| async { panic!("in a function") });
    let panicked = std::panic::AssertUnwindSafe(db.migrate(&steps));
    assert!(futures_lite::FutureExt::catch_unwind(panicked).await.is_err());
    assert_settings_are_restored(&db).await?;
    // The future is dropped after 1, 2, 3… polls.
    let fails = format!("{REBUILD}; insert into nowhere values (1)");
    for polls in 1.. {
        let steps = step(&fails);
        let done = poll_times(db.migrate(&steps), polls);
        assert_settings_are_restored(&db).await?;
        assert_eq!(rows(&db).await?, ALL, "{polls}");
        if let Some(done) = done {
            assert!(done.is_err());
            break;
        }
    }
    assert_eq!(db.migrate(&step(REBUILD)).await?.steps().len(), 1);
    db.close().await
}

#[tokio::test]
async fn settings_of_the_application_are_kept() -> Result<()> {
    let builder = Database::builder(":memory:").max_connections(1);
    let db = builder.pragma("foreign_keys", "off").pragma("legacy_alter_table", "on").open().await?;
    db.migrate(&[AUTHORS]).await?;
    db.migrate(&step(REBUILD)).await?;
    let conn = db.connect().await?;
    assert_eq!(sql!("pragma foreign_keys").scalar::<i64>(&conn).await?, 0);
    assert_eq!(sql!("pragma legacy_alter_table").scalar::<i64>(&conn).await?, 1);
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn names_in_a_directive_may_be_quoted_and_have_any_case() -> Result<()> {
    let db = Database::memory().await?;
    let init = ("init", "create table \"the \"\"post\" (x); create index local on \"the \"\"post\" (x)");
    let text = "-- aio-sql: rebuild \"THE \"\"post\"
        create table new (x, y); insert into new (x) select x from \"the \"\"post\";
        drop table \"the \"\"post\"; alter table new rename to \"the \"\"post\"";
    db.migrate(&[init, ("rebuild", text)]).await?;
    assert_eq!(objects(&db).await?, ["index local"]);
    db.close().await
}
