// SeaORM: `insert_many(rows).exec_with_returning(db)`. Write: `.all(&db)`
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
    let user = NewUser { name: "Dana".into(), karma: 0, city: None };
    let user: User = User::insert_all([user]).one(&db).await?;
    Ok(())
}

fn main() {}
