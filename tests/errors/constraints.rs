//! Errors of UNIQUE, PRIMARY KEY, NOT NULL and CHECK, of the types of columns, and of triggers
//! that refuse a row.

use super::*;

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Closed,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
#[sql_type(integer)]
enum Rank {
    Low = 1,
    High = 9,
}

#[derive(Table, Clone, Debug, PartialEq)]
// Clippy takes the word `unique` in two indexes for a duplicated attribute.
#[allow(clippy::duplicated_attributes)]
#[table(
    name = "users",
    unique(team, nick),
    index(expr = "lower(name)", unique, name = "users_by_name"),
    index(mail, karma, unique),
    check = "karma < 1000 or state = 'open'"
)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    email: String,
    team: String,
    nick: String,
    name: String,
    #[column(name = "e-mail")]
    mail: Option<String>,
    #[column(check = "karma >= 0")]
    karma: i64,
    state: State,
    rank: Rank,
}

fn user(mark: &str) -> NewUser {
    let text = |what: &str| format!("{what} {mark} {SECRET}");
    NewUser {
        email: text("email"),
        team: text("team"),
        nick: text("nick"),
        name: text("name"),
        mail: None,
        karma: 1,
        state: State::Open,
        rank: Rank::Low,
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Country {
    #[column(primary_key)]
    code: String,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(primary_key(country, number), without_rowid)]
struct Plate {
    number: String,
    country: String,
    owner: Option<String>,
}

/// Creates the tables, and inserts a user.
async fn fill(db: &Database) -> Result<()> {
    db.create_all((User, Country, Plate)).await?;
    User::insert(user("1")).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn an_error_of_the_database_has_its_code(db: Database) -> Result<()> {
    fill(&db).await?;
    let unique = User::insert(NewUser { email: user("1").email, ..user("2") }).execute(&db).await.unwrap_err();
    // SQLITE_CONSTRAINT_UNIQUE, unique_violation
    assert_eq!(unique.code(), Some(either(&db, "2067", "23505")));
    let unknown = query("select * from nowhere").execute(&db).await.unwrap_err();
    // SQLITE_ERROR, undefined_table
    assert_eq!(unknown.code(), Some(either(&db, "1", "42P01")), "the text cannot be compiled");
    let missing = User::find(1_000).one(&db).await.unwrap_err();
    assert!(missing.code().is_none(), "the library found it missing");
    db.close().await
}

#[on_every_database]
async fn a_unique_column_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let twin = || NewUser { email: user("1").email, ..user("2") };
    let error = failed(User::insert(twin()).execute(&db).await, unique("users", &["email"]));
    assert_says(&error, &["users", "email"]);
    assert!(error.is_unique() && !error.is_transient() && error.code().is_some());
    assert!(error.sql().unwrap().starts_with("INSERT INTO \"users\""), "{:?}", error.sql());
    failed(User::insert(twin()).one(&db).await, unique("users", &["email"]));

    let error =
        failed(User::insert_all([user("3"), twin(), user("4")]).execute(&db).await, unique("users", &["email"]));
    assert_says(&error, &["row 1"]);
    assert_eq!(User::select().count(&db).await?, 1, "all or none");

    let mut second = User::insert(user("2")).one(&db).await?;
    second.email = user("1").email;
    failed(second.save(&db).await, unique("users", &["email"]));
    let update = User::update().set(User::EMAIL, SECRET).all_rows();
    failed(update.execute(&db).await, unique("users", &["email"]));
    let error = failed(sql!("update users set email = {SECRET}").execute(&db).await, unique("users", &["email"]));
    assert_eq!(error.sql(), Some(either(&db, "update users set email = ?", "update users set email = $1")));
    db.close().await
}

#[on_every_database]
async fn several_unique_columns_are_all_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let twin = NewUser { team: user("1").team, nick: user("1").nick, ..user("2") };
    let error = failed(User::insert(twin).execute(&db).await, unique("users", &["team", "nick"]));
    assert_says(&error, &["users", "team", "nick"]);
    let mail = |mark| NewUser { mail: Some(SECRET.to_owned()), ..user(mark) };
    User::insert(mail("5")).execute(&db).await?;
    failed(User::insert(mail("6")).execute(&db).await, unique("users", &["e-mail", "karma"]));
    db.close().await
}

#[on_every_database]
async fn a_unique_index_on_an_expression_names_its_table_and_itself(db: Database) -> Result<()> {
    fill(&db).await?;
    let twin = NewUser { name: user("1").name.to_uppercase(), ..user("2") };
    let error = failed(User::insert(twin).execute(&db).await, unique("users", &[]));
    assert_says(&error, &["users", "users_by_name"]);
    db.close().await
}

#[on_every_database]
async fn a_primary_key_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let raw = sql!("insert into users select 1, {SECRET}, 't', 'n', 'nn', null, 1, 'open', 1");
    failed(raw.execute(&db).await, unique("users", &["id"]));

    let country = || Country { code: SECRET.to_owned(), name: "x".to_owned() };
    Country::insert(country()).execute(&db).await?;
    let error = failed(Country::insert(country()).execute(&db).await, unique("country", &["code"]));
    assert_says(&error, &["country", "code"]);

    let plate = || Plate { number: SECRET.to_owned(), country: SECRET.to_owned(), owner: None };
    Plate::insert(plate()).execute(&db).await?;
    failed(Plate::insert(plate()).execute(&db).await, unique("plate", &["country", "number"]));
    db.close().await
}

