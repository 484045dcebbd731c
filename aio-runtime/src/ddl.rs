//! Creating, dropping and listing tables.

use std::panic::Location;

use crate::dialect::Dialect;
use crate::engine::{Access, BeginOptions, DeclaredTable, TransactionMode, WantedTable};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::inspect::{ForeignKey, Tolerance};
use crate::schema::{Auto, TableDef, Tables, Type, in_foreign_key_order};
use crate::sql::{
    add_foreign_keys, before_table, create_table_before, create_table_without_schema, drop_tables, lists, ranges,
    stored_name,
};
use crate::statement::query;
use crate::table::{Table, TableOf};
use crate::transaction::{Transaction, in_transaction};
use crate::verb::referring_rows;

impl Executor {
    /// Creates a table and its indexes.
    ///
    /// # Errors
    /// Those of [`create_all`](Executor::create_all).
    ///
    /// # Cancellation
    /// If the future is dropped, either all tables and indexes are created or none.
    #[track_caller]
    pub fn create<T: Table>(&self, table: TableOf<T>) -> impl Future<Output = Result<()>> {
        self.create_all(table)
    }

    /// Creates tables and their indexes in the order of their foreign keys. Either all of them are
    /// created or none.
    ///
    /// A schema that a struct names is created on PostgreSQL if it is missing. With SQLite it is
    /// the name of an attached file (`Builder::attach`).
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct Post {
    /// #     #[column(primary_key, auto)] id: i64,
    /// #     #[column(references = User::ID)] user_id: i64,
    /// # }
    /// # async fn run(db: Database) -> Result<()> {
    /// db.create_all((Post, User)).await?;
    /// assert_eq!(db.table_names().await?, ["post", "user"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Sql`] if a table with one of the names exists, [`ErrorKind::Unsupported`] if
    /// the database lacks a feature that a struct requires.
    ///
    /// # Cancellation
    /// If the future is dropped, either all tables and indexes are created or none.
    #[track_caller]
    pub fn create_all(&self, tables: impl Tables) -> impl Future<Output = Result<()>> {
        let tables = definitions(self.dialect(), &tables);
        create_each(self, tables, begun_at(Location::caller()), Existing::Refused)
    }

    /// Creates the tables that do not exist, and checks that the others have the shape of their
    /// structs.
    ///
    /// The meanings of the definitions are compared, not their texts: whitespace, quotes, letter
    /// case, parentheses, the names of constraints, and whether a constraint is written at its
    /// column or after all columns make no difference. A table may also accept more values than
    /// its struct can read: it need not be STRICT, and may lack the CHECK for the range of an
    /// integer.
    ///
    /// # Errors
    /// [`ErrorKind::Shape`] with the differences if a table exists with another shape,
    /// [`ErrorKind::Unsupported`] if the database lacks a feature that a struct requires. Nothing
    /// is created in these cases.
    ///
    /// # Cancellation
    /// If the future is dropped, either all tables and indexes are created or none.
    #[track_caller]
    pub fn create_if_missing(&self, tables: impl Tables) -> impl Future<Output = Result<()>> {
        let tables = definitions(self.dialect(), &tables);
        create_each(self, tables, begun_at(Location::caller()), Existing::Checked)
    }

    /// Drops a table with its rows and indexes.
    ///
    /// # Errors
    /// [`ErrorKind::Sql`] if there is no such table, [`ErrorKind::ForeignKey`] if rows of another
    /// table refer to it.
    ///
    /// # Cancellation
    /// If the future is dropped, the table is either dropped or kept as a whole.
    #[track_caller]
    pub fn drop<T: Table>(&self, table: TableOf<T>) -> impl Future<Output = Result<()>> {
        self.drop_all(table)
    }

    /// Drops tables in the reverse order of their foreign keys. Either all of them are dropped or
    /// none.
    ///
    /// # Errors
    /// [`ErrorKind::Sql`] if one of them does not exist, [`ErrorKind::ForeignKey`] if rows of a
    /// remaining table refer to one of them.
    ///
    /// # Cancellation
    /// If the future is dropped, either all tables are dropped or none.
    #[track_caller]
    pub fn drop_all(&self, tables: impl Tables) -> impl Future<Output = Result<()>> {
        let (tables, how) = (in_foreign_key_order(&tables.definitions()), begun_at(Location::caller()));
        async move {
            // If the foreign keys of tables form a cycle, each of these tables is referred to
            // until all of them are dropped.
            let mut statements = vec![self.dialect().catalogue().defer_foreign_keys.to_owned()];
            let reversed: Vec<_> = tables.iter().rev().copied().collect();
            statements.extend(drop_tables(self.dialect(), &reversed)?);
            in_transaction(&self.without_default_timeout(), how, |tx| async move {
                // SQLite would delete the rows that refer to these tables if their keys have
                // CASCADE.
                for table in &tables {
                    if let Some(error) = referring_rows(&tx, table, &tables).await? {
                        return Err(error);
                    }
                }
                run_all(&tx, statements).await
            })
            .await
        }
    }

    /// Returns whether a table with this name exists.
    ///
    /// # Errors
    /// Those of a query.
    ///
    /// # Cancellation
    /// If the future is dropped, the query is stopped.
    pub async fn has_table(&self, name: &str) -> Result<bool> {
        self.has_table_of(None, name).await
    }

    /// Returns whether a table with this name exists in a schema: with SQLite, in an attached
    /// file.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// #[derive(Table)]
    /// # #[table(crate = "aio_runtime")]
    /// #[table(schema = "archive")]
    /// struct Note {
    ///     #[column(primary_key)]
    ///     id: i64,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let db = Database::builder(":memory:").attach("archive", ":memory:").open().await?;
    /// db.create(Note).await?;
    /// assert!(db.has_table_in("archive", "note").await?);
    /// assert!(!db.has_table("note").await?);
    /// assert_eq!(db.table_names_in("archive").await?, ["note"]);
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of a query. With SQLite, [`ErrorKind::Sql`] if no file with this name is attached.
    ///
    /// # Cancellation
    /// If the future is dropped, the query is stopped.
    pub async fn has_table_in(&self, schema: &str, name: &str) -> Result<bool> {
        self.has_table_of(Some(schema), name).await
    }

    async fn has_table_of(&self, schema: Option<&str>, name: &str) -> Result<bool> {
        // A server accepts no NUL in a text, and no database has a name with one.
        if name.contains('\0') {
            return Ok(false);
        }
        query((self.dialect().catalogue().has_table)(schema)).bind(name).scalar(self).await
    }

    /// Returns the names of the tables that the application has created, in alphabetical order.
    ///
    /// Virtual tables are included. Not included are the tables in which virtual tables store
    /// their content, the tables of the database itself, and the one in which
    /// [`migrate`](crate::Database::migrate) records its steps.
    ///
    /// # Errors
    /// Those of a query.
    ///
    /// # Cancellation
    /// If the future is dropped, the query is stopped.
    pub async fn table_names(&self) -> Result<Vec<String>> {
        query((self.dialect().catalogue().table_names)(None)).all(self).await
    }

    /// Returns the names of the tables of a schema that the application has created, like
    /// [`table_names`](Executor::table_names). With SQLite the schema is an attached file.
    ///
    /// # Errors
    /// Those of a query. With SQLite, [`ErrorKind::Sql`] if no file with this name is attached.
    ///
    /// # Cancellation
    /// If the future is dropped, the query is stopped.
    pub async fn table_names_in(&self, schema: &str) -> Result<Vec<String>> {
        query((self.dialect().catalogue().table_names)(Some(schema))).all(self).await
    }
}

fn begun_at(location: &'static Location<'static>) -> BeginOptions {
    BeginOptions::new(TransactionMode::default(), location)
}

/// Tables that are to be created.
type Definitions = Vec<Definition>;

struct Definition {
    table: &'static TableDef,
    /// The statements that create the table.
    ddl: Vec<String>,
    /// The statements that add its foreign keys to tables which are created after it. Tables whose
    /// keys form a cycle have such keys.
    late_keys: Vec<String>,
}

/// What happens if a table that is to be created exists already.
enum Existing {
    /// The creation fails.
    Refused,
    /// The creation fails unless the table has the shape of its struct.
    Checked,
}

/// Returns tables, ordered so that each follows the tables to which its foreign keys refer, with
/// the statements that create them. This sends nothing to the database, so if the database lacks a
/// feature that a table needs, creating the tables fails before anything is created.
fn definitions(dialect: Dialect, tables: &impl Tables) -> Result<Definitions> {
    let tables = in_foreign_key_order(&tables.definitions());
    let definition = |place: usize| {
        let (table, later) = (tables[place], &tables[place + 1..]);
        let ddl = create_table_before(dialect, table, later)?;
        Ok(Definition { table, ddl, late_keys: add_foreign_keys(dialect, table, later)? })
    };
    (0..tables.len()).map(definition).collect()
}

async fn create_each(ex: &Executor, tables: Result<Definitions>, how: BeginOptions, existing: Existing) -> Result<()> {
    let (tables, existing) = (tables?, &existing);
    in_transaction(&ex.without_default_timeout(), how, |tx| async move {
        let mut added = Vec::new();
        for Definition { table, ddl, late_keys } in tables {
            match (tx.has_table_of(table.schema, table.name).await?, existing) {
                (false, _) => {
                    create(&tx, table, ddl).await?;
                    added.extend(late_keys);
                }
                (true, Existing::Checked) => check_shape(&tx, table).await?,
                (true, Existing::Refused) => {
                    let advice = "use `create_if_missing`, or `drop` it first";
                    let message = format!("the table {} already exists: {advice}", table.full_name);
                    return Err(Error::new(ErrorKind::Sql, message));
                }
            }
        }
        run_all(&tx, added).await
    })
    .await
}

async fn create(tx: &Transaction, table: &'static TableDef, mut ddl: Vec<String>) -> Result<()> {
    table.check_foreign_keys()?;
    if let (Some(schema), Some(has_schema)) = (table.schema, tx.dialect().catalogue().has_schema)
        && query(has_schema).bind(schema).scalar(tx).await?
    {
        // The user may not be allowed to create one, even if it exists.
        ddl.retain(|statement| !is_schema(statement));
    }
    run_all(tx, ddl).await
}

/// Returns whether a statement creates a schema.
fn is_schema(statement: &str) -> bool {
    statement.starts_with("CREATE SCHEMA ")
}

async fn run_all(tx: &Transaction, statements: Vec<String>) -> Result<()> {
    for statement in statements {
        query(statement).execute(tx).await?;
    }
    Ok(())
}

/// Returns a table as its struct declares it.
pub(crate) fn declared(dialect: Dialect, table: &'static TableDef) -> Result<DeclaredTable> {
    // It is created in an empty database or in the schema of temporary tables.
    let ddl = create_table_without_schema(dialect, table)?;
    let mut before = before_table(dialect, table);
    before.retain(|statement| !is_schema(statement));
    let owned = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect::<Vec<_>>();
    let foreign_keys = table.foreign_keys.iter().map(|key| ForeignKey {
        name: Some(stored_name(dialect, &table.foreign_key_name(key))),
        columns: owned(&mut key.columns()),
        schema: (key.table)().schema.unwrap_or_default().to_owned(),
        table: (key.table)().name.to_owned(),
        targets: owned(&mut key.targets()),
        on_delete: key.on_delete,
        on_update: key.on_update,
        reset: Vec::new(),
        full: false,
        deferrable: key.deferred,
        deferred: key.deferred,
        validated: true,
        comment: None,
    });
    let TableDef { schema, name, full_name, .. } = *table;
    Ok(DeclaredTable { schema, name, full_name, before, ddl, foreign_keys: foreign_keys.collect() })
}

async fn check_shape(tx: &Transaction, table: &'static TableDef) -> Result<()> {
    let never_numbers = table.columns.iter().filter(|column| column.ty.is_never_a_number());
    let floats = table.columns.iter().filter(|column| column.ty == Type::Real);
    let wanted = WantedTable {
        table: declared(tx.dialect(), table)?,
        tolerance: Tolerance {
            ranges: ranges(tx.dialect(), table),
            lists: lists(tx.dialect(), table)?,
            numbered: table.columns.iter().find(|column| column.auto != Auto::No).map(|column| column.name),
            never_numbers: never_numbers.map(|column| column.name).collect(),
            floats: floats.map(|column| column.name).collect(),
        },
    };
    let comparison = tx.backend().compare(wanted);
    let differences = tx.lend(Access::Read, comparison).await??;
    if differences.is_empty() {
        return Ok(());
    }
    let message = format!("the table {} exists with another shape: {}", table.full_name, differences.join("; "));
    Err(Error::new(ErrorKind::Shape { table: table.full_name.to_owned(), differences }, message))
}
