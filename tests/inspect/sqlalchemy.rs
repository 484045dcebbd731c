//! The same answers as those of SQLAlchemy's Inspector about each schema in the folder `data`, or
//! a reason for the difference.
//!
//! `data/sqlalchemy.json` has SQLAlchemy's answers. If Python with that version of SQLAlchemy is
//! installed, `answers.py` is run, and its answers have to be the same.
//! `UPDATE_EXPECT=1` writes them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use aio_sql::inspect::{Action, Auto, ForeignKey, View};
use serde_json::{Value, json};

use super::explained::EXPLAINED;
use super::*;

fn data() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inspect/data"))
}

fn column(column: &Column, key: Option<usize>) -> Value {
    let generated = column.generated();
    json!({
        "type": column.declared_type(),
        "nullable": column.is_nullable(),
        "default": column.default(),
        "key": key.map_or(0, |place| place + 1),
        "generated": generated.map(|generated| generated.expression()),
        "stored": generated.is_some_and(|generated| generated.is_stored()),
    })
}

fn foreign_key(key: &ForeignKey) -> Value {
    let mut options = serde_json::Map::new();
    let action = |action: Action| (action != Action::NoAction).then(|| action.to_string());
    for (name, action) in [("ondelete", action(key.on_delete())), ("onupdate", action(key.on_update()))] {
        options.extend(action.map(|action| (name.to_owned(), json!(action))));
    }
    if key.is_deferrable() {
        options.insert("deferrable".to_owned(), json!(true));
    }
    if key.is_deferred() {
        options.insert("initially".to_owned(), json!("DEFERRED"));
    }
    json!({ "name": key.name(), "table": key.table(), "targets": key.targets(), "options": options })
}

/// Returns what the Inspector answers about a table.
fn table(table: &Table) -> Value {
    let key = table.primary_key();
    let place = |name: &str| key.and_then(|key| key.columns().iter().position(|column| *column == name));
    // The Inspector leaves out hidden columns of virtual tables, and indexes on expressions.
    let shown = || table.columns().iter().filter(|column| !column.is_hidden());
    let indexes = table.indexes().iter().filter(|index| index.parts().iter().all(|part| part.expression().is_none()));
    json!({
        "columns": shown().map(|of| (of.name().to_owned(), column(of, place(of.name())))).collect::<BTreeMap<_, _>>(),
        "order of columns": shown().map(Column::name).collect::<Vec<_>>(),
        "primary key": {
            "name": key.and_then(|key| key.name()),
            "columns": key.map_or_else(Vec::new, |key| key.columns()),
        },
        "foreign keys": table.foreign_keys().iter().map(|key| (key.columns().join(", "), foreign_key(key))).collect::<BTreeMap<_, _>>(),
        "indexes": indexes.map(|index| (index.name().to_owned(), json!({
            "columns": index.columns(),
            "unique": index.is_unique(),
            "where": index.condition(),
        }))).collect::<BTreeMap<_, _>>(),
        "uniques": table.uniques().iter().map(|unique| (unique.columns().join(", "), unique.name())).collect::<BTreeMap<_, _>>(),
        "checks": table.checks().iter().map(|check| (check.expression(), check.name())).collect::<BTreeMap<_, _>>(),
    })
}

fn view(view: &View) -> Value {
    let columns: Vec<_> = view.columns().iter().map(Column::name).collect();
    json!({
        "definition": view.sql(),
        "columns": if view.error().is_some() { json!("OperationalError") } else { json!(columns) },
    })
}

/// Returns what the Inspector answers about a schema.
fn answers(schema: &Schema) -> Value {
    let tables = |of: &str| -> BTreeMap<_, _> {
        // The Inspector shows shadow tables, which the library leaves out unless asked for.
        let of_this = |table: &&Table| table.schema() == of && *table.kind() != TableKind::Internal;
        schema.tables().iter().filter(of_this).map(|of| (of.name(), table(of))).collect()
    };
    let views = |of: &str| -> BTreeMap<_, _> {
        schema.views().iter().filter(|view| view.schema() == of).map(|of| (of.name(), view(of))).collect()
    };
    let schemas = schema.names().iter().filter(|name| *name != "temp");
    json!({
        "default schema": schema.default_name(),
        "schemas": schemas.map(|name| (name, json!({ "tables": tables(name), "views": views(name) }))).collect::<BTreeMap<_, _>>(),
        "temporary tables": tables("temp"),
        "temporary views": views("temp").keys().collect::<Vec<_>>(),
        "has circles": !schema.in_key_order().circles().is_empty(),
    })
}

