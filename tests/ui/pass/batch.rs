//! Batches: their results by name, in functions over `&Executor`, and spawned.

use aio_sql::future::BatchRun;
use aio_sql::{Batch, Connection, Database, Executor, Outcome, Record, Result, Table, sql};

#[derive(Table, Clone, Debug)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[derive(Record, Debug)]
struct Named {
    id: i64,
    name: String,
}

fn new(name: &str) -> NewUser {
    NewUser { name: name.to_owned() }
}

async fn on_anything(ex: &Executor) -> Result<(User, Vec<Named>)> {
    let (user, all) = Batch::new()
        .one(User::insert(new("Dana")))
        .all(User::select().columns((User::ID, User::NAME)).record::<Named>())
        .run(ex)
        .await?;
    Ok((user, all))
}

/// The types of the results may be written down.
async fn with_types(db: &Database) -> Result<i64> {
    let (outcome, count, maybe): (Outcome, i64, Option<String>) = Batch::default()
        .execute(sql!("update {User} set name = upper(name)"))
        .one(sql!("select count(*) from {User}"))
        .optional(sql!("select name from {User}"))
        .run(db)
        .await?;
    Ok(count + outcome.rows_affected as i64 + maybe.map_or(0, |name| name.len() as i64))
}

/// A batch that is built in several steps returns one tuple too.
async fn grows(conn: &Connection, also: bool) -> Result<()> {
    let batch = Batch::new().all(User::select());
    if also {
        let (_, _) = batch.execute(User::delete().filter(User::ID.eq(1))).run(conn).await?;
    } else {
        let (_,) = batch.run(conn).await?;
    }
    Ok(())
}

fn is_sent_elsewhere<F: Future + Send + Unpin + 'static>(future: F) -> F {
    future
}

fn spawns<R: aio_sql::FromRow>(db: &Database)
where
    User: Clone,
{
    // No `async` block is needed, because the future owns all that it needs.
    drop(is_sent_elsewhere(Batch::new().all(User::select()).one(User::find(1)).run(db)));
    let _: Option<BatchRun<()>> = None;
}

fn main() {
    let _ = (on_anything, with_types, grows, spawns::<i64>);
}
