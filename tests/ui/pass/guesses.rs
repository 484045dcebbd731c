//! Calls that people guess, and that compile.

use aio_sql::{Database, Result, Table, sql};

#[derive(Table, Clone, Debug)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i32,
}

/// A trait of the user's may have the methods of another library.
trait Fetch {
    fn fetch_all(self, db: &Database) -> impl Future<Output = Result<Vec<User>>>;
}

impl Fetch for aio_sql::Select<User> {
    fn fetch_all(self, db: &Database) -> impl Future<Output = Result<Vec<User>>> {
        self.all(db)
    }
}

/// A type of the user's may have a method of another library.
impl User {
    fn find_by_id(id: i64) -> aio_sql::Select<User> {
        User::find(id)
    }
}

/// Arithmetic with integers is not affected by the operators that take an integer and a column.
fn integers(text: &str, small: u8) -> i64 {
    let parsed: i64 = text.parse().unwrap_or(1);
    let sum: i64 = [1, 2].iter().sum();
    1 - parsed + 2 * i64::from(small) - (3 - sum)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create_if_missing(User).await?;
    User::insert(NewUser { name: "Dana".into(), karma: 3 }).execute(&db).await?;
    let names = ["Dana", "Dan"];

    // A number may be the left operand, and a number of rows may have any type of integer.
    User::update().set(User::KARMA, 10 - User::KARMA).all_rows().execute(&db).await?;
    let users = User::select().filter((2 * User::KARMA).eq(14)).limit(names.len()).offset(0_u8).all(&db).await?;
    assert_eq!(users[0].karma, 7);
    assert_eq!(integers("5", 2), 0);
    // A column can be used by reference, because it is `Copy`.
    let conditions: Vec<aio_sql::Condition<User>> = [User::NAME].iter().map(|column| column.eq("Dana")).collect();
    assert_eq!(User::select().filter(aio_sql::any_of(conditions)).fetch_all(&db).await?.len(), 1);
    assert_eq!(User::find_by_id(1).one(&db).await?.name, "Dana");

    // Transactions take an async closure, and a closure that returns a boxed future.
    let count = db.transaction(async |tx| User::select().count(&tx).await).await?;
    let boxed = db.transaction(|tx| Box::pin(async move { User::select().count(&tx).await })).await?;
    assert_eq!((count, boxed), (1, 1));
    let mut tx = db.begin().await?;
    sql!("delete from user").execute(&mut tx).await?;
    tx.rollback().await?;

    // Any executor opens connections, and a second `close` does nothing.
    let connection = db.connect().await?;
    let other = connection.connect().await?;
    connection.close().await?;
    connection.close().await?;
    assert_eq!(User::select().count(&other).await?, 1);
    other.close().await?;
    db.close().await?;
    db.close().await
}
