use aio_sql::Record;

#[derive(Record)]
#[record(name = "lines")]
struct Line {
    count: i64,
}

fn main() {}
