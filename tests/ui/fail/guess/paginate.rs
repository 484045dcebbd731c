// SeaORM: `.paginate(&db, 50)`. Write: `.page(50)`
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
    let mut pages = User::select().order_by(User::NAME).paginate(&db, 50);
    Ok(())
}

fn main() {}
