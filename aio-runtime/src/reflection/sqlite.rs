//! Makes schemas from structs without a database, and compares schemas, with SQLite.

use super::Comparer;
use crate::ddl::declared;
use crate::error::Result;
use crate::inspect::Schema;
use crate::schema::{Tables, in_foreign_key_order};
use crate::sqlite::{DIALECT, differences, schema_of};

pub(super) const COMPARER: Comparer = Comparer { dialect: DIALECT, differences };

impl Schema {
    /// Returns the schema that the structs declare: that of a SQLite database in which only their
    /// tables were just created. For another kind of database, use
    /// [`schema_of`](crate::Executor::schema_of).
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
        let tables = in_foreign_key_order(&tables.definitions());
        schema_of(tables.iter().map(|table| declared(DIALECT, table)).collect::<Result<_>>()?)
    }
}
