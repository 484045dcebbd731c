//! The triggers of tables and views.

use std::collections::HashMap;

use super::row::rows;
use crate::error::Result;
use crate::inspect::Trigger;
use crate::postgres::connection::Connection;
use crate::value::Param;

/// The triggers of the tables and views `$1`. Those of constraints, and those that a partition has
/// from its partitioned table, are left out.
const TRIGGERS: &str = "select t.tgrelid, n.nspname::text, t.tgname::text, pg_catalog.pg_get_triggerdef(t.oid, true)
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where t.tgrelid = any($1::oid[]) and not t.tgisinternal and t.tgparentid = 0
    order by t.tgname, t.oid";

/// Reads the triggers in alphabetical order, by the number of their table.
pub(super) fn triggers(connection: &mut Connection, relations: &Param) -> Result<HashMap<i64, Vec<Trigger>>> {
    let mut triggers: HashMap<i64, Vec<Trigger>> = HashMap::new();
    for mut row in rows(connection, TRIGGERS, std::slice::from_ref(relations))? {
        let table = row.number()?;
        let trigger = Trigger { schema: row.schema()?, name: row.text()?, sql: row.text()? };
        triggers.entry(table).or_default().push(trigger);
    }
    Ok(triggers)
}
