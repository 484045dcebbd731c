//! Upserts, patches, inserts from queries, updates and deletes that read other tables, and the
//! rows that writes return.

#![allow(clippy::unwrap_used, clippy::panic, clippy::duplicated_attributes)]

use std::time::SystemTime;

use aio_sql::report::SqlText;
use aio_sql::{
    Batch, Condition, Database, Dialect, ErrorKind, Obtained, Record, Result, Table, Upserted, Value, alias, all_of,
    count, cte, sql, values,
};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    email: String,
    name: String,
    #[column(default = 1)]
    visits: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(index(email, unique, where = "deleted = 0"))]
struct Account {
    #[column(primary_key, auto)]
    id: i64,
    email: String,
    deleted: i64,
    #[column(updated_at)]
    changed: SystemTime,
    #[column(version)]
    version: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(
    without_rowid,
    primary_key(room, day),
    index(day, guest, unique, where = "open = 1", name = "open_bookings"),
    index(day, guest, unique, where = "open = 0", name = "closed_bookings")
)]
struct Booking {
    room: i64,
    day: i64,
    guest: String,
    open: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "airlines")]
struct Airline {
    #[column(primary_key)]
    carrier: String,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "flights")]
struct Flight {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Airline::CARRIER)]
    carrier: String,
    operator: Option<String>,
    #[column(default = 0)]
    delay: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "archive")]
struct Archive {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    #[column(created_at)]
    archived: SystemTime,
}

alias!(Other = Flight);

#[derive(Table, Clone, Debug, PartialEq)]
#[table(patch(derive(Debug, Clone)))]
struct Person {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    age: Option<i32>,
    #[column(updated_at)]
    changed: SystemTime,
    #[column(version)]
    version: i64,
}

fn new(email: &str, name: &str) -> NewUser {
    NewUser { email: email.into(), name: name.into(), visits: None }
}

async fn create(db: &Database) {
    db.create_all((User, Account, Booking, Airline, Flight, Archive)).await.unwrap();
}

async fn fill(db: &Database) {
    create(db).await;
    let airlines = [("UA", "United"), ("AA", "American"), ("OO", "SkyWest")];
    let airlines = airlines.map(|(carrier, name)| Airline { carrier: carrier.into(), name: name.into() });
    Airline::insert_all(airlines).execute(db).await.unwrap();
    let flights = ["UA", "AA", "UA"].map(|carrier| NewFlight { carrier: carrier.into(), operator: None, delay: None });
    Flight::insert_all(flights).execute(db).await.unwrap();
}

fn text(sql: Result<SqlText>) -> String {
    sql.unwrap().text
}

#[on_every_database(nocase)]
async fn a_row_exists_whose_unique_text_differs_in_case(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    struct Address {
        #[column(primary_key, collate = nocase)]
        email: String,
    }
    db.create(Address).await?;
    let insert = |email: &str| Address::insert(Address { email: email.into() }).on_conflict(Address::EMAIL);
    assert_eq!(insert("a@x").do_nothing().execute(&db).await?.rows_affected, 1);
    assert_eq!(insert("A@X").do_nothing().execute(&db).await?.rows_affected, 0);
    Ok(())
}

#[on_every_database]
async fn an_insert_skips_an_existing_row(db: Database) -> Result<()> {
    create(&db).await;
    let first = User::insert(new("a@x", "A")).on_conflict(User::EMAIL).do_nothing().execute(&db).await?;
    assert_eq!((first.rows_affected, first.last_insert_id), (1, Some(1)));
    let again = User::insert(new("a@x", "B")).on_conflict(User::EMAIL).do_nothing().execute(&db).await?;
    assert_eq!((again.rows_affected, again.last_insert_id), (0, None));
    let row = User::insert(new("b@x", "B")).on_conflict(User::EMAIL).do_nothing().optional(&db).await?;
    assert_eq!(row.map(|user| user.name), Some("B".into()));
    assert_eq!(User::insert(new("b@x", "C")).on_conflict_do_nothing().optional(&db).await?, None);
    assert_eq!(User::select().order_by(User::ID).columns(User::NAME).all(&db).await?, ["A", "B"]);
    Ok(())
}

