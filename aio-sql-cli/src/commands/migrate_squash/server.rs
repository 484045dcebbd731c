//! The text of a squashed step for PostgreSQL.

use aio_sql::inspect::Table;
use aio_sql::{Executor, query};

use crate::error::{Error, Result};
use crate::plan::{KEPT, Naming, Token, quoted, statements, terminated};
use crate::replay::{self, Replay};
use crate::steps::Step;

/// What the schema of a server does not tell, so that a squashed step would lose it.
const UNKNOWN: &[&str] =
    &["aggregate", "operator", "cast", "policy", "rule", "server", "publication", "event", "language", "role"];

/// Checks that the steps make nothing that a squashed step would lose.
///
/// # Errors
/// If one does; the error names it.
pub(super) fn check(steps: &[Step]) -> Result<()> {
    for step in steps {
        for statement in statements(&step.text) {
            let first = statement.first().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
            let place = if statement.get(1).is_some_and(|token| token.is("or")) { 3 } else { 1 };
            let is_unknown = |token: &&Token<'_>| {
                UNKNOWN.iter().any(|word| token.is(word))
                    || token.is("schema") && has_more_than_name(&statement[place..])
            };
            let kind = statement.get(place).filter(is_unknown);
            let lost = match (&*first, kind) {
                ("create", Some(kind)) => kind.text.to_ascii_uppercase(),
                // It gives a view back what it had, and makes nothing new.
                ("do", _) if statement.iter().any(|token| token.text.contains(KEPT)) => continue,
                ("grant" | "revoke" | "do", _) => first.to_ascii_uppercase(),
                _ => continue,
            };
            return Err(Error::new(format!("the schema does not tell what the {lost} of {} has made", step.name))
                .help("squash the steps before it: `aio-sql migrate squash --through …`"));
        }
    }
    Ok(())
}

/// Returns whether a CREATE SCHEMA statement, from its second word on, also says who owns the
/// schema.
fn has_more_than_name(statement: &[Token<'_>]) -> bool {
    statement.iter().any(|token| token.is("authorization"))
}

/// Returns statements that make the schema of a database and insert its rows.
pub(super) async fn text(replay: &Replay) -> Result<String> {
    let made = replay::statements(replay).await?.into_iter();
    // The rows are what triggers have left already.
    let is_trigger = |sql: &String| sql.starts_with("CREATE TRIGGER") || sql.starts_with("CREATE CONSTRAINT TRIGGER");
    let (triggers, mut all): (Vec<String>, Vec<String>) = made.partition(is_trigger);
    let schema = replay.inspect().await?;
    let naming = Naming::of(&schema);
    for table in schema.in_key_order().tables() {
        // The rows of a partition are rows of its table, too.
        if table.partition().is_none() {
            all.extend(rows(replay, table, naming).await?);
        }
    }
    all.extend(triggers);
    Ok(all.iter().map(|statement| terminated(statement)).collect())
}

/// Returns statements that insert the rows of a table, and let its numbers go on after them.
async fn rows(db: &Executor, table: &Table, naming: Naming<'_>) -> Result<Vec<String>> {
    let columns = table.columns().iter().filter(|column| column.generated().is_none());
    let columns: Vec<String> = columns.map(|column| quoted(column.name())).collect();
    let name = naming.sql(table.schema(), table.name());
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let values =
        columns.iter().map(|column| format!("quote_nullable({column})")).collect::<Vec<_>>().join(" || ', ' || ");
    let texts: Vec<String> = query(format!("select {values} from {name}")).all(db).await?;
    let list = columns.join(", ");
    let insert = |values: &String| format!("INSERT INTO {name} ({list}) OVERRIDING SYSTEM VALUE VALUES ({values})");
    let mut all: Vec<String> = texts.iter().map(insert).collect();
    if !all.is_empty() {
        let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let numbered = table.columns().iter().filter(|column| column.identity().is_some());
        all.extend(numbered.map(|column| {
            let (of, column, quoted) = (text(&name), text(column.name()), quoted(column.name()));
            format!("SELECT setval(pg_get_serial_sequence({of}, {column}), max({quoted})) FROM {name}")
        }));
    }
    Ok(all)
}
