//! Counts of changed rows: for views the rows that their triggers changed, for virtual tables the
//! count that the table reports.

use std::time::SystemTime;

use aio_sql::{Batch, Database, ErrorKind, Result, Row, Table, query, sql};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(patch)]
struct Person {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    #[column(default = 0)]
    karma: i64,
}

/// A view of persons, whose triggers write to the table of persons.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(patch)]
struct Shown {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Page {
    #[column(primary_key, auto)]
    rowid: i64,
    title: String,
    body: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Counted {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(version)]
    version: i64,
    #[column(updated_at)]
    changed: SystemTime,
}

async fn people() -> Result<Database> {
    let db = Database::memory().await?;
    db.create_all((Person, Counted)).await?;
    db.execute_script(
        "create table log (what text);
         create view shown as select id, name from person;
         create trigger shown_insert instead of insert on shown when new.name <> 'nobody' begin
             insert into person (id, name) values (new.id, new.name);
         end;
         create trigger shown_update instead of update on shown when new.name <> 'nobody' begin
             update person set name = new.name where id = old.id;
         end;
         create trigger shown_delete instead of delete on shown when old.name <> 'fixed' begin
             delete from person where id = old.id;
         end;
         create virtual table page using fts5 (title, body)",
    )
    .await?;
    Ok(db)
}

fn shown(id: i64, name: &str) -> Shown {
    Shown { id, name: name.into() }
}

fn page(title: &str) -> NewPage {
    NewPage { title: title.into(), body: "words".into() }
}

#[tokio::test]
async fn changes_of_the_triggers_of_a_view_are_counted() -> Result<()> {
    let db = people().await?;
    Person::insert(NewPerson { name: "zoe".into(), karma: None }).execute(&db).await?;
    let done = Shown::insert(shown(7, "ann")).execute(&db).await?;
    assert_eq!((done.rows_affected, done.last_insert_id), (1, None), "a view's rows have no number");
    assert_eq!(Shown::insert(shown(8, "bob")).one(&db).await?, shown(8, "bob"));
    assert_eq!(Shown::insert_all([shown(9, "eve"), shown(10, "dan")]).execute(&db).await?.rows_affected, 2);
    assert_eq!(Shown::update().set(Shown::NAME, "x").filter(Shown::ID.ge(9)).execute(&db).await?.rows_affected, 2);
    assert_eq!(sql!("update shown set name = 'y' where id >= 9").execute(&db).await?.rows_affected, 2);
    assert_eq!(
        sql!("with w as (select 9 as id) update main.\"Shown\" set name = 'y' where id in w")
            .execute(&db)
            .await?
            .rows_affected,
        1
    );
    assert_eq!(Shown::delete().filter(Shown::ID.eq(10)).execute(&db).await?.rows_affected, 1);
    let raw = sql!("insert into shown values (11, 'raw')").execute(&db).await?;
    assert_eq!((raw.rows_affected, raw.last_insert_id), (1, None));
    let (batched,) = Batch::new().execute(Shown::insert(shown(12, "batch"))).run(&db).await?;
    assert_eq!((batched.rows_affected, batched.last_insert_id), (1, None));
    let mut row = Shown::find(7).one(&db).await?;
    row.name = "anna".into();
    row.save(&db).await?;
    assert_eq!(Person::find(7).one(&db).await?.name, "anna");
    assert_eq!(Shown::patch(7, ShownPatch { name: Some("anne".into()) }).execute(&db).await?.rows_affected, 1);
    row.remove(&db).await?;
    assert!(Person::find(7).optional(&db).await?.is_none());
    db.close().await
}

#[tokio::test]
async fn a_trigger_without_effect_counts_no_rows() -> Result<()> {
    let db = people().await?;
    Shown::insert(shown(1, "fixed")).execute(&db).await?;
    assert_eq!(Shown::insert(shown(2, "nobody")).execute(&db).await?.rows_affected, 0);
    let mut nobody = shown(1, "nobody");
    let swallowed = [
        Shown::insert(shown(2, "nobody")).one(&db).await.unwrap_err(),
        Shown::insert(shown(2, "nobody")).returning(Shown::ID).one(&db).await.unwrap_err(),
        Shown::update().set(Shown::NAME, "nobody").all_rows().returning(Shown::ID).all(&db).await.unwrap_err(),
        Batch::new().one(Shown::insert(shown(2, "nobody"))).run(&db).await.unwrap_err(),
        nobody.save(&db).await.unwrap_err(),
        shown(1, "fixed").remove(&db).await.unwrap_err(),
    ];
    for error in swallowed {
        assert_eq!(error.kind(), &ErrorKind::NotFound { table: Some("shown".into()) }, "{error}");
        assert!(error.to_string().contains("trigger"), "{error}");
        assert!(!error.to_string().contains("there is no such row"), "{error}");
    }
    let error = shown(3, "gone").remove(&db).await.unwrap_err();
    assert_eq!(error.to_string(), "shown: there is no such row");
    assert_eq!(Shown::select().all(&db).await?, [shown(1, "fixed")]);
    db.close().await
}

#[tokio::test]
async fn rows_that_a_trigger_ignores_are_not_counted() -> Result<()> {
    let db = people().await?;
    db.execute_script(
        "create trigger no_insert before insert on person when new.name = 'no' begin select raise(ignore); end;
         create trigger no_update before update on person when new.name = 'no' begin select raise(ignore); end;
         create trigger no_delete before delete on person when old.name = 'kept' begin select raise(ignore); end;
         create trigger no_count before update on counted when new.name = 'no' begin select raise(ignore); end",
    )
    .await?;
    let person = |name: &str| NewPerson { name: name.into(), karma: None };
    let error = Person::insert(person("no")).one(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound { table: Some("person".into()) });
    assert_eq!(
        error.to_string(),
        "person: the row was not inserted: a trigger ignored it by RAISE(IGNORE), or a constraint by ON CONFLICT IGNORE"
    );
    let returned = Person::insert(person("no")).returning(Person::ID).one(&db).await.unwrap_err();
    assert_eq!(returned.to_string(), error.to_string());
    let batched = Batch::new().one(Person::insert(person("no"))).run(&db).await.unwrap_err();
    assert!(batched.to_string().ends_with(&error.to_string()), "{batched}");
    assert_eq!(Person::insert(person("no")).execute(&db).await?.rows_affected, 0);
    let mut kept = Person::insert(person("kept")).one(&db).await?;
    let error = kept.remove(&db).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "person: the row exists but was not written: a trigger ignored it by RAISE(IGNORE), or an INSTEAD OF trigger did nothing"
    );
    kept.name = "no".into();
    assert_eq!(kept.save(&db).await.unwrap_err().to_string(), error.to_string());
    // A row whose version is the current one is not reported as stale, although the trigger
    // ignores the write.
    let mut counted = Counted::insert(NewCounted { id: 1, name: "a".into() }).one(&db).await?;
    let mut other = counted.clone();
    counted.name = "no".into();
    assert_eq!(counted.save(&db).await.unwrap_err().to_string(), error.to_string().replace("person", "counted"));
    other.save(&db).await?;
    assert!(matches!(counted.save(&db).await.unwrap_err().kind(), ErrorKind::Stale { .. }));
    assert!(Counted { id: 9, ..counted }.save(&db).await.unwrap_err().to_string().contains("there is no such row"));
    db.close().await
}

