// SQL: `join user on ..`. Write: `.join_on(`
use aio_sql::{Database, Result, Table, alias};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    alias!(Other = User);
    let pairs = User::select().on(User::NAME.of::<Other>().eq(User::NAME));
    Ok(())
}

fn main() {}
