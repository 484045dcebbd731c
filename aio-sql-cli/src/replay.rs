//! The schema that the steps make: they run in a database that exists for this alone.
//!
//! With SQLite it is one in memory, with PostgreSQL one on a server.

mod postgres;
mod scratch;
mod sqlite;

use std::ops::Deref;

use aio_sql::inspect::Table;
use aio_sql::{Database, Dialect, Executor, Inspect, Schema};
use postgres::ServerReplay;

use crate::database::Address;
use crate::error::Result;
use crate::plan::{Naming, terminated};
use crate::steps::{Step, Steps};

/// Statements that are run as one.
#[derive(Clone, Debug)]
pub struct Script {
    /// The name, for errors.
    pub name: String,
    /// The file, or what else contains the text, for errors.
    pub origin: String,
    /// The SQL text of the statements.
    pub text: String,
}

impl Script {
    fn of(step: &Step) -> Script {
        let (name, origin) = (step.name.clone(), step.path.display().to_string());
        Script { name, origin, text: step.text.clone() }
    }
}

/// Where steps are run to see what they make.
#[derive(Clone, Debug)]
pub enum Scratch {
    /// In memory, with SQLite.
    Memory,
    /// In a database that is created on a PostgreSQL server. The server is that of the address.
    Server(Address),
}

impl Scratch {
    /// Returns the kind of database whose steps are run there.
    pub fn dialect(&self) -> Dialect {
        match self {
            Scratch::Memory => Dialect::Sqlite,
            Scratch::Server(address) => address.dialect(),
        }
    }
}

/// A database in which steps were run, to be read or to be changed further. It is the tool's own:
/// nothing remains of it when it is closed or dropped.
#[derive(Debug)]
pub struct Replay(Kind);

#[derive(Debug)]
enum Kind {
    Memory(Database),
    Server(Box<ServerReplay>),
}

impl Deref for Replay {
    type Target = Executor;

    fn deref(&self) -> &Executor {
        match &self.0 {
            Kind::Memory(db) => db,
            Kind::Server(server) => server.executor(),
        }
    }
}

impl Replay {
    /// Removes the database.
    ///
    /// # Errors
    /// If a server cannot be reached any more.
    pub async fn close(self) -> Result<()> {
        match self.0 {
            Kind::Memory(db) => Ok(db.close().await?),
            Kind::Server(server) => server.close().await,
        }
    }

    /// Reads what the steps have made, in all schemas.
    ///
    /// # Errors
    /// Those of a query.
    pub async fn inspect(&self) -> Result<Schema> {
        match &self.0 {
            Kind::Memory(db) => Ok(db.inspect().await?),
            Kind::Server(server) => server.inspect().await,
        }
    }

    /// Returns the schemas of the database that are not those of the steps: where no database can
    /// be created for the steps, the one in which they run has tables of its own.
    pub fn others(&self) -> &[String] {
        match &self.0 {
            Kind::Memory(_) => &[],
            Kind::Server(server) => server.others(),
        }
    }

    /// Returns the schema that declarations make: first the scripts `tables`, then the scripts
    /// `keys`, which add the foreign keys where these need all tables. `schemas` are those that
    /// the declarations name, beside the default one. The database stays as it is.
    ///
    /// On a server it has the types and functions that the steps have made, and none of their
    /// tables in these schemas.
    ///
    /// # Errors
    /// If a script is wrong; the error names it. And if a schema is one that the steps have not
    /// made, but was there before, where they do not run in a database of their own.
    pub async fn declared(&self, tables: Vec<Script>, keys: Vec<Script>, schemas: &[&str]) -> Result<Schema> {
        match &self.0 {
            Kind::Memory(_) => {
                let db = sqlite::scripts(tables.into_iter().chain(keys).collect()).await?;
                let schema = db.inspect().await;
                db.close().await?;
                Ok(schema?)
            }
            Kind::Server(server) => server.declared(&tables, &keys, schemas).await,
        }
    }
}

