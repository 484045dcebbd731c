use aio_sql::{SqlType, Table};

#[derive(SqlType)]
#[sql_type(integer)]
enum Level {
    Low = 1,
    High = 2,
}

#[derive(Table)]
struct Task {
    #[column(default = 3)]
    level: Option<Level>,
}

fn main() {}
