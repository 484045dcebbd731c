//! Wrapper types that determine how a field is stored. The column has the wrapper's type; the
//! field has the type of the wrapped value.

use super::SqlType;
use crate::value::{Unstorable, Value};

/// A wrapper around the type of a field, which determines how the field is stored: `Json<T>` for
/// `#[column(json)]`, `Scaled` for `scale`, `Encoded` for the encoding of another program.
pub trait Wrapper<T>: SqlType {
    /// Wraps the value of a field.
    fn wrap(value: T) -> Self;

    /// Returns the value of the field.
    fn unwrap(self) -> T;

    /// Converts the value of a field to the value to store.
    ///
    /// # Errors
    /// Like [`SqlType::to_value`].
    fn value_of(value: &T) -> Result<Value, Unstorable>;
}

/// Calls a macro with each wrapper that can wrap only one type, as `[generics] Wrapper => Type`.
/// For these wrappers, values of the wrapped type can be used where a value of the wrapper is
/// expected.
macro_rules! for_each_wrapper {
    ($macro:ident) => {
        #[cfg(feature = "rust_decimal")]
        $macro! { [const N: u32] $crate::types::Scaled<N> => ::rust_decimal::Decimal }
    };
}

pub(crate) use for_each_wrapper;
