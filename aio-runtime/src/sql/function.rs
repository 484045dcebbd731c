//! Functions.

use super::expression::Binds;
use super::writer::Writer;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::expr::{Call, FrameBound, FrameExclude, FrameNode, FrameUnit, Function, Node, WindowNode};
use crate::schema::TableDef;
use crate::types::Type;
use crate::value::Value;

/// The columns of `json_each` and `json_tree` (<https://sqlite.org/json1.html#jeach>).
const JSON_COLUMNS: [&str; 8] = ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"];

/// What the database calls a function.
fn name(dialect: Dialect, function: Function) -> &'static str {
    match dialect {
        Dialect::Sqlite => match function {
            Function::Count => "COUNT",
            Function::Sum => "SUM",
            Function::Total => "TOTAL",
            Function::Avg => "AVG",
            // Of several values they are those of one row (https://sqlite.org/lang_corefunc.html#max_scalar).
            Function::Min | Function::Least => "MIN",
            Function::Max | Function::Greatest => "MAX",
            Function::GroupConcat => "GROUP_CONCAT",
            Function::JsonGroupArray => "JSON_GROUP_ARRAY",
            Function::RowNumber => "ROW_NUMBER",
            Function::Rank => "RANK",
            Function::DenseRank => "DENSE_RANK",
            Function::PercentRank => "PERCENT_RANK",
            Function::CumeDist => "CUME_DIST",
            Function::Ntile => "NTILE",
            Function::Lag => "LAG",
            Function::Lead => "LEAD",
            Function::FirstValue => "FIRST_VALUE",
            Function::LastValue => "LAST_VALUE",
            Function::NthValue => "NTH_VALUE",
            Function::Coalesce => "COALESCE",
            Function::NullIf => "NULLIF",
            Function::Abs => "ABS",
            Function::Sign => "SIGN",
            Function::Round => "ROUND",
            Function::Ceil => "CEIL",
            Function::Floor => "FLOOR",
            Function::Sqrt => "SQRT",
            Function::Power => "POW",
            Function::Exp => "EXP",
            Function::Ln => "LN",
            Function::Log10 => "LOG10",
            Function::Trunc => "TRUNC",
            Function::Radians => "RADIANS",
            Function::Degrees => "DEGREES",
            Function::Sin => "SIN",
            Function::Cos => "COS",
            Function::Tan => "TAN",
            Function::Asin => "ASIN",
            Function::Acos => "ACOS",
            Function::Atan => "ATAN",
            Function::Atan2 => "ATAN2",
            Function::Length => "LENGTH",
            Function::Lower => "LOWER",
            Function::Upper => "UPPER",
            Function::Trim => "TRIM",
            Function::TrimStart => "LTRIM",
            Function::TrimEnd => "RTRIM",
            Function::Replace => "REPLACE",
            Function::Substring => "SUBSTR",
            Function::Position => "INSTR",
            Function::Weekday => "WEEKDAY",
            Function::DayOfYear => "DAYOFYEAR",
            Function::UnixSeconds => "UNIXEPOCH",
            Function::Json | Function::JsonBool => "JSON",
            Function::JsonExtract => "JSON_EXTRACT",
            Function::JsonSet => "JSON_SET",
            Function::JsonArrayLength => "JSON_ARRAY_LENGTH",
            Function::JsonContains(_) | Function::JsonEach => "JSON_EACH",
            Function::JsonTree => "JSON_TREE",
            Function::Named(name) | Function::NamedAggregate(name) => name,
        },
    }
}

/// What the database does not know of aggregates, and what to write in its place
/// (<https://sqlite.org/lang_aggfunc.html#syntax>, <https://sqlite.org/windowfunctions.html#aggregate_window_functions>).
fn unknown(dialect: Dialect, call: &Call) -> Option<&'static str> {
    let Dialect::Sqlite = dialect;
    let (distinct, sorted, over) = (call.distinct, !call.orders.is_empty(), call.over.is_some());
    match &call.arguments[..] {
        _ if over && distinct => Some("an aggregate of a window takes every value: `distinct` is for those of groups"),
        _ if over && sorted => {
            Some("an aggregate of a window takes the rows in the order of the window: `window().order_by(..)`")
        }
        [] if call.function == Function::Count && (distinct || sorted) => {
            Some("`count()` counts rows, each by itself and in no order: `User::NAME.count().distinct()` counts values")
        }
        [_, Node::Value(separator)] if distinct && *separator != Value::Text(",".to_owned()) => {
            Some("with `distinct`, texts are joined by a comma alone: `group_concat(\",\").distinct()`")
        }
        _ => None,
    }
}

