//! The errors of converting a value between Rust and the database.

use std::borrow::Cow;

/// The reason why a Rust value cannot be stored. The library adds the column's name and reports it
/// as [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable).
///
/// ```
/// use aio_runtime::{Unstorable, Value};
///
/// /// Stores a percentage as an integer.
/// fn percentage(value: u32) -> Result<Value, Unstorable> {
///     match value {
///         0..=100 => Ok(Value::Integer(value.into())),
///         _ => Err(Unstorable::new("cannot hold more than 100 percent")),
///     }
/// }
///
/// assert_eq!(percentage(20), Ok(Value::Integer(20)));
/// assert!(percentage(120).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstorable(pub(crate) Cow<'static, str>);

impl Unstorable {
    /// Creates an error with a reason. In the message, the reason follows the column's name, so
    /// write the reason like `"cannot hold NaN"`.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Unstorable {
        Unstorable(reason.into())
    }
}

/// The reason why a stored value cannot be read as a Rust type. The library adds the column's name
/// and reports it as [`ErrorKind::Decode`](crate::ErrorKind::Decode).
///
/// ```
/// use aio_runtime::{Mismatch, ValueRef};
///
/// /// Reads a version that is stored as text, such as `1.2`.
/// fn version(value: ValueRef<'_>) -> Result<(u32, u32), Mismatch> {
///     let ValueRef::Text(text) = value else {
///         return Err(Mismatch::new("a version", value.kind()));
///     };
///     let parts = text.split_once('.');
///     let numbers = parts.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
///     numbers.ok_or_else(|| Mismatch::new("a version", "another text"))
/// }
///
/// assert_eq!(version(ValueRef::Text("1.2")), Ok((1, 2)));
/// assert!(version(ValueRef::Null).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub(crate) expected: Cow<'static, str>,
    pub(crate) found: Cow<'static, str>,
}

impl Mismatch {
    /// Creates an error. `expected` describes the values that the type can read, and `found`
    /// describes the stored value. In the message, they are parts of a sentence: "expected a date,
    /// found an integer".
    pub fn new(expected: impl Into<Cow<'static, str>>, found: impl Into<Cow<'static, str>>) -> Mismatch {
        Mismatch { expected: expected.into(), found: found.into() }
    }
}
