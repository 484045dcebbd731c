use aio_sql::{SqlType, Table};

// In snake_case, `in_review` stands before `inbox`.
#[derive(SqlType)]
#[sql_type(rename_all = "lowercase")]
enum State {
    InReview,
    Inbox,
}

#[derive(Table)]
struct Task {
    name: String,
    state: State,
}

fn main() {
    let _ = Task::select().order_by(Task::STATE);
}
