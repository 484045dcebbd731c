//! The parameters of a statement.

use super::Value;

/// The parameter for one placeholder of a statement.
#[derive(Clone, PartialEq)]
pub enum Param {
    /// A single value.
    Value(Value),
    /// All values of a long list after `IN`.
    List(Vec<Value>),
}

impl Param {
    /// Returns the values: a single one, or those of the list.
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

/// A parameter equals a value if it is that single value. A list is never equal to a value.
impl PartialEq<Value> for Param {
    fn eq(&self, other: &Value) -> bool {
        matches!(self, Param::Value(value) if value == other)
    }
}

// `Debug` does not show the content, as for [`Value`].
impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Param::Value(value) => value.fmt(f),
            Param::List(values) => values.fmt(f),
        }
    }
}
