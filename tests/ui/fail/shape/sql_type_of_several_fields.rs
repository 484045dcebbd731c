use aio_sql::SqlType;

#[derive(SqlType)]
struct Point {
    x: f64,
    y: f64,
}

fn main() {}
