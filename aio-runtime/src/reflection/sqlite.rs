//! Makes schemas from structs, and compares schemas, with SQLite.

use crate::error::Result;
use crate::inspect::{Difference, Schema};
use crate::schema::{Tables, in_foreign_key_order};
use crate::sql::create_table;
use crate::sqlite::{DIALECT, differences, schema_of};

impl Schema {
    /// Returns the schema that the structs declare: that of a database in which only their tables
    /// were just created.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Result, Schema, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Author { #[column(primary_key, auto)] id: i64, name: String }
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Post {
    /// #     #[column(primary_key, auto)] id: i64,
    /// #     #[column(references = Author::ID)] author_id: i64,
    /// # }
    /// # fn main() -> Result<()> {
    /// let schema = Schema::of((Post, Author))?;
    /// let post = schema.table("post").expect("it was given");
    /// assert_eq!(post.foreign_keys()[0].table(), "author");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Sql`](crate::ErrorKind::Sql) if the database would refuse to create one of the
    /// tables, for instance because a CHECK is no SQL. Functions and collations that only the
    /// program registers are accepted. Also the errors of
    /// [`Dialect::ddl`](crate::Dialect::ddl).
    pub fn of(tables: impl Tables) -> Result<Schema> {
        let mut statements = Vec::new();
        for table in in_foreign_key_order(&tables.definitions()) {
            statements.extend(create_table(DIALECT, table)?);
        }
        schema_of(&statements)
    }

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
    /// Fails only if SQLite cannot open an in-memory database, in which expressions are compared.
    pub fn differences<'a>(&'a self, found: &'a Schema) -> Result<Vec<Difference<'a>>> {
        differences(self, found)
    }
}
