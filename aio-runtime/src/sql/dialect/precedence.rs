//! The precedence of operators.

/// How tightly an operator binds
/// (<https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>). The other
/// databases have the same precedences, except for the bitwise operators, which are never combined
/// without parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Precedence {
    Or,
    And,
    Not,
    Equality,
    Comparison,
    Bits,
    Sum,
    Product,
    Concat,
    Prefix,
    Whole,
}
