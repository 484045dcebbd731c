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

/// And so may a type of the user's.
impl User {
    fn find_by_id(id: i64) -> aio_sql::Select<User> {
        User::find(id)
    }
}

/// Integers of Rust are not affected by what may stand beside a column.
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

    // Rust's numbers on the left, and any integer as a number of rows.
    User::update().set(User::KARMA, 10 - User::KARMA).all_rows().execute(&db).await?;
    let users = User::select().filter((2 * User::KARMA).eq(14)).limit(names.len()).offset(0_u8).all(&db).await?;
    assert_eq!(users[0].karma, 7);
    assert_eq!(integers("5", 2), 0);
    // By reference, too, for a column is `Copy`.
    let conditions: Vec<aio_sql::Condition<User>> = [User::NAME].iter().map(|column| column.eq("Dana")).collect();
    assert_eq!(User::select().filter(aio_sql::any_of(conditions)).fetch_all(&db).await?.len(), 1);
    assert_eq!(User::find_by_id(1).one(&db).await?.name, "Dana");

    // The closures of other libraries.
    let count = db.transaction(async |tx| User::select().count(&tx).await).await?;
    let boxed = db.transaction(|tx| Box::pin(async move { User::select().count(&tx).await })).await?;
    assert_eq!((count, boxed), (1, 1));
    let mut tx = db.begin().await?;
    sql!("delete from user").execute(&mut tx).await?;
    tx.rollback().await?;

    // A connection of any executor, and a second `close`.
    let connection = db.connect().await?;
    let other = connection.connect().await?;
    connection.close().await?;
    connection.close().await?;
    assert_eq!(User::select().count(&other).await?, 1);
    other.close().await?;
    db.close().await?;
    db.close().await
}
