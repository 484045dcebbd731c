//! `aio-sql inspect`

use std::fmt::Write as _;

use aio_sql::Schema;
use aio_sql::inspect::{Action, Auto, Column, ForeignKey, IndexPart, Table, TableKind, View};
use serde_json::json;

use crate::args::Inspect;
use crate::commands::Context;
use crate::commands::generate::check_exists;
use crate::error::{Exit, Result};
use crate::output::{Output, count, table, to_stdout};

/// Shows the tables and views of the database.
pub(super) async fn run(context: &Context, arguments: &Inspect) -> Result<Exit> {
    let db = context.address()?.open_read_only().await?;
    let schema = db.inspect().await?;
    db.close().await?;
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
            if let Some(one) = schema.table(name) {
                show(output, one);
                output.json(&json!({ "table": one }));
            } else if let Some(one) = schema.view(name) {
                show_view(output, one);
                output.json(&json!({ "view": one }));
            }
        }
    }
    Ok(Exit::Success)
}

/// Lists all tables and views.
fn list(output: Output, schema: &Schema) {
    if schema.tables().is_empty() && schema.views().is_empty() {
        output.line("the database has no tables");
        return;
    }
    let tables = schema.tables().iter().map(|one| {
        let kind = match one.kind() {
            TableKind::Virtual(module) => format!("virtual table ({module})"),
            _ => "table".to_owned(),
        };
        let refers: Vec<_> = one.foreign_keys().iter().map(ForeignKey::table).collect();
        vec![one.name().to_owned(), kind, one.columns().len().to_string(), refers.join(", ")]
    });
    let views = schema
        .views()
        .iter()
        .map(|one| vec![one.name().to_owned(), "view".to_owned(), one.columns().len().to_string(), String::new()]);
    output.line(table(&["name", "kind", "columns", "refers to"], tables.chain(views)));
    for circle in schema.in_key_order().circles() {
        let names: Vec<_> = circle.iter().map(|one| one.name()).collect();
        output.line(format_args!(
            "{} refer to each other in a circle: {}",
            count(names.len() as u64, "table"),
            names.join(" → ")
        ));
    }
}

/// Shows a table: its columns, and a line for each constraint, index and trigger.
fn show(output: Output, one: &Table) {
    let mut options = Vec::new();
    if let TableKind::Virtual(module) = one.kind() {
        options.push(format!("virtual ({module})"));
    }
    options.extend(one.is_strict().then(|| "STRICT".to_owned()));
    options.extend(one.is_without_rowid().then(|| "WITHOUT ROWID".to_owned()));
    let ending = if options.is_empty() { String::new() } else { format!(", {}", options.join(", ")) };
    output.line(format_args!("table {}{ending}", one.name()));
    let key = one.primary_key().map(|key| key.columns()).unwrap_or_default();
    output.line(columns(one.columns(), &key));
    let mut lines = Vec::new();
    if let Some(primary) = one.primary_key() {
        lines.push(format!("primary key ({})", parts(primary.parts())));
    }
    lines.extend(one.uniques().iter().map(|unique| format!("unique ({})", parts(unique.parts()))));
    lines.extend(one.foreign_keys().iter().map(foreign_key));
    lines.extend(one.checks().iter().map(|check| match check.name() {
        Some(name) => format!("check {name} ({})", in_line(check.expression())),
        None => format!("check ({})", in_line(check.expression())),
    }));
    lines.extend(one.indexes().iter().map(|index| {
        let kind = if index.is_unique() { "unique index" } else { "index" };
        let condition = index.condition().map(|condition| format!(" where {}", in_line(condition))).unwrap_or_default();
        format!("{kind} {} ({}){condition}", index.name(), parts(index.parts()))
    }));
    lines.extend(one.triggers().iter().map(|trigger| format!("trigger {}", trigger.name())));
    lines.iter().for_each(|line| output.line(line));
}

fn show_view(output: Output, one: &View) {
    output.line(format_args!("view {}", one.name()));
    match one.error() {
        Some(error) => output.line(format_args!("it cannot be compiled: {error}")),
        None => output.line(columns(one.columns(), &[])),
    }
    output.line(one.sql());
    one.triggers().iter().for_each(|trigger| output.line(format_args!("trigger {}", trigger.name())));
}

fn columns(columns: &[Column], key: &[&str]) -> String {
    let rows = columns.iter().map(|column| {
        let mut notes = Vec::new();
        if key.iter().any(|name| name.eq_ignore_ascii_case(column.name())) {
            notes.push(match column.auto() {
                Auto::No => "primary key".to_owned(),
                Auto::Free => "primary key, numbered".to_owned(),
                Auto::NeverUsed => "primary key, AUTOINCREMENT".to_owned(),
            });
        }
        notes.extend(column.collation().map(|collation| format!("collate {collation}")));
        notes.extend(column.generated().map(|generated| {
            let kind = if generated.is_stored() { "stored" } else { "virtual" };
            format!("generated as ({}), {kind}", in_line(generated.expression()))
        }));
        notes.extend(column.is_hidden().then(|| "hidden".to_owned()));
        vec![
            column.name().to_owned(),
            column.declared_type().to_owned(),
            if column.is_nullable() { "null" } else { "not null" }.to_owned(),
            column.default().unwrap_or_default().to_owned(),
            notes.join(", "),
        ]
    });
    table(&["column", "type", "null", "default", ""], rows)
}

