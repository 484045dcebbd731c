//! The sequences, enums and domains of the database.

use std::collections::HashMap;

use super::constraints::{self, ConstraintKind};
use super::namespaces::Namespaces;
use super::row::{oids, rows};
use crate::error::Result;
use crate::inspect::{Check, Domain, Enum, Sequence, SequenceOwner};
use crate::postgres::connection::Connection;
use crate::value::{Param, Value};

/// The sequences of the schemas `$1` without those of identity columns, and without those of
/// extensions unless `$2` is true.
const SEQUENCES: &str = "select n.nspname::text, c.relname::text, pg_catalog.format_type(s.seqtypid, null), s.seqstart,
    s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, pg_catalog.obj_description(c.oid, 'pg_class'),
    m.nspname::text, o.relname::text, a.attname::text
    from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i')
    left join pg_catalog.pg_class o on o.oid = d.refobjid
    left join pg_catalog.pg_namespace m on m.oid = o.relnamespace
    left join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where c.relnamespace = any($1::oid[]) and d.deptype is distinct from 'i' and ($2 or not exists (
        select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_class'::regclass
        and e.objid = c.oid and e.deptype = 'e'))
    order by c.relname, c.oid";

/// The enums and domains of the schemas `$1`, without those of extensions unless `$2` is true.
const TYPES: &str = "select t.oid, n.nspname::text, t.typname::text, t.typtype = 'e',
    pg_catalog.obj_description(t.oid, 'pg_type'),
    array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)::text,
    pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, l.collname::text
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_type b on b.oid = t.typbasetype
    left join pg_catalog.pg_collation l on l.oid = t.typcollation and t.typcollation <> b.typcollation
    where t.typnamespace = any($1::oid[]) and t.typtype in ('e', 'd') and ($2 or not exists (
        select 1 from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_type'::regclass
        and e.objid = t.oid and e.deptype = 'e'))
    order by t.typname, t.oid";

fn params(namespaces: &Namespaces, internal: bool) -> [Param; 2] {
    [namespaces.oids(), Value::Integer(internal.into()).into()]
}

/// Reads the sequences of some schemas, in alphabetical order.
pub(super) fn sequences(connection: &mut Connection, namespaces: &Namespaces, internal: bool) -> Result<Vec<Sequence>> {
    let mut sequences = Vec::new();
    for mut row in rows(connection, SEQUENCES, &params(namespaces, internal))? {
        let mut sequence = Sequence {
            schema: row.schema()?,
            name: row.text()?,
            declared_type: row.text()?,
            start: row.number()?,
            increment: row.number()?,
            min: row.number()?,
            max: row.number()?,
            cache: row.number()?,
            cycle: row.truth()?,
            comment: row.optional_text()?,
            owner: None,
        };
        if let (Some(schema), Some(table), Some(column)) =
            (row.optional_schema()?, row.optional_text()?, row.optional_text()?)
        {
            sequence.owner = Some(SequenceOwner { schema, table, column });
        }
        sequences.push(sequence);
    }
    Ok(sequences)
}

/// Reads the enums and the domains of some schemas, in alphabetical order.
pub(super) fn enums_and_domains(
    connection: &mut Connection,
    namespaces: &Namespaces,
    internal: bool,
) -> Result<(Vec<Enum>, Vec<Domain>)> {
    let (mut enums, mut domains) = (Vec::new(), Vec::new());
    for mut row in rows(connection, TYPES, &params(namespaces, internal))? {
        let (oid, schema, name, is_enum) = (row.number()?, row.schema()?, row.text()?, row.truth()?);
        let (comment, values) = (row.optional_text()?, row.texts()?);
        if is_enum {
            enums.push(Enum { schema, name, values, comment });
            continue;
        }
        let domain = Domain {
            schema,
            name,
            declared_type: row.text()?,
            nullable: !row.truth()?,
            default: row.optional_text()?,
            collation: row.optional_text()?,
            checks: Vec::new(),
            comment,
        };
        domains.push((oid, domain));
    }
    let mut checks: HashMap<i64, Vec<Check>> = HashMap::new();
    if !domains.is_empty() {
        for constraint in constraints::of_domains(connection, oids(domains.iter().map(|(oid, _)| *oid)))? {
            if let ConstraintKind::Check(check) = constraint.kind {
                checks.entry(constraint.of).or_default().push(check);
            }
        }
    }
    let with_checks = |(oid, domain)| Domain { checks: checks.remove(&oid).unwrap_or_default(), ..domain };
    Ok((enums, domains.into_iter().map(with_checks).collect()))
}
