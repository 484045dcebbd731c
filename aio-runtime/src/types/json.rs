//! Types that implement serde's traits, stored as JSON text.

use std::io;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::ser::Formatter;

use super::{ReadFrom, SqlType, Type, Unsorted, Wrapper, mismatch};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

/// A value that is stored as JSON. It is the type of a column with `#[column(json)]`, and can also
/// be the type of a field without this attribute.
///
/// JSON has no NaN and no infinity: serde_json writes them as `null`, which an `Option<f64>` reads
/// as `None`. A value that could not be read back is not stored, which is an error
/// ([`Unstorable`]): NaN in an `f64`, a field that serde skips when writing but requires when
/// reading, or more than 127 nested arrays and objects.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Json, Result, Table, sql};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Recipe {
///     #[column(primary_key)]
///     name: String,
///     #[column(json)]
///     steps: Vec<String>, // in expressions, the column is a `Json<Vec<String>>`
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// db.create(Recipe).await?;
/// let steps = vec!["boil".to_owned(), "pour".to_owned()];
/// Recipe::insert(Recipe { name: "tea".into(), steps: steps.clone() }).execute(&db).await?;
/// let tea = Recipe::select().filter(Recipe::STEPS.eq(Json(steps.clone()))).one(&db).await?;
/// assert_eq!(tea.name, "tea");
/// let Json(read): Json<Vec<String>> = sql!("select steps from {Recipe}").scalar(&db).await?;
/// assert_eq!(read, steps);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// Returns the wrapped value.
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
            // In a column that another program declared as JSON, SQLite stores a document such as
            // `5` as a number.
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
        // serde_json's message may quote the document, whose values must not appear in errors.
        // Only the position is used.
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
        let text = json_text(value)?;
        match serde_json::from_str::<T>(&text) {
            Ok(_) => Ok(Value::Text(text)),
            Err(error) => Err(Unstorable::new(format!(
                "cannot hold this `{}` as JSON: serde could not read it back (line {}, column {})",
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
        json_text(self).map(Value::Text)
    }

    fn from_value(value: ValueRef<'_>) -> Result<serde_json::Value, Mismatch> {
        Json::from_value(value).map(|json| json.0)
    }
}

/// The maximum number of nested arrays and objects that serde_json reads.
const MAX_DEPTH: usize = 127;

/// A formatter that writes compact JSON, and fails if the JSON is nested deeper than
/// [`MAX_DEPTH`]. This also limits the recursion of `Serialize`.
#[derive(Default)]
struct LimitedDepth {
    depth: usize,
}

impl LimitedDepth {
    fn begin<W: ?Sized + io::Write>(&mut self, writer: &mut W, open: &[u8]) -> io::Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(io::ErrorKind::InvalidData.into());
        }
        writer.write_all(open)
    }

    fn end<W: ?Sized + io::Write>(&mut self, writer: &mut W, close: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(close)
    }
}

impl Formatter for LimitedDepth {
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

/// Returns a value as JSON text.
fn json_text<T: Serialize>(value: &T) -> Result<String, Unstorable> {
    let mut bytes = Vec::with_capacity(128);
    let result = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, LimitedDepth::default()));
    let type_name = std::any::type_name::<T>();
    if let Err(error) = result {
        return Err(Unstorable::new(match error.classify() {
            serde_json::error::Category::Io => {
                format!(
                    "cannot hold this `{type_name}` as JSON: it has more than {MAX_DEPTH} nested arrays and objects"
                )
            }
            serde_json::error::Category::Data => {
                format!("cannot hold this `{type_name}` as JSON: its `Serialize` fails")
            }
            _ => format!("cannot hold this `{type_name}` as JSON: {error}"),
        }));
    }
    String::from_utf8(bytes)
        .map_err(|_| Unstorable::new(format!("cannot hold this `{type_name}` as JSON: it is not UTF-8")))
}

/// Deserializes a field of a struct of changes, which the derive generates with an `Option` for
/// each field. serde calls this function only if the field is present, so `null` becomes
/// `Some(None)`. If the field is absent, serde's `default` makes it `None`.
///
/// # Errors
/// Any error of the value's `Deserialize`.
pub fn given<'de, D: serde::Deserializer<'de>, T: serde::Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}
