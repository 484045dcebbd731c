use aio_sql::Record;

#[derive(Record)]
struct Line {
    #[record(name = "how_many", name = "n")]
    count: i64,
}

fn main() {}
