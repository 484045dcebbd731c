//! Conditions, orders and statements that are built when the program runs, and functions over any
//! table.

use aio_sql::expr::Order;
use aio_sql::future::Save;
use aio_sql::schema::TableOf;
use aio_sql::statement::KeyValue;
use aio_sql::{Column, Condition, Database, Executor, Insert, Keyed, Result, Select, Table, all_of, any_of, not};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(new(derive(Clone)))]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    age: Option<i32>,
    active: bool,
}

#[derive(Default)]
struct Search<'a> {
    name: Option<&'a str>,
    ages: Vec<i32>,
    active: bool,
}

fn conditions(search: &Search<'_>) -> Condition<User> {
    let mut conditions: Vec<Condition<User>> = Vec::new();
    if let Some(name) = search.name {
        conditions.push(User::NAME.eq(name));
        conditions.push(User::NAME.starts_with(name).or(User::AGE.is_null()).into());
    }
    if search.active {
        conditions.push(User::ACTIVE.into());
    }
    let mut ages: Vec<Condition<User>> = search.ages.iter().map(|age| User::AGE.eq(*age).into()).collect();
    ages.push(User::AGE.gt(100).into());
    conditions.push(any_of(ages));
    all_of(conditions)
}

fn order(by: &str, descending: bool) -> Order<(User,)> {
    match (by, descending) {
        ("name", false) => User::NAME.asc(),
        ("name", true) => User::NAME.desc(),
        ("age", false) => User::AGE.asc().nulls_last(),
        ("age", true) => User::AGE.desc(),
        _ => User::ID.asc(),
    }
}

fn by_column<T: Table>(column: Column<T, String>, value: &str) -> Select<T> {
    Select::new().filter(column.eq(value))
}

async fn everything<T: Table>(ex: &Executor) -> Result<Vec<T>> {
    Select::<T>::new().all(ex).await
}

async fn found<T: Keyed, K: KeyValue<T::Key>>(key: K, ex: &Executor) -> Result<Option<T>> {
    Select::<T>::find(key).optional(ex).await
}

async fn stored<T: Table>(row: T::New, ex: &Executor) -> Result<T> {
    Insert::<T>::one_row(row).one(ex).await
}

async fn saved<T: Keyed>(mut row: T, ex: &Executor) -> Result<T> {
    Save::new(&mut row, ex).await?;
    Ok(row)
}

async fn made<T: Table>(table: TableOf<T>, db: &Database) -> Result<&'static str> {
    db.create(table).await?;
    Ok(T::TABLE.name)
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    assert_eq!(made(User, &db).await?, "user");
    for (name, age) in [("Dana", Some(34)), ("Dan", None), ("Casey", Some(36))] {
        stored::<User>(NewUser { name: name.into(), age, active: true }, &db).await?;
    }
    let search = Search { name: Some("Dana"), ages: vec![33, 34], active: true };
    assert_eq!(User::select().filter(conditions(&search)).count(&db).await?, 1);
    assert_eq!(User::select().filter(conditions(&Search::default())).count(&db).await?, 0);

    let mut query = User::select().filter(not(User::AGE.lt(18)));
    for name in ["Jeremy", "Natalie"] {
        query = query.filter(User::NAME.ne(name));
    }
    for (by, descending) in [("age", true), ("name", false)] {
        query = query.order_by(order(by, descending));
    }
    let names = query.order_by(vec![order("id", false)]).columns(User::NAME).all(&db).await?;
    assert_eq!(names, ["Casey", "Dana"]);
    let two = User::select().order_by([order("name", true), order("id", false)]).order_by((User::ID, User::AGE.desc()));
    assert_eq!(two.limit(2).offset(1).all(&db).await?.len(), 2);

    let dana = by_column(User::NAME, "Dana").one(&db).await?;
    assert_eq!(found::<User, _>(dana.id, &db).await?, Some(dana.clone()));
    assert_eq!(saved(User { age: None, ..dana }, &db).await?.age, None);
    assert_eq!(everything::<User>(&db).await?.len(), 3);
    db.close().await
}
