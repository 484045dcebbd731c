//! Types that are stored as text in UTF-8. The database sorts text by its bytes, as Rust does.

use super::{FullText, Sorted, SqlType, Type, mismatch};
use crate::row::RowRef;
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// A type of text, which the functions of text accept: `String` or `Box<str>`. Other types that
/// are stored as text, such as `char` or an enum, need a `cast`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Column, Select, Textual};
/// /// Returns how many rows have a text that contains a word.
/// async fn hits<T: Table>(
///     column: Column<T, impl Textual>,
///     word: &str,
///     db: &Database,
/// ) -> Result<u64> {
///     Select::<T>::new().filter(column.contains(word)).count(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(hits(User::NAME, "ana", &db).await?, 1);
/// assert_eq!(hits(Post::TITLE, "ell", &db).await?, 1);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of text",
    label = "expected text",
    note = "`.cast::<String>()` converts it to text"
)]
pub trait Textual: FullText<Query = String> {}

#[diagnostic::do_not_recommend]
impl Textual for String {}

#[diagnostic::do_not_recommend]
impl Textual for Box<str> {}

/// Text that can be matched against a regular expression: with the feature `regexp`, every
/// [`Textual`] type.
#[diagnostic::on_unimplemented(
    message = "regular expressions need the feature `regexp` of aio-sql",
    label = "the feature `regexp` is not enabled",
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
            // A field that is text reads a column of another program as the text of its value.
            ValueRef::Array(_) => Ok(value.text_form()),
            other => Err(mismatch("text", other)),
        }
    }

    fn read_next(row: &mut RowRef<'_>) -> Option<String> {
        row.next_text().map(str::to_owned)
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
            _ => Err(Mismatch::new("a single character", "no or several characters")),
        }
    }
}
