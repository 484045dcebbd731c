use diesel::prelude::*;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
    }
}

#[derive(Queryable)]
struct User {
    #[allow(dead_code)]
    id: i64,
    name: String,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUser {
    name: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let manager = AsyncDieselConnectionManager::<SyncConnectionWrapper<SqliteConnection>>::new(":memory:");
    let pool = Pool::builder(manager).max_size(1).build()?;
    let mut db = pool.get().await?;
    db.batch_execute("create table users (id integer primary key, name text not null)").await?;
    diesel::insert_into(users::table).values(NewUser { name: "Dan Rydell".into() }).execute(&mut db).await?;
    let user: User = users::table.find(1).first(&mut db).await?;
    println!("Hello, {}", user.name);
    Ok(())
}
