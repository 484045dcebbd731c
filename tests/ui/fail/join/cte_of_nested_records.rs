use aio_sql::{Record, Table, cte};

#[derive(Table)]
struct Airline {
    #[column(primary_key)]
    carrier: String,
    name: String,
}

#[derive(Record)]
struct Line {
    #[record(nested)]
    airline: Airline,
    letters: i64,
}

fn main() {
    let _ = cte(Line, Airline::select().columns((Airline, Airline::NAME.length())));
}
