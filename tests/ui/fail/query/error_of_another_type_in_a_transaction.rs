use aio_sql::{Database, Result};

async fn run(db: Database) -> Result<()> {
    db.transaction(|_tx| async move {
        let _: i64 = "five".parse()?;
        Ok(())
    })
    .await
}

fn main() {}
