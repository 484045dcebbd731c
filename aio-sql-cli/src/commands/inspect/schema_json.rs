//! The JSON of a schema. The names are those of the methods of the model. They are written here,
//! so that the format stays the same whatever the library adds.

use aio_sql::Schema;
use aio_sql::inspect::{Action, Auto, Column, IndexPart, Table, TableKind, Trigger, View};
use serde_json::{Value, json};

pub(super) fn schema(schema: &Schema) -> Value {
    let tables: Vec<_> = schema.tables().iter().map(table).collect();
    let views: Vec<_> = schema.views().iter().map(view).collect();
    json!({ "dialect": schema.dialect().name(), "names": schema.names(), "tables": tables, "views": views })
}

pub(super) fn table(one: &Table) -> Value {
    let kind = match one.kind() {
        TableKind::Virtual(module) => json!({ "virtual": module }),
        TableKind::Shadow => json!("shadow"),
        TableKind::Internal => json!("internal"),
        _ => json!("ordinary"),
    };
    let primary_key = one.primary_key().map(|key| json!({ "name": key.name(), "parts": parts(key.parts()) }));
    let foreign_keys = one.foreign_keys().iter().map(|key| {
        json!({
            "name": key.name(), "columns": key.columns(), "table": key.table(), "targets": key.targets(),
            "on_delete": action(key.on_delete()), "on_update": action(key.on_update()),
            "deferrable": key.is_deferrable(), "deferred": key.is_deferred(),
        })
    });
    let uniques = one.uniques().iter().map(|unique| json!({ "name": unique.name(), "parts": parts(unique.parts()) }));
    let checks = one
        .checks()
        .iter()
        .map(|check| json!({ "name": check.name(), "expression": check.expression(), "column": check.column() }));
    let indexes = one.indexes().iter().map(|index| {
        json!({
            "name": index.name(), "parts": parts(index.parts()), "unique": index.is_unique(),
            "condition": index.condition(), "sql": index.sql(),
        })
    });
    json!({
        "schema": one.schema(),
        "name": one.name(),
        "kind": kind,
        "columns": columns(one.columns()),
        "primary_key": primary_key,
        "foreign_keys": foreign_keys.collect::<Vec<_>>(),
        "uniques": uniques.collect::<Vec<_>>(),
        "checks": checks.collect::<Vec<_>>(),
        "indexes": indexes.collect::<Vec<_>>(),
        "triggers": triggers(one.triggers()),
        "strict": one.is_strict(),
        "without_rowid": one.is_without_rowid(),
        "comment": one.comment(),
        "sql": one.sql(),
    })
}

pub(super) fn view(one: &View) -> Value {
    json!({
        "schema": one.schema(), "name": one.name(), "columns": columns(one.columns()),
        "triggers": triggers(one.triggers()), "sql": one.sql(), "error": one.error(),
    })
}

fn columns(columns: &[Column]) -> Vec<Value> {
    let column = |one: &Column| {
        let generated = one
            .generated()
            .map(|generated| json!({ "expression": generated.expression(), "stored": generated.is_stored() }));
        let auto = match one.auto() {
            Auto::No => "no",
            Auto::Free => "free",
            Auto::NeverUsed => "never_used",
        };
        json!({
            "name": one.name(), "declared_type": one.declared_type(), "type_class": one.type_class(),
            "nullable": one.is_nullable(), "default": one.default(), "collation": one.collation(),
            "generated": generated, "auto": auto, "hidden": one.is_hidden(), "comment": one.comment(),
        })
    };
    columns.iter().map(column).collect()
}

fn parts(parts: &[IndexPart]) -> Vec<Value> {
    let part = |part: &IndexPart| {
        json!({
            "column": part.column(), "expression": part.expression(), "collation": part.collation(),
            "descending": part.is_descending(),
        })
    };
    parts.iter().map(part).collect()
}

fn triggers(triggers: &[Trigger]) -> Vec<Value> {
    triggers.iter().map(|trigger| json!({ "name": trigger.name(), "sql": trigger.sql() })).collect()
}

fn action(action: Action) -> &'static str {
    match action {
        Action::NoAction => "NO ACTION",
        Action::Restrict => "RESTRICT",
        Action::Cascade => "CASCADE",
        Action::SetNull => "SET NULL",
        Action::SetDefault => "SET DEFAULT",
    }
}
