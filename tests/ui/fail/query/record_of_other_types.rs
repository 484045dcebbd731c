use aio_sql::{Executor, Record, Result, Table};

#[derive(Table)]
struct User {
    name: String,
    age: Option<i32>,
}

#[derive(Record)]
struct Entry {
    name: String,
    age: i32,
}

async fn entries(db: &Executor) -> Result<Vec<Entry>> {
    User::select().columns((User::NAME, User::AGE)).record().all(db).await
}

fn main() {}
