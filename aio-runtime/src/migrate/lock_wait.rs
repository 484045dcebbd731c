//! Steps that wait for locks on a server: for how long, and who holds the locks.

use std::time::Duration;

use super::Migrations;
use crate::connection::Connection;
use crate::database::Database;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::statement::query;

/// Limits how long the statements of a transaction wait for a lock.
pub(super) async fn limit_lock_waits(tx: &Executor, timeout: Duration) -> Result<()> {
    if let Some(server) = tx.dialect().catalogue().migrations_of_server {
        query(server.set_lock_timeout).bind(milliseconds(timeout)).execute(tx).await?;
    }
    Ok(())
}

/// Limits how long the statements of a connection wait for a lock. Behind a pooler they wait as
/// long as the role's setting says: the statement runs outside of a transaction, and nothing else
/// limits it alone.
pub(super) async fn limit_lock_waits_of_session(connection: &Connection, timeout: Duration) -> Result<()> {
    if !connection.backend().capabilities().session_settings {
        return Ok(());
    }
    if let Some(server) = connection.dialect().catalogue().migrations_of_server {
        query(server.set_lock_timeout_of_session).bind(milliseconds(timeout)).execute(connection).await?;
    }
    Ok(())
}

/// Returns a time as PostgreSQL expects it. Zero, which means no limit, stays zero; a shorter time
/// than a millisecond does not become zero.
fn milliseconds(timeout: Duration) -> String {
    timeout.as_micros().div_ceil(1000).min(i32::MAX as u128).to_string()
}

/// A lock on a table, and the session that holds it.
struct Held {
    /// The schema of the table, if it is not in the search path; empty otherwise.
    schema: String,
    table: String,
    session: i64,
    program: String,
    state: String,
    since: String,
}

/// Returns the error of a step that has not got a lock, although it was repeated for this time:
/// with the table, if it is known, and who has locked it.
pub(super) async fn lock_error(
    db: &Database,
    migrations: &Migrations<'_>,
    repeated: Option<Duration>,
    error: Error,
) -> Error {
    let held = held(db).await.unwrap_or_default();
    let text = migrations.steps().iter().find(|step| error.message().contains(step.label().as_str()));
    let is_named = |held: &&Held| text.is_some_and(|step| mentions_in(step.sql(), &held.schema, &held.table));
    let holders: Vec<String> = held.iter().filter(is_named).take(3).map(Held::shown).collect();
    let who = match &*holders {
        [] => "transactions that are open for long keep it from its locks (`pg_stat_activity` lists them)".to_owned(),
        holders => holders.join("; "),
    };
    let repeated = repeated.map(|time| format!(" each time, for {time:.1?} in all")).unwrap_or_default();
    let message = format!(
        "{error}; the step has waited up to {:.1?} for a lock{repeated}: {who}: end such transactions, or set a longer \
         `Migrations::lock_timeout`",
        migrations.lock_timeout
    );
    let code = error.code().unwrap_or_default().to_owned();
    Error::new(ErrorKind::Timeout, message).with_code(code).with_source(error)
}

impl Held {
    fn shown(&self) -> String {
        let Held { schema, table, session, program, state, since } = self;
        let table = full_name(schema, table);
        let program = if program.is_empty() { String::new() } else { format!(" of `{program}`") };
        format!(
            "`{table}` is locked by the session {session}{program} ({state}, its transaction is open since {since} UTC)"
        )
    }
}

async fn held(db: &Database) -> Result<Vec<Held>> {
    let Some(server) = db.dialect().catalogue().migrations_of_server else { return Ok(Vec::new()) };
    let rows: Vec<(String, String, i64, String, String, String)> =
        query(server.locked_tables).all(&db.without_default_timeout()).await?;
    let held = |(schema, table, session, program, state, since)| Held { schema, table, session, program, state, since };
    Ok(rows.into_iter().map(held).collect())
}

/// Returns a name as an error shows it, after that of a schema outside of the search path.
pub(super) fn full_name(schema: &str, name: &str) -> String {
    if schema.is_empty() { name.to_owned() } else { format!("{schema}.{name}") }
}

/// Returns whether SQL contains a name, and that of the schema unless it is empty.
pub(super) fn mentions_in(sql: &str, schema: &str, name: &str) -> bool {
    mentions(sql, name) && (schema.is_empty() || mentions(sql, schema))
}

/// Returns whether SQL contains a name as a whole word. The case of ASCII letters is ignored.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    let (sql, name) = (sql.to_ascii_lowercase(), name.to_ascii_lowercase());
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
    let is_whole =
        |at: usize| !is_part(sql[..at].chars().next_back()) && !is_part(sql[at + name.len()..].chars().next());
    !name.is_empty() && sql.match_indices(&name).any(|(at, _)| is_whole(at))
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_name_is_found_as_a_whole_word() {
        let sql = "create index concurrently \"note_Text\" on Note (text)";
        assert!(mentions(sql, "note_text") && mentions(sql, "note") && mentions(sql, "text"));
        assert!(!mentions(sql, "not") && !mentions(sql, "ote_text") && !mentions(sql, "note_") && !mentions(sql, ""));
    }
}
