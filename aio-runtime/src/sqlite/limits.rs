//! The limits of SQLite (<https://sqlite.org/limits.html>), with advice for statements that exceed
//! a limit.

/// A part of SQLite's message about each limit, and the advice for it.
const LIMITS: [(&str, &str); 16] = [
    (
        "Expression tree is too large",
        "join conditions by `all_of` and `any_of`, which take a list, pass values as a list to `is_in`, or use a temporary \
         table",
    ),
    (
        "Recursion limit",
        "the SQL is nested too deep: name parts of it with `WITH`, or store their rows in a temporary table",
    ),
    (
        "too many SQL variables",
        "the limit is 32766: pass values as a list, which is one parameter (`is_in`, `{list}` in `sql!`), insert rows with \
         `insert_all`, or use a temporary table",
    ),
    (
        "too many terms in compound SELECT",
        "the limit is 500: insert rows with `insert_all`, or store the rows of some queries in a temporary table",
    ),
    ("too many terms in ", "the limit is 2000: sort and group only by the columns that distinguish rows"),
    ("too many columns in result set", "the limit is 2000: select fewer columns, or use several queries"),
    (
        "too many columns ",
        "the limit is 2000: split the table into several with the same key, or store some columns as JSON",
    ),
    (
        "too many arguments on ",
        "the limit is 1000: call the function for some of the arguments, and again for the results",
    ),
    (
        "LIKE or GLOB pattern too complex",
        "the limit is 50000 bytes: `contains` and `starts_with` search for text of any length",
    ),
    ("statement too long", "the limit is 1000000000 bytes: pass values as parameters, or send several statements"),
    (
        "string or blob too big",
        "the limit is 1000000000 bytes: split the value into several rows, or store it in a file",
    ),
    ("too many attached databases", "detach one that is no longer needed: `detach database name`"),
    ("tables in a join", "the limit is 64: store the rows of some of them in a temporary table"),
    (
        "too many FROM clause terms",
        "the limit is 200, and 64 in a join: store the rows of some of them in a temporary table",
    ),
    ("too many references to ", "store its rows in a temporary table"),
    ("too many levels of trigger recursion", "the limit is 1000: a trigger fires itself again and again"),
];

/// Returns the advice for a message about a limit, or `None` for any other message.
pub(super) fn advice(message: &str) -> Option<&'static str> {
    LIMITS.iter().find(|(words, _)| message.contains(words)).map(|(_, advice)| *advice)
}
