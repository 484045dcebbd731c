use aio_sql::Table;

#[derive(Table)]
struct Airline {
    #[column(primary_key)]
    carrier: String,
    name: String,
}

#[derive(Table)]
struct Airport {
    #[column(primary_key)]
    faa: String,
    alt: i32,
}

#[derive(Table)]
struct Flight {
    #[column(primary_key)]
    id: i64,
    #[column(references = Airline::CARRIER)]
    carrier: String,
}

fn main() {
    let _ = Flight::select().join(Airline).group_by(Airport::FAA);
}
