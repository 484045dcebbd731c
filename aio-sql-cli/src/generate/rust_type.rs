//! The types of fields.

use std::borrow::Cow;

use aio_sql::schema::{ColumnDef, Domain, Element, Encoding, Type};
use aio_sql::types::ColumnType;

use super::attribute::Item;
use super::literal::string;

/// The type of a field without its `Option`, and the form in which its values are stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RustType {
    /// An integer of this number of bits: 16, 32 or 64.
    Integer(u8),
    /// A floating-point number of this number of bits: 32 or 64.
    Float(u8),
    Bool,
    Text,
    Bytes,
    /// The enum with this name, which is stored as one of these texts.
    Enum(String, Vec<String>),
    /// A point in time, stored in the form that `time = "…"` names; `None` is the library's own
    /// form.
    Timestamp(Option<String>),
    /// A date and a time of day without a time zone.
    DateTime,
    Date,
    /// A time of day, stored in the form that `time = "…"` names; `None` is the library's own
    /// form.
    TimeOfDay(Option<String>),
    /// A UUID, stored in the form that `uuid = "…"` names; `None` is the library's own form.
    Uuid(Option<&'static str>),
    /// A decimal, stored in the form that `decimal = "…"` names; `None` is the library's own form.
    Decimal(Option<String>),
    Json,
    /// An array of these elements.
    Array(Box<RustType>),
    Interval,
    /// A text prepared for full-text search.
    TsVector,
}

impl RustType {
    /// Returns whether the values are integers.
    pub(super) fn is_integer(&self) -> bool {
        matches!(self, RustType::Integer(_))
    }

    /// Returns the type as it is written in Rust.
    pub(super) fn path(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            RustType::Integer(16) => "i16",
            RustType::Integer(32) => "i32",
            RustType::Integer(_) => "i64",
            RustType::Float(32) => "f32",
            RustType::Float(_) => "f64",
            RustType::Bool => "bool",
            RustType::Text => "String",
            RustType::Bytes => "Vec<u8>",
            RustType::Enum(name, _) => name,
            RustType::Timestamp(_) => "jiff::Timestamp",
            RustType::DateTime => "jiff::civil::DateTime",
            RustType::Date => "jiff::civil::Date",
            RustType::TimeOfDay(_) => "jiff::civil::Time",
            RustType::Uuid(_) => "uuid::Uuid",
            RustType::Decimal(_) => "rust_decimal::Decimal",
            RustType::Json => "serde_json::Value",
            RustType::Array(element) => return format!("Vec<{}>", element.path()).into(),
            RustType::Interval => "aio_sql::Interval",
            RustType::TsVector => "aio_sql::text_search::TsVector",
        })
    }

    /// Returns the feature of aio-sql that the type needs, and the crate that defines the type;
    /// `None` if the type needs neither.
    pub(super) fn feature(&self) -> Option<(&'static str, &'static str)> {
        match self {
            RustType::Timestamp(_) | RustType::DateTime | RustType::Date | RustType::TimeOfDay(_) => {
                Some(("jiff", "jiff"))
            }
            RustType::Uuid(_) => Some(("uuid", "uuid")),
            RustType::Decimal(_) => Some(("rust_decimal", "rust_decimal")),
            RustType::Json => Some(("json", "serde_json")),
            RustType::Array(element) => element.feature(),
            _ => None,
        }
    }

    /// Returns the item of the field's attribute that names the stored form.
    pub(super) fn form(&self) -> Option<Item> {
        match self {
            RustType::Timestamp(form) | RustType::TimeOfDay(form) => {
                form.as_ref().map(|form| Item::literal("time", string(form)))
            }
            RustType::Uuid(form) => form.map(|form| Item::literal("uuid", string(form))),
            RustType::Decimal(form) => form.as_ref().map(|form| Item::literal("decimal", string(form))),
            RustType::Array(_) => Some(Item::word("array")),
            _ => None,
        }
    }

    /// Returns the definition of a column of this type as the derive writes it, without a name.
    pub(super) fn definition(&self, nullable: bool) -> ColumnDef {
        let of = |ty| ColumnDef::new(ty, Domain::Any, nullable);
        match self {
            RustType::Integer(16) => ColumnDef { nullable, ..<i16 as ColumnType>::COLUMN },
            RustType::Integer(32) => ColumnDef { nullable, ..<i32 as ColumnType>::COLUMN },
            RustType::Integer(_) => ColumnDef { nullable, ..<i64 as ColumnType>::COLUMN },
            RustType::Bool => ColumnDef { nullable, ..<bool as ColumnType>::COLUMN },
            RustType::Float(_) => of(Type::Real),
            RustType::Text => of(Type::Text),
            RustType::Bytes => of(Type::Blob),
            RustType::Enum(_, texts) => {
                ColumnDef::new(Type::Text, Domain::Texts(leaked(texts.iter().map(|text| leak(text)))), nullable)
            }
            RustType::Timestamp(Some(form)) if form.starts_with("unix_") => of(Type::Integer),
            RustType::Timestamp(Some(form)) if form == "julian" => of(Type::Real),
            RustType::Timestamp(_) => of(Type::Timestamp),
            RustType::DateTime => of(Type::DateTime),
            RustType::Date => of(Type::Date),
            RustType::TimeOfDay(_) => of(Type::Time),
            RustType::Uuid(None) => of(Type::Uuid),
            RustType::Uuid(Some(_)) => of(Type::Text),
            RustType::Decimal(Some(form)) if form == "real" => of(Type::Encoded(Encoding::DecimalReal)),
            RustType::Decimal(_) => of(Type::Decimal),
            RustType::Json => of(Type::Json),
            RustType::Array(element) => {
                let ColumnDef { ty, domain, .. } = element.definition(false);
                ColumnDef::new(element_of(ty).map_or(Type::Text, Type::Array), domain, nullable)
            }
            RustType::Interval => of(Type::Interval),
            RustType::TsVector => of(Type::TsVector),
        }
    }
}

/// Returns the type as that of elements of an array, or `None` if there are no arrays of it.
fn element_of(ty: Type) -> Option<Element> {
    Some(match ty {
        Type::Bool => Element::Bool,
        Type::Integer => Element::Integer,
        Type::Real => Element::Real,
        Type::Text => Element::Text,
        Type::Blob => Element::Blob,
        Type::Uuid => Element::Uuid,
        Type::Timestamp => Element::Timestamp,
        Type::DateTime => Element::DateTime,
        Type::Date => Element::Date,
        Type::Time => Element::Time,
        Type::Decimal => Element::Decimal,
        _ => return None,
    })
}

/// Returns a text that lives as long as the program, as the definitions of tables need it. Its
/// memory is never freed.
pub(super) fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// Returns a list that lives as long as the program. Its memory is never freed.
pub(super) fn leaked<T>(items: impl IntoIterator<Item = T>) -> &'static [T] {
    Box::leak(items.into_iter().collect::<Vec<_>>().into_boxed_slice())
}
