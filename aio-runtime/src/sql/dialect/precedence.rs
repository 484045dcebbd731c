//! The precedence of operators.

/// How tightly an operator binds, from the loosest to the tightest
/// (<https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>). Other databases
/// have the same order, except for the bitwise operators, which are therefore never combined
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
