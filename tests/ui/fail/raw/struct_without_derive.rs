use aio_sql::{Executor, Result, sql};

struct User {
    name: String,
}

async fn users(db: &Executor) -> Result<Vec<User>> {
    sql!("select name from users").all(db).await
}

fn main() {}
