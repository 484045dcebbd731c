//! What can be wrong with a table's definition that the compiler does not see.

use super::{Action, ForeignKeyDef, IndexPart, TableDef};
use crate::error::{Error, Result};

impl TableDef {
    /// Whether the foreign keys lead to keys, and can do what they are told to.
    ///
    /// SQLite would take the table, and fail at later statements.
    pub(crate) fn check_foreign_keys(&self) -> Result<()> {
        for key in self.foreign_keys {
            let target = (key.table)();
            if !target.is_unique(key) {
                return Err(Error::usage(format!(
                    "{}.{} leads to {}.{}, which is neither the primary key nor unique: mark it `#[column(unique)]`, or \
                     several with `#[table(unique(..))]`",
                    self.name,
                    list(key.columns()),
                    target.name,
                    list(key.targets()),
                )));
            }
            let clears = [key.on_delete, key.on_update].contains(&Action::SetNull);
            let fixed = key.columns().find(|name| self.column(name).is_some_and(|column| !column.nullable));
            if let (true, Some(column)) = (clears, fixed) {
                return Err(Error::usage(format!(
                    "{}.{column} cannot become NULL, as `set_null` says: make the field an `Option`",
                    self.name
                )));
            }
        }
        Ok(())
    }

    /// Whether no two rows have the same values of the columns that a foreign key leads to.
    fn is_unique(&self, key: &ForeignKeyDef) -> bool {
        let same = |columns: &[&str]| {
            columns.len() == key.pairs.len() && key.targets().all(|target| columns.contains(&target))
        };
        let by_index = self.indexes.iter().filter(|index| index.unique && index.condition.is_none()).any(|index| {
            let columns = index.parts.iter().map(|part| match part {
                IndexPart::Column(name) => Some(*name),
                IndexPart::Expression(_) => None,
            });
            columns.collect::<Option<Vec<_>>>().is_some_and(|columns| same(&columns))
        });
        same(self.primary_key) || self.uniques.iter().any(|unique| same(unique)) || by_index
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
