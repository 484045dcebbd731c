use aio_sql::Record;

struct Person {
    name: String,
}

#[derive(Record)]
struct Line {
    title: String,
    #[record(nested)]
    author: Person,
}

fn main() {}
