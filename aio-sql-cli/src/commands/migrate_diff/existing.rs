//! The schema of a database that exists, which becomes the first step.
//!
//! The step has the statements of the database as they are, and not those of the structs: views
//! and triggers are in no struct, and later steps name the constraints by the names that they have
//! in the database.

use aio_sql::{Dialect, Schema};

use crate::args::Diff;
use crate::commands::Context;
use crate::commands::migrate_status::{Record, records};
use crate::database::Address;
use crate::error::{Error, Result};
use crate::output::count;
use crate::plan::{Change, Step, creation};
use crate::replay;
use crate::steps::Steps;

/// A first step that makes the schema of a database.
pub(super) struct Existing {
    pub(super) database: Address,
    pub(super) step: Step,
    pub(super) changes: Vec<Change>,
}

/// Returns the step that makes the schema of the database, if no step exists and the user wants
/// it. `wanted` is the schema of the structs.
///
/// The database of `--db` is always wanted. Of another one the user is asked, unless it has
/// nothing but tables of the structs.
pub(super) async fn first_step(
    context: &Context,
    arguments: &Diff,
    steps: &Steps,
    wanted: &Schema,
) -> Result<Option<Existing>> {
    if !steps.list.is_empty() {
        if context.has_database() {
            context.output.note("only the first step is made from a database: this one is made from the structs");
        }
        return Ok(None);
    }
    if arguments.structs_only {
        return Ok(None);
    }
    let Some((database, schema)) = schema(context, wanted).await? else { return Ok(None) };
    for table in schema.tables() {
        if let Some(error) = table.error() {
            context.output.warning(format!("the table `{}` is left out: {error}", table.name()));
        }
    }
    let (step, changes) = creation(&schema);
    Ok((!step.statements.is_empty()).then_some(Existing { database, step, changes }))
}

/// Returns the database from which the first step is made, and its schema.
async fn schema(context: &Context, wanted: &Schema) -> Result<Option<(Address, Schema)>> {
    if context.has_database() {
        let database = context.address()?;
        if !database.exists().await? {
            return Err(Error::new(format!("there is no database at `{database}`"))
                .help("without `--db`, the first step makes the tables of the structs"));
        }
        let (records, schema) = read(&database, wanted).await?;
        if let Some(first) = records.first() {
            return Err(Error::new(format!("the database has a history already, which begins with {}", first.name))
                .help("its steps belong in the folder of the migrations"));
        }
        return Ok(Some((database, schema)));
    }
    // Nobody has asked for this database, so that it is no error if it cannot be read.
    let Ok(database) = context.address() else { return Ok(None) };
    if database.dialect() != Dialect::Sqlite || !database.exists().await.unwrap_or_default() {
        return Ok(None);
    }
    let Ok((records, schema)) = read(&database, wanted).await else { return Ok(None) };
    let is_of_structs =
        schema.views().is_empty() && schema.tables().iter().all(|table| wanted.table(table.name()) == Some(table));
    if is_of_structs || !records.is_empty() || !asked(context, &database, &schema)? {
        return Ok(None);
    }
    Ok(Some((database, schema)))
}

/// Reads the history of a database and its schema, with the other schemas that the structs name.
async fn read(database: &Address, wanted: &Schema) -> Result<(Vec<Record>, Schema)> {
    let db = database.open_read_only().await?;
    let read = async { Ok::<_, Error>((records(&db).await?, replay::beside(&db, wanted).await?)) }.await;
    db.close().await?;
    read
}

/// Asks the user whether the first step makes the schema of the database.
fn asked(context: &Context, database: &Address, schema: &Schema) -> Result<bool> {
    let triggers = schema.tables().iter().map(|table| table.triggers().len()).sum::<usize>()
        + schema.views().iter().map(|view| view.triggers().len()).sum::<usize>();
    let counts = [(schema.tables().len(), "table"), (schema.views().len(), "view"), (triggers, "trigger")];
    let counts: Vec<_> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, thing)| count(*number as u64, thing)).collect();
    let question = format!(
        "The database `{database}` (from {}) exists, and its schema is not that of the structs. What does the first step make?",
        database.found_in()
    );
    let items = [
        format!("the schema of the database: {}", counts.join(", ")),
        "the tables of the structs, and nothing else".to_owned(),
    ];
    let otherwise = [
        format!("`--db {database}` makes the schema of the database, {}", counts.join(", ")),
        "`--structs-only` makes the tables of the structs, and nothing else".to_owned(),
    ];
    Ok(context.ask.choose(&question, &items, &otherwise)? == 0)
}
