//! Functions over `&Executor`, transactions with what they borrow, and tasks.

use std::ops::Deref;
use std::sync::Arc;

use aio_sql::future::All;
use aio_sql::{Database, Error, Executor, Result, Table, sql};

#[derive(Table, Clone, Debug)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

async fn names(ex: &Executor) -> Result<Vec<String>> {
    User::select().order_by(User::ID).columns(User::NAME).all(ex).await
}

async fn add(name: &str, ex: &Executor) -> Result<User> {
    User::insert(NewUser { name: name.to_owned() }).one(ex).await
}

/// The function need not be `async`, because the future owns all that it needs.
fn everybody(ex: &Executor) -> All<User> {
    User::select().all(ex)
}

/// A wrapper like the extractors of web frameworks, which dereferences to its content.
struct State<T>(Arc<T>);

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

struct App {
    db: Database,
}

async fn handler(app: State<App>, db: State<Database>) -> Result<usize> {
    Ok(names(&app.db).await?.len() + names(&db).await?.len())
}

#[derive(Debug)]
enum Failure {
    Database(Error),
    Number(std::num::ParseIntError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Database(error)
    }
}

impl From<std::num::ParseIntError> for Failure {
    fn from(error: std::num::ParseIntError) -> Self {
        Failure::Number(error)
    }
}

fn is_send<T: Send + 'static>(value: T) -> T {
    value
}

async fn work(db: Database) -> Result<()> {
    let name = String::from("Dana");
    let borrowed = name.as_str();
    // With a closure that returns an `async move` block, and with an async closure. Both borrow.
    db.transaction(|tx| async move { add(borrowed, &tx).await.map(drop) }).await?;
    let length = db
        .transaction(async |tx| {
            add(borrowed, &tx).await?;
            // A nested transaction, which fails and is rolled back.
            let inner = tx.transaction(|tx| async move {
                add(borrowed, &tx).await?;
                sql!("select x from missing").execute(&tx).await
            });
            assert!(inner.await.is_err());
            Ok(name.len())
        })
        .await?;
    assert_eq!(length, 4);
    let owned = String::from("Dan");
    db.transaction(|tx| async move { User::insert(NewUser { name: owned }).execute(&tx).await }).await?;
    let number = db
        .try_transaction(|tx| async move {
            add("Casey", &tx).await?;
            Ok::<i64, Failure>("7".parse()?)
        })
        .await;
    assert!(matches!(number, Ok(7)));
    let failed: Result<(), Failure> = db
        .try_transaction(|tx| async move {
            add("Nobody", &tx).await?;
            "seven".parse::<i64>()?;
            Ok(())
        })
        .await;
    assert!(matches!(failed, Err(Failure::Number(_))));
    let guard = db.begin().await?;
    add("Jeremy", &guard).await?;
    guard.commit().await
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create(User).await?;
    tokio::spawn(work(db.clone())).await.expect("the task ends")?;
    assert_eq!(names(&db).await?, ["Dana", "Dana", "Dan", "Casey", "Jeremy"]);

    // Whatever dereferences to an executor can be used as one, also over several levels.
    let (shared, boxed, by_reference) = (Arc::new(db.clone()), Box::new(db.clone()), &&db);
    let mut conn = db.connect().await?;
    assert_eq!(names(&shared).await?.len() + names(&boxed).await?.len() + names(by_reference).await?.len(), 15);
    let mutable = &mut conn;
    assert_eq!(names(mutable).await?.len(), 5);
    let app = State(Arc::new(App { db: db.clone() }));
    assert_eq!(tokio::spawn(handler(app, State(shared))).await.expect("the task ends")?, 10);

    // The futures of statements can be moved to a task without an `async` block.
    assert_eq!(tokio::spawn(everybody(&conn)).await.expect("the task ends")?.len(), 5);
    is_send(User::insert(NewUser { name: "Natalie".into() }).execute(&db)).await?;
    let one: i64 = is_send(sql!("select 1").scalar(&db)).await?;
    let tasks: Vec<_> = (0..3).map(|_| tokio::spawn(User::select().all(&db))).collect();
    for task in tasks {
        assert_eq!(task.await.expect("the task ends")?.len(), 6);
    }
    let (some, all) = tokio::join!(User::find(one).one(&db), names(&conn));
    assert_eq!((some?.name.as_str(), all?.len()), ("Dana", 6));

    conn.close().await?;
    db.close().await
}
