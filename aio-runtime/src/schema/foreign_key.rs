//! The definition of a foreign key, and the checks of the definition that the compiler cannot
//! make.

use super::TableDef;
use crate::error::{Error, Result};

/// A foreign key.
#[derive(Clone, Copy, Debug)]
pub struct ForeignKeyDef {
    /// The columns of the key, each with the parent's column that it refers to.
    pub pairs: &'static [KeyPair],
    /// The parent table, to which the key refers. It is given by a function, so that the constants
    /// of two tables can refer to each other.
    pub table: fn() -> &'static TableDef,
    /// The action on the child row when the parent row is deleted.
    pub on_delete: Action,
    /// The action on the child row when the parent's key is changed.
    pub on_update: Action,
    /// Whether the key is checked when the transaction commits, instead of after each statement.
    pub deferred: bool,
}

impl ForeignKeyDef {
    /// Creates a foreign key to a table.
    pub const fn new(table: fn() -> &'static TableDef, pairs: &'static [KeyPair]) -> ForeignKeyDef {
        ForeignKeyDef { pairs, table, on_delete: Action::NoAction, on_update: Action::NoAction, deferred: false }
    }

    /// Sets the action on the child row when the parent row is deleted.
    pub const fn on_delete(mut self, action: Action) -> ForeignKeyDef {
        self.on_delete = action;
        self
    }

    /// Sets the action on the child row when the parent's key is changed.
    pub const fn on_update(mut self, action: Action) -> ForeignKeyDef {
        self.on_update = action;
        self
    }

    /// Makes the key deferred: it is checked when the transaction commits.
    pub const fn deferred(mut self) -> ForeignKeyDef {
        self.deferred = true;
        self
    }

    /// Returns the columns of the child table.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.column)
    }

    /// Returns the columns of the parent table.
    pub fn targets(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.target)
    }
}

/// A column of a foreign key and the parent's column that it refers to.
#[derive(Clone, Copy, Debug)]
pub struct KeyPair {
    /// The column of the child table.
    pub column: &'static str,
    /// The column of the parent table.
    pub target: &'static str,
}

/// The action of a foreign key when the parent row is deleted or its key is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The change of the parent row fails, at the end of the statement (or of the transaction, if
    /// the key is deferred).
    NoAction,
    /// The change of the parent row fails at once, even if the key is deferred.
    Restrict,
    /// The child row is deleted or changed, too.
    Cascade,
    /// The child row's key is set to NULL.
    SetNull,
    /// The child row's key is set to its default.
    SetDefault,
}

impl TableDef {
    /// Checks that the foreign keys refer to unique columns, and that their actions are possible.
    /// Otherwise, SQLite would accept the table, but later statements would fail.
    ///
    /// # Errors
    /// `Usage` for the first foreign key that is not possible.
    pub(crate) fn check_foreign_keys(&self) -> Result<()> {
        for key in self.foreign_keys {
            let target = (key.table)();
            if !target.is_unique(key) {
                return Err(Error::usage(format!(
                    "{}.{} refers to {}.{}, which is neither the primary key nor unique: add `#[column(unique)]` to that column, \
                     or `#[table(unique(..))]` for several columns",
                    self.name,
                    list(key.columns()),
                    target.name,
                    list(key.targets()),
                )));
            }
            let sets_null = [key.on_delete, key.on_update].contains(&Action::SetNull);
            let not_null = key.columns().find(|name| self.column(name).is_some_and(|column| !column.nullable));
            if let (true, Some(column)) = (sets_null, not_null) {
                return Err(Error::usage(format!(
                    "{}.{column} is NOT NULL and cannot have the action `set_null`: make the field an `Option`",
                    self.name
                )));
            }
        }
        Ok(())
    }

    /// Returns whether the columns of this table that a foreign key refers to are unique.
    fn is_unique(&self, key: &ForeignKeyDef) -> bool {
        let targets: Vec<_> = key.targets().collect();
        self.unique_keys().any(|unique| unique.condition.is_none() && unique.is_on(&targets))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
