//! The same answers as those of SQLAlchemy's Inspector about each schema in the folder `data` and
//! about the tables of the texts, or a reason for the difference.
//!
//! `data/sqlalchemy.json` has SQLAlchemy's answers, which `answers.py` writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use aio_sql::inspect::{Action, Auto, Column, ForeignKey, Identity, Index, IndexPart, Unique, View};
use serde_json::{Value, json};

use super::explained::EXPLAINED;
use super::*;

fn tests() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

/// Returns the script that creates a schema.
fn script(name: &str) -> String {
    if name == "postgres" {
        let texts = std::fs::read_to_string(tests().join("texts/postgres.sql")).unwrap();
        return texts.split("\n-- ").next().unwrap().to_owned();
    }
    std::fs::read_to_string(tests().join(format!("postgres_inspect/data/{name}.sql"))).unwrap()
}

/// Returns an expression without parentheses: the Inspector has some of those with which the
/// server makes sure that a part is read as it was meant.
fn plain(expression: &str) -> String {
    expression.replace(['(', ')'], "")
}

fn column(column: &Column) -> Value {
    let is_filled = column.identity().is_some() || column.generated().is_some();
    json!({
        "type": column.declared_type(),
        "nullable": column.is_nullable(),
        "default": column.default().filter(|_| !is_filled),
        "numbered": column.auto() != Auto::No,
        "identity": column.identity().map(|identity| match identity {
            Identity::Always => "always",
            Identity::ByDefault => "by default",
        }),
        "generated": column.generated().map(|generated| plain(generated.expression())),
        "comment": column.comment(),
    })
}

fn foreign_key(key: &ForeignKey) -> Value {
    let mut options = serde_json::Map::new();
    let action = |action| match action {
        Action::NoAction => None,
        Action::Restrict => Some("RESTRICT"),
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        Action::SetDefault => Some("SET DEFAULT"),
    };
    let reset = key.reset_columns();
    let reset = if reset.is_empty() { String::new() } else { format!(" ({})", reset.join(", ")) };
    options.extend(action(key.on_delete()).map(|action| ("ondelete".to_owned(), json!(format!("{action}{reset}")))));
    options.extend(action(key.on_update()).map(|action| ("onupdate".to_owned(), json!(action))));
    options.extend(key.is_deferrable().then(|| ("deferrable".to_owned(), json!(true))));
    options.extend(key.is_deferred().then(|| ("initially".to_owned(), json!("DEFERRED"))));
    options.extend(key.is_full().then(|| ("match".to_owned(), json!("FULL"))));
    json!({
        "name": key.name(),
        "schema": key.schema(),
        "table": key.table(),
        "targets": key.targets(),
        "options": options,
        "comment": key.comment(),
    })
}

fn index(index: &Index) -> Value {
    let name = |part: &IndexPart| part.column().map_or_else(|| plain(part.expression().unwrap()), str::to_owned);
    let sorting = |part: &IndexPart| match (part.is_descending(), part.has_nulls_first()) {
        (true, true) => Some(json!(["desc"])),
        (true, false) => Some(json!(["desc", "nulls_last"])),
        (false, true) => Some(json!(["nulls_first"])),
        (false, false) => None,
    };
    let sorting = index.parts().iter().filter_map(|part| Some((name(part), sorting(part)?)));
    let classes = index.parts().iter().filter_map(|part| Some((name(part), part.operator_class()?)));
    json!({
        "parts": index.parts().iter().map(name).collect::<Vec<_>>(),
        "unique": index.is_unique(),
        "where": index.condition().map(plain),
        "included": index.included(),
        "method": index.method(),
        "classes": classes.collect::<BTreeMap<_, _>>(),
        "nulls distinct": index.has_distinct_nulls(),
        "sorting": sorting.collect::<BTreeMap<_, _>>(),
    })
}

fn indexes(of: &[Index]) -> BTreeMap<&str, Value> {
    of.iter().map(|of| (of.name(), index(of))).collect()
}

