//! The definition of a foreign key, and checks that the compiler does not make.

use super::TableDef;
use crate::error::{Error, Result};

/// A foreign key.
#[derive(Clone, Copy, Debug)]
pub struct ForeignKeyDef {
    /// Pairs of a column and the column that it refers to.
    pub pairs: &'static [KeyPair],
    /// The table that it refers to. It is a function so that two tables may refer to each other.
    pub table: fn() -> &'static TableDef,
    /// What happens to the row when the row that it refers to is deleted.
    pub on_delete: Action,
    /// What happens to the row when the key that it refers to is changed.
    pub on_update: Action,
    /// Whether it is checked when the transaction commits, not after each statement.
    pub deferred: bool,
}

impl ForeignKeyDef {
    /// Creates a foreign key to a table.
    pub const fn new(table: fn() -> &'static TableDef, pairs: &'static [KeyPair]) -> ForeignKeyDef {
        ForeignKeyDef { pairs, table, on_delete: Action::NoAction, on_update: Action::NoAction, deferred: false }
    }

    /// Sets what happens when the row that it refers to is deleted.
    pub const fn on_delete(mut self, action: Action) -> ForeignKeyDef {
        self.on_delete = action;
        self
    }

    /// Sets what happens when the key that it refers to is changed.
    pub const fn on_update(mut self, action: Action) -> ForeignKeyDef {
        self.on_update = action;
        self
    }

    /// Makes the key deferred: it is checked when the transaction commits.
    pub const fn deferred(mut self) -> ForeignKeyDef {
        self.deferred = true;
        self
    }

    /// Returns the columns of the key.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.column)
    }

    /// Returns the columns that they refer to.
    pub fn targets(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.target)
    }
}

/// A column of a foreign key and the column that it refers to.
#[derive(Clone, Copy, Debug)]
pub struct KeyPair {
    /// The column of the key.
    pub column: &'static str,
    /// The column of the other table.
    pub target: &'static str,
}

/// What a foreign key does when the row that it refers to is deleted or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The change fails at the end of the statement or transaction.
    NoAction,
    /// The change fails at once.
    Restrict,
    /// The row is deleted, or changed, too.
    Cascade,
    /// The key is set to NULL.
    SetNull,
    /// The key is set to its default.
    SetDefault,
}

impl TableDef {
    /// Checks that the foreign keys refer to unique columns, and that their actions are possible.
    ///
    /// SQLite would accept the table, and fail at later statements.
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

    /// Returns whether the columns that a foreign key refers to are unique.
    fn is_unique(&self, key: &ForeignKeyDef) -> bool {
        let targets: Vec<_> = key.targets().collect();
        self.unique_keys().any(|unique| unique.condition.is_none() && unique.is_on(&targets))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
