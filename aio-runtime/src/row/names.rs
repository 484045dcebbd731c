//! Finding the columns of a result by their names.

use crate::error::{Error, Result};

/// The names that the columns of a struct have in the result of a raw query.
#[derive(Clone, Copy, Debug)]
pub enum ColumnNames {
    /// These names, in any order.
    Each(&'static [&'static str]),
    /// The names of several parts in a row, two of which may have the same names.
    Parts(&'static [ColumnNames]),
}

impl ColumnNames {
    /// Appends the index of each column in the result, if each part follows those before it.
    fn append_places(self, names: &[String], places: &mut Vec<usize>) -> bool {
        match self {
            ColumnNames::Each(wanted) => {
                let begin = places.len();
                let Some(names) = names.get(begin..begin + wanted.len()) else { return false };
                let found = |wanted: &&str| match place_of(wanted, names) {
                    Place::At(place) => Some(begin + place),
                    Place::Nowhere | Place::Several(_) => None,
                };
                places.extend(wanted.iter().map_while(found));
                places.len() == begin + wanted.len()
            }
            ColumnNames::Parts(parts) => parts.iter().all(|part| part.append_places(names, places)),
        }
    }

    fn append_to(self, list: &mut Vec<&'static str>) {
        match self {
            ColumnNames::Each(names) => list.extend(names),
            ColumnNames::Parts(parts) => parts.iter().for_each(|part| part.append_to(list)),
        }
    }
}

/// Returns the names of the columns of a nested field.
///
/// # Panics
/// At compile time, if the type of the field is not a struct with columns.
#[allow(clippy::panic)]
#[track_caller]
pub const fn nested(names: Option<ColumnNames>) -> ColumnNames {
    match names {
        Some(names) => names,
        None => panic!("`nested` is for a field that is a record or a row of a table"),
    }
}

/// The position of a name among the columns of a result.
pub(crate) enum Place {
    Nowhere,
    At(usize),
    /// This number of columns have the name.
    Several(usize),
}

/// Finds a column by its name. If a result has several columns of the same name, it is ambiguous.
pub(crate) fn place_of(wanted: &str, names: &[String]) -> Place {
    let mut places = (0..).zip(names).filter(|(_, name)| name.eq_ignore_ascii_case(wanted)).map(|(place, _)| place);
    match (places.next(), places.count()) {
        (None, _) => Place::Nowhere,
        (Some(place), 0) => Place::At(place),
        (Some(_), more) => Place::Several(1 + more),
    }
}

/// Checks that no two columns of a result have a name by which one is read.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if two have.
pub(crate) fn check_names(wanted: &[&str], names: &[String], type_name: &str) -> Result<()> {
    wanted.iter().try_for_each(|wanted| match place_of(wanted, names) {
        Place::Several(count) => Err(ambiguous(wanted, count, &format!(", which `{type_name}` reads"), names)),
        Place::At(_) | Place::Nowhere => Ok(()),
    })
}

#[cold]
pub(crate) fn ambiguous(name: &str, count: usize, reader: &str, names: &[String]) -> Error {
    Error::usage(format!(
        "the query gives {count} columns that are called `{name}`{reader}: give each a name of its own, as `a.{name} as a_{name}` \
         does; it gives: {}",
        names.join(", ")
    ))
}

/// Returns the index in the result of each of the struct's columns, or `None` if the order is the
/// same.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the result lacks a column, has several with
/// its name, or has nested structs at another position.
pub(crate) fn places_by_name(wanted: ColumnNames, names: &[String], type_name: &str) -> Result<Option<Vec<usize>>> {
    // The name of the struct inside an `Option`, without its path.
    let type_name = type_name.rsplit("::").next().unwrap_or(type_name).trim_end_matches('>');
    let places: Vec<usize> = match wanted {
        ColumnNames::Each(wanted) => {
            let place = |wanted: &&str| match place_of(wanted, names) {
                Place::At(place) => Ok(place),
                Place::Nowhere => Err(Error::usage(format!(
                    "the query gives no column `{wanted}`, which `{type_name}` needs; it gives: {}",
                    names.join(", ")
                ))),
                Place::Several(count) => Err(ambiguous(wanted, count, &format!(", which `{type_name}` reads"), names)),
            };
            wanted.iter().map(place).collect::<Result<_>>()?
        }
        ColumnNames::Parts(_) => {
            let mut places = Vec::new();
            if !wanted.append_places(names, &mut places) || places.len() != names.len() {
                let mut list = Vec::new();
                wanted.append_to(&mut list);
                return Err(Error::usage(format!(
                    "`{type_name}` has nested structs, and reads these columns in this order: {}; the query gives: {}",
                    list.join(", "),
                    names.join(", ")
                )));
            }
            places
        }
    };
    let in_order = places.len() == names.len() && places.iter().enumerate().all(|(index, place)| index == *place);
    Ok((!in_order).then_some(places))
}

/// Returns the error for a query with more columns than are read.
#[cold]
pub(crate) fn too_wide(type_name: &str, read: usize, names: &[String]) -> Error {
    Error::usage(format!(
        "the query gives {} columns, of which `{type_name}` reads {read}: select no more, or read them all; it gives: {}",
        names.len(),
        names.join(", ")
    ))
}