#[on_every_database]
async fn a_column_that_must_have_a_value_is_named(db: Database) -> Result<()> {
    fill(&db).await?;
    let not_null =
        |table: &str, column: &str| ErrorKind::NotNull { table: table.to_owned(), column: column.to_owned() };
    let (none, pattern) = (None::<String>, format!("%{SECRET}"));
    let raw = sql!("update users set email = {none} where email like {pattern}");
    let error = failed(raw.execute(&db).await, not_null("users", "email"));
    assert_says(&error, &["users.email", "NULL"]);
    let raw = sql!("insert into country (code, name) values ({SECRET}, null)");
    failed(raw.execute(&db).await, not_null("country", "name"));
    let key = sql!("insert into country (name) values ({SECRET})");
    failed(key.execute(&db).await, not_null("country", "code"));
    db.close().await
}

#[on_every_database]
async fn a_check_of_a_column_is_named_with_its_column(db: Database) -> Result<()> {
    fill(&db).await?;
    let wrong = || NewUser { karma: -1, ..user("2") };
    let kind = || check("users", &["karma"], "ck_users_karma");
    let error = failed(User::insert(wrong()).execute(&db).await, kind());
    assert_says(&error, &["users.karma", "karma >= 0"]);
    failed(User::insert_all([user("3"), wrong()]).execute(&db).await, kind());
    failed(User::update().set(User::KARMA, User::KARMA - 2).all_rows().execute(&db).await, kind());
    let mut first = User::find(1).one(&db).await?;
    first.karma = -5;
    failed(first.save(&db).await, kind());
    db.close().await
}

#[on_every_database]
async fn a_check_of_the_table_is_named_without_a_column(db: Database) -> Result<()> {
    fill(&db).await?;
    let wrong = NewUser { karma: 1_000, state: State::Closed, ..user("2") };
    let error = failed(User::insert(wrong).execute(&db).await, check("users", &[], "ck_users_1"));
    assert_says(&error, &["users", "karma < 1000 or state = 'open'"]);
    db.close().await
}

#[on_every_database]
async fn a_value_that_an_enum_does_not_have_fails_its_check(db: Database) -> Result<()> {
    fill(&db).await?;
    // For a raw statement, SQLite reports only the constraint's name; it contains that of the
    // column.
    let kind = |column, name| either(&db, check("", &[], name), check("users", &[column], name));
    let raw = sql!("update users set state = {SECRET}").execute(&db).await;
    let error = failed(raw, kind("state", "ck_users_state_values"));
    assert_says(&error, &["ck_users_state_values"]);
    let raw = sql!("update users set rank = 2").execute(&db).await;
    assert_says(&failed(raw, kind("rank", "ck_users_rank_values")), either(&db, &[], &["users.rank: the check"]));
    // Nothing can be asked in a transaction that has failed.
    let tx = db.begin().await?;
    failed(sql!("update users set rank = 2").execute(&tx).await, kind("rank", "ck_users_rank_values"));
    tx.rollback().await?;
    let script = db.execute_script("select 1; update users set karma = -2").await;
    failed(script, kind("karma", "ck_users_karma"));
    // A condition that reads several columns belongs to the table.
    let raw = sql!("update users set karma = 1000, state = 'closed'").execute(&db).await;
    failed(raw, check(either(&db, "", "users"), &[], "ck_users_1"));
    sql!("update users set state = {State::Closed}, rank = {Rank::High}").execute(&db).await?;
    db.close().await
}

/// A table with columns of enum types.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "doors")]
struct OldDoor {
    #[column(primary_key, auto)]
    id: i64,
    state: State,
    rank: Rank,
    opened: u8,
}

/// The table of `OldDoor` with wider types, so that this struct does not know the table's CHECK
/// constraints.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "doors")]
struct Door {
    #[column(primary_key, auto)]
    id: i64,
    state: String,
    rank: u8,
    opened: i64,
}

