use aio_sql::{Executor, Result, Table};

#[derive(Table)]
struct User {
    name: String,
    age: Option<i32>,
}

struct Entry {
    name: String,
    age: Option<i32>,
}

async fn entries(db: &Executor) -> Result<Vec<Entry>> {
    User::select().columns((User::NAME, User::AGE)).record::<Entry>().all(db).await
}

fn main() {}
