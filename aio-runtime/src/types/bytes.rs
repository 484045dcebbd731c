//! `Vec<u8>` and arrays of bytes, stored as blobs.

use super::{Sorted, SqlType, Type, mismatch};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

#[diagnostic::do_not_recommend]
impl SqlType for Vec<u8> {
    const TYPE: Type = Type::Blob;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Blob(self.clone()))
    }

    fn into_value(self) -> Result<Value, Unstorable> {
        Ok(Value::Blob(self))
    }

    fn from_value(value: ValueRef<'_>) -> Result<Vec<u8>, Mismatch> {
        match value {
            ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
            other => Err(mismatch("a blob", other)),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> SqlType for [u8; N] {
    const TYPE: Type = Type::Blob;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Blob(self.to_vec()))
    }

    fn from_value(value: ValueRef<'_>) -> Result<[u8; N], Mismatch> {
        let ValueRef::Blob(bytes) = value else { return Err(mismatch("a blob", value)) };
        bytes
            .try_into()
            .map_err(|_| Mismatch::new(format!("a blob of {N} bytes"), format!("a blob of {} bytes", bytes.len())))
    }
}
