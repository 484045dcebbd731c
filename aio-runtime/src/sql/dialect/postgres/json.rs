//! Functions of JSON documents, which are stored as `jsonb`.

use super::super::{ExpressionWriter, Precedence, Syntax as _};
use super::Postgres;
use super::operands::{self, Write};
use crate::expr::{Call, Function, JsonPath, JsonStep, Node};
use crate::schema::TableDef;
use crate::types::Type;
use crate::value::Value;

/// The alias of the function in FROM that returns the elements of a document.
const EACH: &str = "json_each";

/// Writes the aggregate that collects values in an array, which is empty if there are no values.
pub(super) fn group_array(writer: &mut dyn ExpressionWriter, call: &Call, value: &Node) {
    // The aggregate itself converts values to JSON, so that the conversion is not written.
    let value = match value {
        Node::Call(inner) if matches!(inner.function, Function::JsonValue(_)) => &inner.arguments[..],
        value => std::slice::from_ref(value),
    };
    writer.push("COALESCE(");
    writer.call_as("JSONB_AGG", call, value);
    writer.push(", '[]')");
}

/// Writes the conversion of a value of this type to a part of a JSON document.
pub(super) fn value(writer: &mut dyn ExpressionWriter, ty: Type, value: &Node) {
    if ty == Type::Json {
        return writer.expression(value);
    }
    writer.push("TO_JSONB(");
    writer.expression(value);
    writer.push(")");
}

/// Writes the value at a path of a document, as a value of this type.
pub(super) fn extract(writer: &mut dyn ExpressionWriter, ty: Type, document: &Node, path: &Node) {
    let (begin, operator) = match ty {
        Type::Json => ("NULLIF(", " #> "),
        Type::Text => ("(", " #>> "),
        _ => ("CAST(", " #>> "),
    };
    writer.push(begin);
    writer.operand(document, Precedence::Whole);
    writer.push(operator);
    writer.expression(path);
    match ty {
        Type::Json => writer.push(", 'null')"),
        Type::Text => writer.push(")"),
        _ => {
            writer.push(" AS ");
            writer.push(Postgres.type_name(ty));
            writer.push(")");
        }
    }
}

/// Writes a document in which a value is set at a path. As in SQLite, what is missing on the way
/// is created, and the document remains as it is if the path cannot exist in it.
pub(super) fn set(writer: &mut dyn ExpressionWriter, document: &Node, path: &Node, value: &Node) {
    let Node::JsonPath(Some(path)) = path else {
        // Makes the statement fail.
        return writer.expression(path);
    };
    let steps = path.steps();
    // An element after the first cannot be created in an array that is missing.
    let needed = steps.iter().rposition(|step| matches!(step, JsonStep::Element(1..) | JsonStep::FromEnd(1..)));
    operands::one(writer, document, &|writer, document| {
        if let Some(needed @ 1..) = needed {
            writer.push("CASE WHEN JSONB_TYPEOF(");
            part(writer, document, &steps[..needed]);
            writer.push(") = 'array' THEN ");
        }
        set_from(writer, document, steps, 0, value);
        if let Some(1..) = needed {
            writer.push(" ELSE ");
            document(writer);
            writer.push(" END");
        }
    });
}

/// Writes the part of the document before the step with this number, in which the rest of the path
/// is set to the value.
fn set_from(writer: &mut dyn ExpressionWriter, document: Write<'_>, steps: &[JsonStep], number: usize, value: &Node) {
    let Some(step) = steps.get(number) else {
        // NULL becomes JSON's `null`.
        writer.push("COALESCE(");
        writer.expression(value);
        return writer.push(", 'null')");
    };
    let empty = if matches!(step, JsonStep::Member(_)) { "'{}'" } else { "'[]'" };
    let outer = |writer: &mut dyn ExpressionWriter| {
        if number == 0 {
            return document(writer);
        }
        writer.push("COALESCE(");
        part(writer, document, &steps[..number]);
        writer.format(format_args!(", {empty})"));
    };
    let begin = |writer: &mut dyn ExpressionWriter, kind: &str, then: &str| {
        writer.push("CASE JSONB_TYPEOF(");
        outer(writer);
        writer.format(format_args!(") WHEN '{kind}' THEN {then}"));
        outer(writer);
    };
    // The function that gets the length fails for what is not an array, so that its call has to be
    // inside a CASE.
    let set_element = |writer: &mut dyn ExpressionWriter, least: u32, place: &str| {
        begin(writer, "array", "CASE WHEN JSONB_ARRAY_LENGTH(");
        writer.format(format_args!(") >= {least} THEN JSONB_SET("));
        outer(writer);
        writer.format(format_args!(", '{{{place}}}', "));
        set_from(writer, document, steps, number + 1, value);
        writer.push(") ELSE ");
        outer(writer);
        writer.push(" END");
    };
    match step {
        JsonStep::Member(name) => {
            begin(writer, "object", "");
            writer.push(" || JSONB_BUILD_OBJECT(");
            writer.param(Value::Text(name.clone()));
            writer.push("::text, ");
            set_from(writer, document, steps, number + 1, value);
            writer.push(")");
        }
        JsonStep::FromEnd(0) => {
            begin(writer, "array", "");
            writer.push(" || JSONB_BUILD_ARRAY(");
            set_from(writer, document, steps, number + 1, value);
            writer.push(")");
        }
        JsonStep::Element(place) => set_element(writer, *place, &place.to_string()),
        JsonStep::FromEnd(place) => set_element(writer, *place, &format!("-{place}")),
    }
    writer.push(" ELSE ");
    outer(writer);
    writer.push(" END");
}

/// Writes the part of a document at a path.
fn part(writer: &mut dyn ExpressionWriter, document: Write<'_>, steps: &[JsonStep]) {
    document(writer);
    writer.push(" #> ");
    path_of(writer, steps);
}