#[on_every_database]
async fn an_upsert_reports_whether_it_inserted_updated_or_kept_the_row(db: Database) -> Result<()> {
    create(&db).await;
    let upsert = |name: &str| {
        User::insert(new("a@x", name))
            .on_conflict(User::EMAIL)
            .do_update()
            .set_excluded(User::NAME)
            .set(User::VISITS, User::VISITS + User::VISITS.excluded())
            .filter(User::NAME.ne(User::NAME.excluded()))
    };
    // An earlier insert on the connection does not make the upsert report an insert.
    User::insert(new("z@x", "Z")).execute(&db).await?;
    let Upserted::Inserted(user) = upsert("A").one(&db).await? else { panic!("it is new") };
    assert_eq!((user.id, user.visits), (2, 1));
    let Upserted::Updated(user) = upsert("B").one(&db).await? else { panic!("it was there") };
    assert_eq!((user.id, user.name.as_str(), user.visits), (2, "B", 2));
    assert_eq!(upsert("B").one(&db).await?, Upserted::Unchanged);
    let outcome = upsert("B").execute(&db).await?;
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (0, None));
    let outcome = upsert("C").execute(&db).await?;
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (1, None));
    let tx = db.begin().await?;
    assert!(matches!(upsert("D").one(&tx).await?, Upserted::Updated(user) if user.visits == 4));
    tx.rollback().await?;
    assert_eq!(User::find(2).one(&db).await?.name, "C");
    Ok(())
}

#[on_every_database]
async fn of_many_upserts_at_once_one_inserts(db: Database) -> Result<()> {
    create(&db).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let upsert = User::insert(new("a@x", "A")).on_conflict(User::EMAIL).do_update();
            tokio::spawn(upsert.set(User::VISITS, User::VISITS + 1).one(&db))
        })
        .collect();
    let mut inserted = 0;
    for task in tasks {
        inserted += usize::from(matches!(task.await.unwrap()?, Upserted::Inserted(_)));
    }
    assert_eq!(inserted, 1);
    // Its number is not always the first one: a server gives numbers to all who try to insert.
    assert_eq!(User::select().filter(User::EMAIL.eq("a@x")).one(&db).await?.visits, 50);
    let tasks: Vec<_> =
        (0..50).map(|_| tokio::spawn(User::insert(new("b@x", "B")).or_get(User::EMAIL).one(&db))).collect();
    let mut inserted = 0;
    for task in tasks {
        inserted += usize::from(task.await.unwrap()?.is_inserted());
    }
    assert_eq!(inserted, 1);
    Ok(())
}

#[on_every_database]
async fn insert_or_get_returns_the_existing_row(db: Database) -> Result<()> {
    create(&db).await;
    let obtain = |name: &str| User::insert(new("a@x", name)).or_get(User::EMAIL);
    let Obtained::Inserted(user) = obtain("A").one(&db).await? else { panic!("it is new") };
    let again = obtain("B").one(&db).await?;
    assert_eq!(again, Obtained::Existing(user.clone()));
    assert_eq!(again.into_row(), user);
    let booking = |guest: &str| Booking { room: 1, day: 2, guest: guest.into(), open: 1 };
    assert!(Booking::insert(booking("A")).or_get((Booking::DAY, Booking::ROOM)).one(&db).await?.is_inserted());
    let there = Booking::insert(booking("B")).or_get((Booking::DAY, Booking::ROOM)).one(&db).await?;
    assert_eq!(there, Obtained::Existing(booking("A")));
    // Rows outside of a partial index do not conflict.
    let account = |deleted| NewAccount { email: "a@x".into(), deleted };
    assert!(Account::insert(account(1)).or_get(Account::EMAIL).one(&db).await?.is_inserted());
    assert!(Account::insert(account(0)).or_get(Account::EMAIL).one(&db).await?.is_inserted());
    assert!(Account::insert(account(1)).or_get(Account::EMAIL).one(&db).await?.is_inserted());
    let there = Account::insert(account(0)).or_get(Account::EMAIL).one(&db).await?;
    assert!(matches!(there, Obtained::Existing(Account { id: 2, deleted: 0, .. })));
    Ok(())
}

#[on_every_database]
async fn a_partial_index_on_a_bool_is_found_in_the_words_of_the_struct(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(
        name = "guests",
        index(email, unique, where = "gone = false", name = "guests_who_stay"),
        index(email, unique, where = "not here", name = "guests_who_are_away")
    )]
    struct Guest {
        #[column(primary_key)]
        id: i64,
        email: String,
        gone: bool,
        here: bool,
    }
    db.create(Guest).await?;
    let guest = |id, gone, here| Guest::insert(Guest { id, email: "a@x".into(), gone, here }).on_conflict(Guest::EMAIL);
    let staying = guest(1, false, true).filter_index(Guest::GONE.eq(false)).do_nothing().execute(&db).await?;
    let away = guest(2, true, false).filter_index(!Guest::HERE).do_nothing().execute(&db).await?;
    assert_eq!((staying.rows_affected, away.rows_affected), (1, 1));
    let staying = guest(3, false, true).filter_index(Guest::GONE.eq(false)).do_nothing().execute(&db).await?;
    let away = guest(4, true, false).filter_index(!Guest::HERE).do_update().set(Guest::ID, 5).execute(&db).await?;
    assert_eq!((staying.rows_affected, away.rows_affected), (0, 1));
    assert_eq!(Guest::select().order_by(Guest::ID).columns(Guest::ID).all(&db).await?, [1, 5]);
    Ok(())
}

