//! Wrapper types that determine how a field is stored. The type of the column is the wrapper, and
//! the type of the field is the type of the wrapped value.

use super::SqlType;
use crate::value::{Unstorable, Value};

/// A wrapper around values of the field type `T`, which determines how the field is stored: `Json`
/// for `#[column(json)]`, `Scaled` for `scale`, and `Encoded` for `time`, `uuid` and `decimal`.
pub trait Wrapper<T>: SqlType {
    /// Wraps the value of a field.
    fn wrap(value: T) -> Self;

    /// Returns the wrapped value of the field.
    fn unwrap(self) -> T;

    /// Converts the value of a field to the value to store.
    ///
    /// # Errors
    /// Like [`SqlType::to_value`].
    fn value_of(value: &T) -> Result<Value, Unstorable>;
}

/// Calls a macro with each wrapper that can wrap only one type, as `[generics] Wrapper => Type`.
/// The macro implements traits by which a value of that type can be used in an expression where a
/// value of the wrapper is expected.
macro_rules! for_each_wrapper {
    ($macro:ident) => {
        #[cfg(feature = "rust_decimal")]
        $macro! { [const N: u32] $crate::types::Scaled<N> => ::rust_decimal::Decimal }
    };
}

pub(crate) use for_each_wrapper;
