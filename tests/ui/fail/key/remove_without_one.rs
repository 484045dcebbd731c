use aio_sql::{Executor, Result, Table};

#[derive(Table)]
struct LogLine {
    text: String,
}

async fn run(db: &Executor, line: LogLine) -> Result<()> {
    line.remove(db).await
}

fn main() {}
