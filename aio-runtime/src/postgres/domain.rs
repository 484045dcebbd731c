//! Domains: types that a database has made of other types, with constraints
//! (<https://www.postgresql.org/docs/current/domains.html>). Their values are those of the type
//! below, which the server tells in rows, but not for parameters.

use super::connection::Connection;
use super::oid::Oid;
use crate::error::Result;
use crate::value::Value;

/// The types from this number on were made in the database, PostgreSQL's `FirstNormalObjectId`.
const FIRST_OF_DATABASE: Oid = 16_384;

/// The type below a domain, or the type itself. A domain may be made of another one.
const BASE: &str = "\
    WITH RECURSIVE base (oid, typtype, typbasetype) AS (\
        SELECT oid, typtype, typbasetype FROM pg_catalog.pg_type WHERE oid = $1::oid \
        UNION ALL \
        SELECT t.oid, t.typtype, t.typbasetype \
        FROM base JOIN pg_catalog.pg_type t ON t.oid = base.typbasetype AND base.typtype = 'd'\
    ) SELECT oid FROM base WHERE typtype <> 'd'";

/// Puts the types below domains in the place of these.
pub(super) fn replace_domains(connection: &mut Connection, types: &mut [Oid]) -> Result<()> {
    for ty in types.iter_mut().filter(|ty| **ty >= FIRST_OF_DATABASE) {
        *ty = base_of(connection, *ty)?;
    }
    Ok(())
}

fn base_of(connection: &mut Connection, ty: Oid) -> Result<Oid> {
    if let Some(base) = connection.base_types().get(&ty) {
        return Ok(*base);
    }
    let rows = connection.query(BASE, &[Value::Integer(ty.into()).into()])?;
    let base = match rows.first().and_then(|row| row.first()) {
        Some(Value::Integer(base)) => Oid::try_from(*base).unwrap_or(ty),
        _ => ty,
    };
    connection.base_types().insert(ty, base);
    Ok(base)
}
