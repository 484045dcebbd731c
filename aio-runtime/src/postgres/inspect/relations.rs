//! The tables and views themselves.

use super::namespaces::Namespaces;
use super::row::{oids, rows};
use crate::error::Result;
use crate::inspect::TableKind;
use crate::postgres::connection::Connection;
use crate::value::Param;

/// The tables and views of the schemas `$1`, and those with the numbers `$2`.
const RELATIONS: &str = "select c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence = 'u',
    pg_catalog.pg_get_partkeydef(c.oid),
    case when c.relispartition then pg_catalog.pg_get_expr(c.relpartbound, c.oid) end,
    pg_catalog.obj_description(c.oid, 'pg_class'), s.srvname::text,
    exists (select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass
        and d.objid = c.oid and d.deptype = 'e'),
    case when c.relkind in ('v', 'm') then concat(
        'CREATE ', case c.relkind when 'm' then 'MATERIALIZED ' end, 'VIEW ', c.oid::regclass,
        case when c.reloptions <> '{}' then concat(' WITH (', array_to_string(c.reloptions, ', '), ')') end,
        e' AS\\n', pg_catalog.pg_get_viewdef(c.oid)) end
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
    left join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
    where c.relkind in ('r', 'p', 'f', 'v', 'm') and (c.relnamespace = any($1::oid[]) or c.oid = any($2::oid[]))
    order by c.relname, c.oid";

/// A table or a view.
pub(super) struct Relation {
    pub(super) oid: i64,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) kind: RelationKind,
    pub(super) comment: Option<String>,
}

pub(super) enum RelationKind {
    Table {
        kind: TableKind,
        unlogged: bool,
        partition_key: Option<String>,
        /// Which rows of a partitioned table this one has.
        bound: Option<String>,
    },
    View {
        materialized: bool,
        sql: String,
    },
}

/// Reads the tables and views of some schemas, in alphabetical order. `internal` are also those of
/// extensions and of the library.
pub(super) fn of_namespaces(
    connection: &mut Connection,
    namespaces: &Namespaces,
    internal: bool,
) -> Result<Vec<Relation>> {
    read(connection, &[namespaces.oids(), oids([])], internal)
}

/// Reads these tables.
pub(super) fn with_oids(connection: &mut Connection, of: &[i64]) -> Result<Vec<Relation>> {
    read(connection, &[oids([]), oids(of.iter().copied())], true)
}

fn read(connection: &mut Connection, params: &[Param], internal: bool) -> Result<Vec<Relation>> {
    let mut relations = Vec::new();
    for mut row in rows(connection, RELATIONS, params)? {
        let (oid, schema, name, kind) = (row.number()?, row.schema()?, row.text()?, row.text()?);
        let (unlogged, partition_key, bound) = (row.truth()?, row.optional_text()?, row.optional_text()?);
        let (comment, server, is_of_extension) = (row.optional_text()?, row.optional_text()?, row.truth()?);
        let is_internal = is_of_extension || name.starts_with("_aio_sql_");
        if is_internal && !internal {
            continue;
        }
        let kind = match (kind.as_str(), server) {
            ("v" | "m", _) => {
                RelationKind::View { materialized: kind == "m", sql: row.optional_text()?.unwrap_or_default() }
            }
            (_, Some(server)) => table(TableKind::Foreign(server), unlogged, partition_key, bound),
            _ if is_internal => table(TableKind::Internal, unlogged, partition_key, bound),
            _ => table(TableKind::Ordinary, unlogged, partition_key, bound),
        };
        relations.push(Relation { oid, schema, name, kind, comment });
    }
    Ok(relations)
}

fn table(kind: TableKind, unlogged: bool, partition_key: Option<String>, bound: Option<String>) -> RelationKind {
    RelationKind::Table { kind, unlogged, partition_key, bound }
}
