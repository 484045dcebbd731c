//! Anything that serde knows, stored as JSON text.

use serde::{Serialize, de::DeserializeOwned};

use super::{SqlType, Type, Unsorted, Wrapper, mismatch};
use crate::error::{Mismatch, Unstorable};
use crate::value::{Value, ValueRef};

/// A value stored as JSON: the column type of `#[column(json)]`, and a type for any column by itself.
///
/// JSON has no NaN and no infinity; serde_json writes them as `null`, which an `Option<f64>` reads as `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> SqlType for Json<T> {
    const TYPE: Type = Type::Json;
    type Order = Unsorted;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Self::value_of(&self.0)
    }

    fn from_value(value: ValueRef<'_>) -> Result<Json<T>, Mismatch> {
        let ValueRef::Text(text) = value else { return Err(mismatch("JSON", value)) };
        // serde_json's message names places and kinds; it may quote the document, so only its place is told.
        serde_json::from_str(text).map(Json).map_err(|error| {
            Mismatch::new(
                format!("JSON of a `{}`", std::any::type_name::<T>()),
                format!("another text (line {}, column {})", error.line(), error.column()),
            )
        })
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
        serde_json::to_string(value).map(Value::Text).map_err(|error| {
            Unstorable::new(format!("cannot hold this `{}` as JSON: {error}", std::any::type_name::<T>()))
        })
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

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Text(self.to_string()))
    }

    fn from_value(value: ValueRef<'_>) -> Result<serde_json::Value, Mismatch> {
        Json::from_value(value).map(|json| json.0)
    }
}

/// A field of a patch that was given: absent is `None` by its default, `null` is `Some(None)`.
///
/// # Errors
/// Those of the value.
pub fn __given<'de, D: serde::Deserializer<'de>, T: serde::Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}
