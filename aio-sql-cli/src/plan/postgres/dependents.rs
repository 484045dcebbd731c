//! What depends on the columns of tables, as the server knows it.

use std::collections::BTreeSet;

use aio_sql::{Executor, query};

use crate::error::Result;
use crate::plan::name::Naming;

/// The views and triggers that read columns of tables, by their full names.
#[derive(Debug, Default)]
pub(super) struct Dependents {
    views: Vec<Reader>,
    triggers: Vec<Reader>,
}

/// A view or trigger, and a column that it reads.
#[derive(Debug)]
struct Reader {
    /// The full name of the view, or the name of the trigger.
    name: String,
    /// The full name of the table or view whose column it is.
    table: String,
    /// The name of the column; empty if the whole table is meant.
    column: String,
}

const VIEWS: &str = "select distinct m.nspname::text, v.relname::text, n.nspname::text, t.relname::text,
        coalesce(a.attname::text, '')
    from pg_catalog.pg_depend d join pg_catalog.pg_rewrite r on r.oid = d.objid
    join pg_catalog.pg_class v on v.oid = r.ev_class join pg_catalog.pg_class t on t.oid = d.refobjid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace join pg_catalog.pg_namespace m on m.oid = v.relnamespace
    left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
    where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and v.oid <> t.oid and v.relkind in ('v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 1, 2, 3, 4, 5";

const TRIGGERS: &str = "select distinct '', g.tgname::text, n.nspname::text, t.relname::text, a.attname::text
    from pg_catalog.pg_depend d join pg_catalog.pg_trigger g on g.oid = d.objid
    join pg_catalog.pg_class t on t.oid = d.refobjid join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
    where d.classid = 'pg_catalog.pg_trigger'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjsubid > 0 and not g.tgisinternal and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 1, 2, 3, 4, 5";

impl Dependents {
    /// Reads what depends on columns.
    pub(super) async fn read(executor: &Executor, naming: Naming<'_>) -> Result<Dependents> {
        let mut dependents = Dependents::default();
        for (text, list) in [(VIEWS, &mut dependents.views), (TRIGGERS, &mut dependents.triggers)] {
            let rows: Vec<(String, String, String, String, String)> = query(text).all(executor).await?;
            list.extend(rows.into_iter().map(|(schema, name, of, table, column)| Reader {
                name: naming.full(&schema, &name),
                table: naming.full(&of, &table),
                column,
            }));
        }
        Ok(dependents)
    }

    /// Returns the views that read a column or, if it is `None`, anything of a table, and the
    /// views that read these.
    pub(super) fn views(&self, table: &str, column: Option<&str>) -> BTreeSet<&str> {
        let reads = |reader: &&Reader| reader.table == table && column.is_none_or(|column| reader.column == column);
        let mut views: BTreeSet<&str> = self.views.iter().filter(reads).map(|reader| &*reader.name).collect();
        loop {
            let above = self.views.iter().filter(|reader| views.contains(&*reader.table)).map(|reader| &*reader.name);
            let all: BTreeSet<&str> = views.iter().copied().chain(above).collect();
            if all.len() == views.len() {
                return views;
            }
            views = all;
        }
    }

    /// Returns whether the definition of a trigger of the table names the column.
    pub(super) fn has_trigger(&self, table: &str, column: &str, trigger: &str) -> bool {
        self.triggers.iter().any(|one| one.table == table && one.column == column && one.name == trigger)
    }
}
