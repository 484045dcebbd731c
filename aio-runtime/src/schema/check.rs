//! The definition of a CHECK constraint.

/// A CHECK constraint.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Result, Table, schema::CheckDef};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Item {
///     #[column(primary_key)]
///     id: i64,
///     #[column(check = "price >= 0")]
///     price: i64,
/// }
///
/// # fn main() -> Result<()> {
/// assert_eq!(Item::TABLE.columns[1].check, Some(CheckDef::new("price >= 0")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckDef {
    /// The condition, in SQL.
    pub expression: &'static str,
    /// The name of the constraint. `None` stands for a name that is made from the table's name and
    /// either the name of the column or, for a constraint of the table, the constraint's number.
    pub name: Option<&'static str>,
}

impl CheckDef {
    /// Creates a constraint with this condition. Unless [`named`](CheckDef::named) sets a name,
    /// the name is made from the names of the table and the column.
    pub const fn new(expression: &'static str) -> CheckDef {
        CheckDef { expression, name: None }
    }

    /// Sets the name.
    pub const fn named(mut self, name: &'static str) -> CheckDef {
        self.name = Some(name);
        self
    }
}
