// SeaORM: `query.apply_if(name, |query, name| ..)`. Write: `.filter(name.map(`
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
    let name = Some("Dana");
    let users = User::select().apply_if(name, |query, name| query.filter(User::NAME.eq(name)));
    Ok(())
}

fn main() {}