fn unique(unique: &Unique) -> Value {
    json!({
        "columns": unique.columns(),
        "included": unique.included(),
        "nulls distinct": unique.has_distinct_nulls(),
        "comment": unique.comment(),
    })
}

/// Returns what the Inspector answers about a table.
fn table(table: &Table) -> Value {
    let key = table.primary_key();
    let checks = table.checks().iter().map(|check| {
        let answer = json!({
            "condition": plain(check.expression()),
            "validated": check.is_validated(),
            "inherited": check.is_inherited(),
            "comment": check.comment(),
        });
        (check.name().unwrap(), answer)
    });
    json!({
        "columns": table.columns().iter().map(|of| (of.name(), column(of))).collect::<BTreeMap<_, _>>(),
        "order of columns": table.columns().iter().map(Column::name).collect::<Vec<_>>(),
        "primary key": {
            "name": key.and_then(|key| key.name()),
            "columns": key.map_or_else(Vec::new, |key| key.columns()),
            "comment": key.and_then(|key| key.comment()),
        },
        "foreign keys": table.foreign_keys().iter().map(|of| (of.name().unwrap(), foreign_key(of))).collect::<BTreeMap<_, _>>(),
        "indexes": indexes(table.indexes()),
        "uniques": table.uniques().iter().map(|of| (of.name().unwrap(), unique(of))).collect::<BTreeMap<_, _>>(),
        "checks": checks.collect::<BTreeMap<_, _>>(),
        "comment": table.comment(),
    })
}

fn view(view: &View) -> Value {
    json!({
        "definition": view.sql().split_once(" AS\n").unwrap().1,
        "columns": view.columns().iter().map(Column::name).collect::<Vec<_>>(),
        "indexes": indexes(view.indexes()),
        "comment": view.comment(),
    })
}

/// Returns what the Inspector answers about one schema of a database.
fn one_schema(schema: &Schema, name: &str) -> Value {
    let views = |materialized: bool| -> BTreeMap<_, _> {
        let of_this = schema.views().iter().filter(|view| view.schema() == name);
        of_this.filter(|view| view.is_materialized() == materialized).map(|of| (of.name(), view(of))).collect()
    };
    let domains = schema.domains().iter().filter(|domain| domain.schema() == name).map(|domain| {
        let checks = domain.checks().iter().map(|check| (check.name().unwrap(), plain(check.expression())));
        let answer = json!({
            "type": domain.declared_type(),
            "nullable": domain.is_nullable(),
            "default": domain.default(),
            "collation": domain.collation(),
            "checks": checks.collect::<BTreeMap<_, _>>(),
        });
        (domain.name(), answer)
    });
    let enums = schema.enums().iter().filter(|one| one.schema() == name).map(|one| (one.name(), one.values()));
    let sequences = schema.sequences().iter().filter(|one| one.schema() == name).map(|one| one.name());
    let of_this = schema.tables().iter().filter(|table| table.schema() == name);
    json!({
        "tables": of_this.map(|of| (of.name(), table(of))).collect::<BTreeMap<_, _>>(),
        "views": views(false),
        "materialized views": views(true),
        // An array would be one value.
        "sequences": sequences.map(|name| (name, true)).collect::<BTreeMap<_, _>>(),
        "enums": enums.collect::<BTreeMap<_, _>>(),
        "domains": domains.collect::<BTreeMap<_, _>>(),
    })
}