fn parts(parts: &[IndexPart]) -> String {
    let part = |part: &IndexPart| {
        let name = part.column().or(part.expression()).unwrap_or("rowid");
        let collation = part.collation().map(|collation| format!(" collate {collation}")).unwrap_or_default();
        format!("{}{collation}{}", in_line(name), if part.is_descending() { " desc" } else { "" })
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn foreign_key(key: &ForeignKey) -> String {
    let mut line =
        format!("foreign key ({}) to {} ({})", key.columns().join(", "), key.table(), key.targets().join(", "));
    for (event, action) in [("delete", key.on_delete()), ("update", key.on_update())] {
        if action != Action::NoAction {
            let _ = write!(line, ", on {event} {}", action.to_string().to_lowercase());
        }
    }
    line += if key.is_deferred() { ", deferred" } else { "" };
    line
}

fn in_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes an entity relationship diagram in the language of Mermaid
/// (<https://mermaid.js.org/syntax/entityRelationshipDiagram.html>): of all tables, or of one
/// table with those that it refers to and that refer to it.
fn diagram(schema: &Schema, name: Option<&str>) -> String {
    let is = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let is_shown = |one: &Table| {
        name.is_none_or(|name| {
            let refers = |from: &Table, to: &str| from.foreign_keys().iter().any(|key| is(key.table(), to));
            is(one.name(), name)
                || refers(one, name)
                || schema.table(name).is_some_and(|center| refers(center, one.name()))
        })
    };
    let tables: Vec<_> = schema.tables().iter().filter(|one| is_shown(one)).collect();
    let mut text = "erDiagram\n".to_owned();
    for one in &tables {
        let _ = writeln!(text, "    {} {{", quoted(one.name()));
        let key = one.primary_key().map(|key| key.columns()).unwrap_or_default();
        for column in one.columns() {
            let mut marks = Vec::new();
            marks.extend(key.iter().any(|name| is(name, column.name())).then_some("PK"));
            let is_foreign =
                one.foreign_keys().iter().any(|key| key.columns().iter().any(|name| is(name, column.name())));
            marks.extend(is_foreign.then_some("FK"));
            marks.extend(one.uniques().iter().any(|unique| unique.columns() == [column.name()]).then_some("UK"));
            let marks = if marks.is_empty() { String::new() } else { format!(" {}", marks.join(", ")) };
            let _ =
                writeln!(text, "        {} {}{marks}", word(column.declared_type(), "any"), word(column.name(), "_"));
        }
        text += "    }\n";
    }
    for one in &tables {
        for key in one.foreign_keys().iter().filter(|key| tables.iter().any(|other| is(other.name(), key.table()))) {
            let may_be_null = key.columns().iter().any(|name| one.column(name).is_some_and(Column::is_nullable));
            let (parent, child) =
                (if may_be_null { "|o" } else { "||" }, if is_unique(one, key) { "o|" } else { "o{" });
            let label = key.columns().join(", ").replace('"', "'");
            let _ =
                writeln!(text, "    {} {parent}--{child} {} : \"{label}\"", quoted(key.table()), quoted(one.name()));
        }
    }
    text
}

/// Returns whether at most one row has the same values in the columns of a foreign key.
fn is_unique(one: &Table, key: &ForeignKey) -> bool {
    let among = |columns: Vec<&str>| {
        !columns.is_empty()
            && columns.iter().all(|column| key.columns().iter().any(|name| name.eq_ignore_ascii_case(column)))
    };
    one.primary_key().is_some_and(|primary| among(primary.columns()))
        || one.uniques().iter().any(|unique| among(unique.columns()))
        || one.indexes().iter().any(|index| {
            let is_whole = index.is_unique() && index.condition().is_none();
            is_whole && index.columns().len() == index.parts().len() && among(index.columns())
        })
}

/// Quotes the name of an entity. Mermaid has no escape for a quote in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace(['"', '%', '\\', '\n'], "_"))
}

/// Returns a name or a type as Mermaid accepts it for an attribute: letters, digits, `_`, `-`, and
/// parentheses.
fn word(text: &str, otherwise: &str) -> String {
    let allowed = |c: char| if c.is_alphanumeric() || "_-()".contains(c) { c } else { '_' };
    let word: String = text.chars().map(allowed).collect();
    match word.chars().next() {
        None => otherwise.to_owned(),
        Some(first) if first.is_alphabetic() || first == '_' => word,
        Some(_) => format!("_{word}"),
    }
}
