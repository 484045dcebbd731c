//! A step deletes no row of another table unless it says so, and foreign keys that it switches off
//! are on again however it ends.

use super::*;

/// Checks `pragma foreign_keys` on the connection that has run the migration: the database has
/// only one.
async fn assert_foreign_keys_are_on(db: &Database) -> Result<()> {
    let conn = db.connect().await?;
    assert_eq!(sql!("pragma foreign_keys").scalar::<i64>(&conn).await?, 1);
    conn.close().await
}

#[tokio::test]
async fn a_step_with_the_foreign_keys_pragma_is_refused_with_advice() -> Result<()> {
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
async fn a_step_that_drops_a_table_deletes_no_rows_of_other_tables() -> Result<()> {
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
    // The table of the authors can be dropped once no row refers to an author.
    let gone = "drop table book; update essay set author = null; delete from letter; drop table author";
    assert_eq!(db.migrate(&[AUTHORS, ("gone", gone)]).await?.steps().len(), 1);
    assert!(!db.has_table("author").await?);
    db.close().await
}

#[tokio::test]
async fn the_function_of_a_step_deletes_no_rows_of_other_tables_either() -> Result<()> {
    let db = authors().await?;
    for way in ["statement", "again", "script", "nested"] {
        let steps = [AUTHORS.into(), Migration::new("rust", "-- aio-sql: rust")];
        let steps = Migrations::from(&steps).with("rust", move |tx| async move {
            match way {
                "script" => tx.execute_script("select 1; drop table author").await,
                "nested" => {
                    tx.transaction(async |nested| sql!("drop table author").execute(&nested).await.map(drop)).await
                }
                // The statement is in the cache of the connection.
                "again" => {
                    let nested = tx.begin().await?;
                    sql!("delete from book").execute(&nested).await?;
                    sql!("delete from essay").execute(&nested).await?;
                    sql!("delete from letter").execute(&nested).await?;
                    sql!("drop table author").execute(&nested).await?;
                    nested.rollback().await?;
                    sql!("drop table author").execute(&tx).await.map(drop)
                }
                _ => sql!("drop table author").execute(&tx).await.map(drop),
            }
        });
        let error = db.migrate(&steps).await.expect_err("rows of others would go");
        assert!(matches!(error.kind(), ErrorKind::ForeignKey { table, .. } if table == "book"), "{way}: {error:?}");
        assert_says(&error, &["`rust`", "author", "book"]);
        assert_eq!(rows(&db).await?, ALL, "{way}");
    }
    // Elsewhere a statement may drop the table.
    sql!("drop table letter").execute(&db).await?;
    sql!("drop table essay").execute(&db).await?;
    let tx = db.begin().await?;
    sql!("drop table author").execute(&tx).await?;
    tx.rollback().await?;
    db.close().await
}

#[tokio::test]
async fn a_step_is_checked_only_for_the_tables_that_it_drops_itself() -> Result<()> {
    let db = authors().await?;
    // An earlier script has dropped the table on this connection, which was allowed.
    let tx = db.begin().await?;
    tx.execute_script("drop table letter; drop table essay; drop table book; drop table author").await?;
    tx.execute_script(AUTHORS.1).await?;
    tx.commit().await?;
    let tx = db.begin().await?;
    tx.execute_script("drop table author; drop table nowhere").await.expect_err("no such table");
    tx.rollback().await?;
    assert_eq!(
        db.migrate(&[AUTHORS, ("more", "create table more (x); insert into more values (1)")]).await?.steps().len(),
        1
    );
    assert_eq!(rows(&db).await?, ALL);
    db.close().await
}

fn rebuild(text: &str) -> Migration<'_> {
    Migration::new("rebuild", text).foreign_keys_off()
}

#[tokio::test]
async fn a_step_with_foreign_keys_off_rebuilds_a_table_and_keeps_the_rows_of_others() -> Result<()> {
    let db = authors().await?;
    assert_eq!(db.migrate(&[AUTHORS.into(), rebuild(REBUILT)]).await?.steps().len(), 1);
    assert_eq!(rows(&db).await?, ALL);
    assert_foreign_keys_are_on(&db).await?;
    let refused = sql!("insert into book values (9, 'w', 9)").execute(&db).await;
    assert!(matches!(refused.expect_err("no such author").kind(), ErrorKind::ForeignKey { .. }));
    // Foreign keys are enforced again for the next step, so that its delete cascades.
    let cascade = ("gone", "delete from author where id = 1");
    assert_eq!(db.migrate(&[AUTHORS.into(), rebuild(REBUILT), cascade.into()]).await?.steps().len(), 1);
    assert_eq!(rows(&db).await?, "2Bo;y2,z-;-;2");
    assert_eq!(db.migrate(&[AUTHORS, ("rebuild", REBUILT), cascade]).await?.steps().len(), 0);
    db.close().await
}

#[tokio::test]
async fn steps_with_foreign_keys_off_and_on_may_follow_each_other() -> Result<()> {
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    const STEPS: [Migration<'_>; 4] = [
        Migration::new("one", "create table one (id integer primary key, two integer references two)")
            .foreign_keys_off(),
        Migration::new("two", "create table two (id integer primary key)"),
        // While keys are not enforced, the tables can be created in any order.
        Migration::new("rows", "insert into one values (1, 7); insert into two values (7)").foreign_keys_off(),
        Migration::new("more", "delete from one; delete from two").foreign_keys_off(),
    ];
    assert_eq!(db.migrate(&STEPS).await?.steps().len(), 4);
    assert_eq!(db.migrate(&STEPS).await?.steps().len(), 0);
    assert_foreign_keys_are_on(&db).await?;
    db.close().await
}

