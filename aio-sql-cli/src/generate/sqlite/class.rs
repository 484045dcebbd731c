//! Storage classes of values, and how columns convert the values that are stored in them.

use aio_sql::schema::Type;

use crate::generate::rust_type::RustType;

/// The storage classes of SQLite, without NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Integer,
    Real,
    Text,
    Blob,
}

impl Stored {
    /// Returns the type that the library declares for such values.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Stored::Integer => "INTEGER",
            Stored::Real => "REAL",
            Stored::Text => "TEXT",
            Stored::Blob => "BLOB",
        }
    }
}

/// How a column converts the values that are stored in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Integer,
    Real,
    Text,
    /// Nothing is converted.
    Blob,
    Numeric,
}

impl Class {
    /// Returns the class of a column by its
    /// [`type_class`](aio_sql::inspect::Column::type_class).
    pub(super) fn named(class: &str) -> Class {
        match class {
            "INTEGER" | "INT" => Class::Integer,
            "REAL" => Class::Real,
            "TEXT" => Class::Text,
            "NUMERIC" => Class::Numeric,
            _ => Class::Blob,
        }
    }

    /// Returns whether such a column stores values of the type unchanged. `is_known` says that the
    /// values in the column were looked at and have this type.
    pub(super) fn keeps(self, ty: &RustType, is_known: bool) -> bool {
        match (self, stored(ty)) {
            (Class::Blob, _) | (_, Stored::Blob) => true,
            (Class::Integer | Class::Numeric, Stored::Integer | Stored::Real) => true,
            (Class::Real, stored) => stored == Stored::Real,
            (Class::Text, stored) => stored == Stored::Text,
            (Class::Integer | Class::Numeric, Stored::Text) => is_known || !may_look_like_a_number(ty),
        }
    }
}

/// Returns the storage class of the values of a type.
pub(super) fn stored(ty: &RustType) -> Stored {
    match ty.definition(false).ty.stored() {
        Type::Bool | Type::Integer => Stored::Integer,
        Type::Real => Stored::Real,
        Type::Blob | Type::Uuid => Stored::Blob,
        _ => Stored::Text,
    }
}

/// Returns whether a text of this type may look like a number, which a column with NUMERIC
/// affinity would store as a number.
fn may_look_like_a_number(ty: &RustType) -> bool {
    matches!(ty, RustType::Text | RustType::Enum(..) | RustType::Uuid(_) | RustType::Decimal(_))
}
