use aio_sql::{SqlType, Table};

// In lowercase, `inbox` sorts before `inreview`; in snake_case, `in_review` sorts before `inbox`.
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
