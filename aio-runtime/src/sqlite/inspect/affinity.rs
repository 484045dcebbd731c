//! The affinity of a column's declared type.

/// The type affinity of a column: how it converts the values stored in it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    /// Returns the affinity of a declared type
    /// (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
    pub(super) fn of(ty: &str) -> Affinity {
        let ty = ty.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| ty.contains(word));
        match ty.as_str() {
            _ if has(&["INT"]) => Affinity::Integer,
            _ if has(&["CHAR", "CLOB", "TEXT"]) => Affinity::Text,
            "" => Affinity::Blob,
            _ if has(&["BLOB"]) => Affinity::Blob,
            _ if has(&["REAL", "FLOA", "DOUB"]) => Affinity::Real,
            _ => Affinity::Numeric,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Affinity::Integer => "INTEGER",
            Affinity::Text => "TEXT",
            Affinity::Blob => "BLOB",
            Affinity::Real => "REAL",
            Affinity::Numeric => "NUMERIC",
        }
    }
}
