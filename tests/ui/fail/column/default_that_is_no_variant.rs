use aio_sql::{SqlType, Table};

#[derive(SqlType)]
enum Status {
    Open,
    InReview,
    Closed,
}

#[derive(Table)]
struct Task {
    #[column(default = "opne")]
    status: Status,
}

fn main() {}
