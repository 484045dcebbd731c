//! Tests of a program's migrations.

mod rows;
mod sample;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::database::{Builder, Database};
use crate::error::{Error, ErrorKind, Result};
use crate::inspect::{Difference, Part, Schema};
use crate::migrate::{Migrations, check_foreign_keys};
use crate::schema::Tables;
use crate::sql::{count_rows, table_renames};
use crate::statement::query;
use rows::Filling;

/// Begins a test of all steps: from every version, with rows in its tables, up to the newest one.
///
/// ```
/// # use aio_runtime as aio_sql;
/// use aio_sql::{Migration, Migrations, Result, testing};
///
/// static STEPS: Migrations = Migrations::new(&[
///     Migration::new("0001_init", "create table author (id integer primary key not null)"),
///     Migration::new("0002_name", "alter table author add column name text default ''"),
/// ]);
///
/// # async fn migrations_keep_rows() -> Result<()> {
/// testing::migrations(&STEPS).check().await
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> { migrations_keep_rows().await }
/// ```
///
/// For each version, the test creates a temporary database, runs the steps up to that version,
/// fills the tables with rows that their constraints allow, and runs the other steps, one by one.
/// It fails if
///
/// - a step fails with these rows;
/// - a table has fewer rows after a step than before it, unless the step drops it or its rows on
///   purpose (`-- aio-sql: accepts loss of TABLE`);
/// - at the end a foreign key leads nowhere, or the database is damaged;
/// - at the end a table differs from its struct, for the structs that are given to
///   [`tables`](MigrationTest::tables), or the schema is another one than that after all steps on
///   an empty database.
pub fn migrations<'a>(steps: impl Into<Migrations<'a>>) -> MigrationTest<'a> {
    MigrationTest {
        steps: steps.into(),
        tables: None,
        rows: 20,
        without: Vec::new(),
        open: Arc::new(|| Database::builder(":memory:")),
    }
}

/// A test of migrations, which [`migrations`] begins and [`check`](MigrationTest::check) runs.
#[must_use = "nothing is tested until `check`"]
pub struct MigrationTest<'a> {
    steps: Migrations<'a>,
    /// The schema of the structs; `None` if none were given.
    tables: Option<Result<Schema>>,
    rows: usize,
    without: Vec<String>,
    open: Arc<dyn Fn() -> Builder + Send + Sync>,
}

impl<'a> MigrationTest<'a> {
    /// Sets the structs whose tables must have the shape of the structs after the last step.
    /// Further indexes and triggers are allowed.
    pub fn tables(mut self, tables: impl Tables) -> MigrationTest<'a> {
        self.tables = Some(Schema::of(tables));
        self
    }

    /// Sets the number of rows with which each table is filled. Default: 20. A table whose
    /// constraints leave no room for so many rows gets fewer.
    pub fn rows(mut self, rows: usize) -> MigrationTest<'a> {
        self.rows = rows;
        self
    }

    /// Leaves a table empty, for example because its rows must have a relation to each other that
    /// no constraint states.
    pub fn without(mut self, table: impl Into<String>) -> MigrationTest<'a> {
        self.without.push(table.into());
        self
    }

    /// Sets how the databases are opened, for functions and collations that the schema needs.
    ///
    /// ```
    /// # use aio_runtime::{Database, Migrations, Result, testing};
    /// # async fn run(steps: Migrations<'static>) -> Result<()> {
    /// testing::migrations(&steps)
    ///     .open_with(|| {
    ///         let builder = Database::builder(":memory:");
    ///         builder.schema_function("slug", |text: String| text.to_lowercase())
    ///     })
    ///     .check()
    ///     .await
    /// # }
    /// ```
    pub fn open_with(mut self, builder: impl Fn() -> Builder + Send + Sync + 'static) -> MigrationTest<'a> {
        self.open = Arc::new(builder);
        self
    }

    /// Runs the test.
    ///
    /// # Errors
    /// [`ErrorKind::Migration`] if a step loses rows, or if a version leads to another schema than
    /// the others; [`ErrorKind::Shape`] if a table differs from its struct;
    /// [`ErrorKind::ForeignKey`] and [`ErrorKind::Corrupt`] if the
    /// database is not whole after the steps; [`ErrorKind::Usage`] if no
    /// rows can be made up for a table; the errors of the steps. The message names the version
    /// from which the steps were run.
    ///
    /// # Cancellation
    /// If the future is dropped, the test ends. Its database is deleted.
    pub async fn check(mut self) -> Result<()> {
        let structs = self.tables.take().transpose()?;
        let mut newest: Option<Schema> = None;
        let mut version = 0;
        loop {
            let db = (self.open)().open().await?;
            self.steps = self.steps.clone().of_database(db.dialect(), &db.backend().address())?;
            let checked = self.check_from(version, &db, structs.as_ref(), &mut newest).await;
            db.close().await?;
            checked.map_err(|error| match version.checked_sub(1).and_then(|last| self.steps.steps().get(last)) {
                Some(step) => error.context(format_args!("from the version after the step `{}`", step.name())),
                None => error.context("from an empty database"),
            })?;
            version += 1;
            if version >= self.steps.steps().len() {
                return Ok(());
            }
        }
    }

    /// Tests the way from one version to the newest. `newest` is the schema to which other
    /// versions have led; `None` for the first version.
    async fn check_from(
        &self,
        version: usize,
        db: &Database,
        structs: Option<&Schema>,
        newest: &mut Option<Schema>,
    ) -> Result<()> {
        db.migrate(self.steps.first(version)).await?;
        let filling = Filling { db, rows: self.rows, without: &self.without };
        filling.fill(&db.inspect().await?).await?;
        let mut before = counts(db).await?;
        for (index, step) in self.steps.steps().iter().enumerate().skip(version) {
            db.migrate(self.steps.first(index + 1)).await?;
            let after = counts(db).await?;
            check_rows(step.name(), step.sql(), &self.steps.accepted_losses(index)?, &before, &after)?;
            before = after;
        }
        check_foreign_keys(db).await?;
        db.integrity_check().await?;
        let schema = db.inspect().await?;
        if let Some(structs) = structs {
            check_shapes(structs, &schema)?;
        }
        match newest {
            None => *newest = Some(schema),
            Some(newest) => {
                let differences = newest.differences(&schema)?;
                if let Some(first) = differences.first() {
                    let message = format!(
                        "the schema is another one than that after all steps on an empty database: {}: {}",
                        first.table(),
                        joined(&differences)
                    );
                    return Err(Error::new(ErrorKind::Migration { step: self.last_name() }, message));
                }
            }
        }
        Ok(())
    }

    fn last_name(&self) -> String {
        self.steps.steps().last().map_or_else(String::new, |step| step.name().to_owned())
    }
}

