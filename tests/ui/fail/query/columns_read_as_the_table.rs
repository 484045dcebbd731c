use aio_sql::{Executor, Result, Table};

#[derive(Table)]
struct User {
    name: String,
    age: Option<i32>,
}

async fn run(db: &Executor) -> Result<Vec<User>> {
    User::select().columns((User::NAME, User::AGE)).all(db).await
}

fn main() {}
