//! The foreign keys that a step has violated while they were not enforced.

use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::statement::query;

/// Checks that no row violates a foreign key.
pub(crate) async fn check_all(ex: &Executor) -> Result<()> {
    let catalogue = ex.dialect().catalogue();
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

/// The violations of the foreign keys of a table to a parent table: the two tables, the number of
/// one of the violated keys, and the number of violations.
type Violations = (String, String, i64, i64);

/// Returns the violations of the foreign keys of all tables.
async fn violations(ex: &Executor) -> Result<Vec<Violations>> {
    query(ex.dialect().catalogue().violations).all(ex).await
}

/// Checks that no table has more violations of foreign keys to another table in the transaction
/// than before it. `committed` reads the committed rows, outside the transaction.
pub(super) async fn check_none_added(tx: &Executor, committed: &Executor) -> Result<()> {
    let now = violations(tx).await?;
    if now.is_empty() {
        return Ok(());
    }
    // The transaction has kept all others from writing, so what is committed is the state before
    // it. A database without a write-ahead log may refuse to be read at this moment; then every
    // violation counts as added.
    let before = violations(committed).await.unwrap_or_default();
    let of = |table: &str, parent: &str| {
        let is_it = |(of, to, ..): &&Violations| of.eq_ignore_ascii_case(table) && to.eq_ignore_ascii_case(parent);
        before.iter().find(is_it).map_or(0, |(.., count)| *count)
    };
    let added = now.into_iter().find(|(table, parent, _, count)| *count > of(table, parent));
    let Some((table, references, key, count)) = added else { return Ok(()) };
    let columns: Vec<String> = query(tx.dialect().catalogue().columns_of_key).bind(&*table).bind(key).all(tx).await?;
    let message = format!(
        "{count} rows of {table} reference no existing row of {references} by {} after the step, and {} did before",
        columns.join(", "),
        of(&table, &references)
    );
    Err(Error::new(ErrorKind::ForeignKey { table, columns, references }, message))
}
