//! The five kinds of value that a database stores, owned and borrowed.

mod param;
mod refusal;
mod shown;

pub use param::Param;
pub use refusal::{Mismatch, Unstorable};
pub(crate) use shown::Shown;

/// A value as the database stores it.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number, never NaN.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A value that is read, still in the buffer of its row.
#[derive(Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl Value {
    /// Returns the value if it is one that a column can have.
    ///
    /// # Errors
    /// NaN is none: the database would store NULL, and nobody would see the loss.
    #[inline]
    pub(crate) fn storable(self) -> Result<Value, Unstorable> {
        if self.is_storable() { Ok(self) } else { Err(self.refused()) }
    }

    /// Whether the value is one that a column can have.
    #[inline]
    pub(crate) fn is_storable(&self) -> bool {
        !matches!(self, Value::Real(number) if number.is_nan())
    }

    /// Returns why the value is none that a column can have.
    #[cold]
    pub(crate) fn refused(&self) -> Unstorable {
        Unstorable::new("cannot hold NaN, or be compared with it")
    }

    /// The same value, borrowed.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Integer(i) => ValueRef::Integer(*i),
            Value::Real(r) => ValueRef::Real(*r),
            Value::Text(text) => ValueRef::Text(text),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Value {
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(i) => Value::Integer(i),
            ValueRef::Real(r) => Value::Real(r),
            ValueRef::Text(text) => Value::Text(text.to_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        }
    }
}

impl ValueRef<'_> {
    /// What kind of value it is, in words.
    pub fn kind(self) -> &'static str {
        match self {
            ValueRef::Null => "NULL",
            ValueRef::Integer(_) => "an integer",
            ValueRef::Real(_) => "a real number",
            ValueRef::Text(_) => "text",
            ValueRef::Blob(_) => "a blob",
        }
    }
}

// Values are not shown: they may be somebody's password, and `Debug` ends up in logs.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl std::fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ValueRef::Null => "Null",
            ValueRef::Integer(_) => "Integer(..)",
            ValueRef::Real(_) => "Real(..)",
            ValueRef::Text(_) => "Text(..)",
            ValueRef::Blob(_) => "Blob(..)",
        })
    }
}
