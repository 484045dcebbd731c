//! `Serialize` for the model of a schema, for tools that print it or keep it.
//!
//! Each type is a map of what its methods return, under their names; the constants of SQL are
//! written as in SQL.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::dialect::Dialect;
use crate::inspect::{
    Action, Auto, Check, Column, ConflictClause, Difference, Domain, Enum, Exclusion, ForeignKey, GeneratedColumn,
    Identity, Index, IndexPart, KeyOrder, Parent, Part, Partition, PrimaryKey, Schema, Sequence, SequenceOwner, Table,
    TableKind, Trigger, Unique, View,
};

/// Implements `Serialize` for a struct: as a map of its fields.
macro_rules! map_of_fields {
    ($type:ident { $($field:ident)+ }) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let mut map = to.serialize_struct(stringify!($type), [$(stringify!($field)),+].len())?;
                $(map.serialize_field(stringify!($field), &self.$field)?;)+
                map.end()
            }
        }
    };
}

map_of_fields! { Schema { dialect names tables views sequences enums domains } }

map_of_fields! {
    Table {
        schema name kind columns primary_key foreign_keys uniques checks exclusions indexes triggers strict
        without_rowid conflict_clauses unlogged partition_key partition parents comment error sql
    }
}

map_of_fields! {
    Column { name declared_type type_class nullable default collation generated auto identity hidden comment }
}

map_of_fields! { GeneratedColumn { expression stored } }

map_of_fields! { PrimaryKey { name parts included deferrable deferred comment } }

map_of_fields! { Unique { name parts included nulls_distinct deferrable deferred comment } }

map_of_fields! { Check { name expression column inherited validated comment } }

map_of_fields! {
    Exclusion { name method parts operators condition deferrable deferred comment definition }
}

map_of_fields! { ConflictClause { constraint columns action } }

map_of_fields! {
    ForeignKey {
        name columns schema table targets on_delete on_update reset full deferrable deferred validated comment
    }
}

map_of_fields! {
    Index { name parts unique condition method included nulls_distinct valid comment sql }
}

map_of_fields! { IndexPart { column expression collation descending nulls_first operator_class } }

map_of_fields! { Parent { schema name } }

map_of_fields! { Partition { of bound } }

map_of_fields! { Trigger { schema name sql } }

map_of_fields! { View { schema name columns triggers materialized indexes comment sql error } }

map_of_fields! {
    Sequence { schema name declared_type start increment min max cache cycle owner comment }
}

map_of_fields! { SequenceOwner { schema table column } }

map_of_fields! { Enum { schema name values comment } }

map_of_fields! { Domain { schema name declared_type nullable default collation checks comment } }

/// Serializes the dialect as its name in lower case.
impl Serialize for Dialect {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// Serializes the kind as a word; a virtual table as a map from `virtual` to its module, and a
/// foreign table as a map from `foreign` to its server.
impl Serialize for TableKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            TableKind::Ordinary => to.serialize_unit_variant("TableKind", 0, "ordinary"),
            TableKind::Virtual(module) => to.serialize_newtype_variant("TableKind", 1, "virtual", module),
            TableKind::Shadow => to.serialize_unit_variant("TableKind", 2, "shadow"),
            TableKind::Internal => to.serialize_unit_variant("TableKind", 3, "internal"),
            TableKind::Foreign(server) => to.serialize_newtype_variant("TableKind", 4, "foreign", server),
        }
    }
}

/// Serializes the action as it is written in SQL.
impl Serialize for Action {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Serializes the numbering as `no`, `free` or `never_used`.
impl Serialize for Auto {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match self {
            Auto::No => "no",
            Auto::Free => "free",
            Auto::NeverUsed => "never_used",
        })
    }
}

/// Serializes the kind as `always` or `by_default`.
impl Serialize for Identity {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match self {
            Identity::Always => "always",
            Identity::ByDefault => "by_default",
        })
    }
}

/// Serializes the names of the tables, in their order, and the circles as lists of names.
impl Serialize for KeyOrder<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let names = |tables: &[&Table]| tables.iter().map(|table| table.name().to_owned()).collect::<Vec<_>>();
        let circles: Vec<_> = self.circles().iter().map(|circle| names(circle)).collect();
        let mut map = to.serialize_struct("KeyOrder", 2)?;
        map.serialize_field("tables", &names(self.tables()))?;
        map.serialize_field("circles", &circles)?;
        map.end()
    }
}

/// Serializes the line that describes the difference as `text`, beside the parts.
impl Serialize for Difference<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_struct("Difference", 4)?;
        map.serialize_field("table", self.table())?;
        map.serialize_field("text", &self.to_string())?;
        map.serialize_field("wanted", &self.wanted())?;
        map.serialize_field("found", &self.found())?;
        map.end()
    }
}

/// Serializes the part as a map from its kind to the part; the parts that belong to a whole table,
/// such as its options, from their kind to the table.
impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Part::Table(table) => to.serialize_newtype_variant("Part", 0, "table", table),
            Part::Options(table) => to.serialize_newtype_variant("Part", 1, "options", table),
            Part::ConflictClauses(table) => to.serialize_newtype_variant("Part", 2, "conflict_clauses", table),
            Part::Column(column) => to.serialize_newtype_variant("Part", 3, "column", column),
            Part::PrimaryKey(key) => to.serialize_newtype_variant("Part", 4, "primary_key", key),
            Part::ForeignKey(key) => to.serialize_newtype_variant("Part", 5, "foreign_key", key),
            Part::Unique(unique) => to.serialize_newtype_variant("Part", 6, "unique", unique),
            Part::Check(check) => to.serialize_newtype_variant("Part", 7, "check", check),
            Part::Index(index) => to.serialize_newtype_variant("Part", 8, "index", index),
            Part::Trigger(trigger) => to.serialize_newtype_variant("Part", 9, "trigger", trigger),
            Part::View(view) => to.serialize_newtype_variant("Part", 10, "view", view),
            Part::Exclusion(exclusion) => to.serialize_newtype_variant("Part", 11, "exclusion", exclusion),
            Part::Sequence(sequence) => to.serialize_newtype_variant("Part", 12, "sequence", sequence),
            Part::Enum(one) => to.serialize_newtype_variant("Part", 13, "enum", one),
            Part::Domain(domain) => to.serialize_newtype_variant("Part", 14, "domain", domain),
        }
    }
}