/// Writes the number of elements of an array; 0 for any other document, and NULL for NULL.
pub(super) fn array_length(writer: &mut dyn ExpressionWriter, document: &Node) {
    writer.push("CASE WHEN JSONB_TYPEOF(");
    writer.expression(document);
    writer.push(") = 'array' THEN JSONB_ARRAY_LENGTH(");
    writer.expression(document);
    writer.push(") WHEN ");
    writer.operand(document, Precedence::Comparison);
    writer.push(" IS NOT NULL THEN 0 END");
}

/// Writes whether a value is an element of an array or the value of a member of an object.
pub(super) fn contains(writer: &mut dyn ExpressionWriter, ty: Type, document: &Node, part: &Node) {
    // Columns are written with the names of their tables, because JSONB_ARRAY_ELEMENTS has
    // columns, too.
    let sources = std::mem::replace(writer.sources(), 2);
    writer.push("EXISTS (SELECT 1 FROM JSONB_ARRAY_ELEMENTS(CASE JSONB_TYPEOF(");
    writer.expression(document);
    writer.push(") WHEN 'array' THEN ");
    writer.expression(document);
    writer.push(" WHEN 'object' THEN JSONB_PATH_QUERY_ARRAY(");
    writer.expression(document);
    writer.push(", '$.*') END) AS ");
    writer.name(EACH);
    writer.push("(\"value\") WHERE ");
    writer.name(EACH);
    writer.push(".\"value\" = ");
    value(writer, ty, part);
    writer.push(")");
    *writer.sources() = sources;
}

/// Writes a query in FROM that returns the elements of a document as rows, with the columns that
/// the fields of the struct `record` name.
pub(super) fn rows(writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call, has_presence_column: bool) {
    let (document, path) = match (call.function, &call.arguments[..]) {
        (Function::JsonEach, [document]) => (document, None),
        (Function::JsonEach, [document, path]) => (document, Some(path)),
        _ => return writer.unsupported("`json_tree`"),
    };
    let key = record.column("key").map(|column| column.ty);
    writer.push("LATERAL (");
    // The keys of an array are numbers, and the keys of an object are text, so that the type of
    // the column `key` says which of them is queried. Without that column, both are.
    if key != Some(Type::Text) {
        elements(writer, record, (document, path), true, has_presence_column);
    }
    if key.is_none() {
        writer.push(" UNION ALL ");
    }
    if key != Some(Type::Integer) {
        elements(writer, record, (document, path), false, has_presence_column);
    }
    writer.push(")");
}

/// Writes the query that returns a row for each element of an array or each member of an object.
fn elements(
    writer: &mut dyn ExpressionWriter,
    record: &TableDef,
    (document, path): (&Node, Option<&Node>),
    array: bool,
    has_presence_column: bool,
) {
    writer.push("SELECT ");
    writer.separated(record.columns, |writer, column| {
        match column.name {
            "key" if array => writer.push("\"json_each\".\"key\" - 1"),
            "key" => writer.push("\"json_each\".\"key\""),
            "value" => element(writer, column.ty),
            other => writer.unsupported(format!("column `{other}` of `json_each`, which only has `key` and `value`")),
        }
        writer.push(" AS ");
        writer.name(column.name);
    });
    if has_presence_column {
        writer.push(", JSONB_TYPEOF(\"json_each\".\"value\") AS \"type\"");
    }
    let (kind, function, columns) = match array {
        true => ("'array'", "JSONB_ARRAY_ELEMENTS", " WITH ORDINALITY AS \"json_each\"(\"value\", \"key\")"),
        false => ("'object'", "JSONB_EACH", " AS \"json_each\"(\"key\", \"value\")"),
    };
    writer.push(" FROM ");
    writer.push(function);
    writer.push("(CASE JSONB_TYPEOF(");
    at(writer, document, path);
    writer.push(") WHEN ");
    writer.push(kind);
    writer.push(" THEN ");
    at(writer, document, path);
    writer.push(" END)");
    writer.push(columns);
}

/// Writes the conversion of an element to a value of this type.
fn element(writer: &mut dyn ExpressionWriter, ty: Type) {
    const TEXT: &str = "\"json_each\".\"value\" #>> '{}'";
    match ty {
        Type::Json => writer.push("\"json_each\".\"value\""),
        Type::Text => writer.push(TEXT),
        ty => {
            writer.push("CAST(");
            writer.push(TEXT);
            writer.push(" AS ");
            writer.push(Postgres.type_name(ty));
            writer.push(")");
        }
    }
}

/// Writes a document, or the part of the document at a path.
fn at(writer: &mut dyn ExpressionWriter, document: &Node, path: Option<&Node>) {
    match path {
        None => writer.expression(document),
        Some(path) => {
            writer.operand(document, Precedence::Whole);
            writer.push(" #> ");
            writer.expression(path);
        }
    }
}

/// Writes a path as an array of texts, one for each step. A number is an index, which is counted
/// from the end if it is negative.
pub(super) fn path(writer: &mut dyn ExpressionWriter, path: &JsonPath) {
    path_of(writer, path.steps());
}

fn path_of(writer: &mut dyn ExpressionWriter, path: &[JsonStep]) {
    let mut steps = Vec::new();
    for step in path {
        steps.push(match step {
            JsonStep::Member(name) => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
            JsonStep::Element(place) => format!("\"{place}\""),
            JsonStep::FromEnd(0) => return writer.unsupported("path to the position after the end of an array"),
            JsonStep::FromEnd(place) => format!("\"-{place}\""),
        });
    }
    writer.param(Value::Text(format!("{{{}}}", steps.join(","))));
    writer.push("::text::text[]");
}
