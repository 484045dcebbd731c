//! Writes calls of functions in the way that most databases share.

use super::writer::Writer;
use crate::error::Error;
use crate::expr::{Call, FrameBound, FrameExclude, FrameNode, FrameUnit, Function, Node, WindowNode};

/// Returns the name of a function if it is the same in most databases; `None` if each dialect
/// writes the function in its own way.
fn name(function: Function) -> Option<&'static str> {
    Some(match function {
        Function::Count => "COUNT",
        Function::Sum(_) => "SUM",
        Function::Avg => "AVG",
        Function::Min(_) => "MIN",
        Function::Max(_) => "MAX",
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
        Function::Named(name) | Function::NamedAggregate(name) => name,
        Function::Total
        | Function::Least
        | Function::Greatest
        | Function::GroupConcat
        | Function::Position
        | Function::Checked
        | Function::DivideTo(_)
        | Function::DecimalText(_)
        | Function::DecimalReal(_)
        | Function::ToScale(_)
        | Function::Now(_)
        | Function::DatePart(..)
        | Function::DateText(_)
        | Function::UnixSeconds(_)
        | Function::Encoded(..)
        | Function::JsonGroupArray
        | Function::JsonValue(_)
        | Function::JsonExtract(_)
        | Function::JsonSet
        | Function::JsonArrayLength
        | Function::JsonContains(_)
        | Function::JsonEach
        | Function::JsonTree
        | Function::Series(_)
        | Function::ArrayContains
        | Function::ArrayOverlaps
        | Function::ArrayHas
        | Function::ArrayLength
        | Function::TsVector
        | Function::TsQuery(_)
        | Function::TsMatches
        | Function::TsRank
        | Function::TsRankCd
        | Function::TsHeadline
        | Function::TsWeight(_)
        | Function::TsConcat
        | Function::PlusInterval(_)
        | Function::MinusInterval(_)
        | Function::Since(_)
        | Function::Unnest => return None,
    })
}

/// Returns an error message if a call of an aggregate is invalid in every database, or `None` if
/// it is valid (<https://sqlite.org/lang_aggfunc.html#syntax>,
/// <https://sqlite.org/windowfunctions.html#aggregate_window_functions>).
fn misused(call: &Call) -> Option<&'static str> {
    let (distinct, sorted, over) = (call.distinct, !call.orders.is_empty(), call.over.is_some());
    match &call.arguments[..] {
        _ if over && distinct => {
            Some("an aggregate over a window cannot have `distinct`: use it for an aggregate of groups")
        }
        _ if over && sorted => {
            Some("an aggregate over a window uses the order of the window: write `window().order_by(..)`")
        }
        [] if call.function == Function::Count && (distinct || sorted) => Some(
            "`count()` counts rows and cannot have `distinct` or `order_by`: count the values of a column instead, `User::NAME.count().distinct()`",
        ),
        _ => None,
    }
}

impl Writer {
    /// Writes a call of a function whose name is the same in most databases, or of the current
    /// time. Returns `false`, and writes nothing, for any other function.
    pub(super) fn shared_call(&mut self, call: &Call) -> bool {
        if let Function::Now(ty) = call.function {
            self.syntax.now(self, ty);
            return true;
        }
        let name = name(call.function);
        if let Some(name) = name {
            self.call_as(name, call, &call.arguments);
        }
        name.is_some()
    }

    /// Writes a call with this function name and these arguments, and the other clauses of `call`.
    pub(super) fn call_as(&mut self, name: &str, call: &Call, arguments: &[Node]) {
        if let Some(message) = misused(call) {
            self.fail(Error::usage(message));
        }
        self.push(name);
        self.push("(");
        if call.distinct {
            self.push("DISTINCT ");
        }
        if call.function == Function::Count && arguments.is_empty() {
            self.push("*");
        }
        self.separated(arguments, Writer::expression);
        if !call.orders.is_empty() {
            self.push(" ORDER BY ");
            self.orders(&call.orders);
        }
        self.push(")");
        self.filter_and_over(call);
    }

    /// Writes the clauses FILTER and OVER of a call.
    pub(super) fn filter_and_over(&mut self, call: &Call) {
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

    fn window(&mut self, window: &WindowNode) {
        let mut before = false;
        if !window.partition.is_empty() {
            self.push("PARTITION BY ");
            self.separated(&window.partition, Writer::group);
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
