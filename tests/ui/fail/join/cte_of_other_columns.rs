use aio_sql::{Record, Table, count, cte};

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

#[derive(Record)]
struct Busy {
    carrier: String,
    flights: i64,
}

fn main() {
    let _ = cte(Busy, Flight::select().group_by(Flight::CARRIER).columns((count(), Flight::CARRIER)));
}