#[tokio::test]
async fn an_inserted_row_of_a_virtual_table_has_its_rowid() -> Result<()> {
    let db = people().await?;
    assert_eq!(Page::insert(page("a")).execute(&db).await?.last_insert_id, Some(1));
    let mut row = Page::insert(page("b")).one(&db).await?;
    assert_eq!((row.rowid, row.title.as_str()), (2, "b"));
    assert_eq!(Page::insert(page("c")).returning((Page::TITLE, Page::ROWID)).one(&db).await?, ("c".into(), 3));
    assert_eq!(sql!("insert into page (title) values ('d') returning rowid").scalar::<i64>(&db).await?, 4);
    let (batched,) = Batch::new().one(Page::insert(page("e"))).run(&db).await?;
    assert_eq!(batched.rowid, 5);
    let all = Page::insert_all([page("f"), page("g")]).all(&db).await?;
    assert_eq!(all.iter().map(|page| page.rowid).collect::<Vec<_>>(), [6, 7]);
    row.title = "changed".into();
    row.save(&db).await?;
    assert_eq!(Page::find(2).one(&db).await?.title, "changed");
    assert_eq!(Page::update().set(Page::BODY, "x").filter(Page::ROWID.le(3)).execute(&db).await?.rows_affected, 3);
    row.remove(&db).await?;
    assert!(row.remove(&db).await.unwrap_err().to_string().contains("there is no such row"));
    assert_eq!(Page::delete().all_rows().execute(&db).await?.rows_affected, 6);
    // A rowid of -1 is an ordinary rowid.
    sql!("insert into page (title) values ('first')").execute(&db).await?;
    assert_eq!(sql!("insert into page (rowid, title) values (-1, 'x') returning rowid").scalar::<i64>(&db).await?, -1);
    assert_eq!(
        sql!("insert into person (id, name) values (-1, 'x') returning id as rowid").scalar::<i64>(&db).await?,
        -1
    );
    let again = sql!(
        "insert into person (id, name) values (-1, 'y') on conflict (id) do update set name = 'y' returning rowid"
    );
    assert_eq!(again.scalar::<i64>(&db).await?, -1);
    db.close().await
}