impl Writer {
    pub(super) fn call(&mut self, call: &Call) {
        match (self.dialect, call.function, &call.arguments[..]) {
            (Dialect::Sqlite, Function::JsonContains(ty), [document, value]) => {
                return self.json_contains(ty, document, value);
            }
            (Dialect::Sqlite, Function::JsonBool, [value]) => {
                self.push("JSON(CASE ");
                self.expression(value);
                return self.push(" WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)");
            }
            (Dialect::Sqlite, Function::Weekday, [date]) => return self.strftime("%u", date),
            (Dialect::Sqlite, Function::DayOfYear, [date]) => return self.strftime("%j", date),
            _ => {}
        }
        if let Some(message) = unknown(self.dialect, call) {
            self.fail(Error::usage(message));
        }
        let name = name(self.dialect, call.function);
        self.push(name);
        self.push("(");
        if call.distinct {
            self.push("DISTINCT ");
        }
        if call.function == Function::Count && call.arguments.is_empty() {
            self.push("*");
        }
        let arguments = match (self.dialect, &call.arguments[..]) {
            // With DISTINCT there is no place for the separator, and it is a comma.
            (Dialect::Sqlite, [text, _]) if call.distinct => std::slice::from_ref(text),
            (_, arguments) => arguments,
        };
        self.separated(arguments, Writer::expression);
        if !call.orders.is_empty() {
            self.push(" ORDER BY ");
            self.orders(&call.orders);
        }
        self.push(")");
        if let Some(condition) = &call.filter {
            self.push(" FILTER (WHERE ");
            self.expression(condition);
            self.push(")");
        }
        if let Some(window) = &call.over {
            self.push(" OVER (");
            self.window(window);
            self.push(")");
        }
    }

    fn json_contains(&mut self, ty: Type, document: &Node, value: &Node) {
        // Without its table a column of the query would be one of JSON_EACH that is called the same.
        let sources = std::mem::replace(&mut self.sources, 2);
        self.push("EXISTS (SELECT 1 FROM JSON_EACH(");
        self.expression(document);
        self.push(") WHERE json_each.\"value\" = ");
        self.operand(value, Binds::Comparison);
        self.sources = sources;
        // The value of `true` is 1.
        match ty {
            Type::Bool => self.push(" AND json_each.\"type\" IN ('true', 'false')"),
            Type::Integer | Type::Real => self.push(" AND json_each.\"type\" NOT IN ('true', 'false')"),
            _ => {}
        }
        self.push(")");
    }

    /// A part of a date, as a number.
    fn strftime(&mut self, format: &str, date: &Node) {
        self.push("CAST(STRFTIME('");
        self.push(format);
        self.push("', ");
        self.expression(date);
        self.push(") AS INTEGER)");
    }

    /// A function in FROM; the record says which of its columns are read.
    pub(super) fn table_function(&mut self, record: &TableDef, call: &Call) {
        match self.dialect {
            Dialect::Sqlite => {
                if let Some(column) = record.columns.iter().find(|column| !JSON_COLUMNS.contains(&column.name)) {
                    let name = name(self.dialect, call.function).to_ascii_lowercase();
                    self.fail(Error::usage(format!(
                        "`{}.{}`: `{name}` has no such column, it has {}",
                        record.rust_name,
                        column.name,
                        JSON_COLUMNS.join(", ")
                    )));
                }
                self.call(call);
            }
        }
    }

    fn window(&mut self, window: &WindowNode) {
        let mut before = false;
        if !window.partition.is_empty() {
            self.push("PARTITION BY ");
            self.separated(&window.partition, Writer::expression);
            before = true;
        }
        if !window.orders.is_empty() {
            self.push(if before { " ORDER BY " } else { "ORDER BY " });
            self.orders(&window.orders);
            before = true;
        }
        if let Some(frame) = &window.frame {
            if before {
                self.push(" ");
            }
            self.frame(frame);
        }
    }

    fn frame(&mut self, frame: &FrameNode) {
        self.push(match frame.unit {
            FrameUnit::Rows => "ROWS BETWEEN ",
            FrameUnit::Range => "RANGE BETWEEN ",
            FrameUnit::Groups => "GROUPS BETWEEN ",
        });
        self.bound(frame.start, "PRECEDING");
        self.push(" AND ");
        self.bound(frame.end, "FOLLOWING");
        match frame.exclude {
            FrameExclude::Nothing => {}
            FrameExclude::Current => self.push(" EXCLUDE CURRENT ROW"),
            FrameExclude::Group => self.push(" EXCLUDE GROUP"),
            FrameExclude::Ties => self.push(" EXCLUDE TIES"),
        }
    }

    fn bound(&mut self, bound: FrameBound, end: &str) {
        match bound {
            FrameBound::Unbounded => {
                self.push("UNBOUNDED ");
                self.push(end);
            }
            FrameBound::Current => self.push("CURRENT ROW"),
            FrameBound::Preceding(rows) => {
                self.number(rows);
                self.push(" PRECEDING");
            }
            FrameBound::Following(rows) => {
                self.number(rows);
                self.push(" FOLLOWING");
            }
        }
    }
}
