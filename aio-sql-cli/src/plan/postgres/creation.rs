//! The statements that make a whole schema.

use std::collections::BTreeSet;

use aio_sql::inspect::{ForeignKey, Schema, Table, TableKind, View};

use super::definition::{Definition, constraint};
use super::{mentions, schemas};
use crate::plan::name::Naming;
use crate::plan::{Change, Step};

/// Returns the step that makes a schema in an empty database, and what it makes.
pub(crate) fn creation(schema: &Schema) -> (Step, Vec<Change>) {
    let mut step = Step::default();
    for (of, sql) in statements(schema) {
        step.push(&of, sql);
    }
    let naming = Naming::of(schema);
    let create = |kind: &'static str, name: String| Change::Create { kind, name };
    let schemas = schemas::to_create(schema).map(|name| create("schema", name.clone()));
    let enums = schema.enums().iter().map(|one| create("enum", naming.full(one.schema(), one.name())));
    let domains = schema.domains().iter().map(|one| create("domain", naming.full(one.schema(), one.name())));
    let sequences = schema.sequences().iter().map(|one| create("sequence", naming.full(one.schema(), one.name())));
    let tables = tables(schema).into_iter().map(|table| Change::CreateTable { table: naming.of_table(table) });
    let views = schema.views().iter().map(|view| create("view", naming.of_view(view)));
    let triggers = triggers(schema).into_iter().map(|(_, name, _)| create("trigger", name.to_owned()));
    let all = schemas.chain(enums).chain(domains).chain(sequences).chain(tables).chain(views).chain(triggers);
    (step, all.collect())
}

/// Returns the statements that make a schema, each with the name of the table or view to which it
/// belongs.
pub(crate) fn statements(schema: &Schema) -> Vec<(String, String)> {
    let definition = Definition::of(schema);
    let mut statements = Vec::new();
    let naming = definition.naming;
    let mut add = |of: &str, sql: String| statements.push((of.to_owned(), sql));
    schemas::to_create(schema).for_each(|name| add(name, schemas::create(name)));
    schema.enums().iter().for_each(|one| add(one.name(), definition.enumeration(one)));
    schema.domains().iter().for_each(|one| add(one.name(), definition.domain(one)));
    schema.sequences().iter().for_each(|one| add(one.name(), definition.sequence(one)));
    let mut made = BTreeSet::new();
    let mut later: Vec<(&Table, &ForeignKey)> = Vec::new();
    for table in tables(schema) {
        made.insert((table.schema(), table.name()));
        let is_later = |key: &ForeignKey| !made.contains(&(key.schema(), key.table()));
        let name = naming.of_table(table);
        add(&name, definition.table(table, is_later));
        // A partition gets the indexes of its table.
        if table.partition().is_none() {
            for index in table.indexes() {
                add(&name, definition.index(table.schema(), table.name(), index, false));
            }
            later.extend(table.foreign_keys().iter().filter(|key| is_later(key)).map(|key| (table, key)));
        }
        definition.comments(table).into_iter().for_each(|sql| add(&name, sql));
    }
    for sequence in schema.sequences() {
        if let Some(sql) = definition.sequence_owner(sequence) {
            add(&sequence.owner().map(|owner| naming.full(owner.schema(), owner.table())).unwrap_or_default(), sql);
        }
    }
    for (table, key) in later {
        let key = constraint(key.name(), &definition.foreign_key(key));
        add(&naming.of_table(table), format!("ALTER TABLE {} ADD {key}", definition.table_name(table)));
    }
    for view in in_order(schema.views()) {
        let name = naming.of_view(view);
        add(&name, Definition::view(view));
        for index in view.indexes() {
            add(&name, definition.index(view.schema(), view.name(), index, false));
        }
    }
    for (of, _, sql) in triggers(schema) {
        add(&of, sql.to_owned());
    }
    statements
}

/// Returns the tables that a statement of CREATE TABLE can make, each after those that it refers
/// to, except in circles, and partitions after their tables.
fn tables(schema: &Schema) -> Vec<&Table> {
    let order = schema.in_key_order();
    let tables = order.tables().iter().copied().filter(|table| *table.kind() == TableKind::Ordinary);
    let (parts, mut tables): (Vec<_>, Vec<_>) =
        tables.partition(|table| table.partition().is_some() || !table.parents().is_empty());
    tables.extend(parts);
    tables
}

/// Returns the views, each after those that its text names.
pub(super) fn in_order(views: &[View]) -> Vec<&View> {
    let mut left: Vec<&View> = views.iter().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_free =
            |view: &View| !left.iter().any(|other| other.name() != view.name() && mentions(view.sql(), other.name()));
        // Names may be those of columns, so that views seem to name each other.
        let next = left.iter().position(|view| is_free(view)).unwrap_or_default();
        order.push(left.remove(next));
    }
    order
}

/// Returns the triggers: the full name of the table or view, the name, and the statement of each.
fn triggers(schema: &Schema) -> Vec<(String, &str, &str)> {
    let naming = Naming::of(schema);
    let of_tables = schema.tables().iter().map(|table| (naming.of_table(table), table.triggers()));
    let of_views = schema.views().iter().map(|view| (naming.of_view(view), view.triggers()));
    let mut all = Vec::new();
    for (of, triggers) in of_tables.chain(of_views) {
        all.extend(triggers.iter().map(|trigger| (of.clone(), trigger.name(), trigger.sql())));
    }
    all
}
