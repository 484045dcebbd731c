//! The types of PostgreSQL that the library knows, by the numbers that the protocol uses for them
//! (<https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat>).

/// The number of a type.
pub(super) type Oid = u32;

pub(super) const BOOL: Oid = 16;
pub(super) const BYTEA: Oid = 17;
pub(super) const NAME: Oid = 19;
pub(super) const INT8: Oid = 20;
pub(super) const INT2: Oid = 21;
pub(super) const INT4: Oid = 23;
pub(super) const TEXT: Oid = 25;
pub(super) const OID: Oid = 26;
pub(super) const JSON: Oid = 114;
pub(super) const XML: Oid = 142;
pub(super) const FLOAT4: Oid = 700;
pub(super) const FLOAT8: Oid = 701;
pub(super) const BPCHAR: Oid = 1042;
pub(super) const VARCHAR: Oid = 1043;
pub(super) const DATE: Oid = 1082;
pub(super) const TIME: Oid = 1083;
pub(super) const TIMESTAMP: Oid = 1114;
pub(super) const TIMESTAMPTZ: Oid = 1184;
pub(super) const INTERVAL: Oid = 1186;
pub(super) const NUMERIC: Oid = 1700;
pub(super) const UUID: Oid = 2950;
pub(super) const JSONB: Oid = 3802;

/// The types that the library knows: the number, the number of the array of the type, and the name
/// with which SQL declares it.
const TYPES: [(Oid, Oid, &str); 22] = [
    (BOOL, 1000, "boolean"),
    (BYTEA, 1001, "bytea"),
    (NAME, 1003, "name"),
    (INT8, 1016, "bigint"),
    (INT2, 1005, "smallint"),
    (INT4, 1007, "integer"),
    (TEXT, 1009, "text"),
    (OID, 1028, "oid"),
    (JSON, 199, "json"),
    (XML, 143, "xml"),
    (FLOAT4, 1021, "real"),
    (FLOAT8, 1022, "double precision"),
    (BPCHAR, 1014, "character"),
    (VARCHAR, 1015, "character varying"),
    (DATE, 1182, "date"),
    (TIME, 1183, "time without time zone"),
    (TIMESTAMP, 1115, "timestamp without time zone"),
    (TIMESTAMPTZ, 1185, "timestamp with time zone"),
    (INTERVAL, 1187, "interval"),
    (NUMERIC, 1231, "numeric"),
    (UUID, 2951, "uuid"),
    (JSONB, 3807, "jsonb"),
];

/// Returns the type of the elements of an array, or `None` if the type is not an array of a type
/// that the library knows.
pub(super) fn element_of(array: Oid) -> Option<Oid> {
    TYPES.iter().find(|(_, of, _)| *of == array).map(|(element, ..)| *element)
}

/// Returns the array of a type, or `None` if the library does not know the type.
pub(super) fn array_of(element: Oid) -> Option<Oid> {
    TYPES.iter().find(|(known, ..)| *known == element).map(|(_, array, _)| *array)
}

/// Returns the name of a type, or `None` if the library does not know the type.
pub(super) fn name(oid: Oid) -> Option<&'static str> {
    TYPES.iter().find(|(known, ..)| *known == oid).map(|(_, _, name)| *name)
}

/// Returns whether the library knows the binary form of the values of a type. Values of all other
/// types are exchanged as text.
pub(super) fn is_binary(oid: Oid) -> bool {
    name(oid).is_some() || element_of(oid).is_some()
}

/// Returns whether the binary form of the values of a type is their text.
pub(super) fn is_text(oid: Oid) -> bool {
    matches!(oid, TEXT | VARCHAR | BPCHAR | NAME | JSON | XML)
}
