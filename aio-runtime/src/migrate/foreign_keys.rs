//! The foreign keys that a step has violated while they were not enforced.

use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::statement::query;

/// Checks that no row violates a foreign key.
pub(crate) async fn check_all(ex: &Executor) -> Result<()> {
    let catalogue = ex.dialect().catalogue()?;
    let Some((table, row, references, key)) =
        query(catalogue.violated_key).optional::<(String, Option<i64>, String, i64)>(ex).await?
    else {
        return Ok(());
    };
    let columns: Vec<String> = query(catalogue.columns_of_key).bind(&*table).bind(key).all(ex).await?;
    let row = row.map_or_else(|| "a row".to_owned(), |row| format!("row {row}"));
    let message = format!("{row} of {table} references no existing row of {references} by {}", columns.join(", "));
    Err(Error::new(ErrorKind::ForeignKey { table, columns, references }, message))
}

/// The violations of the foreign keys of a table to a parent table: the two tables, SQLite's
/// number of one of the violated keys, and the number of violations.
type ViolationsOfTable = (String, String, i64, i64);

/// The violations of the foreign keys of all tables, as they were counted at one moment.
pub(super) struct Violations(Vec<ViolationsOfTable>);

impl Violations {
    pub(super) async fn count(ex: &Executor) -> Result<Violations> {
        query(ex.dialect().catalogue()?.violations).all(ex).await.map(Violations)
    }

    /// Checks that no table has more violations of foreign keys to another table than were counted
    /// before.
    pub(super) async fn check_none_added(&self, ex: &Executor) -> Result<()> {
        let Violations(now) = Violations::count(ex).await?;
        let of = |table: &str, parent: &str| {
            let is_it =
                |(of, to, ..): &&ViolationsOfTable| of.eq_ignore_ascii_case(table) && to.eq_ignore_ascii_case(parent);
            self.0.iter().find(is_it).map_or(0, |(.., rows)| *rows)
        };
        let added = now.into_iter().find(|(table, parent, _, rows)| *rows > of(table, parent));
        let Some((table, references, key, rows)) = added else { return Ok(()) };
        let columns: Vec<String> =
            query(ex.dialect().catalogue()?.columns_of_key).bind(&*table).bind(key).all(ex).await?;
        let before = of(&table, &references);
        let message = format!(
            "{rows} rows of {table} reference no existing row of {references} by {} after the step, and {before} did before",
            columns.join(", ")
        );
        Err(Error::new(ErrorKind::ForeignKey { table, columns, references }, message))
    }
}
