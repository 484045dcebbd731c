//! The definition of a foreign key, and the checks that need the definition of the parent table,
//! which the compiler therefore cannot make.

use std::fmt;

use super::TableDef;
use crate::error::{Error, Result};

/// A foreign key.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # fn main() -> Result<()> {
/// let key = &Post::TABLE.foreign_keys[0];
/// assert_eq!((key.table)().name, "user");
/// assert_eq!((key.pairs[0].column, key.pairs[0].target), ("user_id", "id"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ForeignKeyDef {
    /// The columns of the foreign key, each with the column of the parent table that it refers to.
    pub pairs: &'static [KeyPair],
    /// Returns the parent table, to which the key refers. It is a function, so that the constants
    /// of two tables can refer to each other.
    pub table: fn() -> &'static TableDef,
    /// The action on the child row when the parent row is deleted.
    pub on_delete: Action,
    /// The action on the child row when the parent's key is changed.
    pub on_update: Action,
    /// Whether the database checks the key when the transaction commits, instead of after each
    /// statement.
    pub deferred: bool,
}

impl ForeignKeyDef {
    /// Creates a foreign key to a table, which is checked after each statement and has no actions.
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

    /// Makes the key deferred: the database checks it when the transaction commits.
    pub const fn deferred(mut self) -> ForeignKeyDef {
        self.deferred = true;
        self
    }

    /// Returns the names of the key's columns in the child table.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.column)
    }

    /// Returns the names of the columns in the parent table that the key refers to.
    pub fn targets(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.target)
    }
}

/// A column of a foreign key and the parent's column that it refers to.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # fn main() -> Result<()> {
/// let pair = &Post::TABLE.foreign_keys[0].pairs[0];
/// assert_eq!((pair.column, pair.target), ("user_id", "id"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeyPair {
    /// The name of the column in the child table.
    pub column: &'static str,
    /// The name of the column in the parent table.
    pub target: &'static str,
}

/// The action of a foreign key when the parent row is deleted or its key is changed.
/// [`Display`](fmt::Display) shows it as it is written in SQL, such as `SET NULL`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::schema::Action;
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Session {
///     #[column(primary_key)]
///     token: String,
///     #[column(references = User::ID, on_delete = cascade)]
///     user_id: i64,
/// }
///
/// # fn main() -> Result<()> {
/// assert_eq!(Session::TABLE.foreign_keys[0].on_delete, Action::Cascade);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The change of the parent row fails if a child row still refers to it at the end of the
    /// statement or, if the key is deferred, of the transaction.
    NoAction,
    /// The change of the parent row fails at once if a child row refers to it, even if the key is
    /// deferred.
    Restrict,
    /// The child row is deleted with the parent row, or its foreign key is changed to the parent's
    /// new key.
    Cascade,
    /// The foreign key of the child row is set to NULL.
    SetNull,
    /// The foreign key of the child row is set to its default.
    SetDefault,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::NoAction => "NO ACTION",
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        })
    }
}

impl TableDef {
    /// Checks that the foreign keys refer to unique columns, and that no action sets a NOT NULL
    /// column to NULL. SQLite would accept such a table, but later statements would fail.
    ///
    /// # Errors
    /// `Usage` for the first foreign key that fails a check.
    pub(crate) fn check_foreign_keys(&self) -> Result<()> {
        for key in self.foreign_keys {
            let target = (key.table)();
            if !target.is_unique(key) {
                return Err(Error::usage(format!(
                    "{}.{} refers to {}.{}, which is neither the primary key nor unique: add `#[column(unique)]` to that column, \
                     or `#[table(unique(..))]` for several columns",
                    self.full_name,
                    list(key.columns()),
                    target.full_name,
                    list(key.targets()),
                )));
            }
            let sets_null = [key.on_delete, key.on_update].contains(&Action::SetNull);
            let not_null = key.columns().find(|name| self.column(name).is_some_and(|column| !column.nullable));
            if let (true, Some(column)) = (sets_null, not_null) {
                return Err(Error::usage(format!(
                    "{}.{column} is NOT NULL and cannot have the action `set_null`: make the field an `Option`",
                    self.full_name
                )));
            }
        }
        Ok(())
    }

    /// Returns whether the columns of this table that a foreign key refers to are together the
    /// primary key or unique.
    fn is_unique(&self, key: &ForeignKeyDef) -> bool {
        let targets: Vec<_> = key.targets().collect();
        self.unique_keys().any(|unique| unique.condition.is_none() && unique.is_on(&targets))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
