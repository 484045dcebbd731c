//! Calls of SQLite's functions.

use super::super::{ExpressionWriter, Precedence};
use super::{CHECKED, DECIMAL_REAL, DECIMAL_TEXT, DIVIDE_TO, TO_SCALE, date};
use crate::error::Error;
use crate::expr::{Call, Function, JsonPath, JsonStep, Node};
use crate::schema::{Collation, TableDef};
use crate::types::Type;
use crate::value::Value;

/// The columns of `json_each` and `json_tree` (<https://sqlite.org/json1.html#jeach>).
const JSON_COLUMNS: [&str; 8] = ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"];

/// Writes a call of a function.
pub(super) fn call(writer: &mut dyn ExpressionWriter, call: &Call) {
    match (call.function, &call.arguments[..]) {
        (Function::DatePart(part, ty), [time]) => date::part(writer, part, ty, time),
        (Function::DateText(ty), [time]) => date::text(writer, ty, time),
        (Function::UnixSeconds(ty), [time]) => date::unix_seconds(writer, ty, time),
        (Function::Encoded(ty, encoding), [time]) => date::encoded(writer, ty, encoding, time),
        (Function::Lower, [text]) if text.collation() == Some(Collation::Unicode) => {
            writer.call_as("UNICODE_LOWER", call, &call.arguments);
        }
        (Function::Upper, [text]) if text.collation() == Some(Collation::Unicode) => {
            writer.call_as("UNICODE_UPPER", call, &call.arguments);
        }
        (Function::JsonValue(ty), [value]) => json_value(writer, ty, value),
        (Function::JsonExtract(ty), [document, path]) => json_extract(writer, ty, document, path),
        (Function::JsonContains(ty), [document, value]) => json_contains(writer, ty, document, value),
        (Function::Checked, arguments) => own_call(writer, CHECKED, arguments, None),
        (Function::DivideTo(power), arguments) => own_call(writer, DIVIDE_TO, arguments, Some(power.into())),
        (Function::DecimalText(scale), arguments) => own_call(writer, DECIMAL_TEXT, arguments, Some(scale.into())),
        (Function::DecimalReal(scale), arguments) => own_call(writer, DECIMAL_REAL, arguments, Some(scale.into())),
        (Function::ToScale(scale), arguments) => own_call(writer, TO_SCALE, arguments, Some(scale.into())),
        (
            Function::TsVector
            | Function::TsQuery(_)
            | Function::TsMatches
            | Function::TsRank
            | Function::TsRankCd
            | Function::TsHeadline
            | Function::TsWeight(_)
            | Function::TsConcat,
            _,
        ) => writer.unsupported("`tsvector`"),
        (Function::PlusInterval(_) | Function::MinusInterval(_) | Function::Since(_), _) => {
            writer.unsupported("intervals");
        }
        (Function::ArrayContains | Function::ArrayOverlaps | Function::ArrayHas | Function::ArrayLength, _) => {
            writer.unsupported("arrays");
        }
        _ => plain_call(writer, call),
    }
}

/// Writes a call of a function that the driver registers. If `last` is a number, it is an
/// additional last argument.
fn own_call(writer: &mut dyn ExpressionWriter, name: &str, arguments: &[Node], last: Option<i64>) {
    writer.push(name);
    writer.push("(");
    writer.separated(arguments, |writer, node| writer.expression(node));
    if let Some(number) = last {
        writer.format(format_args!(", {number}"));
    }
    writer.push(")");
}

fn plain_call(writer: &mut dyn ExpressionWriter, call: &Call) {
    let arguments = match &call.arguments[..] {
        // With DISTINCT, SQLite does not accept a separator. A comma is left out, because it is
        // SQLite's default; any other separator makes the statement fail.
        [text, separator] if call.distinct => {
            if !matches!(separator, Node::Value(Value::Text(text), _) if text == ",") {
                writer.fail(Error::usage(
                    "with `distinct`, the separator of `group_concat` must be a comma: `group_concat(\",\").distinct()`",
                ));
            }
            std::slice::from_ref(text)
        }
        arguments => arguments,
    };
    match name(call.function) {
        Some(name) => writer.call_as(name, call, arguments),
        None => {
            writer.shared_call(call);
        }
    }
}

