use aio_sql::{Executor, Result, sql};

async fn users(db: &Executor) -> Result<(i64, String)> {
    sql!("select id, name from users").scalar(db).await
}

fn main() {}