#[on_every_database]
async fn a_check_missing_in_the_struct_is_reported_by_its_name(db: Database) -> Result<()> {
    db.create(OldDoor).await?;
    let door = |state: &str, rank, opened| NewDoor { state: state.to_owned(), rank, opened };
    Door::insert(door("open", 1, 0)).execute(&db).await?;
    for (door, constraint) in [
        (door(SECRET, 1, 0), "ck_doors_state_values"),
        (door("open", 2, 0), "ck_doors_rank_values"),
        (door("open", 1, -1), "ck_doors_opened_range"),
    ] {
        let kind = check(either(&db, "", "doors"), &[], constraint);
        let error = failed(Door::insert(door).execute(&db).await, kind);
        assert_says(&error, &[constraint]);
        assert!(!error.to_string().contains("allows"), "{error}");
    }
    db.close().await
}

#[on_every_database]
async fn a_value_of_another_type_is_refused_and_not_shown(db: Database) -> Result<()> {
    fill(&db).await?;
    for error in [
        sql!("update users set karma = {SECRET}").execute(&db).await.unwrap_err(),
        query("update users set karma = 's3cret'").execute(&db).await.unwrap_err(),
    ] {
        assert!(!error.to_string().contains(SECRET), "{error}");
        assert!(!error.is_transient());
        match db.dialect() {
            Dialect::Sqlite => assert_says(&error, &["users.karma must be INTEGER, but got TEXT"]),
            // The server knows the type that a value was to have, and not for which column.
            _ => assert_says(&error, &["invalid input syntax for type bigint"]),
        }
    }
    db.close().await
}

#[on_every_database]
async fn in_a_transaction_the_error_is_the_same(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    let nested = tx.begin().await?;
    let twin = NewUser { email: user("1").email, ..user("2") };
    failed(User::insert(twin).execute(&nested).await, unique("users", &["email"]));
    nested.rollback().await?;
    let nested = tx.begin().await?;
    let wrong = NewUser { karma: -1, ..user("2") };
    failed(User::insert(wrong).execute(&nested).await, check("users", &["karma"], "ck_users_karma"));
    nested.rollback().await?;
    User::insert(user("3")).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(User::select().count(&db).await?, 2);
    db.close().await
}

#[on_every_database(except postgres = RolledBack)]
async fn after_an_error_a_transaction_continues(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    let wrong = NewUser { karma: -1, ..user("2") };
    failed(User::insert(wrong).execute(&tx).await, check("users", &["karma"], "ck_users_karma"));
    User::insert(user("3")).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(User::select().count(&db).await?, 2);
    db.close().await
}

#[on_every_database]
async fn names_with_dots_and_quotes_are_reported_completely(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug)]
    #[table(name = "odd.\"table\"")]
    struct Odd {
        #[column(primary_key, name = "the \"key\"")]
        key: i64,
        #[column(unique, name = "select")]
        word: String,
        #[column(name = "per cent %", check = "\"per cent %\" <= 100")]
        percent: i64,
    }
    db.create(Odd).await?;
    let odd = |key, word: &str, percent| Odd { key, word: word.to_owned(), percent };
    Odd::insert(odd(1, SECRET, 1)).execute(&db).await?;
    failed(Odd::insert(odd(1, "x", 1)).execute(&db).await, unique("odd.\"table\"", &["the \"key\""]));
    failed(Odd::insert(odd(2, SECRET, 1)).execute(&db).await, unique("odd.\"table\"", &["select"]));
    let error = Odd::insert(odd(3, "x", 101)).execute(&db).await.unwrap_err();
    let ErrorKind::Check { table, columns, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!((table.as_str(), &columns[..]), ("odd.\"table\"", &["per cent %".to_owned()][..]));
    db.close().await
}

#[on_every_database]
async fn the_message_of_a_trigger_that_refuses_a_row_is_reported(db: Database) -> Result<()> {
    fill(&db).await?;
    let trigger = either(
        &db,
        "create trigger no_more before insert on country begin select raise(abort, 'the world is complete'); end",
        "create function refuse() returns trigger language plpgsql as
             $$ begin raise exception 'the world is complete' using detail = new.code; end $$;
         create trigger no_more before insert on country for each row execute function refuse()",
    );
    db.execute_script(trigger).await?;
    let country = Country { code: SECRET.to_owned(), name: "x".to_owned() };
    let kind = ErrorKind::Raised { message: "the world is complete".to_owned() };
    let error = failed(Country::insert(country).execute(&db).await, kind);
    assert_says(&error, &["the world is complete"]);
    db.close().await
}
