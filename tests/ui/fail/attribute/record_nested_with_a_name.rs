use aio_sql::Record;

#[derive(Record)]
struct Person {
    name: String,
}

#[derive(Record)]
struct Line {
    #[record(nested, name = "author_")]
    author: Person,
}

fn main() {}
