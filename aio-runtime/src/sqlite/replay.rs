//! Finds out how many steps of a migration have made the schema of a database that has no record
//! of them, by running the steps in an empty database.

use rusqlite::Connection;

use super::engine::DIALECT;
use super::error::typed;
use super::inspect::{differences, inspect};
use super::options::Options;
use super::set_up::empty_beside;
use crate::engine::{Recognized, ReplayedStep};
use crate::error::Result;
use crate::inspect::{Inspect, Schema};
use crate::sql::select_any_row;

/// Compares the schema of a database with that after each of the steps. Tables and views that no
/// step makes are left out.
pub(super) fn recognize(raw: &Connection, options: &Options, steps: &[ReplayedStep]) -> Result<Recognized> {
    let found = inspect(raw, &Inspect::new())?;
    if found.tables().is_empty() && found.views().is_empty() {
        return Ok(Recognized::Nothing);
    }
    let beside = empty_beside(options)?;
    let mut replayed = Vec::new();
    for step in steps {
        let alter = if step.rebuilds { "PRAGMA legacy_alter_table = 1" } else { "PRAGMA legacy_alter_table = 0" };
        // A step fails if it needs what the empty database lacks, such as a table that no step
        // makes, or what a function does. Neither it nor the steps after it are compared.
        if beside.execute_batch(alter).and_then(|()| beside.execute_batch(&step.sql)).is_err() {
            break;
        }
        let schema = inspect(&beside, &Inspect::new())?;
        replayed.push(Replayed { filled: filled(&beside, &schema)?, schema });
    }
    let known = Names::of(&replayed);
    let (wanted, others) = known.split(found);
    if wanted.tables().is_empty() && wanted.views().is_empty() {
        return Ok(Recognized::Nothing);
    }
    let mut equal = Vec::new();
    for (index, replayed) in replayed.iter().enumerate() {
        if differences(&replayed.schema, &wanted)?.is_empty() {
            equal.push(index);
        }
    }
    let (Some(&first), Some(&last)) = (equal.first(), equal.last()) else { return Ok(Recognized::Differs) };
    if others && first != last {
        return Ok(Recognized::Ambiguous { first: first + 1, last: last + 1 });
    }
    let full = filled(raw, &wanted)?;
    let is_empty = |table: &&String| !full.iter().any(|full| full.eq_ignore_ascii_case(table));
    match replayed[first].filled.iter().find(is_empty) {
        Some(table) => Ok(Recognized::WithoutRows { steps: first + 1, table: table.clone() }),
        None => Ok(Recognized::Steps(first + 1)),
    }
}

/// The state of the database in which the steps are run, after one of them.
struct Replayed {
    schema: Schema,
    /// The tables that have rows.
    filled: Vec<String>,
}

/// Returns the names of the tables that have rows.
fn filled(raw: &Connection, schema: &Schema) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for table in schema.tables() {
        let query = select_any_row(DIALECT, table.name())?;
        if raw.query_row(&query.text, [], |row| row.get(0)).map_err(typed)? {
            names.push(table.name().to_owned());
        }
    }
    Ok(names)
}

/// The names of all tables and views that any of the steps makes.
struct Names(Vec<String>);

impl Names {
    fn of(replayed: &[Replayed]) -> Names {
        let schemas = || replayed.iter().map(|replayed| &replayed.schema);
        let tables = schemas().flat_map(|schema| schema.tables().iter().map(|table| table.name().to_owned()));
        Names(
            tables
                .chain(schemas().flat_map(|schema| schema.views().iter().map(|view| view.name().to_owned())))
                .collect(),
        )
    }

    /// Returns the tables and views of a schema that have these names, and whether it has others.
    fn split(&self, mut schema: Schema) -> (Schema, bool) {
        let all = schema.tables.len() + schema.views.len();
        let is_known = |name: &str| self.0.iter().any(|known| known.eq_ignore_ascii_case(name));
        schema.tables.retain(|table| is_known(table.name()));
        schema.views.retain(|view| is_known(view.name()));
        let others = schema.tables.len() + schema.views.len() < all;
        (schema, others)
    }
}
