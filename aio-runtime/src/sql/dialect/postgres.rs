//! The dialect of PostgreSQL 15 and later.

mod cast;
mod catalogue;
mod collation;
mod date;
mod decimal;
mod function;
mod json;
mod operands;
mod plan;
mod shift;
mod text_match;

use super::{Catalogue, ExpressionWriter, Precedence, Syntax, push_quoted};
use crate::expr::{BinaryOp, Call, JsonPath, Node, OrderNode, TextMatch};
use crate::schema::{Auto, Collation, ColumnDef, Generated, TableDef};
use crate::statement::checksum;
use crate::types::Type;
use crate::value::Value;

/// The maximum length of a name in bytes. PostgreSQL silently truncates a longer name
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
const MAX_NAME_LENGTH: usize = 63;

/// The name of the collation for `nocase`. A table that uses the collation creates it if it does
/// not exist.
const NOCASE: &str = "aio_sql_nocase";

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
            BinaryOp::Concat => match collation::of_part(right) {
                Some(part) => writer.operand(&part, min),
                None => writer.operand_of(left, right, min),
            },
            _ => match collation::of_comparison(left, op, right) {
                Some(collation) => {
                    let text: &Node = match right {
                        Node::Collate(text, _) => text,
                        text => text,
                    };
                    writer.operand_of(left, text, Precedence::Whole);
                    writer.collate(collation);
                }
                None => writer.operand_of(left, right, min),
            },
        }
    }

    fn left_side(&self, writer: &mut dyn ExpressionWriter, left: &Node, op: BinaryOp, right: &Node, min: Precedence) {
        match op {
            // The type of the number of places says nothing about that of the bits.
            BinaryOp::ShiftLeft | BinaryOp::ShiftRight => writer.operand(left, min),
            BinaryOp::Concat => match collation::of_part(left) {
                Some(part) => writer.operand(&part, min),
                None => writer.operand_of(right, left, min),
            },
            _ => writer.operand_of(right, left, min),
        }
    }

    fn order_collation(&self, order: &Node) -> Option<Collation> {
        collation::of_order(order)
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
        writer.separated(values, |writer, value| writer.param(value.clone()));
    }

    fn text_match(&self, writer: &mut dyn ExpressionWriter, text: &Node, how: TextMatch, part: &Node) {
        text_match::write(writer, text, how, part);
    }

    fn call(&self, writer: &mut dyn ExpressionWriter, call: &Call) {
        match collation::of_arguments(call) {
            Some(call) => function::call(writer, &call),
            None => function::call(writer, call),
        }
    }

    fn json_path(&self, writer: &mut dyn ExpressionWriter, path: &JsonPath) {
        json::path(writer, path);
    }

    fn table_function(&self, writer: &mut dyn ExpressionWriter, record: &TableDef, call: &Call) {
        json::rows(writer, record, call);
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

    fn full_join_needs_equality(&self) -> bool {
        true
    }

    fn unnamed_query(&self) -> &'static str {
        " AS \"rows\""
    }

    fn sorts_compounds_by_position(&self) -> bool {
        true
    }

    fn record_conflict(&self, writer: &mut dyn ExpressionWriter, filter: Option<&Node>) {
        writer.filter(filter);
    }

    /// Asks for the transaction that has locked the row: ON CONFLICT locks an existing row before
    /// it updates it, and nobody has locked a new one.
    fn had_conflict(&self, writer: &mut dyn ExpressionWriter) {
        writer.push("(xmax <> 0)");
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
    /// returns `None`.
    fn column_collation(&self, column: &ColumnDef) -> Option<Collation> {
        column.collate.or((column.ty.stored() == Type::Text).then_some(Collation::Binary))
    }

    fn before_table(&self, table: &TableDef) -> Option<String> {
        let is_used = table.columns.iter().any(|column| column.collate == Some(Collation::NoCase));
        is_used.then(|| {
            format!(
                "CREATE COLLATION IF NOT EXISTS \"{NOCASE}\" \
                 (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = FALSE)"
            )
        })
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

    /// Finds a table that is not STRICT, or a name of the table or a column that is too long. A
    /// name of a constraint or an index would be shortened instead, but raw SQL uses the names of
    /// tables and columns.
    fn unsupported_feature(&self, table: &TableDef) -> Option<String> {
        if !table.strict {
            return Some(
                "table that accepts values of other types than those of its columns (`strict = false`)".to_owned(),
            );
        }
        let mut names = std::iter::once(table.name).chain(table.columns.iter().map(|column| column.name));
        let long = names.find(|name| name.len() > MAX_NAME_LENGTH)?;
        Some(format!("name of more than {MAX_NAME_LENGTH} bytes, such as `{long}`"))
    }

    /// Makes every generated column a stored one, because PostgreSQL has no virtual columns before
    /// version 18.
    fn generated(&self, _generated: Generated) -> &'static str {
        "STORED"
    }
}

/// Returns whether a divisor may be zero: it is not a number, or it is zero.
fn may_be_zero(node: &Node) -> bool {
    match node {
        Node::Value(Value::Integer(number), _) => *number == 0,
        Node::Value(Value::Real(number), _) => *number == 0.0,
        _ => true,
    }
}
