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

async fn database() -> Result<Database> {
    let db = Database::memory().await?;
    db.create_all((User, Country, Plate)).await?;
    User::insert(user("1")).execute(&db).await?;
    Ok(db)
}

#[tokio::test]
async fn an_error_of_the_database_has_its_code() -> Result<()> {
    let db = database().await?;
    let unique = User::insert(NewUser { email: user("1").email, ..user("2") }).execute(&db).await.unwrap_err();
    assert_eq!(unique.code(), Some("2067"), "SQLITE_CONSTRAINT_UNIQUE");
    let unknown = query("select * from nowhere").execute(&db).await.unwrap_err();
    assert_eq!(unknown.code(), Some("1"), "SQLITE_ERROR, of a text that cannot be compiled");
    let tx = db.begin().await?;
    let failed = query("insert or rollback into country values ('a', 'b'), ('a', 'c')").execute(&tx).await.unwrap_err();
    assert_eq!(failed.code(), Some("1555"), "SQLITE_CONSTRAINT_PRIMARYKEY");
    let missing = User::find(1_000).one(&db).await.unwrap_err();
    assert!(missing.code().is_none(), "the library found it missing");
    db.close().await
}

#[tokio::test]
async fn a_unique_column_is_named() -> Result<()> {
    let db = database().await?;
    let twin = || NewUser { email: user("1").email, ..user("2") };
    let error = failed(User::insert(twin()).execute(&db).await, unique("users", &["email"]));
    assert_says(&error, &["users", "email"]);
    assert!(error.is_unique() && !error.is_transient() && error.source().is_some());
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
    assert_eq!(error.sql(), Some("update users set email = ?"));
    db.close().await
}

#[tokio::test]
async fn several_unique_columns_are_all_named() -> Result<()> {
    let db = database().await?;
    let twin = NewUser { team: user("1").team, nick: user("1").nick, ..user("2") };
    let error = failed(User::insert(twin).execute(&db).await, unique("users", &["team", "nick"]));
    assert_says(&error, &["users", "team", "nick"]);
    let mail = |mark| NewUser { mail: Some(SECRET.to_owned()), ..user(mark) };
    User::insert(mail("5")).execute(&db).await?;
    failed(User::insert(mail("6")).execute(&db).await, unique("users", &["e-mail", "karma"]));
    db.close().await
}

#[tokio::test]
async fn a_unique_index_on_an_expression_names_its_table_and_itself() -> Result<()> {
    let db = database().await?;
    let twin = NewUser { name: user("1").name.to_uppercase(), ..user("2") };
    let error = failed(User::insert(twin).execute(&db).await, unique("users", &[]));
    assert_says(&error, &["users", "users_by_name"]);
    db.close().await
}

