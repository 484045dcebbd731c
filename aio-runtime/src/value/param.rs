//! The parameters of a statement.

use super::Value;

/// The parameter for one placeholder of a statement.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Dialect, Param, Value};
/// # fn main() -> Result<()> {
/// let users = User::select().filter(User::KARMA.gt(5));
/// let sql = users.to_sql(Dialect::Sqlite)?;
/// assert_eq!(sql.params, [Param::Value(Value::Integer(5))]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub enum Param {
    /// A single value.
    Value(Value),
    /// All values of a long list after `IN`.
    List(Vec<Value>),
}

impl Param {
    /// Returns the single value, or all values of the list.
    pub fn values(&self) -> &[Value] {
        match self {
            Param::Value(value) => std::slice::from_ref(value),
            Param::List(values) => values,
        }
    }
}

impl From<Value> for Param {
    fn from(value: Value) -> Param {
        Param::Value(value)
    }
}

/// A single value as a parameter equals that value. A list never equals a value.
impl PartialEq<Value> for Param {
    fn eq(&self, other: &Value) -> bool {
        matches!(self, Param::Value(value) if value == other)
    }
}

// Like `Debug` of [`Value`], this does not show the content of the values.
impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Param::Value(value) => value.fmt(f),
            Param::List(values) => values.fmt(f),
        }
    }
}
