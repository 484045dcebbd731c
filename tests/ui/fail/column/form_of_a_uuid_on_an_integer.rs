use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(uuid = "text")]
    due: i64,
}

fn main() {
    let _ = Job::select();
}
