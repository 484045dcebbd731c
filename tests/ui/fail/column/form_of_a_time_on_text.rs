use aio_sql::Table;

#[derive(Table)]
struct Job {
    #[column(primary_key, auto)]
    id: i64,
    #[column(time = "datetime")]
    due: String,
}

fn main() {
    let _ = Job::select();
}
