//! Reads the schema of a database, makes one from structs, and compares two.

#[cfg(feature = "sqlite")]
mod sqlite;

use crate::engine::Access;
use crate::error::Result;
use crate::executor::Executor;
use crate::inspect::{Inspect, Schema};

impl Executor {
    /// Reads the schema of the database: the tables and views that the application has created,
    /// with all their parts. All of it belongs to one moment.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// for table in db.inspect().await?.tables() {
    ///     let columns: Vec<_> = table.columns().iter().map(|column| column.name()).collect();
    ///     println!("{} has the columns {}", table.name(), columns.join(", "));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of a query.
    ///
    /// # Cancellation
    /// If the future is dropped, nothing is changed: the schema is only read.
    pub async fn inspect(&self) -> Result<Schema> {
        self.inspect_with(Inspect::new()).await
    }

    /// Reads the schema of the database, and also the tables and schemas that `what` names.
    ///
    /// ```
    /// # use aio_runtime::{Inspect, Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let schema = db.inspect_with(Inspect::new().internal()).await?;
    /// let is_analyzed = schema.table("sqlite_stat1").is_some();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of a query. [`ErrorKind::Sql`](crate::ErrorKind::Sql) if a schema does not exist; the
    /// error names those that the connection has.
    ///
    /// # Cancellation
    /// If the future is dropped, nothing is changed: the schema is only read.
    pub async fn inspect_with(&self, what: Inspect) -> Result<Schema> {
        let lent = self.backend().inspect(what);
        self.without_default_timeout().lend(Access::Read, lent).await?
    }
}