#[tokio::test]
async fn a_step_with_foreign_keys_off_that_violates_one_is_rolled_back_and_named() -> Result<()> {
    let db = authors().await?;
    for (text, table, column, words) in [
        ("update book set author_id = 20 where id = 2", "book", "author_id", "row 2 of book"),
        ("update essay set author = 40 where id = 1", "essay", "author", "row 1 of essay"),
        ("delete from essay; delete from letter; drop table author", "book", "author_id", "row 1 of book"),
        (
            "delete from essay; delete from letter; alter table author rename to old; create table author (id integer primary key); drop table old",
            "book",
            "author_id",
            "of book",
        ),
    ] {
        let error = db.migrate(&[AUTHORS.into(), rebuild(text)]).await.expect_err("a key leads nowhere");
        let ErrorKind::ForeignKey { table: of, columns, references } = error.kind() else {
            panic!("{text}: {error:?}")
        };
        assert_eq!((&**of, &*columns[0]), (table, column), "{text}");
        assert!(["author", "old"].contains(&&**references), "{text}: {references}");
        assert_says(&error, &["`rebuild`", words, references]);
        assert_eq!(rows(&db).await?, ALL, "{text}");
        assert_foreign_keys_are_on(&db).await?;
    }
    // A table without a rowid, and a key of several columns.
    let letters = "create table place (a, b, primary key (a, b));
        create table letter2 (id text primary key, a, b, foreign key (a, b) references place) without rowid;
        insert into letter2 values ('s3cret', 's3cret', 2)";
    let error = db.migrate(&[AUTHORS.into(), rebuild(letters)]).await.expect_err("a key leads nowhere");
    assert_says(&error, &["a row of letter2", "place", "a, b"]);
    assert!(!format!("{error:?}").replace(letters, "").contains("s3cret"), "{error:?}");
    assert_eq!(db.migrate(&[AUTHORS.into(), rebuild(REBUILT)]).await?.steps().len(), 1, "it was not recorded");
    db.close().await
}

#[tokio::test]
async fn foreign_keys_are_on_again_however_a_step_ends() -> Result<()> {
    let places = Places::default();
    let builder = Database::builder(":memory:").max_connections(1).timeout(LONG);
    let db = places.on(builder).open().await?;
    db.migrate(&[AUTHORS]).await?;
    // The step fails by an SQL error, by refusals, by a panic, and by a rollback of SQLite
    // itself.
    for text in [
        "drop table author; insert into nowhere values (1)",
        "drop table author; pragma foreign_keys = on",
        "drop table author; commit",
        "drop table author; select panics()",
        "drop table author; insert or rollback into book values (1, 'again', 1)",
    ] {
        let error = db.migrate(&[AUTHORS.into(), rebuild(text)]).await.expect_err(text);
        assert_says(&error, &["`rebuild`"]);
        assert_eq!(rows(&db).await?, ALL, "{text}");
        assert_foreign_keys_are_on(&db).await?;
    }
    // The future is dropped after 1, 2, 3… polls.
    for polls in 1.. {
        let steps = [AUTHORS.into(), rebuild("drop table author; create table other (x)")];
        let done = poll_times(db.migrate(&steps), polls);
        assert_foreign_keys_are_on(&db).await?;
        assert_eq!(rows(&db).await?, ALL, "{polls}");
        if let Some(done) = done {
            assert!(done.is_err(), "its keys lead nowhere");
            break;
        }
    }
    // The future is dropped while the step runs.
    places.here.close();
    let held = sent_until(&places, db.migrate(&[AUTHORS.into(), rebuild("drop table author; select here()")]));
    drop(held);
    places.here.open();
    assert_foreign_keys_are_on(&db).await?;
    assert_eq!(rows(&db).await?, ALL);
    db.close().await
}

/// Polls a future until a thread has reached `places.here`, and returns it.
fn sent_until<F: Future>(places: &Places, future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    while places.here.came() == 0 {
        assert!(poll(future.as_mut()).is_none(), "it is answered before");
        std::thread::yield_now();
    }
    future
}

#[tokio::test]
async fn a_database_whose_foreign_keys_are_off_keeps_them_off() -> Result<()> {
    let db = Database::builder(":memory:").max_connections(1).pragma("foreign_keys", "off").open().await?;
    assert_eq!(db.migrate(&[AUTHORS.into(), rebuild(REBUILT)]).await?.steps().len(), 2);
    let conn = db.connect().await?;
    assert_eq!(sql!("pragma foreign_keys").scalar::<i64>(&conn).await?, 0);
    let tx = conn.begin_with(TransactionMode::Deferred).await?;
    tx.commit().await?;
    conn.close().await?;
    // A step may then drop the table without a check of the rows that refer to it.
    assert_eq!(
        db.migrate(&[AUTHORS.into(), rebuild(REBUILT), ("gone", "drop table author").into()]).await?.steps().len(),
        1
    );
    db.close().await
}
