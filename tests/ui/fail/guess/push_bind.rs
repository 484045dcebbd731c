// sqlx: `builder.push_bind(1)`. Write: `sql!("{start} where`
use aio_sql::{Database, Result, Table, sql};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let mut text = sql!("select * from user where id = ");
    text.push_bind(1);
    Ok(())
}

fn main() {}
