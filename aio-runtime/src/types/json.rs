//! Anything that serde knows, stored as JSON text.

use std::io;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::ser::Formatter;

use super::{ReadFrom, SqlType, Type, Unsorted, Wrapper, mismatch};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// A value stored as JSON: the column type of `#[column(json)]`, and a type for any column by
/// itself.
///
/// JSON has no NaN and no infinity; serde_json writes them as `null`, which an `Option<f64>` reads
/// as `None`. What could not be read again is not stored: such a float in an `f64`, a field that
/// serde skips and then misses, and more than 127 arrays and objects in one another, which
/// serde_json does not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> SqlType for Json<T> {
    const TYPE: Type = Type::Json;
    type Order = Unsorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Self::value_of(&self.0)
    }

    fn from_value(value: ValueRef<'_>) -> Result<Json<T>, Mismatch> {
        let number;
        let text = match value {
            ValueRef::Text(text) => text,
            // A column that is declared JSON stores a document that is a number as one.
            ValueRef::Integer(value) => {
                number = value.to_string();
                &number
            }
            ValueRef::Real(value) => {
                number = value.to_string();
                &number
            }
            other => return Err(mismatch("JSON", other)),
        };
        // serde_json's message names places and kinds; it may quote the document, so only its
        // place is told.
        serde_json::from_str(text).map(Json).map_err(|error| {
            Mismatch::new(
                format!("JSON of a `{}`", std::any::type_name::<T>()),
                format!("another text (line {}, column {})", error.line(), error.column()),
            )
        })
    }
}

impl<T: Serialize + DeserializeOwned + Send + 'static> ReadFrom<Json<T>> for T {
    #[inline]
    fn read_from(stored: Json<T>) -> T {
        stored.0
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> Wrapper<T> for Json<T> {
    fn wrap(value: T) -> Json<T> {
        Json(value)
    }

    fn unwrap(self) -> T {
        self.0
    }

    fn value_of(value: &T) -> Result<Value, Unstorable> {
        let text = written(value)?;
        match serde_json::from_str::<T>(&text) {
            Ok(_) => Ok(Value::Text(text)),
            Err(error) => Err(Unstorable::new(format!(
                "cannot hold this `{}` as JSON, for serde could not read it again (at line {}, column {})",
                std::any::type_name::<T>(),
                error.line(),
                error.column()
            ))),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> super::Document for Json<T> {}

#[diagnostic::do_not_recommend]
impl super::Document for serde_json::Value {}

#[diagnostic::do_not_recommend]
impl SqlType for serde_json::Value {
    const TYPE: Type = Type::Json;
    type Order = Unsorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        written(self).map(Value::Text)
    }

    fn from_value(value: ValueRef<'_>) -> Result<serde_json::Value, Mismatch> {
        Json::from_value(value).map(|json| json.0)
    }
}

/// How many arrays and objects serde_json reads in one another.
const DEEPEST: usize = 127;

/// Writes JSON as serde_json does, and fails where it would be nested deeper than it can be read.
/// That also keeps the recursion short by which serde writes.
#[derive(Default)]
struct Shallow {
    depth: usize,
}

impl Shallow {
    fn begin<W: ?Sized + io::Write>(&mut self, writer: &mut W, open: &[u8]) -> io::Result<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        writer.write_all(open)
    }

    fn end<W: ?Sized + io::Write>(&mut self, writer: &mut W, close: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(close)
    }
}

impl Formatter for Shallow {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }
}

/// The text of a value.
fn written<T: Serialize>(value: &T) -> Result<String, Unstorable> {
    let mut bytes = Vec::with_capacity(128);
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Shallow::default()));
    let type_name = std::any::type_name::<T>();
    if let Err(error) = written {
        return Err(Unstorable::new(match error.classify() {
            serde_json::error::Category::Io => {
                format!(
                    "cannot hold this `{type_name}` as JSON: it has more than {DEEPEST} arrays and objects in one another"
                )
            }
            serde_json::error::Category::Data => {
                format!("cannot hold this `{type_name}` as JSON: serde does not write it")
            }
            _ => format!("cannot hold this `{type_name}` as JSON: {error}"),
        }));
    }
    String::from_utf8(bytes)
        .map_err(|_| Unstorable::new(format!("cannot hold this `{type_name}` as JSON: it is not UTF-8")))
}

/// A field of a patch that was given: absent is `None` by its default, `null` is `Some(None)`.
///
/// # Errors
/// Those of the value.
pub fn given<'de, D: serde::Deserializer<'de>, T: serde::Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}
