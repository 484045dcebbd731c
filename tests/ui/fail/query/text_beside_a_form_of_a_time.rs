use std::time::SystemTime;

use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "datetime")]
    due: SystemTime,
}

fn main() {
    let _ = Job::update().set(Job::DUE, "2026-01-05 10:00:00");
}
