//! The types of the values of raw SQL.
//!
//! The server infers the type of a parameter from what stands beside it. Where nothing does, as in
//! `select $1`, it takes text, and where several types are possible it fails. There, the types of
//! the values are given to it. A text has no type of its own, so that it can be compared with a
//! `varchar`, an enum or any other type that text is converted to.

use std::borrow::Cow;

use super::bind::Bound;
use super::connection::Failure;
use super::oid::{self, Oid};
use super::statement::Statement;
use crate::value::ValueRef;

/// The type that the server infers.
pub(super) const INFERRED: Oid = 0;

/// A parameter whose type cannot be inferred
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const INDETERMINATE_TYPE: &str = "42P18";

/// Several functions or operators fit the types of the operands.
const AMBIGUOUS_FUNCTION: &str = "42725";

/// Returns the type of a value, or [`INFERRED`] for what may be of any type: text, NULL and lists.
pub(super) fn type_of(value: &Bound<'_>) -> Oid {
    match value {
        Bound::Value(ValueRef::Integer(_)) => oid::INT8,
        Bound::Value(ValueRef::Real(_)) => oid::FLOAT8,
        Bound::Value(ValueRef::Blob(_)) => oid::BYTEA,
        Bound::Value(ValueRef::Timestamp { .. }) => oid::TIMESTAMPTZ,
        Bound::Value(ValueRef::DateTime { .. }) => oid::TIMESTAMP,
        Bound::Value(ValueRef::Date { .. }) => oid::DATE,
        Bound::Value(ValueRef::Time { .. }) => oid::TIME,
        Bound::Value(ValueRef::Decimal { .. }) => oid::NUMERIC,
        Bound::Value(ValueRef::Array(array)) => {
            let first = array.iter().find(|element| *element != ValueRef::Null);
            first.map(|element| type_of(&Bound::Value(element))).and_then(oid::array_of).unwrap_or(INFERRED)
        }
        Bound::Value(ValueRef::Text(_) | ValueRef::Null) | Bound::List(_) => INFERRED,
    }
}

/// Returns whether no value of another type is bound where the server takes text.
pub(super) fn fits(statement: &Statement, values: impl Iterator<Item = Oid>) -> bool {
    statement.parameters.iter().zip(values).all(|(ty, value)| *ty != oid::TEXT || value == INFERRED)
}

/// Returns the name by which a statement is remembered that was prepared for values of these
/// types.
pub(super) fn key<'a>(text: &'a str, values: &[Oid]) -> Cow<'a, str> {
    match values.iter().all(|ty| *ty == INFERRED) {
        true => text.into(),
        false => format!("{text}\0{values:?}").into(),
    }
}

/// Returns the types to give to the server where it has taken text for values of other types, or
/// `None` if there are none.
pub(super) fn in_place_of_text(statement: &Statement, given: &[Oid], values: &[Oid]) -> Option<Vec<Oid>> {
    let mut types = given.to_vec();
    for (ty, (inferred, value)) in types.iter_mut().zip(statement.parameters.iter().zip(values)) {
        if *ty == INFERRED && *inferred == oid::TEXT {
            *ty = *value;
        }
    }
    (types != given).then_some(types)
}

/// Returns the types to give to the server because it could not infer them, or `None` if it has
/// failed for another reason.
pub(super) fn after_failure(failure: &Failure, given: &[Oid], values: &[Oid]) -> Option<Vec<Oid>> {
    let Failure::Server(error) = failure else { return None };
    let mut types = given.to_vec();
    match error.code() {
        INDETERMINATE_TYPE => {
            let place = error.parameter()?.checked_sub(1)?;
            let ty = types.get_mut(place).filter(|ty| **ty == INFERRED)?;
            *ty = values.get(place).copied().filter(|ty| *ty != INFERRED).unwrap_or(oid::TEXT);
        }
        AMBIGUOUS_FUNCTION => {
            let unknown = types.iter_mut().zip(values).filter(|(ty, _)| **ty == INFERRED);
            unknown.for_each(|(ty, value)| *ty = *value);
        }
        _ => return None,
    }
    (types != given).then_some(types)
}
