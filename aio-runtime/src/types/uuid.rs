//! UUIDs, stored as their 16 bytes.

use uuid::Uuid;

use super::{Sorted, SqlType, Type};
use crate::value::{EncodedKind, Mismatch, Unstorable, Value, ValueRef, found, in_any_form};

#[diagnostic::do_not_recommend]
impl SqlType for Uuid {
    const TYPE: Type = Type::Uuid;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Blob(self.as_bytes().to_vec()))
    }

    fn from_value(value: ValueRef<'_>) -> Result<Uuid, Mismatch> {
        match value {
            ValueRef::Blob(bytes) => {
                Uuid::from_slice(bytes).map_err(|_| Mismatch::new("a UUID of 16 bytes", "a blob of another length"))
            }
            other => Err(Mismatch::new("a UUID of 16 bytes", found(other, EncodedKind::Uuid))),
        }
    }

    fn from_other_form(value: ValueRef<'_>) -> Option<Uuid> {
        Uuid::from_value(in_any_form(value, EncodedKind::Uuid)?.as_ref()).ok()
    }
}

#[diagnostic::do_not_recommend]
impl super::IsUuid for Uuid {}
