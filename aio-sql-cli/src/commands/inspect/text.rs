//! Tables and views as lines of text.

use std::fmt::Write as _;

use aio_sql::inspect::{Action, Auto, Column, ForeignKey, Identity, Index, IndexPart, Table, TableKind, View};

use crate::output::{Output, table};

/// Shows a table: its columns, and a line for each constraint, index and trigger.
pub(super) fn show(output: Output, one: &Table) {
    output.line(format_args!("table {}{}", one.name(), options(one)));
    one.comment().into_iter().for_each(|comment| output.line(comment));
    let key = one.primary_key().map(|key| key.columns()).unwrap_or_default();
    output.line(columns(one.columns(), &key));
    let mut lines = Vec::new();
    if let Some(primary) = one.primary_key() {
        let ending = deferral(primary.is_deferrable(), primary.is_deferred());
        lines.push(format!("primary key ({}){}{ending}", parts(primary.parts()), including(primary.included())));
    }
    lines.extend(one.uniques().iter().map(|unique| {
        let nulls = if unique.has_distinct_nulls() { "" } else { " nulls not distinct" };
        let ending = deferral(unique.is_deferrable(), unique.is_deferred());
        format!("unique{nulls} ({}){}{ending}", parts(unique.parts()), including(unique.included()))
    }));
    lines.extend(one.foreign_keys().iter().map(|key| foreign_key(one, key)));
    lines.extend(one.checks().iter().map(|check| {
        let name = check.name().map(|name| format!("{name} ")).unwrap_or_default();
        let ending = if check.is_validated() { "" } else { ", not valid" };
        format!("check {name}({}){ending}", in_line(check.expression()))
    }));
    lines.extend(one.exclusions().iter().map(|one| format!("exclusion {}: {}", one.name(), in_line(one.definition()))));
    lines.extend(one.indexes().iter().map(index));
    lines.extend(one.triggers().iter().map(|trigger| format!("trigger {}", trigger.name())));
    lines.iter().for_each(|line| output.line(line));
}

pub(super) fn show_view(output: Output, one: &View) {
    let kind = if one.is_materialized() { "materialized view" } else { "view" };
    output.line(format_args!("{kind} {}", one.name()));
    one.comment().into_iter().for_each(|comment| output.line(comment));
    match one.error() {
        Some(error) => output.line(format_args!("it cannot be compiled: {error}")),
        None => output.line(columns(one.columns(), &[])),
    }
    output.line(one.sql());
    one.indexes().iter().for_each(|one| output.line(index(one)));
    one.triggers().iter().for_each(|trigger| output.line(format_args!("trigger {}", trigger.name())));
}

fn columns(columns: &[Column], key: &[&str]) -> String {
    let rows = columns.iter().map(|column| {
        let mut notes = Vec::new();
        if key.iter().any(|name| name.eq_ignore_ascii_case(column.name())) {
            notes.push("primary key".to_owned());
        }
        notes.extend(match (column.identity(), column.auto()) {
            (Some(Identity::Always), _) => Some("identity, always".to_owned()),
            (Some(Identity::ByDefault), _) => Some("identity".to_owned()),
            (None, Auto::Free) => Some("numbered".to_owned()),
            (None, Auto::NeverUsed) => Some("AUTOINCREMENT".to_owned()),
            (None, Auto::No) => None,
        });
        notes.extend(column.collation().map(|collation| format!("collate {collation}")));
        notes.extend(column.generated().map(|generated| {
            let kind = if generated.is_stored() { "stored" } else { "virtual" };
            format!("generated as ({}), {kind}", in_line(generated.expression()))
        }));
        notes.extend(column.is_hidden().then(|| "hidden".to_owned()));
        notes.extend(column.comment().map(in_line));
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
        let class = part.operator_class().map(|class| format!(" {class}")).unwrap_or_default();
        format!("{}{collation}{class}{}", in_line(name), if part.is_descending() { " desc" } else { "" })
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

fn foreign_key(one: &Table, key: &ForeignKey) -> String {
    let schema = if key.schema() == one.schema() { String::new() } else { format!("{}.", key.schema()) };
    let (columns, targets) = (key.columns().join(", "), key.targets().join(", "));
    let mut line = format!("foreign key ({columns}) to {schema}{} ({targets})", key.table());
    for (event, action) in [("delete", key.on_delete()), ("update", key.on_update())] {
        if action != Action::NoAction {
            let _ = write!(line, ", on {event} {}", action.to_string().to_lowercase());
        }
    }
    if !key.reset_columns().is_empty() {
        let _ = write!(line, " ({})", key.reset_columns().join(", "));
    }
    line += if key.is_full() { ", match full" } else { "" };
    line += deferral(key.is_deferrable(), key.is_deferred());
    line += if key.is_validated() { "" } else { ", not valid" };
    line
}

/// Returns what a table is besides a plain one, each part after a comma.
fn options(one: &Table) -> String {
    let mut options = Vec::new();
    match one.kind() {
        TableKind::Virtual(module) => options.push(format!("virtual ({module})")),
        TableKind::Foreign(server) => options.push(format!("foreign ({server})")),
        _ => {}
    }
    options.extend(one.is_strict().then(|| "STRICT".to_owned()));
    options.extend(one.is_without_rowid().then(|| "WITHOUT ROWID".to_owned()));
    options.extend(one.is_unlogged().then(|| "unlogged".to_owned()));
    options.extend(one.partition_key().map(|key| format!("partitioned by {key}")));
    options.extend(one.partition().map(|part| format!("partition of {} {}", part.of().name(), part.bound())));
    options.extend(one.parents().iter().map(|parent| format!("inherits {}", parent.name())));
    options.iter().map(|option| format!(", {option}")).collect()
}

fn index(index: &Index) -> String {
    let kind = if index.is_unique() { "unique index" } else { "index" };
    let method = if index.method() == "btree" { String::new() } else { format!(" using {}", index.method()) };
    let nulls = if index.has_distinct_nulls() { "" } else { " nulls not distinct" };
    let condition = index.condition().map(|condition| format!(" where {}", in_line(condition))).unwrap_or_default();
    let valid = if index.is_valid() { "" } else { ", invalid: create it again" };
    let (parts, including) = (parts(index.parts()), including(index.included()));
    format!("{kind} {}{method} ({parts}){including}{nulls}{condition}{valid}", index.name())
}

fn including(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!(" including ({})", columns.join(", ")) }
}

fn deferral(is_deferrable: bool, is_deferred: bool) -> &'static str {
    match (is_deferrable, is_deferred) {
        (_, true) => ", deferred",
        (true, false) => ", deferrable",
        (false, false) => "",
    }
}

fn in_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}
