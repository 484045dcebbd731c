use aio_sql::Table;

#[derive(Table)]
struct Airline {
    #[column(primary_key)]
    carrier: String,
    name: String,
}

fn main() {
    let _ = Airline::select().columns(Airline::NAME.sum());
}
