use aio_sql::{Database, Result, Table};

#[derive(Table)]
struct LogLine {
    text: String,
}

async fn run(db: Database) -> Result<()> {
    let line = LogLine::find(1).one(&db).await?;
    println!("{}", line.text);
    Ok(())
}

fn main() {}
