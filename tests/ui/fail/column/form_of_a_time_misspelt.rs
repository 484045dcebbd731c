use std::time::SystemTime;

use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "rfc3339")]
    due: SystemTime,
}

fn main() {
    let _ = Job::select();
}