impl std::fmt::Debug for MigrationTest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MigrationTest").field("steps", &self.steps).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Checks that the tables have the shapes of their structs.
fn check_shapes(wanted: &Schema, found: &Schema) -> Result<()> {
    let mut differences = wanted.differences(found)?;
    // Indexes and triggers that no struct declares may be there.
    let is_further = |difference: &Difference<'_>| {
        difference.wanted().is_none() && matches!(difference.found(), Some(Part::Index(_) | Part::Trigger(_)))
    };
    let is_declared = |difference: &Difference<'_>| wanted.table(difference.table()).is_some();
    differences.retain(|difference| is_declared(difference) && !is_further(difference));
    let Some(first) = differences.first() else { return Ok(()) };
    let table = first.table().to_owned();
    differences.retain(|difference| difference.table() == table);
    let message = format!(
        "after the last step the table {table} has another shape than its struct: {}: add a step that changes it",
        joined(&differences)
    );
    let differences = differences.iter().map(ToString::to_string).collect();
    Err(Error::new(ErrorKind::Shape { table, differences }, message))
}

fn joined(differences: &[Difference<'_>]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Returns the number of rows of each table.
async fn counts(db: &Database) -> Result<BTreeMap<String, i64>> {
    let mut counts = BTreeMap::new();
    for table in db.inspect().await?.tables() {
        let rows = query(count_rows(db.dialect(), table.name())?.text).scalar(db).await?;
        counts.insert(table.name().to_owned(), rows);
    }
    Ok(counts)
}

/// Checks that a step has lost no row, except of tables that `accepted` names.
fn check_rows(
    step: &str,
    sql: &str,
    accepted: &[String],
    before: &BTreeMap<String, i64>,
    after: &BTreeMap<String, i64>,
) -> Result<()> {
    let renames = table_renames(sql);
    for (table, before) in before {
        if accepted.iter().any(|name| name.eq_ignore_ascii_case(table)) {
            continue;
        }
        let of = |name: &str| after.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, rows)| *rows);
        let mut name = table.clone();
        for (from, to) in &renames {
            if from.eq_ignore_ascii_case(&name) {
                name.clone_from(to);
            }
        }
        // If the step renames a table, drops it, and creates one with the old name, the new one
        // counts.
        let left = of(&name).or_else(|| of(table)).unwrap_or(0);
        if left < *before {
            let message = format!(
                "the step `{step}` has lost {} of the {before} rows of {table}: keep them, or, if that is meant, begin the \
                 step with `-- aio-sql: accepts loss of {table}`",
                before - left
            );
            return Err(Error::new(ErrorKind::Migration { step: step.to_owned() }, message));
        }
    }
    Ok(())
}
