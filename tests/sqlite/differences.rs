//! `Schema::differences`: what a database normalizes is no difference, and every other change is
//! found and named.

use aio_sql::inspect::{Difference, Part};
use aio_sql::{Database, Result, Schema};

mod kinds;
mod normalized;
mod property;
mod structs;

/// Returns the schema that a script creates.
async fn schema(script: &str) -> Result<Schema> {
    let db = Database::memory().await?;
    db.execute_script(script).await?;
    let schema = db.inspect().await?;
    db.close().await?;
    Ok(schema)
}

/// Returns the kind and the name of a part.
fn named(part: Part<'_>) -> String {
    match part {
        Part::Table(table) => format!("table {}", table.name()),
        Part::Options(table) => format!("options of {}", table.name()),
        Part::ConflictClauses(table) => format!("conflict clauses of {}", table.name()),
        Part::Column(column) => format!("column {}", column.name()),
        Part::PrimaryKey(key) => format!("primary key {}", key.columns().join(" ")),
        Part::ForeignKey(key) => format!("foreign key {}", key.columns().join(" ")),
        Part::Unique(unique) => format!("unique {}", unique.columns().join(" ")),
        Part::Check(check) => format!("check {}", check.expression()),
        Part::Index(index) => format!("index {}", index.name()),
        Part::Trigger(trigger) => format!("trigger {}", trigger.name()),
        Part::View(view) => format!("view {}", view.name()),
        other => panic!("{other:?}"),
    }
}

/// Shows a difference as the table, `+` with the wanted part, `-` with the found part.
fn shown(difference: &Difference<'_>) -> String {
    let wanted = difference.wanted().map(|part| format!(" +{}", named(part))).unwrap_or_default();
    let found = difference.found().map(|part| format!(" -{}", named(part))).unwrap_or_default();
    format!("{}:{wanted}{found}", difference.table())
}
