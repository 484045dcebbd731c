// sqlx: `query(..).execute(&pool).await?.last_insert_rowid()`. Write: `.last_insert_id`
use aio_sql::{Database, Result, Table};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let id = User::delete().all_rows().execute(&db).await?.last_insert_rowid();
    Ok(())
}

fn main() {}
