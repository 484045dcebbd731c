// sqlx: `query_as!(User, "..", id)`. Write: `sql!(`
use aio_sql::{Database, Result, Table, query_as};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let id = 1;
    let user: User = query_as!(User, "select * from user where id = ?", id).one(&db).await?;
    Ok(())
}

fn main() {}