#[on_every_database]
async fn many_rows_are_upserted(db: Database) -> Result<()> {
    create(&db).await;
    let rows = |name: &'static str| (0..5000).map(move |n| new(&format!("{n}@x"), name));
    let some = User::insert_all(rows("A").take(3)).on_conflict(User::EMAIL).do_nothing();
    assert_eq!(some.execute(&db).await?.rows_affected, 3);
    let more = User::insert_all(rows("B")).on_conflict(User::EMAIL).do_nothing().execute(&db).await?;
    assert_eq!(more.rows_affected, 4997);
    let all = User::insert_all(rows("C")).on_conflict(User::EMAIL).do_update().set_excluded(User::NAME);
    let outcome = all.execute(&db).await?;
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (5000, None));
    let changed: Vec<User> = User::insert_all(rows("D"))
        .on_conflict(User::EMAIL)
        .do_update()
        .set_excluded(User::NAME)
        .filter(User::ID.lt(3))
        .all(&db)
        .await?;
    assert_eq!(changed.iter().map(|user| (user.id, user.name.as_str())).collect::<Vec<_>>(), [(1, "D"), (2, "D")]);
    let ids: Vec<i64> = User::insert_all(["x", "y"].map(|name| new(name, name))).returning(User::ID).all(&db).await?;
    assert_eq!(ids.len(), 2);
    let none = User::insert_all([new("x", "x")]).on_conflict(User::EMAIL).do_nothing().returning(User::ID).all(&db);
    assert_eq!(none.await?, [0; 0]);
    Ok(())
}

#[on_every_database]
async fn an_upsert_counts_versions_and_times_as_an_update_does(db: Database) -> Result<()> {
    create(&db).await;
    let account = || NewAccount { email: "a@x".into(), deleted: 0 };
    let upsert = || Account::insert(account()).on_conflict(Account::EMAIL).do_update().set_excluded(Account::DELETED);
    let Upserted::Inserted(first) = upsert().one(&db).await? else { panic!("it is new") };
    let Upserted::Updated(second) = upsert().one(&db).await? else { panic!("it was there") };
    assert_eq!((first.version, second.version), (1, 2));
    assert!(second.changed >= first.changed);
    let named = Account::insert(account()).on_conflict(Account::EMAIL).filter_index(Account::DELETED.eq(0));
    assert_eq!(named.do_nothing().execute(&db).await?.rows_affected, 0);
    Ok(())
}

#[on_every_database]
async fn a_violation_of_another_constraint_is_an_error(db: Database) -> Result<()> {
    create(&db).await;
    Booking::insert(Booking { room: 1, day: 1, guest: "A".into(), open: 1 }).execute(&db).await?;
    let other = Booking { room: 2, day: 1, guest: "A".into(), open: 1 };
    let error = Booking::insert(other).on_conflict((Booking::ROOM, Booking::DAY)).do_nothing().execute(&db).await;
    let error = error.unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Unique { table: "booking".into(), columns: vec!["day".into(), "guest".into()] }
    );
    let other = Booking { room: 2, day: 1, guest: "A".into(), open: 1 };
    let upsert = Booking::insert(other).on_conflict((Booking::ROOM, Booking::DAY)).do_update();
    let error = upsert.set_excluded(Booking::GUEST).one(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }));
    assert_eq!((error.statement(), error.to_string().contains("statement")), (None, false));
    let flight = NewFlight { carrier: "XX".into(), operator: None, delay: None };
    let error = Flight::insert(flight).or_get(Flight::ID).one(&db).await.unwrap_err();
    assert_eq!(error.to_string(), "flights.carrier: airlines has no such row");
    Ok(())
}

#[test]
fn a_conflict_on_columns_that_are_not_unique_is_an_error_before_the_database_sees_it() {
    let error = |sql: Result<SqlText>| sql.unwrap_err().to_string();
    assert_eq!(
        error(User::insert(new("a@x", "A")).on_conflict(User::NAME).do_nothing().to_sql(Dialect::Sqlite)),
        "`on_conflict` of `User` names name, of which `User` has no unique constraint or index: name what is unique, (id) or \
         (email), or mark the column `unique`"
    );
    let booking = || Booking { room: 1, day: 1, guest: "A".into(), open: 1 };
    let columns = (Booking::GUEST, Booking::DAY);
    assert_eq!(
        error(Booking::insert(booking()).on_conflict(columns).do_nothing().to_sql(Dialect::Sqlite)),
        "several partial indexes of `Booking` are on guest, day: choose one with `.filter_index(..)` and its condition: \
         open = 1; open = 0"
    );
    assert_eq!(
        text(
            Booking::insert(booking())
                .on_conflict(columns)
                .filter_index(Booking::OPEN.eq(1))
                .do_nothing()
                .to_sql(Dialect::Sqlite)
        ),
        r#"INSERT INTO "booking" ("room", "day", "guest", "open") VALUES (?, ?, ?, ?) ON CONFLICT ("guest", "day") WHERE open = 1 DO NOTHING"#
    );
    assert_eq!(
        error(User::insert(new("a@x", "A")).on_conflict(User::EMAIL).do_update().to_sql(Dialect::Sqlite)),
        "the `do_update` of `User` sets no column: add `.set_excluded(User::COLUMN)` or `.set(User::COLUMN, value)`"
    );
    assert_eq!(
        error(User::delete().all_rows().returning(count()).to_sql(Dialect::Sqlite)),
        "`returning` of `User` cannot have an aggregate: compute it from the rows that are returned"
    );
    assert_eq!(
        error(
            Flight::update()
                .from(Flight)
                .set(Flight::DELAY, 1)
                .all_rows()
                .returning(Flight::ID)
                .to_sql(Dialect::Sqlite)
        ),
        "the statement reads `flights` twice: give the second an alias, `alias!(Other = Flight)`"
    );
}

