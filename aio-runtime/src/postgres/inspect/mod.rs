//! The schema of a PostgreSQL database: how it is read, and when two spellings in it mean the
//! same.
//!
//! Tables are read from the system catalogues, each kind of part by one query for all tables
//! (<https://www.postgresql.org/docs/current/catalogs.html>). The server writes the expressions in
//! its own form, so that its spellings of one expression are equal. What a struct declares is
//! therefore created as a temporary table, read like every other table, and taken back.

mod columns;
mod compare;
mod constraints;
mod declared;
mod indexes;
mod meaning;
mod moment;
mod namespaces;
mod relations;
mod row;
mod tables;
mod triggers;
mod types;

pub(crate) use compare::differences;
pub(super) use compare::{compare, schema_of};

use self::moment::at_one_moment;
use self::namespaces::Namespaces;
use super::connection::Connection;
use super::engine::DIALECT;
use crate::error::Result;
use crate::inspect::{Inspect, Schema};

/// Reads the schema of the database.
pub(super) fn inspect(connection: &mut Connection, what: &Inspect) -> Result<Schema> {
    let namespaces = Namespaces::chosen(connection, what)?;
    at_one_moment(connection, &namespaces, |connection| {
        let relations = relations::of_namespaces(connection, &namespaces, what.internal)?;
        let (tables, views) = tables::tables_and_views(connection, relations)?;
        let sequences = types::sequences(connection, &namespaces, what.internal)?;
        let (enums, domains) = types::enums_and_domains(connection, &namespaces, what.internal)?;
        let mut schema = Schema { tables, views, sequences, enums, domains, ..Schema::empty(DIALECT) };
        namespaces.sort(&mut schema);
        Ok(schema)
    })
}
