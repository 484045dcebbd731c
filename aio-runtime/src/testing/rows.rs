//! Fills tables with made-up rows that keep their constraints.

use std::collections::BTreeMap;

use super::sample::{Samples, names};
use crate::database::Database;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::inspect::{Column, ForeignKey, Schema, Table, TableKind};
use crate::sql::{column_of_row, insert_row, tokens};
use crate::statement::query;

/// The number of attempts for one row.
const ATTEMPTS: usize = 600;

/// How tables are filled.
pub(super) struct Filling<'a> {
    pub(super) db: &'a Database,
    /// The number of rows of each table.
    pub(super) rows: usize,
    /// The tables that stay empty.
    pub(super) without: &'a [String],
}

impl Filling<'_> {
    /// Inserts rows into all tables, in the order of their foreign keys.
    ///
    /// # Errors
    /// Fails if no row can be found that a table accepts.
    pub(super) async fn fill(&self, schema: &Schema) -> Result<()> {
        let mut filled = BTreeMap::new();
        for table in schema.in_key_order().tables() {
            let is_left_out = self.without.iter().any(|name| name.eq_ignore_ascii_case(table.name()));
            if *table.kind() == TableKind::Ordinary && !is_left_out {
                let rows = self.fill_table(table, &filled).await?;
                filled.insert(table.name().to_ascii_lowercase(), rows);
            }
        }
        Ok(())
    }

    /// Inserts rows into a table. Returns their number.
    async fn fill_table(&self, table: &Table, filled: &BTreeMap<String, usize>) -> Result<usize> {
        let mut generator = Generator::of(table, self.db.dialect());
        for row in 0..self.rows {
            let mut last = None;
            generator.begin_row();
            for _ in 0..ATTEMPTS {
                // A parent table that is left out has no rows to refer to.
                let Some(values) = generator.values(row, filled)? else { return Ok(row) };
                match query(insert_row(self.db.dialect(), table.name(), &values)?.text).execute(self.db).await {
                    Ok(_) => {
                        last = None;
                        break;
                    }
                    Err(error) => {
                        generator.refused(&error);
                        last = Some(error);
                    }
                }
            }
            if let Some(error) = last {
                let table = table.name();
                // A constraint may leave room for few rows only, such as for each day of the week.
                if row > 0 && matches!(error.kind(), ErrorKind::Unique { .. }) {
                    return Ok(row);
                }
                let message = format!(
                    "no row could be made up that {table} accepts, the last one was refused: {error}: leave the table empty \
                     with `.without({table:?})`"
                );
                return Err(error.with_kind_and_message(ErrorKind::Usage, message));
            }
        }
        Ok(self.rows)
    }
}

/// Makes up the rows of a table.
struct Generator<'a> {
    table: &'a Table,
    dialect: Dialect,
    columns: Vec<Filled<'a>>,
    random: u64,
}

/// A column that gets a value.
struct Filled<'a> {
    column: &'a Column,
    /// The foreign key that contains the column; `None` if none does.
    key: Option<&'a ForeignKey>,
    samples: Samples,
    /// The number of the candidate among the samples that is tried or, in a foreign key, by how
    /// many rows the choice of the parent row is shifted.
    choice: usize,
    is_unique: bool,
}

