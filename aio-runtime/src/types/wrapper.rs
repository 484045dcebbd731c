//! Types that say how a field is stored: the column is one of them, the field is not.

use super::SqlType;
use crate::value::{Unstorable, Value};

/// A wrapper around a field's type that says how it is stored: `Json<T>` for `#[column(json)]`,
/// `Scaled` for `scale`, `Encoded` for the form of another program.
pub trait Wrapper<T>: SqlType {
    /// Wraps the field's value.
    fn wrap(value: T) -> Self;

    /// The field's value.
    fn unwrap(self) -> T;

    /// The value to store, from the field as it is.
    ///
    /// # Errors
    /// As [`SqlType::to_value`].
    fn value_of(value: &T) -> Result<Value, Unstorable>;
}

/// Calls a macro with each wrapper around one type and that type, as `[generics] Wrapper => Type`.
/// The field's type stands for the wrapper where a value does, and is what it is read as.
macro_rules! for_each_wrapper {
    ($macro:ident) => {
        #[cfg(feature = "rust_decimal")]
        $macro! { [const N: u32] $crate::types::Scaled<N> => ::rust_decimal::Decimal }
    };
}

pub(crate) use for_each_wrapper;
