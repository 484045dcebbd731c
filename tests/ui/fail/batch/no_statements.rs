use aio_sql::{Batch, Database, Result};

async fn run(db: Database) -> Result<()> {
    Batch::new().run(&db).await
}

fn main() {}
