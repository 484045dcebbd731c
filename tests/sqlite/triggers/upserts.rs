//! Inserts that may conflict with an existing row: all methods of doing so fire triggers equally
//! often.

use aio_sql::{Batch, Database, ErrorKind, Obtained, Result, Table, Upserted, sql};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(unique(team, place))]
#[table(index(email, unique, where = "closed = 0"))]
struct Member {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique, collate = nocase)]
    name: String,
    team: Option<String>,
    place: Option<i64>,
    email: String,
    #[column(default = false)]
    closed: bool,
    code: Option<i64>,
    #[column(generated = "code / 10", stored, unique)]
    tens: Option<i64>,
    #[column(default = 1)]
    visits: i64,
}

/// Opens a database with a table whose triggers record that they have fired.
async fn watched() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Member).await?;
    db.execute_script("create table fired (what text)").await?;
    for time in ["before", "after"] {
        for what in ["insert", "update"] {
            let log = format!("insert into fired values ('{time} {what}')");
            db.execute_script(format!("create trigger {time}_{what} {time} {what} on member begin {log}; end")).await?;
        }
    }
    Ok(db)
}

fn new(name: &str) -> NewMember {
    NewMember {
        name: name.into(),
        team: None,
        place: None,
        email: format!("{name}@example.org"),
        closed: None,
        code: None,
        visits: None,
    }
}

async fn fired(db: &Database) -> Result<String> {
    let all: Vec<String> = sql!("select what from fired order by rowid").all(db).await?;
    sql!("delete from fired").execute(db).await?;
    Ok(all.join(", "))
}

const INSERTED: &str = "before insert, after insert";
const UPDATED: &str = "before insert, before update, after update";

#[tokio::test]
async fn a_trigger_fires_once_for_each_row_with_every_method() -> Result<()> {
    let db = watched().await?;
    let upsert = |name: &str| Member::insert(new(name)).on_conflict(Member::NAME).do_update().set(Member::VISITS, 7);
    assert!(matches!(upsert("a").one(&db).await?, Upserted::Inserted(_)));
    assert_eq!(fired(&db).await?, INSERTED);
    assert!(matches!(upsert("A").one(&db).await?, Upserted::Updated(row) if row.visits == 7));
    assert_eq!(fired(&db).await?, UPDATED);
    upsert("a").execute(&db).await?;
    assert_eq!(fired(&db).await?, UPDATED);
    upsert("a").returning(Member::ID).one(&db).await?;
    assert_eq!(fired(&db).await?, UPDATED);
    let (row, done) = Batch::new().one(upsert("a")).execute(upsert("a")).run(&db).await?;
    assert_eq!((row.visits, done.rows_affected), (7, 1));
    assert_eq!(fired(&db).await?, format!("{UPDATED}, {UPDATED}"));
    let many = || Member::insert_all([new("a"), new("b")]).on_conflict(Member::NAME).do_update();
    many().set(Member::VISITS, 8).execute(&db).await?;
    assert_eq!(fired(&db).await?, format!("{UPDATED}, {INSERTED}"));
    many().set(Member::VISITS, 9).all(&db).await?;
    assert_eq!(fired(&db).await?, format!("{UPDATED}, {UPDATED}"));
    let tx = db.begin().await?;
    assert!(matches!(upsert("b").one(&tx).await?, Upserted::Updated(_)));
    tx.commit().await?;
    assert_eq!(fired(&db).await?, UPDATED);
    db.close().await
}

#[tokio::test]
async fn a_trigger_fires_once_if_an_existing_row_is_kept_or_returned() -> Result<()> {
    let db = watched().await?;
    Member::insert(new("a")).execute(&db).await?;
    assert_eq!(fired(&db).await?, INSERTED);
    let never = Member::insert(new("a")).on_conflict(Member::NAME).do_update().set(Member::VISITS, 7);
    assert_eq!(never.filter(Member::VISITS.gt(100)).one(&db).await?, Upserted::Unchanged);
    assert_eq!(fired(&db).await?, "before insert");
    let obtained = Member::insert(new("a")).or_get(Member::NAME).one(&db).await?;
    assert!(matches!(obtained, Obtained::Existing(_)));
    assert_eq!(fired(&db).await?, "before insert");
    assert!(Member::insert(new("b")).or_get(Member::NAME).one(&db).await?.is_inserted());
    assert_eq!(fired(&db).await?, INSERTED);
    assert_eq!(Member::insert(new("a")).on_conflict(Member::NAME).do_nothing().optional(&db).await?, None);
    assert_eq!(fired(&db).await?, "before insert");
    Member::insert(new("a")).on_conflict_do_nothing().execute(&db).await?;
    assert_eq!(fired(&db).await?, "before insert");
    db.close().await
}

