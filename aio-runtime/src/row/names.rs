//! Finds the columns of a result by their names.

use crate::error::{Error, Result};

/// The names that a struct expects for its columns in the result of a raw query.
#[derive(Clone, Copy, Debug)]
pub enum ColumnNames {
    /// The names of these columns, which may be in any order in the result.
    Each(&'static [&'static str]),
    /// The names of several nested structs, one after the other. Two of them may have columns of
    /// the same name.
    Parts(&'static [ColumnNames]),
}

impl ColumnNames {
    /// Appends, for each column of the struct, its index in the result. Each nested struct must
    /// have its columns directly after those of the nested struct before it; otherwise, or if a
    /// column is missing, returns `false`.
    fn append_indexes(self, names: &[String], indexes: &mut Vec<usize>) -> bool {
        match self {
            ColumnNames::Each(wanted) => {
                let begin = indexes.len();
                let Some(names) = names.get(begin..begin + wanted.len()) else { return false };
                let found = |wanted: &&str| match find_column(wanted, names) {
                    ColumnMatch::One(index) => Some(begin + index),
                    ColumnMatch::None | ColumnMatch::Several(_) => None,
                };
                indexes.extend(wanted.iter().map_while(found));
                indexes.len() == begin + wanted.len()
            }
            ColumnNames::Parts(parts) => parts.iter().all(|part| part.append_indexes(names, indexes)),
        }
    }

    fn append_to(self, list: &mut Vec<&'static str>) {
        match self {
            ColumnNames::Each(names) => list.extend(names),
            ColumnNames::Parts(parts) => parts.iter().for_each(|part| part.append_to(list)),
        }
    }
}

/// Returns the names of the columns of a field that is a nested struct, given the `FromRow::NAMES`
/// of the field's type.
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

/// The result of searching a name among the names of a result's columns.
pub(crate) enum ColumnMatch {
    /// No column has the name.
    None,
    /// One column has the name, at this index.
    One(usize),
    /// Several columns have the name. Their number is given.
    Several(usize),
}

/// Finds a column by its name, ignoring the case of ASCII letters.
pub(crate) fn find_column(wanted: &str, names: &[String]) -> ColumnMatch {
    let mut indexes = (0..).zip(names).filter(|(_, name)| name.eq_ignore_ascii_case(wanted)).map(|(index, _)| index);
    match (indexes.next(), indexes.count()) {
        (None, _) => ColumnMatch::None,
        (Some(index), 0) => ColumnMatch::One(index),
        (Some(_), more) => ColumnMatch::Several(1 + more),
    }
}

/// Checks that none of the names by which columns are read occurs twice in a result.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if a name occurs twice.
pub(crate) fn check_names(wanted: &[&str], names: &[String], type_name: &str) -> Result<()> {
    wanted.iter().try_for_each(|wanted| match find_column(wanted, names) {
        ColumnMatch::Several(count) => Err(ambiguous(wanted, count, &format!(", which `{type_name}` reads"), names)),
        ColumnMatch::One(_) | ColumnMatch::None => Ok(()),
    })
}

#[cold]
pub(crate) fn ambiguous(name: &str, count: usize, reader: &str, names: &[String]) -> Error {
    Error::usage(format!(
        "the query returns {count} columns with the name `{name}`{reader}: give each a different name, such as \
         `a.{name} as a_{name}`; it returns: {}",
        names.join(", ")
    ))
}

/// Returns, for each column of the struct, its index in the result, or `None` if the columns of
/// the result are in the order of the struct.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the result lacks a column, has several columns
/// with its name, or has the columns of a nested struct at another position.
pub(crate) fn columns_by_name(wanted: ColumnNames, names: &[String], type_name: &str) -> Result<Option<Vec<usize>>> {
    // The name of the struct without its path. If the type is `Option<path::Struct>`, this also
    // removes the rest of the `Option`.
    let type_name = type_name.rsplit("::").next().unwrap_or(type_name).trim_end_matches('>');
    let indexes: Vec<usize> = match wanted {
        ColumnNames::Each(wanted) => {
            let find = |wanted: &&str| match find_column(wanted, names) {
                ColumnMatch::One(index) => Ok(index),
                ColumnMatch::None => Err(Error::usage(format!(
                    "the query returns no column `{wanted}`, which `{type_name}` needs; it returns: {}",
                    names.join(", ")
                ))),
                ColumnMatch::Several(count) => {
                    Err(ambiguous(wanted, count, &format!(", which `{type_name}` reads"), names))
                }
            };
            wanted.iter().map(find).collect::<Result<_>>()?
        }
        ColumnNames::Parts(_) => {
            let mut indexes = Vec::new();
            if !wanted.append_indexes(names, &mut indexes) || indexes.len() != names.len() {
                let mut list = Vec::new();
                wanted.append_to(&mut list);
                return Err(Error::usage(format!(
                    "`{type_name}` has nested structs, and reads these columns in this order: {}; the query returns: {}",
                    list.join(", "),
                    names.join(", ")
                )));
            }
            indexes
        }
    };
    let in_order =
        indexes.len() == names.len() && indexes.iter().enumerate().all(|(position, index)| position == *index);
    Ok((!in_order).then_some(indexes))
}

/// Returns the error for a query with more columns than the `read` columns that the type reads.
/// `names` are the names of all columns that the query returns.
#[cold]
pub(crate) fn too_wide(type_name: &str, read: usize, names: &[String]) -> Error {
    Error::usage(format!(
        "the query returns {} columns, but `{type_name}` reads {read}: select only those, or read all of them; it returns: {}",
        names.len(),
        names.join(", ")
    ))
}
