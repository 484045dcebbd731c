//! `aio-sql inspect`

mod diagram;
mod text;

use aio_sql::inspect::{Domain, Enum, ForeignKey, Sequence, Table, TableKind, View};
use aio_sql::{Inspect, Schema};
use serde_json::json;

use self::diagram::diagram;
use self::text::{show, show_view};
use crate::args;
use crate::commands::Context;
use crate::error::{Error, Exit, Result};
use crate::output::{Output, count, table, to_stdout};

/// Shows the tables and views of the database.
pub(super) async fn run(context: &Context, arguments: &args::Inspect) -> Result<Exit> {
    let db = context.address()?.open_read_only().await?;
    let schema = db.inspect_with(schemas(&arguments.schema, arguments.all_schemas)).await;
    db.close().await?;
    let schema = schema?;
    let output = context.output;
    let name = arguments.table.as_deref();
    if let Some(name) = name {
        check_exists(&schema, name)?;
    }
    if arguments.diagram {
        to_stdout(diagram(&schema, name).trim_end());
        return Ok(Exit::Success);
    }
    match name {
        None => {
            list(output, &schema);
            output.json(&json!({ "schema": schema }));
        }
        Some(name) => {
            if let Some(one) = find_table(&schema, name) {
                show(output, one);
                output.json(&json!({ "table": one }));
            } else if let Some(one) = find_view(&schema, name) {
                show_view(output, one);
                output.json(&json!({ "view": one }));
            }
        }
    }
    Ok(Exit::Success)
}

/// Returns which schemas are read: that of the address, and these or all others.
pub(super) fn schemas(names: &[String], all: bool) -> Inspect {
    let what = names.iter().fold(Inspect::new(), |what, name| what.schema(name));
    if all { what.all_schemas() } else { what }
}

/// Checks that the schema has a table or view with this name.
pub(super) fn check_exists(schema: &Schema, name: &str) -> Result<()> {
    if find_table(schema, name).is_some() || find_view(schema, name).is_some() {
        return Ok(());
    }
    let tables = schema.tables().iter().map(|table| table.name());
    let known: Vec<_> = tables.chain(schema.views().iter().map(|view| view.name())).collect();
    let help = match known.as_slice() {
        [] => "the database has no tables".to_owned(),
        known => format!("the tables and views are {}", known.join(", ")),
    };
    Err(Error::new(format!("there is no table or view `{name}`")).help(help))
}

/// Returns the table with this name, which may be `schema.name`.
fn find_table<'a>(schema: &'a Schema, name: &str) -> Option<&'a Table> {
    schema.table(name).or_else(|| {
        let (of, name) = name.split_once('.')?;
        schema.tables().iter().find(|table| table.schema() == of && table.name() == name)
    })
}

/// Returns the view with this name, which may be `schema.name`.
fn find_view<'a>(schema: &'a Schema, name: &str) -> Option<&'a View> {
    schema.view(name).or_else(|| {
        let (of, name) = name.split_once('.')?;
        schema.views().iter().find(|view| view.schema() == of && view.name() == name)
    })
}

/// Returns a name, with that of its schema if it is not the default one.
fn shown_name(schema: &Schema, of: &str, name: &str) -> String {
    if of == schema.default_name() { name.to_owned() } else { format!("{of}.{name}") }
}

/// Lists all tables and views, and the sequences and types of a server.
fn list(output: Output, schema: &Schema) {
    if schema.tables().is_empty() && schema.views().is_empty() {
        output.line("the database has no tables");
    } else {
        output.line(tables_and_views(schema));
    }
    let name = |of: &str, name: &str| shown_name(schema, of, name);
    let enums = schema.enums().iter().map(|one: &Enum| {
        let values: Vec<_> = one.values().iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
        format!("enum {} ({})", name(one.schema(), one.name()), values.join(", "))
    });
    let domains = schema.domains().iter().map(|one: &Domain| {
        let checks = one.checks().iter().map(|check| format!(", check ({})", check.expression()));
        let checks: String = checks.collect();
        format!("domain {} of {}{checks}", name(one.schema(), one.name()), one.declared_type())
    });
    // A sequence with an owner belongs to a column that numbers the rows.
    let sequences = schema
        .sequences()
        .iter()
        .filter(|one| one.owner().is_none())
        .map(|one: &Sequence| format!("sequence {} of {}", name(one.schema(), one.name()), one.declared_type()));
    enums.chain(domains).chain(sequences).for_each(|line| output.line(line));
    for circle in schema.in_key_order().circles() {
        let names: Vec<_> = circle.iter().map(|one| one.name()).collect();
        output.line(format_args!(
            "{} refer to each other in a circle: {}",
            count(names.len() as u64, "table"),
            names.join(" → ")
        ));
    }
}

fn tables_and_views(schema: &Schema) -> String {
    let columns = |columns: usize| columns.to_string();
    let tables = schema.tables().iter().map(|one| {
        let refers: Vec<_> = one.foreign_keys().iter().map(ForeignKey::table).collect();
        let name = shown_name(schema, one.schema(), one.name());
        vec![name, kind(one), columns(one.columns().len()), refers.join(", ")]
    });
    let views = schema.views().iter().map(|one| {
        let kind = if one.is_materialized() { "materialized view" } else { "view" };
        let name = shown_name(schema, one.schema(), one.name());
        vec![name, kind.to_owned(), columns(one.columns().len()), String::new()]
    });
    table(&["name", "kind", "columns", "refers to"], tables.chain(views))
}

fn kind(one: &Table) -> String {
    match (one.kind(), one.partition()) {
        (TableKind::Virtual(module), _) => format!("virtual table ({module})"),
        (TableKind::Foreign(server), _) => format!("foreign table ({server})"),
        (_, Some(partition)) => format!("partition of {}", partition.of().name()),
        (_, None) if one.partition_key().is_some() => "partitioned table".to_owned(),
        (_, None) => "table".to_owned(),
    }
}
