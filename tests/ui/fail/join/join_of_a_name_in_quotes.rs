use aio_sql::Table;

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

fn main() {
    let _ = Flight::select().join("airline");
}
