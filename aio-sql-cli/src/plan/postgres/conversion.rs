//! Conversions of the values of a column to another type.

use aio_sql::inspect::Column;

use crate::plan::name::quoted;

/// The types whose values have a text form from which they can be read again.
const WITH_TEXT_FORM: [&str; 11] = [
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
    "boolean",
    "uuid",
    "json",
    "jsonb",
    "character varying",
];

/// The types of integers, each of which holds the values of those before it.
const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];

/// Returns the expression that converts the values of a column and loses nothing of any of them;
/// `None` if there is none.
pub(super) fn lossless(found: &Column, wanted: &Column) -> Option<String> {
    let (name, from, to) = (quoted(found.name()), found.declared_type(), wanted.declared_type());
    // The cast of an array casts each element.
    let (element, wanted_element) = (from.strip_suffix("[]"), to.strip_suffix("[]"));
    let is_kept = element.is_some() == wanted_element.is_some()
        && is_kept_by_cast(&Type::of(element.unwrap_or(from)), &Type::of(wanted_element.unwrap_or(to)));
    match (from, to) {
        _ if is_kept => Some(format!("{name}::{to}")),
        ("text", "bytea") => Some(format!("convert_to({name}, 'UTF8')")),
        ("timestamp without time zone", "timestamp with time zone")
        | ("timestamp with time zone", "timestamp without time zone") => Some(format!("{name} AT TIME ZONE 'UTC'")),
        _ => None,
    }
}

/// Returns whether a cast to another type preserves every value.
fn is_kept_by_cast(from: &Type<'_>, to: &Type<'_>) -> bool {
    let place = |ty: &Type<'_>| INTEGERS.iter().position(|integer| *integer == ty.name);
    match (place(from), place(to)) {
        (Some(from), Some(to)) => return from <= to,
        (Some(from), None) => match to.name {
            "numeric" => return to.limits.is_empty(),
            "double precision" => return from <= 1,
            "real" => return from == 0,
            _ => {}
        },
        _ => {}
    }
    match (from.name, to.name) {
        ("real", "double precision") | ("jsonb", "json") => true,
        ("numeric", "numeric") => to.holds_decimals_of(from),
        ("character varying", "character varying") => to.is_at_least_as_long_as(from),
        ("text", "character varying") | ("date", "timestamp without time zone") => to.limits.is_empty(),
        (from, "text") => WITH_TEXT_FORM.contains(&from),
        _ => false,
    }
}

/// The name of a type, and the numbers in its parentheses.
struct Type<'a> {
    name: &'a str,
    limits: Vec<u32>,
}

impl<'a> Type<'a> {
    fn of(declared: &'a str) -> Type<'a> {
        let Some((name, rest)) = declared.split_once('(') else { return Type { name: declared, limits: Vec::new() } };
        let numbers = rest.split(')').next().unwrap_or_default().split(',');
        Type { name: name.trim_end(), limits: numbers.filter_map(|number| number.trim().parse().ok()).collect() }
    }

    fn is_at_least_as_long_as(&self, other: &Type<'_>) -> bool {
        match (self.limits.first(), other.limits.first()) {
            (None, _) => true,
            (Some(own), Some(other)) => own >= other,
            (Some(_), None) => false,
        }
    }

    fn holds_decimals_of(&self, other: &Type<'_>) -> bool {
        match (&*self.limits, &*other.limits) {
            ([], _) => true,
            ([own, own_scale], [other, other_scale]) => {
                own_scale >= other_scale && own - own_scale.min(own) >= other - other_scale.min(other)
            }
            _ => false,
        }
    }
}