#[tokio::test]
async fn a_primary_key_is_named() -> Result<()> {
    let db = database().await?;
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

#[tokio::test]
async fn a_column_that_must_have_a_value_is_named() -> Result<()> {
    let db = database().await?;
    let not_null =
        |table: &str, column: &str| ErrorKind::NotNull { table: table.to_owned(), column: column.to_owned() };
    let raw = query("update users set email = ? where email like ?").bind(None::<String>).bind(format!("%{SECRET}"));
    let error = failed(raw.execute(&db).await, not_null("users", "email"));
    assert_says(&error, &["users.email", "NULL"]);
    let raw = sql!("insert into country (code, name) values ({SECRET}, null)");
    failed(raw.execute(&db).await, not_null("country", "name"));
    let key = sql!("insert into country (name) values ({SECRET})");
    failed(key.execute(&db).await, not_null("country", "code"));
    db.close().await
}

#[tokio::test]
async fn a_check_of_a_column_is_named_with_its_column() -> Result<()> {
    let db = database().await?;
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

#[tokio::test]
async fn a_check_of_the_table_is_named_without_a_column() -> Result<()> {
    let db = database().await?;
    let wrong = NewUser { karma: 1_000, state: State::Closed, ..user("2") };
    let error = failed(User::insert(wrong).execute(&db).await, check("users", &[], "ck_users_1"));
    assert_says(&error, &["users", "karma < 1000 or state = 'open'"]);
    db.close().await
}

#[tokio::test]
async fn a_value_that_an_enum_does_not_have_fails_its_check() -> Result<()> {
    let db = database().await?;
    // For a raw statement, only the constraint's name is known; it contains that of the column.
    let error =
        failed(sql!("update users set state = {SECRET}").execute(&db).await, check("", &[], "ck_users_state_values"));
    assert_says(&error, &["ck_users_state_values"]);
    failed(sql!("update users set rank = 2").execute(&db).await, check("", &[], "ck_users_rank_values"));
    let text = sql!("update users set rank = 'high'").execute(&db).await.unwrap_err();
    assert_says(&text, &["users.rank must be INTEGER, but got TEXT"]);
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

#[tokio::test]
async fn a_check_missing_in_the_struct_is_reported_by_its_name() -> Result<()> {
    let db = Database::memory().await?;
    db.create(OldDoor).await?;
    let door = |state: &str, rank, opened| NewDoor { state: state.to_owned(), rank, opened };
    Door::insert(door("open", 1, 0)).execute(&db).await?;
    for (door, constraint) in [
        (door(SECRET, 1, 0), "ck_doors_state_values"),
        (door("open", 2, 0), "ck_doors_rank_values"),
        (door("open", 1, -1), "ck_doors_opened_range"),
    ] {
        let error = failed(Door::insert(door).execute(&db).await, check("", &[], constraint));
        assert_says(&error, &[constraint]);
        assert!(!error.to_string().contains("allows"), "{error}");
    }
    db.close().await
}

#[tokio::test]
async fn a_value_of_another_type_is_named_with_its_column_and_both_types() -> Result<()> {
    let db = database().await?;
    let kind = ErrorKind::Datatype {
        table: "users".to_owned(),
        column: "karma".to_owned(),
        expected: "INTEGER".to_owned(),
        found: "TEXT".to_owned(),
    };
    let error = failed(sql!("update users set karma = {SECRET}").execute(&db).await, kind);
    assert_says(&error, &["users.karma must be INTEGER, but got TEXT"]);
    assert!(!error.is_transient());
    let error = sql!("update users set \"e-mail\" = x'00' where karma = 1").execute(&db).await.unwrap_err();
    assert_says(&error, &["users.e-mail must be TEXT, but got BLOB"]);
    db.close().await
}

#[tokio::test]
async fn in_a_transaction_the_error_is_the_same_and_the_transaction_continues() -> Result<()> {
    let db = database().await?;
    let tx = db.begin().await?;
    failed(User::insert(user("1")).execute(&tx).await.map_err(first_column), unique("users", &["email"]));
    failed(
        User::insert(NewUser { karma: -1, ..user("2") }).execute(&tx).await,
        check("users", &["karma"], "ck_users_karma"),
    );
    User::insert(user("3")).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(User::select().count(&db).await?, 2);
    db.close().await
}

/// Checks that the error is a violation of a UNIQUE constraint of `users`. If several are
/// violated, SQLite decides which one the error names, so returns the error with `email` as the
/// column.
fn first_column(error: Error) -> Error {
    assert!(matches!(error.kind(), ErrorKind::Unique { table, .. } if table == "users"), "{error}");
    Error::new(unique("users", &["email"]), error.to_string())
}

#[tokio::test]
async fn names_with_dots_and_quotes_are_reported_completely() -> Result<()> {
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
    let db = Database::memory().await?;
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

#[tokio::test]
async fn the_message_of_a_trigger_that_refuses_a_row_is_reported() -> Result<()> {
    let db = database().await?;
    db.execute_script(
        "create trigger no_more before insert on country begin select raise(abort, 'the world is complete'); end",
    )
    .await?;
    let error =
        Country::insert(Country { code: SECRET.to_owned(), name: "x".to_owned() }).execute(&db).await.unwrap_err();
    assert_says(&error, &["the world is complete"]);
    assert_silent(&error);
    db.close().await
}