/// Runs all steps of a folder. Of a step that is a function of the user's program, only the SQL is
/// run.
///
/// # Errors
/// If the order of the steps is not certain, or a step is wrong; the error shows its place.
pub async fn steps(scratch: &Scratch, steps: &Steps) -> Result<Replay> {
    steps.check_order()?;
    first(scratch, &steps.list).await
}

/// Runs some steps, in their order.
///
/// # Errors
/// If a step is wrong; the error shows its place.
pub async fn first(scratch: &Scratch, steps: &[Step]) -> Result<Replay> {
    match scratch {
        Scratch::Memory => Ok(Replay(Kind::Memory(sqlite::steps(steps).await?))),
        Scratch::Server(address) => Ok(Replay(Kind::Server(Box::new(ServerReplay::of(address, steps).await?)))),
    }
}

/// Returns the schema that some steps make.
///
/// # Errors
/// If a step is wrong; the error shows its place.
pub async fn schema(scratch: &Scratch, steps: &[Step]) -> Result<Schema> {
    let replay = first(scratch, steps).await?;
    let schema = replay.inspect().await;
    replay.close().await?;
    schema
}

/// Writes `schema.sql` again: the list of the steps, and the schema that they make. The tables and
/// indexes that the file lists as belonging to structs stay listed if the schema still has them.
/// Returns whether the content of the file has changed.
///
/// # Errors
/// Those of [`steps`], and if the file cannot be written.
pub async fn write_schema(scratch: &Scratch, steps: &mut Steps) -> Result<bool> {
    let replay = self::steps(scratch, steps).await?;
    let made = ddl(&replay).await;
    let schema = replay.inspect().await;
    replay.close().await?;
    let (made, schema) = (made?, schema?);
    let mut owned = steps.schema.as_ref().map(|schema| schema.owned.clone()).unwrap_or_default();
    let naming = Naming::of(&schema);
    let is_index = |name: &String, table: &Table| {
        table.indexes().iter().any(|index| naming.full(table.schema(), index.name()).eq_ignore_ascii_case(name))
    };
    owned.tables.retain(|name| naming.table(&schema, name).is_some());
    owned.indexes.retain(|name| schema.tables().iter().any(|table| is_index(name, table)));
    steps.write_schema(owned, &made)
}

/// Returns the statements that make the schema of a database, for `schema.sql`.
///
/// # Errors
/// Those of a query.
pub async fn ddl(replay: &Replay) -> Result<String> {
    let statements = statements(replay).await?;
    Ok(statements.iter().map(|statement| terminated(statement)).collect::<Vec<_>>().join("\n"))
}

/// Returns the statements that make the schema of a database, in an order in which they can be
/// run; triggers are the last.
///
/// # Errors
/// Those of a query.
pub async fn statements(replay: &Replay) -> Result<Vec<String>> {
    match &replay.0 {
        Kind::Memory(db) => sqlite::ddl(db).await,
        Kind::Server(server) => server.ddl().await,
    }
}

/// Reads of a database what is compared with the schema that steps make: the schemas that they
/// name, if they exist, and the default one.
///
/// # Errors
/// Those of a query.
pub async fn beside(db: &Executor, made: &Schema) -> Result<Schema> {
    let names: Vec<&str> = made.names().iter().skip(1).map(String::as_str).collect();
    of_schemas(db, &names).await
}

/// Reads the default schema of a database, and those of `names` that exist.
///
/// # Errors
/// Those of a query.
pub async fn of_schemas(db: &Executor, names: &[&str]) -> Result<Schema> {
    if db.dialect() != Dialect::Postgres {
        return Ok(db.inspect().await?);
    }
    let existing = postgres::schemas(db).await?;
    let is_named = |name: &String| names.contains(&name.as_str());
    let what = existing.into_iter().filter(is_named).fold(Inspect::new(), Inspect::schema);
    Ok(db.inspect_with(what).await?)
}
