use aio_sql::{Table, exists};

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
    let flights = exists(Flight::select().filter(Flight::CARRIER.eq(Airline::CARRIER)));
    let _ = Airline::select().filter(flights);
}
