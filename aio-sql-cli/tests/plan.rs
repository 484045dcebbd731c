//! Plans for schema changes, made by the tool's library: the steps reach the wanted schema and
//! keep every row that both schemas can hold.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

#[path = "plan/attributes.rs"]
mod attributes;
#[path = "plan/kills.rs"]
mod kills;
#[path = "plan/migrated.rs"]
mod migrated;
#[path = "plan/mutation.rs"]
mod mutation;
#[path = "plan/objects.rs"]
mod objects;
#[path = "plan/pairs.rs"]
mod pairs;
#[path = "plan/random_schema.rs"]
mod random_schema;
#[path = "plan/server.rs"]
mod server;
#[path = "plan/server_changes.rs"]
mod server_changes;
#[path = "plan/server_objects.rs"]
mod server_objects;
#[path = "plan/server_pairs.rs"]
mod server_pairs;
#[path = "plan/server_schema.rs"]
mod server_schema;
#[path = "plan/server_schemas.rs"]
mod server_schemas;

use aio_sql::rusqlite::Connection;
use aio_sql::{Database, Migration, Schema};
use aio_sql_cli::error::Error;
use aio_sql_cli::plan::{Goal, Hints, Owned, Plan, Question, plan};

/// Returns the schema that a script makes in an empty database.
async fn schema_of(script: &str) -> Schema {
    let db = Database::memory().await.unwrap();
    db.execute_script(script).await.unwrap();
    let schema = db.inspect().await.unwrap();
    db.close().await.unwrap();
    schema
}

/// Plans the steps from the schema of the script `before` to that of `after`. The tables and
/// indexes of the first belong to the structs, except those that `foreign` names.
async fn planned(
    before: &str,
    after: &str,
    hints: &Hints,
    foreign: &[&str],
    answer: &mut dyn FnMut(&Question) -> Result<Option<usize>, Error>,
) -> Result<Plan, Error> {
    let replay = Database::memory().await.unwrap();
    replay.execute_script(before).await.unwrap();
    let found = replay.inspect().await.unwrap();
    let is_own = |name: &&str| !foreign.contains(name);
    let tables = found.tables().iter().map(|table| table.name()).filter(is_own);
    let indexes = found.tables().iter().flat_map(|table| table.indexes()).map(|index| index.name()).filter(is_own);
    let owned = Owned::new(tables, indexes);
    let wanted = schema_of(after).await;
    let plan = plan(&replay, &Goal { wanted: &wanted, hints, owned: &owned }, answer).await;
    replay.close().await.unwrap();
    plan
}

/// Answers each question: nothing was renamed.
fn no_renames(_: &Question) -> Result<Option<usize>, Error> {
    Ok(None)
}

/// Runs the steps as `Database::migrate` does: with the settings that the directives of each ask
/// for, in a transaction each, and with a check of foreign keys at its end.
fn run(connection: &Connection, plan: &Plan) -> Result<(), aio_sql::rusqlite::Error> {
    for step in &plan.steps {
        let text = step.text();
        let has = |directive: &str| text.lines().any(|line| line.starts_with(&format!("-- aio-sql: {directive}")));
        let is_rebuild = has("rebuild ");
        let foreign_keys = !is_rebuild && !has("foreign keys off");
        connection.pragma_update(None, "foreign_keys", foreign_keys)?;
        connection.pragma_update(None, "legacy_alter_table", is_rebuild)?;
        let violations = count_of_violations(connection);
        let script = format!("BEGIN IMMEDIATE;\n{text}");
        let done = connection.execute_batch(&script);
        if done.is_ok() && !foreign_keys {
            assert!(count_of_violations(connection) <= violations, "the step violates foreign keys:\n{text}");
        }
        connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done?;
    }
    connection.pragma_update(None, "legacy_alter_table", false)
}

/// Runs the steps by the library, in a database that has no history.
async fn run_by_migrate(path: &std::path::Path, plan: &Plan) -> Result<(), aio_sql::Error> {
    let texts: Vec<(String, String)> =
        plan.steps.iter().enumerate().map(|(place, step)| (format!("{place:04}"), step.text())).collect();
    let steps: Vec<Migration<'_>> = texts.iter().map(|(name, text)| Migration::new(name, text)).collect();
    let db = Database::open(path).await?;
    let outcome = db.migrate(&*steps).await;
    db.close().await?;
    outcome.map(|_| ())
}

fn count_of_violations(connection: &Connection) -> usize {
    let mut statement = connection.prepare("PRAGMA foreign_key_check").unwrap();
    let mut rows = statement.raw_query();
    let mut count = 0;
    // The pragma fails at a key whose parent columns are not unique, which ends the count.
    while let Ok(Some(_)) = rows.next() {
        count += 1;
    }
    count
}
