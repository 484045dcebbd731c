//! The dialect of PostgreSQL 15 and later.

mod array;
mod cast;
mod catalogue;
mod collation;
mod date;
mod decimal;
mod function;
mod interval;
mod json;
mod operands;
mod plan;
mod query_collation;
mod real;
mod shift;
mod text_match;
mod text_search;

use super::series::{self, Series};
use super::{Catalogue, ExpressionWriter, Precedence, Syntax, push_quoted, shared_range};
use crate::expr::{BinaryOp, Call, Function, JsonPath, Node, OrderNode, Query, TextMatch};
use crate::schema::{Auto, Collation, ColumnDef, Domain, Element, Generated, TableDef};
use crate::statement::checksum;
use crate::types::Type;
use crate::value::Value;

/// The maximum length of a name in bytes. PostgreSQL silently truncates a longer name
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
const MAX_NAME_LENGTH: usize = 63;

/// The maximum length of a list in raw SQL whose values are parameters of their own. The server
/// finds their types, which it cannot do for an array; but the protocol allows at most 65,535
/// parameters.
const MAX_PARAMETERS_OF_LIST: usize = 30_000;

/// The name of the collation for `nocase`. A table that uses the collation creates it if it does
/// not exist.
pub(crate) const NOCASE: &str = "aio_sql_nocase";

/// The statement that creates the collation for `nocase`.
pub(crate) const CREATE_NOCASE: &str = "CREATE COLLATION IF NOT EXISTS \"aio_sql_nocase\" \
                                        (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = FALSE)";

/// The syntax of PostgreSQL.
pub(super) struct Postgres;

impl Syntax for Postgres {
    fn placeholder(&self, writer: &mut dyn ExpressionWriter, number: usize) {
        writer.format(format_args!("${number}"));
    }

    fn typed(&self, writer: &mut dyn ExpressionWriter, ty: Type) {
        writer.push("::");
        writer.push(self.type_name(ty));
    }

    fn numbers_placeholders(&self) -> bool {
        true
    }

    /// Shortens a name that is too long, and puts a checksum at its end, so that two long names
    /// that differ only at their ends do not become equal.
    fn push_name(&self, text: &mut String, name: &str) {
        if name.len() <= MAX_NAME_LENGTH {
            return push_quoted(text, name);
        }
        let end = format!("_{:08x}", checksum(name.as_bytes()));
        let cut = name.floor_char_boundary(MAX_NAME_LENGTH - end.len());
        push_quoted(text, &[&name[..cut], &end].concat());
    }

