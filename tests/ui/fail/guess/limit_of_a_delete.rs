// MySQL: `DELETE .. LIMIT 5`. Write: `.filter(User::ID.is_in(User::select().limit(`
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
    User::delete().filter(User::KARMA.eq(0)).limit(5).execute(&db).await?;
    Ok(())
}

fn main() {}
