//! The mathematical functions that SQLite has only where it was built with them, and the bundled
//! one was not (<https://sqlite.org/lang_mathfunc.html>).

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

type Of1 = fn(f64) -> f64;
type Of2 = fn(f64, f64) -> f64;

/// Of every number.
const OF_ALL: [(&str, Of1); 7] = [
    ("ceil", f64::ceil),
    ("ceiling", f64::ceil),
    ("floor", f64::floor),
    ("trunc", f64::trunc),
    ("atan", f64::atan),
    ("degrees", f64::to_degrees),
    ("radians", f64::to_radians),
];

/// Of some numbers, and NULL of the others.
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

/// Adds them to a connection.
pub(super) fn add_functions(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, function) in OF_ALL {
        raw.create_scalar_function(name, 1, flags, move |context| Ok(number(context, 0).map(function)))?;
    }
    for (name, function) in OF_SOME {
        raw.create_scalar_function(name, 1, flags, move |context| {
            // An infinite number has a root and a logarithm, itself.
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

/// An argument as a number; NULL, and what is none, gives NULL.
fn number(context: &Context<'_>, index: usize) -> Option<f64> {
    match context.get_raw(index) {
        ValueRef::Integer(value) => Some(value as f64),
        ValueRef::Real(value) => Some(value),
        _ => None,
    }
}
