use aio_sql::{SqlType, Table};

#[derive(SqlType)]
enum Priority {
    Low,
    High,
}

#[derive(Table)]
struct Task {
    name: String,
    priority: Priority,
}

fn main() {
    let _ = Task::select().order_by(Task::PRIORITY);
}
