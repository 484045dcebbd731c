// SQLAlchemy: `update(User).values(karma=0)`. Write: `.set(User::KARMA, `
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
    User::update().values(User::KARMA.eq(0)).all_rows().execute(&db).await?;
    Ok(())
}

fn main() {}
