//! `Serialize` and `Deserialize` for the types that a server exchanges with its clients and its
//! monitoring, and `Serialize` for the model of a schema.

mod inspect;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::{ConnectionMetrics, Metrics};
use crate::statement::{Cursor, Page};

/// Serializes the cursor as its text.
impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Cursor, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = Cursor;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a cursor")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Cursor, E> {
                text.parse().map_err(E::custom)
            }
        }

        from.deserialize_str(TextVisitor)
    }
}

/// Implements `Serialize` and `Deserialize` for a struct, in the same form as serde's derives: as
/// a map of its fields. When the struct is deserialized, a field that is an `Option` may be
/// missing, and unknown fields are ignored.
macro_rules! map_of_fields {
    ($type:ident $(<$parameter:ident>)? { $($field:ident)+ }) => {
        impl$(<$parameter: Serialize>)? Serialize for $type$(<$parameter>)? {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let mut map = to.serialize_struct(stringify!($type), [$(stringify!($field)),+].len())?;
                $(map.serialize_field(stringify!($field), &self.$field)?;)+
                map.end()
            }
        }

        impl<'de $(, $parameter: Deserialize<'de>)?> Deserialize<'de> for $type$(<$parameter>)? {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct FieldsVisitor<T>(PhantomData<T>);

                impl<'de $(, $parameter: Deserialize<'de>)?> Visitor<'de> for FieldsVisitor<$type$(<$parameter>)?> {
                    type Value = $type$(<$parameter>)?;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("the fields of `", stringify!($type), "`"))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        $(let mut $field = None;)+
                        while let Some(name) = map.next_key::<String>()? {
                            match name.as_str() {
                                $(stringify!($field) if $field.is_some() => {
                                    return Err(A::Error::duplicate_field(stringify!($field)));
                                }
                                stringify!($field) => $field = Some(map.next_value()?),)+
                                _ => drop(map.next_value::<IgnoredAny>()?),
                            }
                        }
                        Ok($type { $($field: value_or_missing($field, stringify!($field))?,)+ })
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                        Ok($type { $($field: value_or_missing(fields.next_element()?, stringify!($field))?,)+ })
                    }
                }

                from.deserialize_struct(stringify!($type), &[$(stringify!($field)),+], FieldsVisitor(PhantomData))
            }
        }
    };
}

/// Returns the value that was given for a field. If the field is missing, returns `None` if its
/// type is an `Option`, and an error otherwise.
fn value_or_missing<'de, T: Deserialize<'de>, E: serde::de::Error>(
    given: Option<T>,
    field: &'static str,
) -> Result<T, E> {
    given.map_or_else(|| T::deserialize(().into_deserializer()).map_err(|_: E| E::missing_field(field)), Ok)
}

map_of_fields! { Page<O> { rows next previous } }

map_of_fields! {
    Metrics {
        queued_writes queued_reads longest_write_wait longest_read_wait groups grouped largest_group undone_groups
        pipelines pipelined replica_reads replica_fallbacks wal_bytes checkpoints connections
    }
}

map_of_fields! { ConnectionMetrics { name busy requests cache_hits cache_misses } }
