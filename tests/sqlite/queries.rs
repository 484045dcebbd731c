//! Queries that call functions of the program, and the plans that SQLite makes.

use std::collections::BTreeSet;

use aio_sql::{Database, Dialect, Result, Table, alias, exists, sql, sql_aggregate, sql_function};

use users::*;

mod computed_once;
mod indexes;
mod join_order;
#[cfg(feature = "json")]
mod json_tables;
#[path = "../queries/users.rs"]
mod users;

sql_function!(fn vowels(text: String) -> i64);
sql_function!(fn instr(text: String, part: String) -> i64);

#[tokio::test]
async fn functions_are_typed_once_by_their_names() -> Result<()> {
    use aio_sql::rusqlite::functions::FunctionFlags;
    let db = Database::builder(":memory:")
        .on_connect(|raw| {
            raw.create_scalar_function("vowels", 1, FunctionFlags::SQLITE_DETERMINISTIC, |context| {
                let text: String = context.get(0)?;
                assert!(text != "Casey", "no vowels of Casey");
                Ok(text.chars().filter(|c| "aeiou".contains(*c)).count() as i64)
            })
        })
        .open()
        .await?;
    db.create(User).await?;
    for name in ["Dan", "Natalie"] {
        User::insert(NewUser { name: name.into(), team: "red".into(), karma: 1 }).execute(&db).await?;
    }
    let many: Vec<(String, i64)> =
        User::select().filter(vowels(User::NAME).gt(2)).columns((User::NAME, instr(User::NAME, "t"))).all(&db).await?;
    assert_eq!(many, [("Natalie".into(), 3)]);
    let panicked = User::select().columns(vowels("Casey")).all(&db).await.unwrap_err();
    assert!(!panicked.to_string().is_empty());
    assert_eq!(User::select().columns(vowels(User::NAME)).all(&db).await?, [1, 4]);
    Ok(())
}

#[tokio::test]
async fn a_plan_is_a_tree_that_says_which_tables_are_scanned() -> Result<()> {
    let db = Database::memory().await?;
    fill(&db).await;
    let plan = User::select().filter(User::ID.eq(1)).explain(&db).await?;
    plan.assert_no_scan_except(&[]);
    assert_eq!(plan.to_string(), "SEARCH users USING INTEGER PRIMARY KEY (rowid=?)");
    let other = User::select().join_on(Route, Route::ORIGIN.eq(User::TEAM)).explain(&db).await?;
    assert_eq!(other.scans().count(), 1, "{other}");
    assert_eq!(User::select().count(&db).await?, 4, "nothing was run");
    let panic = std::panic::catch_unwind(|| other.assert_no_scan_except(&[])).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("is scanned by"));
    Ok(())
}

sql_function!(fn shout(text: String, times: i64) -> Option<String>);

#[tokio::test]
async fn functions_are_written_in_rust() -> Result<()> {
    let db = Database::builder(":memory:")
        .function("shout", |(text, times): (String, i64)| {
            assert!(times < 9, "too loud");
            (times > 0).then(|| text.to_uppercase().repeat(times as usize))
        })
        .aggregate(
            "product",
            || 1_i64,
            |product: &mut i64, factor: Option<i64>| *product *= factor.unwrap_or(1),
            |product| product,
        )
        .open()
        .await?;
    db.create(User).await?;
    for (name, karma) in [("Dan", 2), ("Casey", 3)] {
        User::insert(NewUser { name: name.into(), team: "red".into(), karma }).execute(&db).await?;
    }
    let loud: Vec<Option<String>> =
        User::select().order_by(User::ID).columns(shout(User::NAME, User::KARMA - 2)).all(&db).await?;
    assert_eq!(loud, [None, Some("CASEY".into())]);
    let six: i64 = sql!("select product({User::KARMA}) from {User}").scalar(&db).await?;
    let one: i64 = sql!("select product({User::KARMA}) from {User} where 1 = 0").scalar(&db).await?;
    assert_eq!((six, one), (6, 1));
    let panicked = User::select().columns(shout(User::NAME, 9)).all(&db).await;
    assert!(panicked.is_err());
    let mistyped = sql!("select shout(1, 2)").scalar::<Option<String>>(&db).await.unwrap_err();
    assert!(mistyped.to_string().contains("text"), "{mistyped}");
    assert_eq!(User::select().count(&db).await?, 2, "the connection goes on");
    Ok(())
}

sql_aggregate!(fn product(factor: i32) -> i64);

#[tokio::test]
async fn an_aggregate_called_by_name_works_like_others() -> Result<()> {
    let db = Database::builder(":memory:")
        .aggregate("product", || 1_i64, |product: &mut i64, factor: i64| *product *= factor, |product| product)
        .open()
        .await?;
    db.create(User).await?;
    let user = |team: &str, karma| NewUser { name: "Dan".into(), team: team.into(), karma };
    User::insert_all([user("red", 2), user("red", 3), user("red", 3), user("blue", 7)]).execute(&db).await?;
    let teams = User::select().group_by(User::TEAM).order_by(User::TEAM);
    let products = teams.clone().having(product(User::KARMA).gt(1)).columns((
        User::TEAM,
        product(User::KARMA),
        product(User::KARMA).distinct().filter(User::ID.gt(1)) + 1,
    ));
    assert_eq!(products.all(&db).await?, [("blue".into(), 7, 8), ("red".into(), 18, 4)]);
    assert_eq!(User::select().columns(product(User::KARMA)).count(&db).await?, 1);
    assert!(
        User::select()
            .filter(exists(User::select().filter(User::ID.lt(0)).columns(product(User::KARMA))))
            .exists(&db)
            .await?
    );
    let error = User::select().columns((User::TEAM, product(User::KARMA))).all(&db).await.unwrap_err();
    assert!(error.to_string().contains("group by it"), "{error}");
    Ok(())
}
