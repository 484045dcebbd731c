//! What is done to the target before and after the rows are inserted.

use aio_sql::{Dialect, Transaction, query};

use super::plan::{Plan, Step};
use super::tables::{self, Reference, quoted};
use crate::error::{Error, Result};
use crate::output::count;

/// The open transaction of the target.
pub(super) struct Target<'t> {
    transaction: &'t Transaction,
    dialect: Dialect,
}

impl<'t> Target<'t> {
    pub(super) fn new(transaction: &'t Transaction) -> Target<'t> {
        Target { transaction, dialect: transaction.dialect() }
    }

    /// Fails if one of the tables has rows.
    pub(super) async fn refuse_rows(&self, plan: &Plan) -> Result<()> {
        let mut found = Vec::new();
        for step in &plan.steps {
            let rows = tables::count(self.transaction, &step.target).await?;
            if rows > 0 {
                found.push(format!("{} ({})", step.target, count(rows, "row")));
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        let message = format!("the target has rows already: {}", found.join(", "));
        Err(Error::usage(message).help("pass `--replace` to delete them, or `--append` to keep them"))
    }

    pub(super) async fn delete_rows(&self, plan: &Plan) -> Result<()> {
        for step in plan.steps.iter().rev() {
            self.run(format!("DELETE FROM {}", quoted(&step.target)))
                .await
                .map_err(|error| error.at(format_args!("deleting the rows of {}", step.target)))?;
        }
        Ok(())
    }

    /// Lets foreign keys be checked after all rows, if some refer to rows that come later.
    pub(super) async fn defer_keys(&self, plan: &Plan) -> Result<()> {
        if plan.steps.iter().all(|step| step.early.is_empty()) {
            return Ok(());
        }
        if self.dialect != Dialect::Postgres {
            return self.run("PRAGMA defer_foreign_keys = 1".to_owned()).await;
        }
        for (step, key) in constant_keys(plan) {
            self.alter_key(step, key, "DEFERRABLE INITIALLY DEFERRED").await?;
        }
        self.run("SET CONSTRAINTS ALL DEFERRED".to_owned()).await
    }

    /// Checks the foreign keys that were deferred, and makes them as they were.
    pub(super) async fn check_keys(&self, plan: &Plan) -> Result<()> {
        if self.dialect != Dialect::Postgres {
            return self.check_each(plan).await;
        }
        if plan.steps.iter().all(|step| step.early.is_empty()) {
            return Ok(());
        }
        self.run("SET CONSTRAINTS ALL IMMEDIATE".to_owned()).await?;
        for (step, key) in constant_keys(plan) {
            self.alter_key(step, key, "NOT DEFERRABLE").await?;
        }
        Ok(())
    }

    /// Checks the foreign keys of SQLite, whose error at the commit would not name the table.
    async fn check_each(&self, plan: &Plan) -> Result<()> {
        for step in plan.steps.iter().filter(|step| !step.early.is_empty()) {
            let text = "SELECT parent FROM pragma_foreign_key_check(?)";
            let parents: Vec<String> = query(text).bind(step.target.as_str()).all(self.transaction).await?;
            if let Some(parent) = parents.first() {
                let rows = count(parents.len() as u64, "row");
                return Err(Error::new(format!("{}: {rows} refer to rows that {parent} does not have", step.target)));
            }
        }
        Ok(())
    }

    /// Lets the target go on with numbers that neither its rows have nor the source has given out.
    pub(super) async fn advance_numbers(&self, step: &Step) -> Result<()> {
        let Some((column, given)) = &step.numbered else { return Ok(()) };
        if self.dialect != Dialect::Postgres {
            return self.advance_sqlite(step, *given).await;
        }
        let highest = format!("SELECT max({})::bigint FROM {}", quoted(column), quoted(&step.target));
        let highest: Option<i64> = query(highest).scalar(self.transaction).await?;
        let Some(highest) = highest.max(*given).filter(|number| *number > 0) else { return Ok(()) };
        let text = "SELECT setval(own.sequence, $3::bigint) \
            FROM (SELECT pg_get_serial_sequence(quote_ident($1::text), $2::text)::regclass AS sequence) AS own \
            WHERE own.sequence IS NOT NULL AND $3::bigint > coalesce(pg_sequence_last_value(own.sequence), 0)";
        let statement = query(text).bind(step.target.as_str()).bind(column.as_str()).bind(highest);
        statement
            .all::<i64>(self.transaction)
            .await
            .map_err(|error| Error::from(error).at(format_args!("the numbers of {}", step.target)))?;
        Ok(())
    }

    /// SQLite itself remembers the highest number of the rows, but not what the source has given
    /// out and deleted.
    async fn advance_sqlite(&self, step: &Step, given: Option<i64>) -> Result<()> {
        let Some(given) = given else { return Ok(()) };
        let update = query("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?");
        let updated = update.bind(given).bind(step.target.as_str()).execute(self.transaction).await?;
        if updated.rows_affected == 0 {
            let insert = query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)");
            insert.bind(step.target.as_str()).bind(given).execute(self.transaction).await?;
        }
        Ok(())
    }

    async fn alter_key(&self, step: &Step, key: &Reference, how: &str) -> Result<()> {
        let (table, constraint) = (quoted(&step.target), quoted(&key.constraint));
        self.run(format!("ALTER TABLE {table} ALTER CONSTRAINT {constraint} {how}")).await.map_err(|error| {
            let place = format!(
                "the foreign key {} of {}, which has to be checked after all rows",
                key.constraint, step.target
            );
            error.at(place).help("copy as the owner of the table, or declare the foreign key as deferrable")
        })
    }

    async fn run(&self, text: String) -> Result<()> {
        query(text).execute(self.transaction).await?;
        Ok(())
    }
}

/// Returns the foreign keys that have to be deferred, but are declared so that they cannot be.
fn constant_keys(plan: &Plan) -> impl Iterator<Item = (&Step, &Reference)> {
    let keys = |step| std::iter::repeat(step).zip(step_keys(step));
    plan.steps.iter().flat_map(keys)
}

fn step_keys(step: &Step) -> impl Iterator<Item = &Reference> {
    step.early.iter().filter(|key| !key.is_deferrable)
}
