use std::time::Duration;

use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "unix_seconds")]
    took: Duration,
}

fn main() {
    let _ = Job::select();
}
