use std::time::SystemTime;

use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "unix_seconds")]
    due: SystemTime,
}

fn main() {
    let _ = Job::select().filter(Job::DUE.lt(1_700_000_000));
}
