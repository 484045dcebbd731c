// a method of wrappers: `.into_inner()`. Write: `.into_row()`
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
    let user = User::insert(NewUser { name: "Dana".into(), karma: 1, city: None }).or_get(User::NAME).one(&db).await?;
    let user: User = user.into_inner();
    Ok(())
}

fn main() {}
