//! The parameters of a statement.

use super::Value;

/// What a statement has for one placeholder.
#[derive(Clone, PartialEq)]
pub enum Param {
    /// A value.
    Value(Value),
    /// All values of a long list, as `IN` takes them.
    List(Vec<Value>),
}

impl Param {
    /// Returns the values: one, or those of the list.
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

/// A parameter is equal to a value where it is that one value, and no list.
impl PartialEq<Value> for Param {
    fn eq(&self, other: &Value) -> bool {
        matches!(self, Param::Value(value) if value == other)
    }
}

// As those of a value, its contents are not shown.
impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Param::Value(value) => value.fmt(f),
            Param::List(values) => values.fmt(f),
        }
    }
}
