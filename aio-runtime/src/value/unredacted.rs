//! Shows the content of a value where the user has asked for it.

use std::fmt::Debug;

use super::ValueRef;

/// A value whose `Debug` shows the content. `Debug` of [`ValueRef`] itself does not.
pub(crate) struct Unredacted<'a>(pub(crate) ValueRef<'a>);

impl Debug for Unredacted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            ValueRef::Null => "NULL".fmt(f),
            ValueRef::Integer(value) => value.fmt(f),
            ValueRef::Real(value) => value.fmt(f),
            ValueRef::Text(text) => text.fmt(f),
            ValueRef::Blob(bytes) => bytes.fmt(f),
            time_or_decimal => time_or_decimal.text_form().fmt(f),
        }
    }
}
