//! The precedence of operators.

/// How tightly an operator binds
/// (<https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>; the other
/// databases agree on these, but for the operators of bits, which are never written beside each
/// other without parentheses).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Binds {
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
