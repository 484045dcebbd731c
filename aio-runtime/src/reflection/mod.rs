//! Reads the schema of a database, makes one from structs, and compares two.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use crate::ddl::declared;
use crate::dialect::Dialect;
use crate::engine::Access;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::inspect::{Difference, Inspect, Schema};
use crate::schema::{Tables, in_foreign_key_order};

/// Compares schemas of one kind of database.
struct Comparer {
    dialect: Dialect,
    differences: for<'a> fn(&'a Schema, &'a Schema) -> Result<Vec<Difference<'a>>>,
}

const COMPARERS: &[Comparer] = &[
    #[cfg(feature = "sqlite")]
    sqlite::COMPARER,
    #[cfg(feature = "postgres")]
    postgres::COMPARER,
];

impl Executor {
    /// Reads the schema of the database: the tables and views that the application has created,
    /// with all their parts. All of it belongs to one moment. A PostgreSQL server makes this wait
    /// for transactions that are changing tables.
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

    /// Returns the schema that the structs declare: that of a database in which only their tables
    /// were just created. It is compared by [`differences`](Schema::differences).
    ///
    /// It needs a connection, because only the server knows how it will write a type, a default or
    /// the condition of a CHECK. PostgreSQL creates the tables as temporary ones and takes them
    /// back. For SQLite, `Schema::of` returns the same without a database.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Author { #[column(primary_key, auto)] id: i64, name: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let wanted = db.schema_of(Author).await?;
    /// for difference in wanted.differences(&db.inspect().await?)? {
    ///     println!("{}: {difference}", difference.table());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Sql`](crate::ErrorKind::Sql) if the database would refuse to create one of the
    /// tables, for instance because a CHECK is no SQL,
    /// [`ErrorKind::Denied`](crate::ErrorKind::Denied) if the user may not create temporary
    /// tables. Also the errors of [`Dialect::ddl`](crate::Dialect::ddl).
    ///
    /// # Cancellation
    /// If the future is dropped, nothing is changed.
    pub async fn schema_of(&self, tables: impl Tables) -> Result<Schema> {
        let tables = in_foreign_key_order(&tables.definitions());
        let tables = tables.iter().map(|table| declared(self.dialect(), table)).collect::<Result<_>>()?;
        let lent = self.backend().schema_of(tables);
        self.without_default_timeout().lend(Access::Read, lent).await?
    }
}

impl Schema {
    /// Compares this schema, as the wanted one, with the schema that was found, and returns the
    /// differences.
    ///
    /// What a database normalizes is not a difference: white space, quotes, the case of names,
    /// parentheses, the names of constraints, whether a constraint is written at its column or
    /// after all columns, spellings of a type or of a default with the same effect, and the order
    /// of columns.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let db = Database::memory().await?;
    /// db.execute_script("create table team (id integer primary key)").await?;
    /// let before = db.inspect().await?;
    /// db.execute_script("alter table team add column name text").await?;
    /// let after = db.inspect().await?;
    /// let differences = after.differences(&before)?;
    /// assert_eq!(differences[0].to_string(), "the column `name` is missing: expected TEXT");
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the schemas belong to different kinds of
    /// databases. With SQLite, also if it cannot open an in-memory database, in which expressions
    /// are compared.
    pub fn differences<'a>(&'a self, found: &'a Schema) -> Result<Vec<Difference<'a>>> {
        let (wanted, other) = (self.dialect(), found.dialect());
        let comparer = COMPARERS.iter().find(|comparer| wanted == other && comparer.dialect == wanted);
        match comparer {
            Some(comparer) => (comparer.differences)(self, found),
            None => {
                let (wanted, other) = (wanted.name(), other.name());
                Err(Error::usage(format!("a schema of {wanted} and one of {other} cannot be compared")))
            }
        }
    }
}
