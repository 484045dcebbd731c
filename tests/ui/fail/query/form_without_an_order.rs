use std::time::SystemTime;

use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "iso8601(0..9)Z")]
    due: SystemTime,
}

fn main() {
    let _ = Job::select().order_by(Job::DUE);
}