    fn type_name(&self, ty: Type) -> &'static str {
        match ty.stored() {
            Type::Bool => "boolean",
            Type::Integer => "bigint",
            Type::Real => "double precision",
            Type::Text => "text",
            Type::Blob => "bytea",
            Type::Uuid => "uuid",
            Type::Timestamp => "timestamptz",
            Type::DateTime => "timestamp",
            Type::Date => "date",
            Type::Time => "time",
            Type::Decimal => "numeric",
            Type::Json => "jsonb",
            Type::Encoded(_) => "text",
            Type::Interval => "interval",
            Type::TsVector => "tsvector",
            Type::TsQuery => "tsquery",
            Type::Array(element) => match element {
                Element::Bool => "boolean[]",
                Element::Integer => "bigint[]",
                Element::Real => "double precision[]",
                Element::Text => "text[]",
                Element::Blob => "bytea[]",
                Element::Uuid => "uuid[]",
                Element::Timestamp => "timestamptz[]",
                Element::DateTime => "timestamp[]",
                Element::Date => "date[]",
                Element::Time => "time[]",
                Element::Decimal => "numeric[]",
            },
        }
    }

    fn cast(&self, writer: &mut dyn ExpressionWriter, operand: &Node, from: Type, to: Type) {
        cast::write(writer, operand, from, to);
    }

    /// Makes a division by zero NULL, as in SQLite, instead of an error.
    fn right_side(&self, writer: &mut dyn ExpressionWriter, left: &Node, op: BinaryOp, right: &Node, min: Precedence) {
        match op {
            BinaryOp::Divide | BinaryOp::Remainder if may_be_zero(right) => {
                writer.push("NULLIF(");
                writer.expression(right);
                writer.push(", 0)");
            }
            BinaryOp::ShiftLeft => shift::left(writer, right),
            BinaryOp::ShiftRight => shift::places(writer, right),
            _ => writer.operand_of(left, right, min),
        }
    }

    fn left_side(&self, writer: &mut dyn ExpressionWriter, left: &Node, op: BinaryOp, right: &Node, min: Precedence) {
        match op {
            // The type of the number of places says nothing about that of the bits.
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => writer.operand(left, min),
            _ => writer.operand_of(right, left, min),
        }
    }

    fn rewritten(&self, writer: &dyn ExpressionWriter, node: &Node) -> Option<Node> {
        real::remainder(node).or_else(|| collation::with_collations(&|column| writer.named_query(column.table), node))
    }

    fn query_with_collations(&self, writer: &dyn ExpressionWriter, query: &Query, is_named: bool) -> Option<Query> {
        query_collation::with_collations(&|column| writer.named_query(column.table), query, is_named)
    }

    fn order_collation(&self, writer: &dyn ExpressionWriter, order: &Node) -> Option<Collation> {
        collation::of_order(&|column| writer.named_query(column.table), order)
    }

    fn group_collation(&self, writer: &dyn ExpressionWriter, group: &Node) -> Option<Collation> {
        collation::of_group(&|column| writer.named_query(column.table), group)
    }

    fn column_of_compound(&self, writer: &dyn ExpressionWriter, query: &Query, index: usize) -> Option<Collation> {
        query_collation::of_columns(&|column| writer.named_query(column.table), query, index)
    }

    fn is_in(&self, writer: &mut dyn ExpressionWriter, operand: &Node, values: &[Node], negated: bool) {
        if values.is_empty() {
            return writer.push(if negated { "TRUE" } else { "FALSE" });
        }
        writer.operand(operand, Precedence::Comparison);
        match writer.long_list(values) {
            Some(list) => {
                writer.push(if negated { " <> ALL(" } else { " = ANY(" });
                writer.list_param(list);
                if let (false, Some(Node::Value(_, Some(ty)))) = (matches!(operand, Node::Column(_)), values.first()) {
                    self.typed(writer, *ty);
                    writer.push("[]");
                }
            }
            None => {
                writer.push(if negated { " NOT IN (" } else { " IN (" });
                writer.separated(values, |writer, value| writer.operand_of(operand, value, Precedence::Or));
            }
        }
        writer.push(")");
    }

    fn rows_of_list(&self, writer: &mut dyn ExpressionWriter, values: &[Value]) {
        match common_type(values).filter(|_| values.len() > MAX_PARAMETERS_OF_LIST) {
            Some(ty) => {
                writer.push("SELECT unnest(");
                writer.list_param(values.to_vec());
                self.typed(writer, ty);
                writer.push("[])");
            }
            None => writer.separated(values, |writer, value| writer.param(value.clone())),
        }
    }

    /// NULL would be text, which cannot be compared with other types.
    fn no_rows(&self, writer: &mut dyn ExpressionWriter, ty: Type) {
        writer.push("SELECT CAST(NULL AS ");
        writer.push(self.type_name(ty));
        writer.push(") WHERE 1 = 0");
    }

    fn text_match(&self, writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node) {
        text_match::write(writer, text, how, part);
    }

    fn call(&self, writer: &mut dyn ExpressionWriter, call: &Call) {
        function::call(writer, call);
    }

    fn json_path(&self, writer: &mut dyn ExpressionWriter, path: &JsonPath) {
        json::path(writer, path);
    }

    fn table_function(
        &self,
        writer: &mut dyn ExpressionWriter,
        record: &TableDef,
        call: &Call,
        has_presence_column: bool,
    ) {
        match (call.function, &call.arguments[..]) {
            (Function::Unnest, [array]) => array::unnest(writer, record, array),
            _ => json::rows(writer, record, call, has_presence_column),
        }
    }

    /// Also keeps NULL out of arrays, whose elements have to be in the range.
    fn range(&self, column: &ColumnDef) -> Option<String> {
        let Type::Array(_) = column.ty else { return shared_range(self, column) };
        if column.declared_type.is_some() {
            return None;
        }
        let mut name = String::new();
        self.push_name(&mut name, column.name);
        let mut condition = format!("ARRAY_POSITION({name}, NULL) IS NULL");
        if let Domain::Range(min, max) = column.domain
            && column.ty != Type::Array(Element::Bool)
        {
            condition.push_str(&format!(" AND {min} <= ALL({name})"));
            if max != i64::MAX {
                condition.push_str(&format!(" AND {max} >= ALL({name})"));
            }
        }
        Some(condition)
    }

    fn series(&self, writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call, ty: Type) {
        let [column] = record.columns else { return };
        let series = series::values(writer, call);
        match &series {
            Some(Series::Integers(first, last, step)) => {
                writer.push("SELECT GENERATE_SERIES(");
                writer.separated([first, last, step], |writer, number| {
                    writer.param(Value::Integer(*number));
                    writer.push("::bigint");
                });
                writer.push(")");
            }
            Some(Series::Values(values)) => {
                writer.push("SELECT UNNEST(");
                writer.list_param(values.clone());
                self.typed(writer, ty);
                writer.push("[])");
            }
            None => {
                writer.push("SELECT CAST(NULL AS ");
                writer.push(self.type_name(ty));
                writer.push(")");
            }
        }
        writer.push(" AS ");
        writer.name(column.name);
        if series.is_none() {
            writer.push(" WHERE 1 = 0");
        }
    }

    fn collation(&self, writer: &mut dyn ExpressionWriter, collation: Collation) {
        match collation {
            Collation::Binary => writer.name("C"),
            Collation::NoCase => writer.name(NOCASE),
            Collation::Unicode => writer.unsupported("collation `unicode`"),
            Collation::RTrim => writer.unsupported("collation `rtrim`"),
            Collation::Named(name) => writer.name(name),
        }
    }

    /// PostgreSQL by default treats NULL as greater than every value, and the library as less, so
    /// that the clause is needed. It is left out for a column that is never NULL, so that an index
    /// on the column can be used for the order.
    fn nulls(&self, writer: &mut dyn ExpressionWriter, order: &OrderNode) {
        let is_never_null = match &order.node {
            // With several tables, an outer join may find no row of the column's table, and the
            // column is then NULL.
            Node::Column(column) => *writer.sources() == 1 && !column.is_nullable(),
            _ => false,
        };
        match order.has_nulls_first() {
            _ if is_never_null && order.nulls_first.is_none() => {}
            true => writer.push(" NULLS FIRST"),
            false => writer.push(" NULLS LAST"),
        }
    }

    fn intersect_binds_tighter(&self) -> bool {
        true
    }

    fn allows_one_recursive_part(&self) -> bool {
        true
    }

    fn full_join_needs_equality(&self) -> bool {
        true
    }

    fn unnamed_query(&self) -> &'static str {
        " AS \"rows\""
    }

    fn sorts_compounds_by_position(&self) -> bool {
        true
    }

    /// Records the time of the statement in a setting of the transaction. The system column `xmax`
    /// would tell the same, but views and partitioned tables do not have it.
    fn record_conflict(&self, writer: &mut dyn ExpressionWriter, filter: Option<&Node>) {
        writer.push(" WHERE ");
        if let Some(condition) = filter {
            writer.operand(condition, Precedence::And);
            writer.push(" AND ");
        }
        writer.push("set_config('aio_sql.conflict', CAST(statement_timestamp() AS text), true) IS NOT NULL");
    }

    fn had_conflict(&self, writer: &mut dyn ExpressionWriter) {
        writer.push(
            "(current_setting('aio_sql.conflict', true) IS NOT DISTINCT FROM CAST(statement_timestamp() AS text))",
        );
    }

    fn maintenance_words(&self) -> &'static [&'static str] {
        &["create", "alter", "drop", "reindex", "analyze", "vacuum", "cluster", "refresh", "comment", "grant", "revoke"]
    }

    fn catalogue(&self) -> &'static Catalogue {
        &catalogue::CATALOGUE
    }

    fn is_far(&self) -> bool {
        true
    }

    fn returns_ids(&self) -> bool {
        true
    }

    fn checks_targets_of_keys(&self) -> bool {
        true
    }

    fn text_literal(&self, writer: &mut dyn ExpressionWriter, text: &str) {
        if text.contains('\0') {
            writer.unsupported("text that contains NUL");
        }
        writer.push("'");
        writer.push(&text.replace('\'', "''"));
        writer.push("'");
    }

    fn blob_literal(&self, writer: &mut dyn ExpressionWriter, bytes: &[u8]) {
        writer.push("'\\x");
        writer.hexadecimal(bytes);
        writer.push("'");
    }

    fn real_literal(&self, writer: &mut dyn ExpressionWriter, value: f64) {
        match value.is_infinite() {
            true => writer.push(if value > 0.0 { "'Infinity'" } else { "'-Infinity'" }),
            false => writer.format(format_args!("{:?}", value + 0.0)),
        }
    }

    fn bool_literal(&self, value: bool) -> &'static str {
        if value { "TRUE" } else { "FALSE" }
    }

    /// Uses the time at which the statement began, because `now()` would return the time at which
    /// the transaction began.
    fn now(&self, writer: &mut dyn ExpressionWriter, ty: Type) {
        match ty {
            Type::Date => writer.push("(CAST(statement_timestamp() AT TIME ZONE 'UTC' AS date))"),
            Type::Time => writer.push("(CAST(statement_timestamp() AT TIME ZONE 'UTC' AS time))"),
            Type::DateTime => writer.push("(statement_timestamp() AT TIME ZONE 'UTC')"),
            Type::Encoded(_) => date::unsupported(writer),
            _ => writer.push("statement_timestamp()"),
        }
    }

    /// Returns the collation that is set for the column. If none is set and the column stores
    /// text, returns the collation that sorts and compares byte by byte, as Rust does. Otherwise,
    /// returns `None`, also for a declared type that may have no collation, such as an enum of the
    /// server.
    fn column_collation(&self, column: &ColumnDef) -> Option<Collation> {
        let is_text = matches!(column.ty.stored(), Type::Text | Type::Array(Element::Text))
            && column.declared_type.is_none_or(is_text_type);
        column.collate.or(is_text.then_some(Collation::Binary))
    }

    fn lists_values(&self, column: &ColumnDef) -> bool {
        column.declared_type.is_none_or(|ty| is_text_type(ty) || is_integer_type(ty))
    }

    fn before_table(&self, table: &TableDef) -> Vec<String> {
        let schema = table.schema.map(|schema| {
            let mut text = String::from("CREATE SCHEMA IF NOT EXISTS ");
            push_quoted(&mut text, schema);
            text
        });
        let is_used = table.columns.iter().any(|column| column.collate == Some(Collation::NoCase));
        let collation = is_used.then(|| CREATE_NOCASE.to_owned());
        schema.into_iter().chain(collation).collect()
    }

    /// Puts NULL first, as in the library's default order, so that the index can be used for that
    /// order.
    fn nulls_in_index(&self, writer: &mut dyn ExpressionWriter, table: &TableDef, column: &str) {
        if table.column(column).is_some_and(|column| column.nullable) {
            writer.push(" NULLS FIRST");
        }
    }

    fn auto(&self, auto: Auto) -> &'static str {
        match auto {
            Auto::No => "",
            Auto::Free | Auto::NeverUsed => " PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY",
        }
    }

    /// Finds a table that is not STRICT, or a name of the schema, the table or a column that is
    /// too long. A name of a constraint or an index would be shortened instead, but raw SQL uses
    /// the names of schemas, tables and columns.
    fn unsupported_feature(&self, table: &TableDef) -> Option<String> {
        if !table.strict {
            return Some(
                "table that accepts values of other types than those of its columns (`strict = false`)".to_owned(),
            );
        }
        let mut names =
            table.schema.into_iter().chain([table.name]).chain(table.columns.iter().map(|column| column.name));
        let long = names.find(|name| name.len() > MAX_NAME_LENGTH)?;
        Some(format!("name of more than {MAX_NAME_LENGTH} bytes, such as `{long}`"))
    }

    /// Makes every generated column a stored one, because PostgreSQL has no virtual columns before
    /// version 18.
    fn generated(&self, _generated: Generated) -> &'static str {
        "STORED"
    }
}

