use aio_sql::{Executor, Result, Table};

#[derive(Table)]
struct LogLine {
    text: String,
}

async fn run(db: &Executor, mut line: LogLine) -> Result<()> {
    line.refresh(db).await
}

fn main() {}
