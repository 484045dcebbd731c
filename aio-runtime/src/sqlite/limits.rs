//! The limits of SQLite (<https://sqlite.org/limits.html>), and what to do where a statement
//! reaches one.

/// What its message begins with or has in it, and what to do.
const LIMITS: [(&str, &str); 16] = [
    (
        "Expression tree is too large",
        "join conditions by `all_of` and `any_of`, which take a list, give values as a list to `is_in`, or put them in a \
         temporary table",
    ),
    (
        "Recursion limit",
        "the text is nested too deep: name parts of it by `WITH`, or put what they give in a temporary table",
    ),
    (
        "too many SQL variables",
        "SQLite takes 32766: give values as a list, which is one parameter (`is_in`, `{list}` in `sql!`), insert rows by \
         `insert_all`, or put them in a temporary table",
    ),
    (
        "too many terms in compound SELECT",
        "SQLite takes 500: insert rows by `insert_all`, or put those of some of the queries in a temporary table",
    ),
    ("too many terms in ", "SQLite takes 2000: sort and group by the columns that tell rows apart"),
    ("too many columns in result set", "SQLite takes 2000: select fewer columns, or in several queries"),
    (
        "too many columns ",
        "SQLite takes 2000: part the table in several that have one key, or keep some columns in one of JSON",
    ),
    ("too many arguments on ", "SQLite takes 1000: call the function for some of them, and again for what that gives"),
    (
        "LIKE or GLOB pattern too complex",
        "SQLite takes 50000 bytes: `contains` and `starts_with` look for text of any length",
    ),
    ("statement too long", "SQLite takes 1000000000 bytes: give values as parameters, or send several statements"),
    (
        "string or blob too big",
        "SQLite takes 1000000000 bytes: part the value in several rows, or keep it in a file and store its path",
    ),
    ("too many attached databases", "detach one that is not needed any more: `detach database name`"),
    ("tables in a join", "SQLite takes 64: put what some of them give in a temporary table"),
    (
        "too many FROM clause terms",
        "SQLite takes 200, and 64 in a join: put what some of them give in a temporary table",
    ),
    ("too many references to ", "put what it gives in a temporary table"),
    ("too many levels of trigger recursion", "SQLite takes 1000: a trigger causes itself again and again"),
];

/// What to do where a message says that a limit was reached.
pub(super) fn advice(message: &str) -> Option<&'static str> {
    LIMITS.iter().find(|(words, _)| message.contains(words)).map(|(_, advice)| *advice)
}
