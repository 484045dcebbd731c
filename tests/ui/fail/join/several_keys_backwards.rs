use aio_sql::Table;

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
    #[column(references = Airport::FAA)]
    origin: String,
    #[column(references = Airport::FAA)]
    dest: String,
}

fn main() {
    let _ = Airport::select().left_join(Flight);
}