#[tokio::test]
async fn an_upsert_reports_what_it_did_for_every_kind_of_key() -> Result<()> {
    let db = watched().await?;
    let placed = |name: &str, team: Option<&str>, place| NewMember { team: team.map(Into::into), place, ..new(name) };
    let seat =
        |row| Member::insert(row).on_conflict((Member::TEAM, Member::PLACE)).do_update().set_excluded(Member::NAME);
    assert!(matches!(seat(placed("a", Some("x"), Some(1))).one(&db).await?, Upserted::Inserted(row) if row.id == 1));
    assert!(matches!(seat(placed("b", Some("x"), Some(1))).one(&db).await?, Upserted::Updated(row) if row.name == "b"));
    // NULL equals nothing, so these rows do not conflict.
    for (name, id) in [("c", 2), ("d", 3)] {
        assert!(matches!(seat(placed(name, Some("x"), None)).one(&db).await?, Upserted::Inserted(row) if row.id == id));
    }
    // The upsert fails if the row violates a unique constraint other than the conflict target.
    let same = NewMember { email: "other@example.org".into(), ..placed("c", Some("y"), Some(1)) };
    let error = seat(same).one(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unique { columns, .. } if columns == &["name"]), "{error}");
    assert_eq!(error.statement(), None);
    // The conflict target may contain a generated column.
    let coded = |name, code| {
        let row = NewMember { code: Some(code), ..new(name) };
        Member::insert(row).on_conflict(Member::TENS).do_update().set_excluded(Member::CODE)
    };
    assert!(matches!(coded("e", 71).one(&db).await?, Upserted::Inserted(_)));
    assert!(
        matches!(coded("other", 72).one(&db).await?, Upserted::Updated(row) if row.name == "e" && row.tens == Some(7))
    );
    // The conflict target may be a partial index. Rows outside of the index do not conflict.
    let mail = |name: &str, closed| {
        let row = NewMember { email: "one@example.org".into(), closed: Some(closed), ..new(name) };
        Member::insert(row).on_conflict(Member::EMAIL).do_update().set_excluded(Member::NAME)
    };
    assert!(matches!(mail("f", true).one(&db).await?, Upserted::Inserted(_)));
    assert!(matches!(mail("g", false).one(&db).await?, Upserted::Inserted(_)));
    assert!(matches!(mail("h", true).one(&db).await?, Upserted::Inserted(_)));
    assert!(matches!(mail("i", false).one(&db).await?, Upserted::Updated(row) if row.name == "i"));
    db.close().await
}

#[tokio::test]
async fn writes_of_a_trigger_do_not_change_the_reported_result() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Member).await?;
    db.execute_script(
        "create trigger more after insert on member when new.name not like 'of %' begin
             insert into member (name, email) values ('of ' || new.name, 'of ' || new.name)
             on conflict (name) do update set visits = visits + 1;
         end;
         create trigger before_all before insert on member when new.name not like 'of %' begin
             update member set visits = visits + 100 where name = 'of ' || new.name;
         end",
    )
    .await?;
    let upsert = |name: &str| Member::insert(new(name)).on_conflict(Member::NAME).do_update().set(Member::VISITS, 7);
    assert!(matches!(upsert("a").one(&db).await?, Upserted::Inserted(row) if row.visits == 1));
    assert!(matches!(upsert("a").one(&db).await?, Upserted::Updated(row) if row.visits == 7));
    let visits =
        |name: &'static str| Member::select().filter(Member::NAME.eq(name)).columns(Member::VISITS).scalar(&db);
    assert_eq!(visits("of a").await?, 101);
    Member::delete().filter(Member::NAME.eq("a")).execute(&db).await?;
    assert!(matches!(upsert("a").one(&db).await?, Upserted::Inserted(_)), "the trigger's own conflict is not its");
    assert_eq!(visits("of a").await?, 202);
    // A failed upsert leaves no state that would affect the next one.
    db.execute_script(
        "create trigger no before update on member when new.visits = 7 begin select raise(abort, 'no'); end",
    )
    .await?;
    assert!(upsert("a").one(&db).await.is_err());
    assert!(matches!(upsert("z").one(&db).await?, Upserted::Inserted(_)));
    db.close().await
}

#[tokio::test]
async fn an_upsert_prevented_by_a_trigger_is_an_error() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Member).await?;
    db.execute_script(
        "create trigger no_insert before insert on member when new.name like 'no%' begin select raise(ignore); end;
         create trigger no_update before update on member when new.visits = 9 begin select raise(ignore); end",
    )
    .await?;
    let upsert = |name: &str, visits: i64| {
        Member::insert(new(name)).on_conflict(Member::NAME).do_update().set(Member::VISITS, visits)
    };
    let some = |name: &str, visits: i64| upsert(name, visits).filter(Member::VISITS.lt(100));
    for error in [
        upsert("no", 1).one(&db).await.unwrap_err(),
        some("no", 1).one(&db).await.unwrap_err(),
        Member::insert(new("no")).or_get(Member::NAME).one(&db).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), &ErrorKind::NotFound { table: Some("member".into()) });
        assert!(error.to_string().contains("trigger") && error.to_string().contains("RAISE(IGNORE)"), "{error}");
        assert_eq!(error.statement(), None);
    }
    assert!(matches!(upsert("a", 9).one(&db).await?, Upserted::Inserted(_)));
    let error = upsert("a", 9).one(&db).await.unwrap_err();
    assert!(error.to_string().contains("RAISE(IGNORE)"), "{error}");
    assert!(matches!(upsert("a", 8).one(&db).await?, Upserted::Updated(_)));
    assert_eq!(upsert("a", 7).filter(Member::VISITS.gt(100)).one(&db).await?, Upserted::Unchanged);
    db.close().await
}