/// Returns SQLite's name of a function that has another name in other databases, or `None` for any
/// other function.
fn name(function: Function) -> Option<&'static str> {
    Some(match function {
        Function::Total => "TOTAL",
        // With several arguments, MIN and MAX are not aggregates
        // (https://sqlite.org/lang_corefunc.html#max_scalar).
        Function::Least => "MIN",
        Function::Greatest => "MAX",
        Function::GroupConcat => "GROUP_CONCAT",
        Function::Position => "INSTR",
        Function::JsonGroupArray => "JSON_GROUP_ARRAY",
        Function::JsonSet => "JSON_SET",
        Function::JsonArrayLength => "JSON_ARRAY_LENGTH",
        Function::JsonEach => "JSON_EACH",
        Function::JsonTree => "JSON_TREE",
        _ => return None,
    })
}

/// Writes the conversion of a value of this type to a part of a JSON document. JSON has types for
/// bools and for nested documents, which SQLite stores as numbers and text.
fn json_value(writer: &mut dyn ExpressionWriter, ty: Type, value: &Node) {
    match ty {
        Type::Bool => {
            writer.push("JSON(CASE ");
            writer.expression(value);
            writer.push(" WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)");
        }
        // Without JSON, a document, which is stored as text, would become a string in the other
        // document.
        Type::Json => {
            writer.push("JSON(");
            writer.expression(value);
            writer.push(")");
        }
        _ => writer.expression(value),
    }
}

/// Writes a path as its text, such as `$.tags[0]` (<https://sqlite.org/json1.html#jpath>).
pub(super) fn path(writer: &mut dyn ExpressionWriter, path: &JsonPath) {
    let mut text = "$".to_owned();
    for step in path.steps() {
        text += &match step {
            JsonStep::Member(name) if name.is_empty() || name.contains(['.', '[']) => format!(".\"{name}\""),
            JsonStep::Member(name) => format!(".{name}"),
            JsonStep::Element(place) => format!("[{place}]"),
            JsonStep::FromEnd(0) => "[#]".to_owned(),
            JsonStep::FromEnd(place) => format!("[#-{place}]"),
        };
    }
    writer.param(Value::Text(text));
}

/// Writes the conversion of a part of a JSON document to a value of this type.
fn json_extract(writer: &mut dyn ExpressionWriter, ty: Type, document: &Node, path: &Node) {
    let extract = |writer: &mut dyn ExpressionWriter| {
        writer.push("JSON_EXTRACT(");
        writer.separated([document, path], |writer, node| writer.expression(node));
        writer.push(")");
    };
    match ty {
        Type::Json => {
            writer.push("NULLIF(");
            writer.operand(document, Precedence::Concat);
            writer.push(" -> ");
            writer.operand(path, Precedence::Prefix);
            writer.push(", ");
            writer.param(Value::Text("null".to_owned()));
            writer.push(")");
        }
        // A JSON document often has an integer for a float without a fraction. Without the cast,
        // `/` of two such values would be an integer division.
        Type::Real => {
            writer.push("CAST(");
            extract(writer);
            writer.push(" AS REAL)");
        }
        _ => extract(writer),
    }
}

fn json_contains(writer: &mut dyn ExpressionWriter, ty: Type, document: &Node, value: &Node) {
    // Columns are written with the names of their tables, because JSON_EACH has columns, too.
    let sources = std::mem::replace(writer.sources(), 2);
    writer.push("EXISTS (SELECT 1 FROM JSON_EACH(");
    writer.expression(document);
    writer.push(") WHERE json_each.\"value\" = ");
    writer.operand(value, Precedence::Comparison);
    *writer.sources() = sources;
    // JSON_EACH returns `true` as 1, so the type has to be checked, too.
    match ty {
        Type::Bool => writer.push(" AND json_each.\"type\" IN ('true', 'false')"),
        Type::Integer | Type::Real => writer.push(" AND json_each.\"type\" NOT IN ('true', 'false')"),
        _ => {}
    }
    writer.push(")");
}

/// Writes a function in FROM. Makes the statement fail if the fields of the struct `record` name a
/// column that the function does not have.
pub(super) fn table_function(writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call) {
    if let Some(column) = record.columns.iter().find(|column| !JSON_COLUMNS.contains(&column.name)) {
        let name = name(call.function).unwrap_or_default().to_ascii_lowercase();
        writer.fail(Error::usage(format!(
            "`{}.{}`: `{name}` has no such column; it has {}",
            record.rust_name,
            column.name,
            JSON_COLUMNS.join(", ")
        )));
    }
    plain_call(writer, call);
}