fn answers(schema: &Schema) -> Value {
    json!({
        "default schema": schema.default_name(),
        "schemas": schema.names().iter().map(|name| (name, one_schema(schema, name))).collect::<BTreeMap<_, _>>(),
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

/// Returns a place whose end is an expression, without the parentheses of the expression.
fn with_plain_end(place: String) -> String {
    match place.split_once("/sorting/") {
        Some((place, end)) => format!("{place}/sorting/{}", plain(end)),
        None => place,
    }
}

/// Returns whether a place is the sequence of an identity column, which the Inspector lists beside
/// the others, although it is a part of the column.
fn is_of_identity_column(schema: &Schema, place: &str) -> bool {
    let Some((_, sequence)) = place.split_once("/sequences/") else { return false };
    schema.tables().iter().any(|table| {
        let numbered = table.columns().iter().filter(|column| column.identity().is_some());
        numbered.map(|column| format!("{}_{}_seq", table.name(), column.name())).any(|name| name == sequence)
    })
}

/// Writes the Inspector's answer in the way of the library, where it only has another form.
fn in_our_form(place: &str, theirs: Value) -> Value {
    let end = place.rsplit('/').next().unwrap();
    let is_expression = matches!(end, "generated" | "where" | "condition") || place.contains("/checks/");
    match theirs {
        Value::String(text) if place.contains("/columns/") && end == "type" => json!(in_our_type(&text)),
        // The Inspector names the schema of a sequence, which is in the search path.
        Value::String(text) if end == "default" => json!(text.replace("nextval('\"public\".", "nextval('")),
        Value::String(text) if is_expression => json!(plain(&text)),
        Value::Array(parts) if end == "parts" => {
            parts.iter().map(|part| part.as_str().map(plain)).collect::<Vec<_>>().into()
        }
        theirs => theirs,
    }
}

/// Writes a type as the server does.
fn in_our_type(theirs: &str) -> String {
    let is_name = !theirs.starts_with(|c: char| c.is_ascii_uppercase());
    if is_name {
        return theirs.to_owned();
    }
    let lower = theirs.to_ascii_lowercase().replace(", ", ",");
    match lower.strip_prefix("varchar").or_else(|| lower.strip_prefix("char")) {
        Some(length) if lower.starts_with('v') => format!("character varying{length}"),
        Some(length) => format!("character{length}"),
        None => lower,
    }
}

#[tokio::test]
async fn the_answers_are_those_of_sqlalchemy_or_the_difference_is_explained() -> Result<()> {
    let file = std::fs::read_to_string(tests().join("postgres_inspect/data/sqlalchemy.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let known = file["schemas"].as_object().unwrap();
    let mut explained: BTreeMap<_, _> = BTreeMap::new();
    for (schema, place, ours, _) in EXPLAINED {
        let twice = explained.insert(((*schema).to_owned(), (*place).to_owned()), *ours);
        assert!(twice.is_none(), "{schema}: {place} is listed twice");
    }
    assert!(known.len() >= 5);
    let mut unexplained = Vec::new();
    let mut is_read = false;
    for (name, theirs) in known {
        with_database("answers", async |db| {
            let connection = db.connect().await?;
            connection.execute_script(script(name)).await?;
            is_read = true;
            let schema = connection.inspect_with(Inspect::new().all_schemas()).await?;
            let (mut ours, mut expected) = (BTreeMap::new(), BTreeMap::new());
            flatten(&answers(&schema), "", &mut ours);
            flatten(theirs, "", &mut expected);
            expected = expected
                .into_iter()
                .map(|(place, value)| {
                    let value = in_our_form(&place, value);
                    (with_plain_end(place), value)
                })
                .collect();
            let places: BTreeSet<_> = ours.keys().chain(expected.keys()).cloned().collect();
            for place in places {
                let (ours, theirs) = (ours.get(&place), expected.get(&place));
                if ours.is_none() && is_of_identity_column(&schema, &place) {
                    continue;
                }
                let wanted = explained.remove(&(name.clone(), place.clone()));
                let shown = ours.map_or("absent".to_owned(), Value::to_string);
                if ours != theirs && wanted != Some(shown.as_str()) || ours == theirs && wanted.is_some() {
                    let theirs = theirs.map_or("absent".to_owned(), Value::to_string);
                    unexplained.push(format!("{name}: {place}: {shown}, theirs {theirs}"));
                }
            }
            Ok(())
        })
        .await?;
    }
    assert!(unexplained.is_empty(), "{} differences:\n{}", unexplained.len(), unexplained.join("\n"));
    if is_read {
        assert!(explained.is_empty(), "these are no differences: {explained:#?}");
    }
    Ok(())
}
