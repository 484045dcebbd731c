use aio_sql::{SqlType, Table};

#[derive(SqlType)]
#[sql_type(integer)]
enum Level {
    Low = 1,
    High = 2,
}

#[derive(Table)]
struct Task {
    level: Level,
}

fn main() {
    let _ = Task::select().columns(Task::LEVEL + 1);
}
