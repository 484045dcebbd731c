//! Migrations: named steps of SQL, each run once.

use crate::database::Database;
use crate::driver::sqlite::differs;
use crate::error::{Error, ErrorKind, Result};
use crate::statement::query;

const TABLE: &str = "create table if not exists _aio_sql_migrations (
    position integer not null primary key,
    name text not null unique,
    sql text not null,
    applied_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now'))
)";

impl Database {
    /// Runs the steps that have not been run on this database, in their order, each in a transaction of its own, and
    /// records them. Gives how many were run.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// db.migrate(&[
    ///     ("users", "create table users (id integer primary key, name text not null)"),
    ///     ("users by name", "create index users_by_name on users (name)"),
    /// ])
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Migration`] where a step that was run is missing, stands at another place, or has another text now
    /// (blanks and comments aside); nothing is run then. An error of a step itself leaves the steps before it done.
    ///
    /// # Cancellation
    /// The step under way is undone; those before it stay done.
    pub async fn migrate(&self, steps: &[(&str, &str)]) -> Result<usize> {
        for (place, (name, _)) in steps.iter().enumerate() {
            if steps[..place].iter().any(|(other, _)| other == name) {
                return Err(Error::usage(format!("two migration steps are called `{name}`")));
            }
        }
        query(TABLE).execute(self).await?;
        let mut run = 0;
        // Another process may run the same steps: what was applied is looked at anew for each.
        while self.next_step(steps).await? {
            run += 1;
        }
        Ok(run)
    }

    async fn next_step(&self, steps: &[(&str, &str)]) -> Result<bool> {
        self.transaction(|tx| async move {
            let applied: Vec<(String, String)> =
                query("select name, sql from _aio_sql_migrations order by position").all(&tx).await?;
            check_applied(steps, &applied)?;
            let Some((name, text)) = steps.get(applied.len()) else { return Ok(false) };
            tx.execute_script(*text).await.map_err(|error| error.context(format_args!("migration step `{name}`")))?;
            query("insert into _aio_sql_migrations (position, name, sql) values (?, ?, ?)")
                .bind(applied.len() + 1)
                .bind(*name)
                .bind(*text)
                .execute(&tx)
                .await?;
            Ok(true)
        })
        .await
    }
}

fn check_applied(steps: &[(&str, &str)], applied: &[(String, String)]) -> Result<()> {
    for (place, (name, text)) in applied.iter().enumerate() {
        let changed = match steps.get(place) {
            None => format!("step {} `{name}` was applied to the database, but is missing here", place + 1),
            Some((other, _)) if other != name => {
                format!("step {} was applied as `{name}`, but is called `{other}` here", place + 1)
            }
            Some((_, other)) if differs(text, other) => {
                format!("step {} `{name}` was changed after it was applied: add a new step instead", place + 1)
            }
            Some(_) => continue,
        };
        return Err(Error::new(ErrorKind::Migration { step: name.clone() }, changed));
    }
    Ok(())
}
