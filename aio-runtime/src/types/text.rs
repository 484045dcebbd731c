//! Text, in UTF-8 and sorted by it, as Rust sorts it.

use super::{Sorted, SqlType, Type, mismatch};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// A type that holds text.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no text",
    label = "expected text",
    note = "`.cast::<String>()` turns it into text"
)]
pub trait Textual: SqlType {}

#[diagnostic::do_not_recommend]
impl Textual for String {}

#[diagnostic::do_not_recommend]
impl Textual for Box<str> {}

/// Text that regular expressions are looked for in: with the feature `regexp` all that is
/// [`Textual`].
#[diagnostic::on_unimplemented(
    message = "regular expressions need the feature `regexp` of aio-sql",
    label = "the feature `regexp` is off",
    note = "`like`, `glob` and `contains` need no feature"
)]
pub trait Searchable: Textual {}

#[cfg(feature = "regexp")]
#[diagnostic::do_not_recommend]
impl<T: Textual> Searchable for T {}

#[diagnostic::do_not_recommend]
impl SqlType for String {
    const TYPE: Type = Type::Text;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Text(self.clone()))
    }

    fn into_value(self) -> Result<Value, Unstorable> {
        Ok(Value::Text(self))
    }

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<String, Mismatch> {
        match value {
            ValueRef::Text(text) => Ok(text.to_owned()),
            other => Err(mismatch("text", other)),
        }
    }
}

#[diagnostic::do_not_recommend]
impl SqlType for Box<str> {
    const TYPE: Type = Type::Text;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Text(String::from(&**self)))
    }

    fn from_value(value: ValueRef<'_>) -> Result<Box<str>, Mismatch> {
        String::from_value(value).map(String::into_boxed_str)
    }
}

#[diagnostic::do_not_recommend]
impl SqlType for char {
    const TYPE: Type = Type::Text;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Text(String::from(*self)))
    }

    fn from_value(value: ValueRef<'_>) -> Result<char, Mismatch> {
        let ValueRef::Text(text) = value else { return Err(mismatch("a single character", value)) };
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(char), None) => Ok(char),
            _ => Err(Mismatch::new("a single character", "none or several")),
        }
    }
}
