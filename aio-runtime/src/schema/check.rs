//! What can be wrong with a table's definition that the compiler does not see.

use super::{Action, ForeignKeyDef, TableDef};
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
        let targets: Vec<_> = key.targets().collect();
        self.unique_keys().any(|unique| unique.condition.is_none() && unique.is_on(&targets))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
