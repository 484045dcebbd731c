use aio_sql::Record;

#[derive(Record)]
struct Line {
    #[record(nane = "how_many")]
    count: i64,
}

fn main() {}
