use aio_sql::Table;

#[derive(Table)]
struct Event<T> {
    id: i64,
    payload: T,
}

fn main() {}