#[on_every_database]
async fn the_rows_of_a_query_are_inserted(db: Database) -> Result<()> {
    create(&db).await;
    User::insert_all(["a", "b", "c"].map(|name| new(name, name))).execute(&db).await?;
    let users = || User::select().columns((User::ID, User::NAME));
    let some = Archive.insert_select((Archive::ID, Archive::NAME), users().filter(User::ID.le(2)));
    assert_eq!(some.execute(&db).await?.rows_affected, 2);
    let rest = Archive.insert_select((Archive::ID, Archive::NAME), users()).on_conflict(Archive::ID).do_nothing();
    assert_eq!(rest.execute(&db).await?.rows_affected, 1);
    let again: Vec<i64> = Archive
        .insert_select((Archive::ID, Archive::NAME), users())
        .on_conflict(Archive::ID)
        .do_update()
        .set_excluded(Archive::NAME)
        .filter(Archive::ID.ne(1))
        .returning(Archive::ID)
        .all(&db)
        .await?;
    assert_eq!(again, [2, 3]);
    let error = Archive.insert_select(Archive::ID, User::select().columns(User::ID)).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unique { table: "archive".into(), columns: vec!["id".into()] });
    Ok(())
}

#[on_every_database]
async fn the_rows_of_several_queries_are_inserted(db: Database) -> Result<()> {
    create(&db).await;
    User::insert_all(["a", "b", "c"].map(|name| new(name, name))).execute(&db).await?;
    let users = || User::select().columns((User::ID, User::NAME)).order_by(User::ID);
    let into = (Archive::ID, Archive::NAME);
    let both = || users().limit(1).union_all(users().filter(User::ID.gt(2)));
    assert_eq!(Archive.insert_select(into, both()).execute(&db).await?.rows_affected, 2);
    let again = Archive.insert_select(into, both().union(users())).on_conflict(Archive::ID).do_nothing();
    assert_eq!(again.execute(&db).await?.rows_affected, 1);
    let given = Archive.insert_select(into, values([(7_i64, "g".to_owned())]));
    assert_eq!(given.returning(Archive::ID).all(&db).await?, [7]);
    let user = |n: i64| User::select().filter(User::ID.eq(n)).columns((User::NAME, User::NAME));
    let conflict = User.insert_select((User::EMAIL, User::NAME), user(1).union_all(user(2)));
    assert_eq!(conflict.on_conflict(User::EMAIL).do_nothing().execute(&db).await?.rows_affected, 0);
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Setting {
    #[column(primary_key, default = 1)]
    id: i64,
    #[column(default = "dark")]
    theme: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Page {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    #[column(unique, generated = "lower(title)", stored)]
    slug: String,
}

#[on_every_database]
async fn a_row_of_only_defaults_is_inserted_or_found(db: Database) -> Result<()> {
    db.create(Setting).await?;
    let defaults = || Setting::insert(NewSetting { id: None, theme: None });
    let there = Setting { id: 1, theme: "dark".into() };
    assert_eq!(defaults().or_get(Setting::ID).one(&db).await?, Obtained::Inserted(there.clone()));
    assert_eq!(defaults().or_get(Setting::ID).one(&db).await?, Obtained::Existing(there));
    assert_eq!(defaults().on_conflict_do_nothing().execute(&db).await?.rows_affected, 0);
    let light = || defaults().on_conflict(Setting::ID).do_update().set(Setting::THEME, "light");
    assert!(matches!(light().one(&db).await?, Upserted::Updated(setting) if setting.theme == "light"));
    Ok(())
}

#[test]
fn a_generated_column_is_not_written_to() {
    let error = |sql: Result<SqlText>| sql.unwrap_err().to_string();
    let expected = "page.slug is a generated column and cannot be set: set the columns that it is computed from";
    assert_eq!(error(Page::update().set(Page::SLUG, "a").all_rows().to_sql(Dialect::Sqlite)), expected);
    let rows = User::select().columns((User::NAME, User::NAME));
    assert_eq!(error(Page.insert_select((Page::TITLE, Page::SLUG), rows).to_sql(Dialect::Sqlite)), expected);
    let insert = || Page::insert(NewPage { title: "A".into() });
    let upsert = insert().on_conflict(Page::SLUG).do_update().set_excluded(Page::SLUG);
    assert_eq!(error(upsert.to_sql(Dialect::Sqlite)), expected);
    assert_eq!(
        insert().or_get(Page::SLUG).to_sql(Dialect::Sqlite).unwrap_err().to_string(),
        "`or_get` cannot find the row by page.slug, which is a generated column: use `on_conflict`"
    );
}

#[on_every_database]
async fn or_get_chooses_among_several_partial_indexes(db: Database) -> Result<()> {
    create(&db).await;
    let booking = |room, open| Booking { room, day: 1, guest: "A".into(), open };
    let obtain = |room, open| Booking::insert(booking(room, open)).or_get((Booking::DAY, Booking::GUEST));
    let open = |room| obtain(room, 1).filter_index(Booking::OPEN.eq(1)).one(&db);
    assert!(open(1).await?.is_inserted());
    assert_eq!(open(2).await?, Obtained::Existing(booking(1, 1)));
    assert!(obtain(3, 0).filter_index(Booking::OPEN.eq(0)).one(&db).await?.is_inserted());
    Ok(())
}

#[on_every_database]
async fn an_update_takes_values_from_another_table(db: Database) -> Result<()> {
    fill(&db).await;
    let named = Flight::update()
        .from(Airline)
        .set(Flight::OPERATOR, Airline::NAME)
        .filter(Flight::CARRIER.eq(Airline::CARRIER))
        .filter(Airline::CARRIER.eq("UA"))
        .returning((Flight::ID, Flight::OPERATOR))
        .all(&db)
        .await?;
    assert_eq!(named, [(1, Some("United".into())), (3, Some("United".into()))]);
    // With an alias an update can read its own table.
    let copied = Flight::update()
        .from(Other)
        .set(Flight::OPERATOR, Flight::OPERATOR.of::<Other>())
        .filter(Flight::ID.eq(2).and(Flight::ID.of::<Other>().eq(1)))
        .execute(&db)
        .await?;
    assert_eq!(copied.rows_affected, 1);
    assert_eq!(Flight::find(2).one(&db).await?.operator.as_deref(), Some("United"));
    let error = Airline::update()
        .from(Flight)
        .set(Airline::CARRIER, "ZZ")
        .filter(Flight::CARRIER.eq(Airline::CARRIER).and(Flight::ID.eq(2)))
        .execute(&db)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "airlines: rows of flights refer to it by carrier");
    Ok(())
}

#[derive(Record, Debug)]
#[allow(dead_code, reason = "it names columns")]
struct Busy {
    carrier: String,
    flights: i64,
}

#[on_every_database]
async fn an_update_and_a_delete_read_a_query_with_a_name(db: Database) -> Result<()> {
    fill(&db).await;
    let busy = cte(Busy, Flight::select().group_by(Flight::CARRIER).columns((Flight::CARRIER, count())));
    let update = Flight::update()
        .from(&busy)
        .set(Flight::DELAY, Busy::FLIGHTS)
        .filter(Flight::CARRIER.eq(Busy::CARRIER).and(Busy::FLIGHTS.gt(1)));
    assert_eq!(
        text(update.to_sql(Dialect::Sqlite)),
        r#"WITH "busy"("carrier", "flights") AS (SELECT "carrier", COUNT(*) FROM "flights" GROUP BY "carrier") UPDATE "flights" SET "delay" = "busy"."flights" FROM "busy" WHERE "flights"."carrier" = "busy"."carrier" AND "busy"."flights" > ?"#
    );
    assert_eq!(update.returning((Flight::ID, Flight::DELAY)).all(&db).await?, [(1, 2), (3, 2)]);
    let delete = Flight::delete().using(&busy).filter(Flight::CARRIER.eq(Busy::CARRIER).and(Busy::FLIGHTS.eq(1)));
    assert_eq!(delete.returning(Flight::ID).all(&db).await?, [2]);
    let rest = sql!("select carrier, 0 as flights from {Flight} where delay = 2").rows(Busy);
    let named = Airline::update().from(rest).set(Airline::NAME, "Busy").filter(Airline::CARRIER.eq(Busy::CARRIER));
    assert_eq!(named.returning(Airline::CARRIER).all(&db).await?, ["UA"]);
    Ok(())
}

#[on_every_database]
async fn a_delete_reads_another_table(db: Database) -> Result<()> {
    fill(&db).await;
    let gone: Vec<Flight> = Flight::delete()
        .using(Airline)
        .filter(Flight::CARRIER.eq(Airline::CARRIER))
        .filter(Airline::NAME.eq("United"))
        .filter(Flight::ID.gt(1))
        .returning(Flight)
        .all(&db)
        .await?;
    assert_eq!(gone.iter().map(|flight| flight.id).collect::<Vec<_>>(), [3]);
    let error =
        Airline::delete().using(Flight).filter(Airline::CARRIER.eq(Flight::CARRIER)).execute(&db).await.unwrap_err();
    assert_eq!(error.to_string(), "airlines: rows of flights refer to it by carrier");
    Ok(())
}

#[derive(Record, Debug, PartialEq)]
struct Raised {
    id: i64,
    visits: i64,
}

#[on_every_database]
async fn writes_return_rows(db: Database) -> Result<()> {
    create(&db).await;
    let id: i64 = User::insert(new("a", "A")).returning(User::ID).one(&db).await?;
    let (twice, whole): (i64, User) = User::insert(new("b", "B")).returning((User::ID * 2, User)).one(&db).await?;
    assert_eq!((id, twice, whole.id, whole.visits), (1, 4, 2, 1));
    let raise = || User::update().set(User::VISITS, User::VISITS + 1);
    let raised: Vec<Raised> =
        raise().filter(User::NAME.eq("A")).returning((User::ID, User::VISITS)).record().all(&db).await?;
    assert_eq!(raised, [Raised { id: 1, visits: 2 }]);
    let none = raise().filter(User::NAME.eq("X")).returning(User::ID);
    assert_eq!(none.optional(&db).await?, None);
    let error = raise().filter(User::NAME.eq("X")).returning(User::ID).one(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotFound { table: Some("users".into()) });
    // All rows are updated, even if only some of the returned rows are read.
    raise().all_rows().returning(User::ID).one(&db).await?;
    let mut visits = Vec::new();
    let mut stream = raise().all_rows().returning(User::VISITS).stream(&db);
    while let Some(row) = stream.next().await {
        visits.push(row?);
    }
    // The rows have no order.
    visits.sort_unstable();
    assert_eq!(visits, [3, 4]);
    let mut stream = User::insert(new("c", "C")).returning(User::NAME).stream(&db);
    assert_eq!(stream.next().await.unwrap()?, "C");
    drop(stream);
    let mut stream = raise().all_rows().returning(User::VISITS).stream(&db);
    assert!(stream.next().await.is_some());
    drop(stream);
    assert_eq!(User::select().order_by(User::ID).columns(User::VISITS).all(&db).await?, [5, 4, 2]);
    let mut gone: Vec<String> = User::delete().filter(User::ID.lt(3)).returning(User::NAME).all(&db).await?;
    gone.sort_unstable();
    assert_eq!(gone, ["A", "B"]);
    Ok(())
}

#[on_every_database]
async fn writes_work_in_a_batch(db: Database) -> Result<()> {
    create(&db).await;
    let upsert =
        |name: &str| User::insert(new("a@x", name)).on_conflict(User::EMAIL).do_update().set_excluded(User::NAME);
    let (id, user, nothing, done, archived, gone) = Batch::new()
        .one(User::insert(new("a@x", "A")).returning(User::ID))
        .one(upsert("B"))
        .optional(User::insert(new("a@x", "C")).on_conflict(User::EMAIL).do_nothing())
        .execute(upsert("D"))
        .execute(Archive.insert_select((Archive::ID, Archive::NAME), User::select().columns((User::ID, User::NAME))))
        .all(User::delete().all_rows().returning((User::ID, User::NAME)))
        .run(&db)
        .await?;
    assert_eq!((id, user.name.as_str(), nothing), (1, "B", None));
    assert_eq!((done.rows_affected, done.last_insert_id), (1, None));
    assert_eq!(archived.rows_affected, 1);
    assert_eq!(gone, [(1, "D".to_owned())]);
    Ok(())
}

#[on_every_database]
async fn a_patch_sets_the_columns_that_it_names(db: Database) -> Result<()> {
    db.create(Person).await?;
    let person = Person::insert(NewPerson { name: "Dana".into(), age: Some(40) }).one(&db).await?;
    let patch = PersonPatch { age: Some(None), ..PersonPatch::default() };
    let mut patched = Person::patch(person.id, patch.clone()).returning(Person).one(&db).await?;
    assert_eq!((patched.name.as_str(), patched.age, patched.version), ("Dana", None, 2));
    let outcome = Person::patch(person.id, PersonPatch { name: Some("Dan".into()), age: None }).execute(&db).await?;
    assert_eq!(outcome.rows_affected, 1);
    // A patch that sets nothing is an error, whether the row exists or not.
    for key in [person.id, 7] {
        assert!(PersonPatch::default().is_empty() && !patch.is_empty());
        let error = Person::patch(key, PersonPatch::default()).execute(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains("the patch of `Person` sets no column"), "{error}");
    }
    assert_eq!(Person::find(1).one(&db).await?.version, 3);
    patched.apply(PersonPatch { name: Some("Casey".into()), age: None });
    assert_eq!((patched.name.as_str(), patched.age), ("Casey", None));
    assert!(Person::patch(1, PersonPatch::default()).to_sql(Dialect::Sqlite).is_err());
    let sql = Person::patch(1, patch).to_sql(Dialect::Sqlite);
    assert_eq!(text(sql), r#"UPDATE "person" SET "age" = ?, "changed" = ?, "version" = "version" + 1 WHERE "id" = ?"#);
    Ok(())
}

#[on_every_database]
async fn a_patch_sets_columns_of_the_rows_that_the_filter_chooses(db: Database) -> Result<()> {
    db.create(Person).await?;
    let person = |name: &str| NewPerson { name: name.into(), age: None };
    Person::insert_all(["Dana", "Dan", "Mia"].map(person)).execute(&db).await?;
    let patch = PersonPatch { age: Some(Some(40)), ..PersonPatch::default() };
    let changed: Vec<(String, Option<i32>, i64)> = Person::update()
        .set_patch(patch.clone())
        .set(Person::NAME, Person::NAME.concat("!"))
        .filter(Person::NAME.starts_with("D"))
        .returning((Person::NAME, Person::AGE, Person::VERSION))
        .all(&db)
        .await?;
    assert_eq!(changed, [("Dana!".to_owned(), Some(40), 2), ("Dan!".to_owned(), Some(40), 2)]);
    assert_eq!(Person::find(3).one(&db).await?.version, 1);
    let unfiltered = Person::update().set_patch(patch).execute(&db).await.unwrap_err();
    assert_eq!(*unfiltered.kind(), ErrorKind::Usage, "{unfiltered}");
    let empty = Person::update().set(Person::AGE, 1).set_patch(PersonPatch::default()).all_rows();
    assert_eq!(*empty.execute(&db).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    db.close().await
}

#[cfg(feature = "json")]
#[on_every_database]
async fn a_patch_of_a_client_distinguishes_absent_from_null(db: Database) -> Result<()> {
    #[derive(Table, Debug)]
    #[table(patch(name = "NoteChanges", derive(serde::Deserialize, serde::Serialize)))]
    struct Note {
        #[column(primary_key)]
        id: i64,
        text: String,
        due: Option<i64>,
        #[column(json)]
        tags: Option<Vec<String>>,
    }
    db.create(Note).await?;
    Note::insert(Note { id: 1, text: "a".into(), due: Some(1), tags: Some(vec!["b".into()]) }).execute(&db).await?;
    let changes = |text: &str| serde_json::from_str::<NoteChanges>(text).unwrap();
    Note::patch(1, changes(r#"{"due": null}"#)).execute(&db).await?;
    let note = Note::find(1).one(&db).await?;
    assert_eq!((note.text.as_str(), note.due, note.tags.unwrap().len()), ("a", None, 1));
    Note::patch(1, changes(r#"{"tags": null, "text": "c", "due": 5}"#)).execute(&db).await?;
    let note = Note::find(1).one(&db).await?;
    assert_eq!((note.id, note.text.as_str(), note.due, note.tags), (1, "c", Some(5), None));
    assert!(serde_json::from_str::<NoteChanges>(r#"{"text": null}"#).is_err());
    assert_eq!(serde_json::to_string(&changes(r#"{"due": null}"#)).unwrap(), r#"{"due":null}"#);
    Ok(())
}

#[test]
fn the_sql_of_writes_looks_hand_written() {
    let upsert = || {
        User::insert(new("a@x", "A"))
            .on_conflict(User::EMAIL)
            .do_update()
            .set_excluded(User::NAME)
            .set(User::VISITS, User::VISITS + 1)
            .filter(User::NAME.ne("root"))
    };
    let sql = upsert().to_sql(Dialect::Sqlite).unwrap();
    assert_eq!(
        sql.text,
        r#"INSERT INTO "users" ("email", "name") VALUES (?, ?) ON CONFLICT ("email") DO UPDATE SET "name" = "excluded"."name", "visits" = "users"."visits" + ? WHERE "users"."name" <> ?"#
    );
    assert_eq!(
        sql.params,
        [Value::Text("a@x".into()), Value::Text("A".into()), Value::Integer(1), Value::Text("root".into())]
    );
    assert_eq!(upsert().to_sql(Dialect::Sqlite).unwrap(), sql);
    let account = || NewAccount { email: "a@x".into(), deleted: 0 };
    assert_eq!(
        text(
            Account::insert(account())
                .on_conflict(Account::EMAIL)
                .do_update()
                .set_excluded(Account::DELETED)
                .returning(Account::ID)
                .to_sql(Dialect::Sqlite)
        ),
        r#"INSERT INTO "account" ("email", "deleted", "changed", "version") VALUES (?, ?, ?, ?) ON CONFLICT ("email") WHERE deleted = 0 DO UPDATE SET "deleted" = "excluded"."deleted", "changed" = "excluded"."changed", "version" = "account"."version" + 1 RETURNING "id""#
    );
    let [insert, get] = User::insert(new("a@x", "A")).or_get(User::EMAIL).to_sql(Dialect::Sqlite).unwrap();
    assert_eq!(insert.text, r#"INSERT INTO "users" ("email", "name") VALUES (?, ?) ON CONFLICT ("email") DO NOTHING"#);
    assert_eq!(get.text, r#"SELECT "id", "email", "name", "visits" FROM "users" WHERE "email" = ?"#);
    assert_eq!(
        text(User::insert(new("a@x", "A")).on_conflict_do_nothing().to_sql(Dialect::Sqlite)),
        r#"INSERT INTO "users" ("email", "name") VALUES (?, ?) ON CONFLICT DO NOTHING"#
    );
    assert_eq!(
        text(
            Archive
                .insert_select((Archive::ID, Archive::NAME), User::select().columns((User::ID, User::NAME)))
                .to_sql(Dialect::Sqlite)
        ),
        r#"INSERT INTO "archive" ("id", "name", "archived") SELECT "id", "name", ? FROM "users""#
    );
    assert_eq!(
        text(
            Flight::update()
                .from(Airline)
                .set(Flight::OPERATOR, Airline::NAME)
                .filter(Flight::CARRIER.eq(Airline::CARRIER))
                .returning(Flight::ID)
                .to_sql(Dialect::Sqlite)
        ),
        r#"UPDATE "flights" SET "operator" = "airlines"."name" FROM "airlines" WHERE "flights"."carrier" = "airlines"."carrier" RETURNING "flights"."id""#
    );
    assert_eq!(
        text(
            Flight::delete()
                .using(Airline)
                .filter(Flight::CARRIER.eq(Airline::CARRIER).and(Flight::DELAY.gt(5)))
                .to_sql(Dialect::Sqlite)
        ),
        r#"DELETE FROM "flights" WHERE "delay" > ? AND EXISTS (SELECT 1 FROM "airlines" WHERE "flights"."carrier" = "airlines"."carrier")"#
    );
}

#[on_every_database]
async fn a_filter_without_conditions_is_not_a_filter(db: Database) -> Result<()> {
    fill(&db).await;
    let none = || all_of(Vec::<Condition<Flight>>::new());
    assert_eq!(
        text(Flight::select().filter(none()).columns(Flight::ID).to_sql(Dialect::Sqlite)),
        r#"SELECT "id" FROM "flights""#
    );
    // A delete whose only condition is an empty list of conditions is refused, and does not delete
    // all rows.
    let error = Flight::delete().filter(none()).execute(&db).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the delete of `Flight` has no filter: add `.filter(..)`, or `.all_rows()` if every row is to be deleted"
    );
    let error = Flight::update().set(Flight::DELAY, 1).filter(none()).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Usage);
    let wish: Option<i64> = None;
    let maybe = |wish: Option<i64>| Flight::select().filter(wish.map(|id| Flight::ID.gt(id))).count(&db);
    assert_eq!((maybe(wish).await?, maybe(Some(2)).await?), (3, 1));
    let error = Flight::delete().filter(wish.map(|id| Flight::ID.eq(id))).execute(&db).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert_eq!(Flight::delete().filter(none()).filter(Flight::ID.eq(1)).execute(&db).await?.rows_affected, 1);
    Ok(())
}

#[on_every_database]
async fn a_long_list_in_the_filter_of_an_upsert_holds_all_of_its_values(db: Database) -> Result<()> {
    create(&db).await;
    User::insert_all([new("a@x", "A"), new("b@x", "B")]).execute(&db).await?;
    let many: Vec<i64> = (1..=1).chain(100..3000).collect();
    let upsert = |email: &str, name: &str| {
        let upsert = User::insert(new(email, name)).on_conflict(User::EMAIL).do_update().set_excluded(User::NAME);
        upsert.filter(User::ID.is_in(many.clone()))
    };
    assert_eq!(upsert("a@x", "C").execute(&db).await?.rows_affected, 1);
    assert_eq!(upsert("b@x", "C").execute(&db).await?.rows_affected, 0);
    let rows = [new("a@x", "D"), new("b@x", "D")];
    let upsert = User::insert_all(rows).on_conflict(User::EMAIL).do_update().set_excluded(User::NAME);
    let raw = sql!("{User::ID} in ({many})").expr::<bool>();
    assert_eq!(upsert.filter(raw).execute(&db).await?.rows_affected, 1);
    assert_eq!(User::select().order_by(User::ID).columns(User::NAME).all(&db).await?, ["D", "B"]);
    db.close().await
}
