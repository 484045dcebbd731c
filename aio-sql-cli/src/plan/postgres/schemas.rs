//! Schemas, which exist before what belongs to them, and longer.

use aio_sql::inspect::Schema;

use crate::plan::name::{Naming, quoted};
use crate::plan::{Change, Owned, Step};

/// The schema that a new database has already.
const PUBLIC: &str = "public";

/// Returns the names of the schemas that a step which makes a whole schema has to create.
pub(super) fn to_create(of: &Schema) -> impl Iterator<Item = &String> {
    of.names().iter().filter(|name| *name != of.default_name() && *name != PUBLIC)
}

/// Returns the statement that creates a schema.
///
/// An administrator may have created it beforehand in some databases, because programs may not.
pub(super) fn create(name: &str) -> String {
    format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(name))
}

/// Returns the step that creates the wanted schemas which the database lacks, and what it makes.
pub(super) fn created(wanted: &Schema, found: &Schema) -> (Step, Vec<Change>) {
    let naming = Naming::between(wanted, found);
    let (mut step, mut changes) = (Step::default(), Vec::new());
    for name in wanted.names().iter().filter(|name| !naming.is_default(name) && !found.names().contains(name)) {
        step.push(name, create(name));
        changes.push(Change::Create { kind: "schema", name: name.clone() });
    }
    (step, changes)
}

/// Returns the names of the schemas that are dropped when everything in them is gone. Those of
/// which structs have had tables stay: something else may be there.
pub(super) fn dropped<'a>(wanted: &Schema, found: &'a Schema, owned: &Owned) -> Vec<&'a String> {
    let naming = Naming::between(wanted, found);
    let is_dropped =
        |name: &&String| !naming.is_default(name) && !wanted.names().contains(name) && owned.has_schema(name);
    found.names().iter().filter(is_dropped).collect()
}
