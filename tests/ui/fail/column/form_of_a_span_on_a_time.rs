use std::time::SystemTime;

use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "millis")]
    due: Option<SystemTime>,
}

fn main() {
    let _ = Job::select();
}
