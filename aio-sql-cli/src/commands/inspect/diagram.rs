//! Entity relationship diagrams in the language of Mermaid.

use std::fmt::Write as _;

use aio_sql::Schema;
use aio_sql::inspect::{Column, ForeignKey, Table};

/// Writes an entity relationship diagram in the language of Mermaid
/// (<https://mermaid.js.org/syntax/entityRelationshipDiagram.html>): of all tables, or of one
/// table with those that it refers to and that refer to it.
pub(super) fn diagram(schema: &Schema, name: Option<&str>) -> String {
    let is = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let is_shown = |one: &Table| {
        name.is_none_or(|name| {
            let refers = |from: &Table, to: &str| from.foreign_keys().iter().any(|key| is(key.table(), to));
            is(one.name(), name)
                || refers(one, name)
                || schema.table(name).is_some_and(|center| refers(center, one.name()))
        })
    };
    // The rows of a partition are those of its table.
    let tables = schema.tables().iter().filter(|one| one.partition().is_none() && is_shown(one));
    let tables: Vec<_> = tables.collect();
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
