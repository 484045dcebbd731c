//! The dialect of SQLite.

mod catalogue;
mod date;
mod function;
mod plan;
mod prefix;
mod text_match;

use super::series::{self, Series};
use super::{Catalogue, ExpressionWriter, Precedence, Syntax};
use crate::expr::{BinaryOp, Call, Function, JsonPath, Node, OrderNode, TextMatch};
use crate::schema::{Auto, Collation, Generated, IndexDef, TableDef};
use crate::types::Type;
use crate::value::Value;

/// The name of the function that the update of an upsert calls to record that the row already
/// existed. The driver registers the functions with this and the following names.
pub(crate) const ON_CONFLICT: &str = "aio_sql_on_conflict";
/// The name of the function that returns its argument, or fails if it is neither an integer nor
/// NULL, which happens if a calculation has overflowed.
pub(crate) const CHECKED: &str = "aio_sql_checked";
/// The name of the function that divides integers, multiplies by a power of ten, and rounds half
/// to even.
pub(crate) const DIVIDE_TO: &str = "aio_sql_divide_to";
/// The name of the function that converts a decimal, which is stored as an integer, to text.
pub(crate) const DECIMAL_TEXT: &str = "aio_sql_decimal_text";
/// The name of the function that converts a decimal, which is stored as an integer, to a float.
pub(crate) const DECIMAL_REAL: &str = "aio_sql_decimal_real";
/// The name of the function that converts a number or a text to a decimal that is stored as an
/// integer.
pub(crate) const TO_SCALE: &str = "aio_sql_to_scale";
/// The name of the function that returns whether the statement has called [`ON_CONFLICT`].
pub(crate) const HAD_CONFLICT: &str = "aio_sql_had_conflict";

/// The syntax of SQLite.
pub(super) struct Sqlite;

impl Syntax for Sqlite {
    fn placeholder(&self, writer: &mut dyn ExpressionWriter, _number: usize) {
        writer.push("?");
    }

