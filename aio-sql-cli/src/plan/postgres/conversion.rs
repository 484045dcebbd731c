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
    let name = quoted(found.name());
    let (from, to) = (Type::of(found.declared_type()), Type::of(wanted.declared_type()));
    let cast = format!("{name}::{}", wanted.declared_type());
    let place = |ty: &Type<'_>| INTEGERS.iter().position(|integer| *integer == ty.name);
    let is_wider = match (place(&from), place(&to)) {
        (Some(from), Some(to)) => from <= to,
        (Some(from), None) => match to.name {
            "numeric" => to.limits.is_empty(),
            "double precision" => from <= 1,
            "real" => from == 0,
            _ => false,
        },
        _ => false,
    };
    match (from.name, to.name) {
        _ if is_wider => Some(cast),
        ("real", "double precision") | ("jsonb", "json") => Some(cast),
        ("numeric", "numeric") if to.holds_decimals_of(&from) => Some(cast),
        ("character varying", "character varying") if to.is_at_least_as_long_as(&from) => Some(cast),
        ("text", "character varying") if to.limits.is_empty() => Some(cast),
        (from, "text") if WITH_TEXT_FORM.contains(&from) => Some(cast),
        ("text", "bytea") => Some(format!("convert_to({name}, 'UTF8')")),
        ("date", "timestamp without time zone") if to.limits.is_empty() => Some(cast),
        ("timestamp without time zone", "timestamp with time zone")
        | ("timestamp with time zone", "timestamp without time zone")
            if to.limits.is_empty() =>
        {
            Some(format!("{name} AT TIME ZONE 'UTC'"))
        }
        (from, to) if from == to && wanted.declared_type() == found.declared_type() => Some(name),
        _ => None,
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
