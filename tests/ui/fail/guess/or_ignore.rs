// SQL: `insert or ignore`. Write: `.on_conflict_do_nothing()`
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
    User::insert(user).or_ignore();
    Ok(())
}

fn main() {}