impl<'a> Generator<'a> {
    fn of(table: &'a Table, dialect: Dialect) -> Generator<'a> {
        let is_in = |columns: &[&str], name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        let columns = table.columns().iter().filter(|column| column.generated().is_none() && !column.is_hidden());
        let columns = columns.map(|column| {
            let name = column.name();
            let key =
                table.foreign_keys().iter().find(|key| key.columns().iter().any(|of| of.eq_ignore_ascii_case(name)));
            let is_unique = table.primary_key().is_some_and(|key| is_in(&key.columns(), name))
                || table.uniques().iter().any(|unique| is_in(&unique.columns(), name))
                || table.indexes().iter().any(|index| index.is_unique() && is_in(&index.columns(), name));
            Filled { column, key, samples: Samples::of(table, column), choice: 0, is_unique }
        });
        Generator { table, dialect, columns: columns.collect(), random: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Goes back to the first candidate for the columns in which NULL is tried, so that the next
    /// row may get another value.
    fn begin_row(&mut self) {
        for filled in &mut self.columns {
            if filled.key.is_none() && filled.samples.is_null(filled.choice) {
                filled.choice = 0;
            }
        }
    }

    /// Returns a pseudo-random number below `end` (xorshift).
    fn below(&mut self, end: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// Returns the values of a row, or `None` if it must refer to a row of a table without rows.
    fn values(&self, row: usize, filled: &BTreeMap<String, usize>) -> Result<Option<Vec<(&'a str, String)>>> {
        let mut values = Vec::new();
        for place in 0..self.columns.len() {
            let Some(value) = self.value(place, row, filled)? else { return Ok(None) };
            values.push((self.columns[place].column.name(), value));
        }
        Ok(Some(values))
    }

    fn value(&self, place: usize, row: usize, filled: &BTreeMap<String, usize>) -> Result<Option<String>> {
        let Filled { column, key, samples, choice, .. } = &self.columns[place];
        let Some(key) = key else { return Ok(Some(samples.get(*choice, row))) };
        let is_own = key.table().eq_ignore_ascii_case(self.table.name());
        let parents = if is_own { row } else { filled.get(&key.table().to_ascii_lowercase()).copied().unwrap_or(0) };
        let position = key.columns().iter().position(|name| name.eq_ignore_ascii_case(column.name())).unwrap_or(0);
        let Some(target) = key.targets().get(position) else { return Ok(None) };
        // The columns of one key must name the same parent row, so they share the first one's
        // choice.
        let leading = self.columns.iter().find(|other| other.key.is_some_and(|of| std::ptr::eq(of, *key)));
        let shift = leading.map_or(*choice, |leading| leading.choice);
        if parents == 0 || column.is_nullable() && (row + shift) % 4 == 3 {
            if column.is_nullable() {
                return Ok(Some("NULL".to_owned()));
            }
            // The first row of a table that refers to itself refers to its own key.
            let own = self.columns.iter().position(|other| other.column.name().eq_ignore_ascii_case(target));
            return match own {
                Some(own) if is_own && own != place => self.value(own, row, filled),
                _ => Ok(None),
            };
        }
        column_of_row(self.dialect, key.table(), key.targets(), target, (row + shift) % parents).map(Some)
    }

    /// Chooses other values for the columns because of which a row was refused.
    fn refused(&mut self, error: &Error) {
        let named: Vec<String> = match error.kind() {
            ErrorKind::NotNull { column, .. } | ErrorKind::Datatype { column, .. } => vec![column.clone()],
            ErrorKind::Unique { columns, .. } => columns.clone(),
            ErrorKind::Check { constraint, .. } => self.columns_of_check(constraint),
            _ => Vec::new(),
        };
        let is_named = |filled: &Filled<'_>| named.iter().any(|name| name.eq_ignore_ascii_case(filled.column.name()));
        let mut places: Vec<usize> = (0..self.columns.len()).filter(|place| is_named(&self.columns[*place])).collect();
        if places.is_empty() {
            places = (0..self.columns.len()).collect();
        }
        // One column at a time, so that the good choices of the others are kept.
        let place = places[self.below(places.len().max(1))];
        let (end, jump) = (self.columns[place].samples.len(), self.below(self.columns[place].samples.len()));
        let filled = &mut self.columns[place];
        filled.choice = match error.kind() {
            // The value was there already. The first candidate is another value in each row.
            ErrorKind::Unique { .. }
                if filled.is_unique && filled.key.is_none() && filled.choice != 0 && jump % 2 == 0 =>
            {
                0
            }
            _ if filled.key.is_some() => filled.choice + 1,
            _ => (filled.choice + 1 + jump) % end,
        };
    }

    /// Returns the names of the columns that occur in a CHECK constraint. `constraint` is its name
    /// or its expression.
    fn columns_of_check(&self, constraint: &str) -> Vec<String> {
        let is_it = |check: &&crate::inspect::Check| {
            check.name().is_some_and(|name| name.eq_ignore_ascii_case(constraint))
                || tokens(check.expression()) == tokens(constraint)
        };
        let checks = self.table.checks().iter().filter(is_it);
        let tokens: Vec<&str> = checks.flat_map(|check| tokens(check.expression())).collect();
        let columns = self.columns.iter().filter(|filled| tokens.iter().any(|token| names(token, filled.column)));
        columns.map(|filled| filled.column.name().to_owned()).collect()
    }
}