#[tokio::test]
async fn changes_by_cascades_and_triggers_are_not_counted() -> Result<()> {
    let db = people().await?;
    db.execute_script(
        "create table child (parent integer references person (id) on delete cascade, name text unique);
         create trigger logged before insert on child begin insert into log values ('seen'); end;
         create trigger removed after delete on person begin insert into log values ('removed'), ('twice'); end",
    )
    .await?;
    Person::insert_all(["a", "b"].map(|name| NewPerson { name: name.into(), karma: None })).execute(&db).await?;
    sql!("insert into child values (1, 'x'), (1, 'y'), (2, 'z')").execute(&db).await?;
    assert_eq!(Person::delete().filter(Person::ID.eq(1)).execute(&db).await?.rows_affected, 1);
    // Nothing was inserted, although the trigger has recorded the attempt.
    let ignored = sql!("insert or ignore into child values (2, 'z')").execute(&db).await?;
    assert_eq!((ignored.rows_affected, ignored.last_insert_id), (0, None));
    assert_eq!(sql!("select count(*) from log").scalar::<i64>(&db).await?, 6);
    db.close().await
}

#[tokio::test]
async fn the_rowid_of_a_virtual_table_is_correct_beside_a_large_value() -> Result<()> {
    let db = Database::memory().await?;
    sql!("create virtual table fts using fts5(x)").execute(&db).await?;
    let large = "word ".repeat(40_000);
    for expected in 1..=3 {
        let insert = sql!("insert into fts (x) values ({&large}) returning x, rowid");
        let (returned, rowid): (String, i64) = insert.one(&db).await?;
        assert_eq!((returned.len(), rowid), (large.len(), expected));
    }
    db.close().await
}

#[tokio::test]
async fn returning_the_rowid_of_a_virtual_table_is_correct_or_refused() -> Result<()> {
    #[derive(Table, Debug, Clone)]
    #[table(name = "fts")]
    struct Fts {
        #[column(primary_key)]
        rowid: i64,
        x: String,
    }
    let db = Database::memory().await?;
    db.execute_script("create virtual table fts using fts5 (x); create virtual table own using fts5 (oid)").await?;
    assert_eq!(sql!("insert into fts (rowid, x) values (6, 'a') returning rowid").scalar::<i64>(&db).await?, 6);
    assert_eq!(sql!("insert into fts (x) values ('b') returning rowid as id").scalar::<i64>(&db).await?, 7);
    assert_eq!(sql!("insert into fts (x) values ('c') returning x, fts.oid id").one::<(String, i64)>(&db).await?.1, 8);
    assert_eq!(
        sql!("insert into fts (x) values ('d') returning *, \"fts\" . \"rowid\" as n")
            .one::<(String, i64)>(&db)
            .await?
            .1,
        9
    );
    let aliased = || sql!("insert into fts (x) values ('e') returning _rowid_ as id");
    assert_eq!(Batch::new().one::<i64, _>(aliased()).run(&db).await?.0, 10);
    // For a virtual table, SQLite does not return the new rowids of several rows, or the value of
    // an expression with a new rowid.
    let refused = [
        "insert into fts (x) values ('j'), ('k') returning rowid",
        "insert into fts (x) select 'j' union all select 'k' returning x, rowid as id",
        "with w as (select 'j' as x) insert into fts (x) select x from w returning oid",
        "insert into fts (x) values ('j') returning rowid + 0",
        "insert into fts (x) values ('j') returning (fts.rowid)",
        "insert into main.[fts] (x) values ('j') returning cast(rowid as text)",
    ];
    for text in refused {
        let error = query(text).all::<Row>(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Usage), "{text}: {error:?}");
        assert!(error.to_string().contains("the statement was not run"), "{text}: {error}");
        assert!(Batch::new().all::<Row, _>(query(text)).run(&db).await.is_err(), "{text}");
    }
    let copied = Fts.insert_select(Fts::X, Fts::select().columns(Fts::X)).returning(Fts::ROWID).all(&db).await;
    assert!(copied.is_err(), "{copied:?}");
    assert_eq!(sql!("select count(*) from fts").scalar::<i64>(&db).await?, 5);
    // Given rowids, and columns with the name of a rowid, are returned as they are. Only if one of
    // several given rowids is -1 may the statement fail.
    let given: Vec<i64> = sql!("insert into fts (rowid, x) values (-1, 'm'), (20, 'n') returning rowid")
        .all(&db)
        .await
        .unwrap_or_default();
    assert_ne!(given, [-1, -1]);
    let given: Vec<i64> =
        sql!("insert into fts (rowid, x) values (30, 'm'), (31, 'n') returning rowid").all(&db).await?;
    assert_eq!(given, [30, 31]);
    let other =
        sql!("insert into fts (x) values ('o') returning (select max(rowid) from own)").scalar::<Option<i64>>(&db);
    assert_eq!(other.await?, None);
    let columns: Vec<i64> = sql!("insert into own (oid) values (-1), (-1) returning oid").all(&db).await?;
    assert_eq!(columns, [-1, -1]);
    assert_eq!(sql!("insert into own (oid) values (-1) returning oid").scalar::<i64>(&db).await?, -1);
    let several =
        sql!("insert into fts (rowid, x) values (null, 'p'), (null, 'q') returning rowid").all::<i64>(&db).await;
    assert!(several.unwrap_err().to_string().contains("the statement was run"));
    db.close().await
}
