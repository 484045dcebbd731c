// A series has numbers, dates or points in time.
use aio_sql::{Record, generate_series};

#[derive(Record)]
struct Name {
    name: String,
}

fn main() {
    let _ = generate_series(Name, "a".to_owned(), "c".to_owned(), 1);
}
