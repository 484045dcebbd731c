use aio_sql::Record;

#[derive(Record)]
enum Line {
    Short,
    Long,
}

fn main() {}
