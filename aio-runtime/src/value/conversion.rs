//! Why a value does not pass between Rust and the database.

use std::borrow::Cow;

/// Why a Rust value cannot be stored; becomes
/// [`ErrorKind::Unstorable`](crate::ErrorKind::Unstorable) with the column's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstorable(pub(crate) Cow<'static, str>);

impl Unstorable {
    /// A reason that reads on after the column's name: "cannot hold NaN: …".
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Unstorable {
        Unstorable(reason.into())
    }
}

/// A stored value that a Rust type cannot be read from; becomes
/// [`ErrorKind::Decode`](crate::ErrorKind::Decode) with the column's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub(crate) expected: Cow<'static, str>,
    pub(crate) found: Cow<'static, str>,
}

impl Mismatch {
    /// What the type reads, and what was there.
    pub fn new(expected: impl Into<Cow<'static, str>>, found: impl Into<Cow<'static, str>>) -> Mismatch {
        Mismatch { expected: expected.into(), found: found.into() }
    }
}