/// Lists the values of a tree, each with its place.
fn flatten(value: &Value, place: &str, to: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| flatten(value, &format!("{place}/{name}"), to)),
        value => drop(to.insert(place.trim_start_matches('/').to_owned(), value.clone())),
    }
}

/// Returns whether two types are the same. SQLAlchemy replaces names that it does not know by that
/// of their affinity, writes a space after a comma, and leaves out signs.
fn is_same_type(theirs: &str, ours: &Column) -> bool {
    let plain = |ty: &str| ty.to_uppercase().replace([' ', '+', '-'], "");
    let name = theirs.split('(').next().unwrap_or_default();
    let affinity = if ours.declared_type().is_empty() { "" } else { ours.type_class() };
    plain(theirs) == plain(ours.declared_type()) || name == affinity
}

/// Returns whether a difference has one of the reasons that hold for every schema.
fn is_explained_everywhere(schema: &Schema, place: &str, theirs: Option<&Value>) -> bool {
    let parts: Vec<_> = place.split('/').collect();
    let (["schemas", of, "tables", table, "columns", column, kind]
    | [of @ "temporary tables", table, "columns", column, kind]) = parts[..]
    else {
        return false;
    };
    let of = if of == "temporary tables" { "temp" } else { of };
    let table = schema.tables().iter().find(|found| found.schema() == of && found.name() == table);
    let Some(column) = table.and_then(|table| table.column(column)) else { return false };
    match kind {
        "type" => is_same_type(theirs.and_then(Value::as_str).unwrap_or_default(), column),
        // The row id is never NULL, whatever the declaration says.
        "nullable" => column.auto() != Auto::No && theirs == Some(&json!(true)),
        _ => false,
    }
}

#[tokio::test]
async fn the_answers_are_those_of_sqlalchemy_or_the_difference_is_explained() -> Result<()> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(data().join("sqlalchemy.json")).unwrap()).unwrap();
    let known = file["schemas"].as_object().unwrap();
    let mut explained: BTreeMap<_, _> = BTreeMap::new();
    for (schema, place, ours, _) in EXPLAINED {
        let twice = explained.insert(((*schema).to_owned(), (*place).to_owned()), *ours);
        assert!(twice.is_none(), "{schema}: {place} is listed twice");
    }
    assert!(known.len() >= 20);
    let mut unexplained = Vec::new();
    for (name, theirs) in known {
        let script = std::fs::read_to_string(data().join(format!("{name}.sql"))).unwrap();
        let schema = schema(&script, Inspect::new().internal().temporary().all_schemas()).await?;
        let (mut ours, mut expected) = (BTreeMap::new(), BTreeMap::new());
        flatten(&answers(&schema), "", &mut ours);
        flatten(theirs, "", &mut expected);
        let places: std::collections::BTreeSet<_> = ours.keys().chain(expected.keys()).collect();
        for place in places {
            let (one, other) = (ours.get(place), expected.get(place));
            if one == other || is_explained_everywhere(&schema, place, other) {
                continue;
            }
            let shown = |value: Option<&Value>| value.map_or("absent".to_owned(), ToString::to_string);
            let (one, other) = (shown(one), shown(other));
            match explained.remove(&(name.clone(), place.clone())) {
                Some(text) if text == one => {}
                _ => unexplained.push(format!("{name}: {place}: here {one}, SQLAlchemy has {other}")),
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(explained.is_empty(), "there is no such difference any more: {explained:?}");
    Ok(())
}

#[test]
fn the_answers_in_the_file_are_those_that_sqlalchemy_gives() {
    let version = include_str!("requirements.txt").trim().trim_start_matches("SQLAlchemy==");
    let is_installed = Command::new("python3")
        .args(["-c", "import sqlalchemy, sqlite3; print(sqlalchemy.__version__)"])
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == version);
    if !is_installed {
        eprintln!("there is no python3 with SQLAlchemy {version}: its answers are those of the file");
        return;
    }
    let script = data().parent().unwrap().join("answers.py");
    let output = Command::new("python3").arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (answers, file) = (String::from_utf8(output.stdout).unwrap(), data().join("sqlalchemy.json"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, &answers).unwrap();
    }
    assert_eq!(answers, std::fs::read_to_string(&file).unwrap());
}
