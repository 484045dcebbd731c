// SQLAlchemy: `User.name.label("n")`. Write: `remove this call`
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
    let names = User::select().columns(User::NAME.label("n"));
    Ok(())
}

fn main() {}
