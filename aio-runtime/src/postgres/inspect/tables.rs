//! Puts tables and views together from what the catalogues have of them.

use std::collections::HashMap;

use super::columns::columns;
use super::constraints::{self, ConstraintKind, OfIndex};
use super::indexes::{ReadIndex, indexes};
use super::relations::{Relation, RelationKind};
use super::row::{oids, rows};
use super::triggers::triggers;
use crate::error::Result;
use crate::inspect::{Check, Exclusion, ForeignKey, Parent, Partition, PrimaryKey, Table, Unique, View};
use crate::postgres::connection::Connection;
use crate::value::Param;

/// The tables from which the tables `$1` inherit, or of which they are partitions.
const PARENTS: &str = "select i.inhrelid, n.nspname::text, p.relname::text
    from pg_catalog.pg_inherits i join pg_catalog.pg_class p on p.oid = i.inhparent
    join pg_catalog.pg_namespace n on n.oid = p.relnamespace
    where i.inhrelid = any($1::oid[]) order by i.inhrelid, i.inhseqno";

/// Reads all parts of these tables and views.
pub(super) fn tables_and_views(
    connection: &mut Connection,
    relations: Vec<Relation>,
) -> Result<(Vec<Table>, Vec<View>)> {
    let of = oids(relations.iter().map(|relation| relation.oid));
    let mut columns = columns(connection, &of)?;
    let mut indexes: HashMap<i64, ReadIndex> =
        indexes(connection, &of)?.into_iter().map(|index| (index.oid, index)).collect();
    let mut constraints_of: HashMap<i64, Constraints> = HashMap::new();
    for constraint in constraints::of_tables(connection, &of)? {
        let list = constraints_of.entry(constraint.of).or_default();
        match constraint.kind {
            ConstraintKind::ForeignKey(key) => list.foreign_keys.push(key),
            ConstraintKind::Check(check) => list.checks.push(check),
            ConstraintKind::Indexed(indexed) => {
                match indexes.remove(&indexed.index).map(|index| indexed.with(index)) {
                    Some(OfIndex::PrimaryKey(key)) => list.primary_key = Some(key),
                    Some(OfIndex::Unique(unique)) => list.uniques.push(unique),
                    Some(OfIndex::Exclusion(exclusion)) => list.exclusions.push(exclusion),
                    // The index was dropped in this moment: everything is read again.
                    None => {}
                }
            }
        }
    }
    let mut indexes_of: HashMap<i64, Vec<_>> = HashMap::new();
    for ReadIndex { table, index, .. } in indexes.into_values() {
        indexes_of.entry(table).or_default().push(index);
    }
    indexes_of.values_mut().for_each(|indexes| indexes.sort_by(|one, other| one.name.cmp(&other.name)));
    let mut triggers = triggers(connection, &of)?;
    let mut parents = parents(connection, &of)?;
    let (mut tables, mut views) = (Vec::new(), Vec::new());
    for Relation { oid, schema, name, kind, comment } in relations {
        let columns = columns.remove(&oid).unwrap_or_default();
        let indexes = indexes_of.remove(&oid).unwrap_or_default();
        let triggers = triggers.remove(&oid).unwrap_or_default();
        match kind {
            RelationKind::View { materialized, sql } => {
                views.push(View { schema, name, columns, triggers, materialized, indexes, comment, sql, error: None });
            }
            RelationKind::Table { kind, unlogged, partition_key, bound } => {
                let constraints = constraints_of.remove(&oid).unwrap_or_default();
                let mut parents = parents.remove(&oid).unwrap_or_default();
                let partition = bound.and_then(|bound| parents.pop().map(|of| Partition { of, bound }));
                tables.push(Table {
                    columns,
                    primary_key: constraints.primary_key,
                    foreign_keys: constraints.foreign_keys,
                    uniques: constraints.uniques,
                    checks: constraints.checks,
                    exclusions: constraints.exclusions,
                    indexes,
                    triggers,
                    unlogged,
                    partition_key,
                    partition,
                    parents,
                    comment,
                    ..Table::unreadable(&schema, name, kind, String::new(), None)
                });
            }
        }
    }
    Ok((tables, views))
}

/// The constraints of a table.
#[derive(Default)]
struct Constraints {
    primary_key: Option<PrimaryKey>,
    foreign_keys: Vec<ForeignKey>,
    uniques: Vec<Unique>,
    checks: Vec<Check>,
    exclusions: Vec<Exclusion>,
}

fn parents(connection: &mut Connection, of: &Param) -> Result<HashMap<i64, Vec<Parent>>> {
    let mut parents: HashMap<i64, Vec<Parent>> = HashMap::new();
    for mut row in rows(connection, PARENTS, std::slice::from_ref(of))? {
        let table = row.number()?;
        parents.entry(table).or_default().push(Parent { schema: row.schema()?, name: row.text()? });
    }
    Ok(parents)
}
