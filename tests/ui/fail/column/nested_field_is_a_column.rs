use aio_sql::Record;

#[derive(Record)]
struct Line {
    title: String,
    #[record(nested)]
    likes: i64,
}

fn main() {}
