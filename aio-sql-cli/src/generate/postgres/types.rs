//! The types of PostgreSQL in Rust.

use aio_sql::inspect::{Domain, Schema};

use crate::generate::names::{Scope, type_name};
use crate::generate::rust_type::RustType;
use crate::generate::structs::Enum;

/// The types that a database has: those of every database, and its own.
pub(super) struct Types<'a> {
    default_schema: &'a str,
    domains: &'a [Domain],
    enums: Vec<Enum>,
    /// The schema, the name and the values of each of the enums.
    names: Vec<(&'a str, &'a str, &'a [String])>,
}

impl<'a> Types<'a> {
    pub(super) fn of(schema: &'a Schema) -> Types<'a> {
        let mut scope = Scope::default();
        let named = |of: &aio_sql::inspect::Enum| {
            Enum::of(scope.type_name(type_name(of.name(), "Value")), of.values().to_vec())
        };
        let enums: Vec<Enum> = schema.enums().iter().map(named).collect();
        let names = schema.enums().iter().map(|of| (of.schema(), of.name(), of.values())).collect();
        Types { default_schema: schema.default_name(), domains: schema.domains(), enums, names }
    }

    /// Returns the enums, with the names that they have in Rust.
    pub(super) fn enums(&self) -> &[Enum] {
        &self.enums
    }

    /// Returns the Rust type for a type as the server writes it, or `None` if the library has no
    /// Rust type for it. The generated struct then reads the values as text.
    pub(super) fn rust_type(&self, declared: &str) -> Option<RustType> {
        if let Some(element) = declared.strip_suffix("[]") {
            let element = self.rust_type(element)?;
            let is_item =
                !matches!(element, RustType::Json | RustType::Array(_) | RustType::Interval | RustType::TsVector);
            return is_item.then(|| RustType::Array(Box::new(element)));
        }
        if let Some(ty) = built_in(declared) {
            return Some(ty);
        }
        let named = |schema: &str, name: &str| self.is(declared, schema, name);
        if let Some(place) = self.names.iter().position(|(schema, name, _)| named(schema, name)) {
            let (.., values) = self.names[place];
            return Some(RustType::Enum(self.enums[place].name.clone(), values.to_vec()));
        }
        let domain = self.domains.iter().find(|domain| named(domain.schema(), domain.name()))?;
        self.rust_type(domain.declared_type())
    }

    /// Returns whether a declared type is the type with this name. The server writes the schema
    /// only if it is not in the search path, or if the name means another type there.
    fn is(&self, declared: &str, schema: &str, name: &str) -> bool {
        let (schema, name) = (quoted(schema), quoted(name));
        declared == format!("{schema}.{name}")
            || declared == name && {
                // Another schema of the search path may have a type with the same name.
                let first = self.names.iter().map(|(schema, name, _)| (*schema, *name));
                let all = first.chain(self.domains.iter().map(|domain| (domain.schema(), domain.name())));
                let same: Vec<_> = all.filter(|(_, other)| quoted(other) == name).collect();
                same.len() == 1 || schema == quoted(self.default_schema)
            }
    }
}

/// Returns the type for a type that every database has.
fn built_in(declared: &str) -> Option<RustType> {
    let name = without_length(declared);
    Some(match name.as_str() {
        "smallint" => RustType::Integer(16),
        "integer" => RustType::Integer(32),
        "bigint" | "oid" => RustType::Integer(64),
        "real" => RustType::Float(32),
        "double precision" => RustType::Float(64),
        "numeric" => RustType::Decimal(None),
        "boolean" => RustType::Bool,
        "text" | "character varying" | "character" | "bpchar" | "name" | "xml" => RustType::Text,
        name if name.rsplit('.').next() == Some("citext") => RustType::Text,
        "bytea" => RustType::Bytes,
        "uuid" => RustType::Uuid(None),
        "json" | "jsonb" => RustType::Json,
        "timestamp with time zone" => RustType::Timestamp(None),
        "timestamp without time zone" => RustType::DateTime,
        "date" => RustType::Date,
        "time without time zone" => RustType::TimeOfDay(None),
        "interval" => RustType::Interval,
        "tsvector" => RustType::TsVector,
        _ => return None,
    })
}

/// Removes the length or the precision: `timestamp(3) with time zone`, `numeric(10,2)`.
fn without_length(declared: &str) -> String {
    match (declared.find('('), declared.find(')')) {
        (Some(open), Some(close)) if open < close => declared[..open].to_owned() + &declared[close + 1..],
        _ => declared.to_owned(),
    }
}

/// Returns the name as the server writes it in the name of a type.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Returns whether the library compares the values of a declared type by its own collation, unless
/// the field says another one.
pub(super) fn is_text(declared: &str) -> bool {
    matches!(without_length(declared).as_str(), "text" | "character varying" | "character" | "bpchar")
}

/// Returns the type that the library declares for a type of Rust, as the server writes it.
pub(super) fn own_name(ty: &RustType) -> &'static str {
    match ty {
        // Without a declared type, a smaller integer is a `bigint` with a CHECK.
        RustType::Integer(64) => "bigint",
        RustType::Integer(_) => "",
        RustType::Float(64) => "double precision",
        RustType::Float(_) => "",
        RustType::Bool => "boolean",
        RustType::Text | RustType::Enum(..) => "text",
        RustType::Bytes => "bytea",
        RustType::Timestamp(_) => "timestamp with time zone",
        RustType::DateTime => "timestamp without time zone",
        RustType::Date => "date",
        RustType::TimeOfDay(_) => "time without time zone",
        RustType::Uuid(_) => "uuid",
        RustType::Decimal(_) => "numeric",
        RustType::Json => "jsonb",
        RustType::Interval => "interval",
        RustType::TsVector => "tsvector",
        // Without a declared type, a CHECK keeps NULL out of the elements.
        RustType::Array(_) => "",
    }
}

/// Returns a declared type as people write it.
pub(super) fn shortened(declared: &str) -> String {
    match declared.strip_prefix("character varying") {
        Some(length) => format!("varchar{length}"),
        None => match declared.strip_prefix("character(") {
            Some(length) => format!("char({length}"),
            None => declared.to_owned(),
        },
    }
}
