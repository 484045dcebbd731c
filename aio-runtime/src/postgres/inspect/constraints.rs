//! The constraints of tables and domains.

use super::indexes::ReadIndex;
use super::row::{Row, oids, rows};
use crate::error::Result;
use crate::inspect::{Check, Exclusion, ForeignKey, PrimaryKey, Unique};
use crate::postgres::connection::Connection;
use crate::value::Param;

/// The constraints of the tables `$1` and of the domains `$2`. A foreign key to a partitioned
/// table has one of its own for each partition, which is left out.
const CONSTRAINTS: &str =
    "select c.conrelid, c.contypid, c.contype::text, c.conname::text, c.conindid, c.condeferrable,
    c.condeferred, c.convalidated, pg_catalog.obj_description(c.oid, 'pg_constraint'),
    case when c.contype = 'c' then pg_catalog.pg_get_expr(c.conbin, c.conrelid, true) end, not c.connoinherit,
    array(select a.attname::text from unnest(c.conkey) with ordinality k (number, place)
        join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number order by k.place)::text,
    n.nspname::text, f.relname::text,
    array(select a.attname::text from unnest(c.confkey) with ordinality k (number, place)
        join pg_catalog.pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number order by k.place)::text,
    c.confdeltype::text, c.confupdtype::text,
    array(select a.attname::text from unnest(c.confdelsetcols) with ordinality k (number, place)
        join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number order by k.place)::text,
    c.confmatchtype = 'f',
    case when c.contype = 'x' then pg_catalog.pg_get_constraintdef(c.oid) end,
    array(select o.oprname::text from unnest(c.conexclop) with ordinality k (operator, place)
        join pg_catalog.pg_operator o on o.oid = k.operator order by k.place)::text
    from pg_catalog.pg_constraint c left join pg_catalog.pg_class f on f.oid = c.confrelid
    left join pg_catalog.pg_namespace n on n.oid = f.relnamespace
    left join pg_catalog.pg_constraint parent on parent.oid = c.conparentid
    where (c.conrelid = any($1::oid[]) or c.contypid = any($2::oid[])) and c.contype in ('p', 'u', 'f', 'c', 'x')
        and (c.contype <> 'f' or parent.conrelid is null or parent.conrelid <> c.conrelid)
    order by c.conname, c.oid";

/// A constraint as the catalogue has it.
pub(super) struct Constraint {
    /// The number of the table or domain.
    pub(super) of: i64,
    pub(super) kind: ConstraintKind,
}

pub(super) enum ConstraintKind {
    /// A constraint with an index.
    Indexed(Indexed),
    ForeignKey(ForeignKey),
    Check(Check),
}

/// A constraint whose columns are those of its index.
pub(super) struct Indexed {
    kind: char,
    name: String,
    pub(super) index: i64,
    deferrable: bool,
    deferred: bool,
    comment: Option<String>,
    definition: String,
    operators: Vec<String>,
}

/// What a constraint with an index is, together with the index.
pub(super) enum OfIndex {
    PrimaryKey(PrimaryKey),
    Unique(Unique),
    Exclusion(Exclusion),
}

/// Reads the constraints of tables, by their names.
pub(super) fn of_tables(connection: &mut Connection, tables: &Param) -> Result<Vec<Constraint>> {
    rows(connection, CONSTRAINTS, &[tables.clone(), oids([])])?.map(constraint).collect()
}

/// Reads the constraints of domains, by their names.
pub(super) fn of_domains(connection: &mut Connection, domains: Param) -> Result<Vec<Constraint>> {
    rows(connection, CONSTRAINTS, &[oids([]), domains])?.map(constraint).collect()
}

fn constraint(mut row: Row) -> Result<Constraint> {
    let (table, domain) = (row.number()?, row.number()?);
    let (kind, name, index) = (row.text()?, row.text()?, row.number()?);
    let (deferrable, deferred, validated) = (row.truth()?, row.truth()?, row.truth()?);
    let comment = row.optional_text()?;
    let (condition, inherited) = (row.optional_text()?, row.truth()?);
    let kind = match (kind.as_str(), condition) {
        ("c", condition) => ConstraintKind::Check(Check {
            name: Some(name),
            expression: condition.unwrap_or_default(),
            // The database does not know where it was declared.
            column: None,
            inherited,
            validated,
            comment,
        }),
        ("f", _) => ConstraintKind::ForeignKey(ForeignKey {
            name: Some(name),
            columns: row.texts()?,
            schema: row.schema()?,
            table: row.text()?,
            targets: row.texts()?,
            on_delete: row.action()?,
            on_update: row.action()?,
            reset: row.texts()?,
            full: row.truth()?,
            deferrable,
            deferred,
            validated,
            comment,
        }),
        (kind, _) => {
            // The columns, and what only a foreign key has.
            for _ in 0..8 {
                row.skip();
            }
            ConstraintKind::Indexed(Indexed {
                kind: kind.chars().next().unwrap_or_default(),
                name,
                index,
                deferrable,
                deferred,
                comment,
                definition: row.optional_text()?.unwrap_or_default(),
                operators: row.texts()?,
            })
        }
    };
    Ok(Constraint { of: if table == 0 { domain } else { table }, kind })
}

impl Indexed {
    /// Puts the constraint and its index together.
    pub(super) fn with(self, index: ReadIndex) -> OfIndex {
        let Indexed { kind, name, deferrable, deferred, comment, definition, operators, .. } = self;
        let index = index.index;
        let (parts, included) = (index.parts, index.included);
        match kind {
            'p' => OfIndex::PrimaryKey(PrimaryKey { name: Some(name), parts, included, deferrable, deferred, comment }),
            'u' => {
                let nulls_distinct = index.nulls_distinct;
                let name = Some(name);
                OfIndex::Unique(Unique { name, parts, included, nulls_distinct, deferrable, deferred, comment })
            }
            _ => OfIndex::Exclusion(Exclusion {
                name,
                method: index.method,
                parts,
                operators,
                condition: index.condition,
                deferrable,
                deferred,
                comment,
                definition,
            }),
        }
    }
}