    fn type_name(&self, ty: Type) -> &'static str {
        match ty.stored() {
            Type::Bool | Type::Integer => "INTEGER",
            Type::Real => "REAL",
            Type::Blob | Type::Uuid => "BLOB",
            _ => "TEXT",
        }
    }

    fn comparisons_chain(&self) -> bool {
        true
    }

    /// Returns true because the driver turns on the query planner stability guarantee
    /// (<https://sqlite.org/queryplanner-ng.html#qpsg>).
    fn plans_without_values(&self) -> bool {
        true
    }

    fn unsupported_feature(&self, table: &TableDef) -> Option<String> {
        if let Some(what) = table.columns.iter().find_map(|column| self.unsupported_type(column.ty)) {
            return Some(what.to_owned());
        }
        if let Some(method) = table.indexes.iter().find_map(|index| index.method) {
            return Some(format!("index of the kind `{method}`"));
        }
        let is_not_distinct = |index: &IndexDef| index.nulls_not_distinct;
        let has_equal_nulls = !table.nulls_not_distinct.is_empty() || table.indexes.iter().any(is_not_distinct);
        has_equal_nulls.then(|| "`NULLS NOT DISTINCT`".to_owned())
    }

    fn unsupported_type(&self, ty: Type) -> Option<&'static str> {
        match ty {
            Type::Array(_) => Some("arrays"),
            Type::Interval => Some("intervals"),
            Type::TsVector | Type::TsQuery => Some("`tsvector`"),
            _ => None,
        }
    }

    fn has_distinct_on(&self) -> bool {
        false
    }

    fn conflicts_by_constraint(&self) -> bool {
        false
    }

    /// A transaction that writes holds the lock of the whole database.
    fn has_row_locks(&self) -> bool {
        false
    }

    fn operator(&self, op: BinaryOp) -> &'static str {
        match op {
            BinaryOp::NotDistinct => " IS ",
            BinaryOp::Distinct => " IS NOT ",
            op => super::operator(op),
        }
    }

    fn is_in(&self, writer: &mut dyn ExpressionWriter, operand: &Node, values: &[Node], negated: bool) {
        writer.operand(operand, Precedence::Comparison);
        writer.push(if negated { " NOT IN " } else { " IN " });
        match writer.long_list(values) {
            Some(values) => {
                writer.push("rarray(");
                writer.list_param(values);
                writer.push(")");
            }
            None => {
                writer.push("(");
                writer.separated(values, |writer, value| writer.operand_of(operand, value, Precedence::Or));
                writer.push(")");
            }
        }
    }

    fn rows_of_list(&self, writer: &mut dyn ExpressionWriter, values: &[Value]) {
        writer.push("SELECT value FROM rarray(");
        writer.list_param(values.to_vec());
        writer.push(")");
    }

    fn text_match(&self, writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node) {
        text_match::write(writer, text, how, part);
    }

    fn call(&self, writer: &mut dyn ExpressionWriter, call: &Call) {
        function::call(writer, call);
    }

    fn json_path(&self, writer: &mut dyn ExpressionWriter, path: &JsonPath) {
        function::path(writer, path);
    }

    fn table_function(&self, writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call, _: bool) {
        match call.function {
            Function::Unnest => writer.unsupported("arrays"),
            _ => function::table_function(writer, record, call),
        }
    }

    fn series(&self, writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call, _ty: Type) {
        let [column] = record.columns else { return };
        match series::values(writer, call) {
            Some(Series::Integers(first, last, step)) => {
                writer.push("WITH RECURSIVE \"series\"(");
                writer.name(column.name);
                writer.push(") AS (VALUES (");
                writer.param(Value::Integer(first));
                writer.push(") UNION ALL SELECT ");
                writer.name(column.name);
                writer.push(" + ");
                writer.param(Value::Integer(step));
                writer.push(" FROM \"series\" WHERE ");
                writer.name(column.name);
                writer.push(" <> ");
                writer.param(Value::Integer(last));
                writer.push(") SELECT * FROM \"series\"");
            }
            Some(Series::Values(values)) => {
                writer.push("SELECT value AS ");
                writer.name(column.name);
                writer.push(" FROM rarray(");
                writer.list_param(values);
                writer.push(")");
            }
            None => {
                writer.push("SELECT * FROM (SELECT NULL AS ");
                writer.name(column.name);
                writer.push(") WHERE 1 = 0");
            }
        }
    }

    fn collation(&self, writer: &mut dyn ExpressionWriter, collation: Collation) {
        match collation {
            Collation::Binary => writer.push("BINARY"),
            Collation::NoCase => writer.push("NOCASE"),
            Collation::Unicode => writer.push("UNICODE_NOCASE"),
            Collation::RTrim => writer.push("RTRIM"),
            Collation::Named(name) => writer.name(name),
        }
    }

    /// By default, SQLite treats NULL as less than every value. So does the library, so that
    /// nothing has to be written unless the query says where NULL sorts.
    fn nulls(&self, writer: &mut dyn ExpressionWriter, order: &OrderNode) {
        match order.nulls_first {
            Some(true) => writer.push(" NULLS FIRST"),
            Some(false) => writer.push(" NULLS LAST"),
            None => {}
        }
    }

    /// OFFSET can be written only after LIMIT (<https://sqlite.org/lang_select.html#limitoffset>).
    fn no_limit(&self, writer: &mut dyn ExpressionWriter) {
        writer.push(" LIMIT -1");
    }

    /// Returns true: after `INSERT … SELECT … FROM table`, SQLite takes the ON of ON CONFLICT for
    /// the ON of a join (<https://sqlite.org/lang_upsert.html#parsing_ambiguity>).
    fn parses_conflict_as_join(&self) -> bool {
        true
    }

    fn default_values_may_conflict(&self) -> bool {
        false
    }

    fn returns_given_values(&self) -> bool {
        true
    }

    fn returning_reads_schemas(&self) -> bool {
        false
    }

    /// A foreign key belongs to one file (<https://sqlite.org/lang_attach.html>).
    fn keys_leave_schemas(&self) -> bool {
        false
    }

    fn default_schema(&self) -> &'static str {
        "main"
    }

    fn names_schema_of_index(&self) -> bool {
        true
    }

    fn stores_comments(&self) -> bool {
        false
    }

    fn record_conflict(&self, writer: &mut dyn ExpressionWriter, filter: Option<&Node>) {
        match filter {
            None => {
                writer.push(" WHERE ");
                writer.push(ON_CONFLICT);
                writer.push("()");
            }
            // The function has to be called even if the filter excludes the row. CASE guarantees
            // that it is called first; AND guarantees no order.
            Some(filter) => {
                writer.push(" WHERE CASE WHEN ");
                writer.push(ON_CONFLICT);
                writer.push("() THEN ");
                writer.expression(filter);
                writer.push(" END");
            }
        }
    }

    fn records_conflicts(&self) -> bool {
        true
    }

    fn had_conflict(&self, writer: &mut dyn ExpressionWriter) {
        writer.push(HAD_CONFLICT);
        writer.push("()");
    }

    fn maintenance_words(&self) -> &'static [&'static str] {
        &["create", "alter", "drop", "reindex", "analyze", "vacuum", "pragma", "attach", "detach"]
    }

    fn catalogue(&self) -> &'static Catalogue {
        &catalogue::CATALOGUE
    }

    /// A text that contains NUL is written as a blob that is cast to text, because the text of a
    /// statement ends at NUL (<https://sqlite.org/nulinstr.html>).
    fn text_literal(&self, writer: &mut dyn ExpressionWriter, text: &str) {
        if text.contains('\0') {
            writer.push("(CAST(");
            self.blob_literal(writer, text.as_bytes());
            writer.push(" AS TEXT))");
        } else {
            writer.push("'");
            writer.push(&text.replace('\'', "''"));
            writer.push("'");
        }
    }

    fn blob_literal(&self, writer: &mut dyn ExpressionWriter, bytes: &[u8]) {
        writer.push("x'");
        writer.hexadecimal(bytes);
        writer.push("'");
    }

    fn bool_literal(&self, value: bool) -> &'static str {
        if value { "1" } else { "0" }
    }

    fn real_literal(&self, writer: &mut dyn ExpressionWriter, value: f64) {
        // SQLite has no keyword for infinity, but a literal that is out of range is infinite
        // (https://sqlite.org/faq.html#q30).
        match value.is_infinite() {
            true => writer.push(if value > 0.0 { "9e999" } else { "-9e999" }),
            false => writer.format(format_args!("{:?}", value + 0.0)),
        }
    }

    fn now(&self, writer: &mut dyn ExpressionWriter, ty: Type) {
        date::now(writer, ty);
    }

    /// SQLite generates values only for a column that is declared INTEGER PRIMARY KEY
    /// (<https://sqlite.org/autoinc.html>).
    fn auto(&self, auto: Auto) -> &'static str {
        match auto {
            Auto::No => "",
            Auto::Free => " PRIMARY KEY",
            Auto::NeverUsed => " PRIMARY KEY AUTOINCREMENT",
        }
    }

    fn generated(&self, generated: Generated) -> &'static str {
        match generated {
            Generated::Virtual(_) => "VIRTUAL",
            Generated::Stored(_) => "STORED",
        }
    }

    fn stores_bools_as_numbers(&self) -> bool {
        true
    }

    fn table_options(&self, table: &TableDef) -> &'static str {
        match (table.strict, table.without_rowid) {
            (true, true) => " STRICT, WITHOUT ROWID",
            (true, false) => " STRICT",
            (false, true) => " WITHOUT ROWID",
            (false, false) => "",
        }
    }
}
