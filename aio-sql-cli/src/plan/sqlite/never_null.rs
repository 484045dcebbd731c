//! Whether a condition can be NULL.

use aio_sql::inspect::Table;

use crate::plan::name::is;
use crate::plan::tokens::{Kind, tokens};

/// The functions whose result is NULL only if an argument is.
const FUNCTIONS: [&str; 16] = [
    "abs", "coalesce", "glob", "hex", "ifnull", "instr", "length", "like", "lower", "ltrim", "replace", "round",
    "rtrim", "substr", "trim", "upper",
];
const KEYWORDS: [&str; 11] = ["and", "between", "glob", "in", "is", "like", "not", "or", "escape", "true", "false"];
/// The operators whose result is NULL only if an operand is, and the signs of lists and calls. A
/// division is not among them, because its result is NULL if the divisor is zero.
const SIGNS: [&str; 13] = ["(", ")", ",", "=", "==", "<>", "!=", "<", "<=", ">", ">=", "||", "-"];

/// Returns whether it is certain that a condition is true or false for every row of the table,
/// and not NULL.
///
/// ALTER TABLE … ADD CONSTRAINT of SQLite 3.53 refuses a row for which the condition is NULL,
/// although a CHECK accepts it.
pub(super) fn is_never_null(condition: &str, table: &Table) -> bool {
    let tokens = tokens(condition);
    tokens.iter().enumerate().all(|(place, token)| {
        let is_call = tokens.get(place + 1).is_some_and(|next| next.is("("));
        let is_among = |words: &[&str]| words.iter().any(|word| is(word, token.text));
        let column = || token.name().and_then(|name| table.column(&name)).is_some_and(|column| !column.is_nullable());
        match token.kind {
            Kind::Text | Kind::Number => true,
            Kind::Sign => is_among(&SIGNS),
            Kind::Word if is_call => is_among(&FUNCTIONS) || is_among(&KEYWORDS),
            Kind::Word => is_among(&KEYWORDS) || column(),
            Kind::Quoted => column(),
        }
    })
}
