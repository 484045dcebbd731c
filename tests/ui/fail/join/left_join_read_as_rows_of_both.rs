use aio_sql::{Executor, Result, Table};

#[derive(Table)]
struct Airline {
    #[column(primary_key)]
    carrier: String,
    name: String,
}

#[derive(Table)]
struct Flight {
    #[column(primary_key)]
    id: i64,
    #[column(references = Airline::CARRIER)]
    carrier: String,
}

async fn run(db: &Executor) -> Result<Vec<(Flight, Airline)>> {
    Flight::select().left_join(Airline).all(db).await
}

fn main() {}
