//! The errors of converting a value between Rust and the database.

use std::borrow::Cow;

/// The reason why a Rust value cannot be stored. The library adds the column's name and reports it
/// as [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable).
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
