//! The mathematical functions that SQLite has only if it was built with them; the bundled SQLite
//! was not (<https://sqlite.org/lang_mathfunc.html>).

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

type Of1 = fn(f64) -> f64;
type Of2 = fn(f64, f64) -> f64;

/// Functions of one argument that are defined for every number, each with its name in SQL.
const OF_ALL: [(&str, Of1); 7] = [
    ("ceil", f64::ceil),
    ("ceiling", f64::ceil),
    ("floor", f64::floor),
    ("trunc", f64::trunc),
    ("atan", f64::atan),
    ("degrees", f64::to_degrees),
    ("radians", f64::to_radians),
];

/// Functions of one argument that return NULL where they are not defined or their result is too
/// large, each with its name in SQL.
const OF_SOME: [(&str, Of1); 10] = [
    ("sqrt", f64::sqrt),
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("log10", f64::log10),
    ("log2", f64::log2),
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("asin", f64::asin),
    ("acos", f64::acos),
];

const TWO: [(&str, Of2); 4] = [("pow", f64::powf), ("power", f64::powf), ("atan2", f64::atan2), ("mod", |a, b| a % b)];

/// Registers the mathematical functions on a connection.
pub(super) fn add_functions(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, function) in OF_ALL {
        raw.create_scalar_function(name, 1, flags, move |context| Ok(number(context, 0).map(function)))?;
    }
    for (name, function) in OF_SOME {
        raw.create_scalar_function(name, 1, flags, move |context| {
            // An infinite result is returned only if the argument is infinite: the root and the
            // logarithm of infinity are infinity.
            Ok(number(context, 0).map(|x| (x, function(x))).filter(|(x, y)| y.is_finite() || y == x).map(|(_, y)| y))
        })?;
    }
    for (name, function) in TWO {
        raw.create_scalar_function(name, 2, flags, move |context| {
            let both = number(context, 0).zip(number(context, 1));
            Ok(both.map(|(a, b)| function(a, b)).filter(|value| value.is_finite()))
        })?;
    }
    Ok(())
}

/// Returns an argument as a number, or `None` if it is NULL or not a number.
fn number(context: &Context<'_>, index: usize) -> Option<f64> {
    match context.get_raw(index) {
        ValueRef::Integer(value) => Some(value as f64),
        ValueRef::Real(value) => Some(value),
        _ => None,
    }
}
