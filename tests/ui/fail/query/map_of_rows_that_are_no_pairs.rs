use std::collections::HashMap;

use aio_sql::{Executor, Result, Table};

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
    name: String,
}

async fn by_id(db: &Executor) -> Result<HashMap<i64, User>> {
    User::select().collect(db).await
}

fn main() {}
