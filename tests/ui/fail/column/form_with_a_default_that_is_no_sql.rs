use std::time::SystemTime;

use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "unix_seconds", default = 0)]
    due: SystemTime,
}

fn main() {
    let _ = Job::select();
}