/// Returns whether a declared type is one of those for text whose collation can be chosen.
fn is_text_type(declared: &str) -> bool {
    let name = declared.split('(').next().unwrap_or_default().trim();
    let names = ["text", "varchar", "character varying", "char", "character", "bpchar"];
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_integer_type(declared: &str) -> bool {
    let names = ["smallint", "int2", "integer", "int", "int4", "bigint", "int8"];
    names.iter().any(|known| known.eq_ignore_ascii_case(declared.trim()))
}

/// Returns whether a divisor may be zero: it is not a number, or it is zero.
fn may_be_zero(node: &Node) -> bool {
    match node {
        Node::Value(Value::Integer(number), _) => *number == 0,
        Node::Value(Value::Real(number), _) => *number == 0.0,
        _ => true,
    }
}

/// Returns the type of all values, or `None` if there are several, or if it cannot be told from a
/// value.
fn common_type(values: &[Value]) -> Option<Type> {
    let type_of = |value: &Value| match value {
        Value::Integer(_) => Some(Type::Integer),
        Value::Real(_) => Some(Type::Real),
        Value::Text(_) => Some(Type::Text),
        Value::Timestamp { .. } => Some(Type::Timestamp),
        Value::DateTime { .. } => Some(Type::DateTime),
        Value::Date { .. } => Some(Type::Date),
        Value::Time { .. } => Some(Type::Time),
        Value::Decimal { .. } => Some(Type::Decimal),
        // Bytes may be those of a UUID.
        Value::Blob(_) | Value::Null | Value::Array(_) => None,
    };
    let ty = type_of(values.first()?)?;
    values.iter().all(|value| type_of(value) == Some(ty)).then_some(ty)
}
