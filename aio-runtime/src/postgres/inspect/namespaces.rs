//! Which schemas of the database are read.

use super::row::{TEMP, oids, plain_schema, rows};
use crate::error::{Error, ErrorKind, Result};
use crate::inspect::{Inspect, Schema};
use crate::postgres::connection::Connection;
use crate::value::Param;

/// The schemas of the database, and the place of each in the search path.
const NAMESPACES: &str = "select n.oid, n.nspname::text,
    coalesce(array_position(current_schemas(false), n.nspname), 0)::bigint,
    n.oid = pg_catalog.pg_my_temp_schema()
    from pg_catalog.pg_namespace n order by n.nspname";

/// The schemas that are read, the default one first.
pub(super) struct Namespaces(Vec<Namespace>);

#[derive(Clone)]
struct Namespace {
    oid: i64,
    name: String,
}

impl Namespaces {
    /// Returns those of the search path, and those that `what` names.
    ///
    /// # Errors
    /// Fails if one of these does not exist.
    pub(super) fn chosen(connection: &mut Connection, what: &Inspect) -> Result<Namespaces> {
        let (mut known, mut path) = (Vec::new(), Vec::new());
        for mut row in rows(connection, NAMESPACES, &[])? {
            let (oid, name, place, is_temporary) = (row.number()?, row.text()?, row.number()?, row.truth()?);
            // The temporary objects of other sessions cannot be used.
            if plain_schema(name.clone()) == TEMP && !is_temporary {
                continue;
            }
            let namespace = Namespace { oid, name: plain_schema(name) };
            if place > 0 && !is_of_system(&namespace.name) {
                path.push((place, namespace.clone()));
            }
            known.push(namespace);
        }
        path.sort_by_key(|(place, _)| *place);
        let mut chosen: Vec<_> = path.into_iter().map(|(_, namespace)| namespace).collect();
        if what.all_schemas {
            chosen.extend(known.iter().filter(|one| !is_of_system(&one.name)).cloned());
        }
        let temporary = what.temporary.then_some(TEMP);
        for name in what.schemas.iter().map(String::as_str).chain(temporary) {
            match known.iter().find(|one| one.name == name) {
                Some(namespace) => chosen.push(namespace.clone()),
                // It does not exist before the session has a temporary object.
                None if name == TEMP => {}
                None => {
                    let others: Vec<_> = known.iter().map(|one| one.name.as_str()).collect();
                    let message = format!("there is no schema {name:?}: this database has {}", others.join(", "));
                    return Err(Error::new(ErrorKind::Sql, message));
                }
            }
        }
        let mut namespaces = Namespaces(Vec::new());
        for namespace in chosen {
            if namespaces.place(&namespace.name).is_none() {
                namespaces.0.push(namespace);
            }
        }
        Ok(namespaces)
    }

    /// Returns the numbers of the schemas as one parameter.
    pub(super) fn oids(&self) -> Param {
        oids(self.0.iter().map(|one| one.oid))
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|one| one.name == name)
    }

    /// Names the schemas in `schema`, and puts what it has into their order. What belongs to one
    /// of them is in its order already.
    pub(super) fn sort(&self, schema: &mut Schema) {
        schema.names = self.0.iter().map(|one| one.name.clone()).collect();
        self.group(&mut schema.tables, |one| &one.schema);
        self.group(&mut schema.views, |one| &one.schema);
        self.group(&mut schema.sequences, |one| &one.schema);
        self.group(&mut schema.enums, |one| &one.schema);
        self.group(&mut schema.domains, |one| &one.schema);
    }

    /// Puts items into the order of their schemas. This does not call `sort_by_key`, which takes
    /// long to compile for each type of item.
    fn group<T>(&self, items: &mut Vec<T>, schema: impl Fn(&T) -> &str) {
        let mut rest = std::mem::take(items);
        for namespace in &self.0 {
            let (of_this, of_others): (Vec<_>, _) = rest.into_iter().partition(|item| schema(item) == namespace.name);
            items.extend(of_this);
            rest = of_others;
        }
        items.extend(rest);
    }
}

/// Returns whether a schema has no objects of the application.
fn is_of_system(name: &str) -> bool {
    name.starts_with("pg_") || name == "information_schema"
}
