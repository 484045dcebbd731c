//! Compares an existing table with the one that a struct declares.

use rusqlite::Connection;

use super::affinity::Affinity;
use super::program::Program;
use super::read::shape;
use super::{CHECK, Column, FOREIGN_KEY, INDEX, Property, Shape, UNIQUE, UNIQUE_ON};
use crate::engine::WantedTable;
use crate::error::Result;
use crate::sqlite::error::typed;
use crate::sqlite::options::Options;
use crate::sqlite::set_up::empty_beside;

/// Returns the differences between an existing table and the wanted one, one line each.
///
/// The table may lack checks that follow from the types of the struct: it may have been created by
/// an earlier version or by another program. A column or constraint that only the table has is not
/// a difference if rows of the struct can still be written.
pub(in crate::sqlite) fn compare(raw: &Connection, options: &Options, wanted: &WantedTable) -> Result<Vec<String>> {
    let beside = empty_beside(options)?;
    let table = wanted.name;
    for statement in &wanted.ddl {
        let made = beside.execute_batch(statement).map_err(typed);
        made.map_err(|error| error.context(format_args!("the table {table} cannot be compared")))?;
    }
    let program = Program { beside: &beside, table };
    let found = shape(raw, &program).map_err(typed)?;
    let shape = shape(&beside, &program).map_err(typed)?;
    let lists = if found.is_strict { &[][..] } else { &wanted.lists };
    let implied: Vec<_> = wanted.ranges.iter().chain(lists).map(|check| program.of_row(check)).collect();
    let columns =
        shape.properties.iter().filter_map(|of| of.column.as_ref()).map(|column| column.name.to_ascii_lowercase());
    let comparison = Comparison { wanted, columns: columns.collect(), implied, is_strict: found.is_strict };
    Ok(comparison.differences(found, shape))
}

/// The rules that decide whether two tables differ.
struct Comparison<'a> {
    wanted: &'a WantedTable,
    /// The names of the wanted columns, in lower case.
    columns: Vec<String>,
    /// The meanings of the checks that the existing table may lack.
    implied: Vec<String>,
    /// Whether the existing table is STRICT.
    is_strict: bool,
}

impl Comparison<'_> {
    /// Returns the differences, one line each.
    fn differences(&self, mut found: Shape, wanted: Shape) -> Vec<String> {
        let serving =
            found.properties.iter().filter(|found| wanted.properties.iter().any(|wanted| self.serves(found, wanted)));
        let serving: Vec<_> = serving.map(|found| (found.kind.clone(), found.meaning.clone())).collect();
        let is_missing = |wanted: &Property| {
            // An index may serve several wanted properties, for instance a UNIQUE constraint too.
            let serves = found.properties.iter().any(|found| self.serves(found, wanted));
            found.take(|found| self.is(found, wanted)).is_none() && !serves
        };
        let missing: Vec<_> = wanted.properties.into_iter().filter(is_missing).collect();
        let mut differences = Vec::new();
        for Property { name, description, .. } in missing.into_iter().filter(|wanted| !self.may_be_missing(wanted)) {
            differences.push(match found.take(|found| found.name.eq_ignore_ascii_case(&name)) {
                Some(found) => format!("{name} is {}: expected {description}", found.description),
                None => format!("{name} is missing: expected {description}"),
            });
        }
        let is_expected = |found: &Property| {
            let serves = serving.iter().any(|(kind, meaning)| *kind == found.kind && *meaning == found.meaning);
            serves || self.may_be_more(found)
        };
        let unexpected = found.properties.into_iter().filter(|found| !is_expected(found));
        differences.extend(unexpected.map(|Property { name, description, column, .. }| match column {
            Some(column) if column.is_key => {
                format!("{name} has no field, and is part of the primary key: {description}")
            }
            Some(_) => format!("{name} has no field, and a new row needs a value for it: {description}"),
            None => format!("{name} is unexpected: {description}"),
        }));
        differences
    }

    /// Returns whether the found property is the wanted one.
    fn is(&self, found: &Property, wanted: &Property) -> bool {
        let columns = match (&found.column, &wanted.column) {
            (Some(found), Some(wanted)) => self.holds(found, wanted),
            _ => true,
        };
        found.kind == wanted.kind && found.meaning == wanted.meaning && columns
    }

    /// Returns whether the found property has the effect of a wanted property of another kind or
    /// name: a unique index and a UNIQUE constraint, or two indexes.
    fn serves(&self, found: &Property, wanted: &Property) -> bool {
        let meaning = |of: &Property| match of.kind.as_str() {
            UNIQUE => Some(format!("{UNIQUE_ON}{}", of.meaning)),
            kind if kind.starts_with(INDEX) => Some(of.meaning.clone()),
            _ => None,
        };
        // Indexes with the same name are compared by `is`.
        found.kind != wanted.kind && meaning(found).is_some() && meaning(found) == meaning(wanted)
    }

    /// Returns whether the found column can take the place of the wanted column: it can hold the
    /// same values, can be omitted from a new row if the wanted column can, and is AUTOINCREMENT
    /// if the wanted column is.
    fn holds(&self, found: &Column, wanted: &Column) -> bool {
        let is_numbered = self.wanted.numbered.is_some_and(|name| name.eq_ignore_ascii_case(&wanted.name));
        let default = found.default == wanted.default || wanted.default.is_none() && !self.is_strict;
        // A primary key of SQLite may be NULL, except INTEGER PRIMARY KEY.
        let nullness =
            found.is_not_null == wanted.is_not_null || wanted.is_not_null && wanted.is_key && !self.is_strict;
        let numbers = found.autoincrement || !wanted.autoincrement;
        let ty = if self.is_strict || is_numbered { found.ty == wanted.ty } else { self.has_affinity(found, wanted) };
        default && nullness && numbers && ty
    }

    /// Returns whether a column of a table that is not STRICT stores the values of the wanted
    /// column unchanged (<https://sqlite.org/datatype3.html#type_affinity>).
    fn has_affinity(&self, found: &Column, wanted: &Column) -> bool {
        let affinity = Affinity::of(&found.ty);
        let is_among = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(&wanted.name));
        let is_never_a_number = is_among(&self.wanted.never_numbers);
        match Affinity::of(&wanted.ty) {
            // In a column of another affinity 5.0 may be stored as the integer 5, and 5 / 2 is 2.
            Affinity::Real if is_among(&self.wanted.floats) => affinity == Affinity::Real,
            _ if found.ty.is_empty() => true,
            Affinity::Integer => matches!(affinity, Affinity::Integer | Affinity::Numeric),
            Affinity::Real => matches!(affinity, Affinity::Real | Affinity::Numeric),
            // NUMERIC affinity would store a text that looks like a number as a number.
            Affinity::Text => affinity == Affinity::Text || affinity == Affinity::Numeric && is_never_a_number,
            wanted => affinity == wanted,
        }
    }

    /// Returns whether the existing table may lack the wanted property, because that is a check
    /// that follows from the types.
    fn may_be_missing(&self, wanted: &Property) -> bool {
        wanted.kind == CHECK && self.implied.contains(&wanted.meaning)
    }

    /// Returns whether the existing table may have this property although the struct does not
    /// declare it.
    fn may_be_more(&self, found: &Property) -> bool {
        if let Some(column) = &found.column {
            return !column.is_key && (!column.is_not_null || column.default.is_some() || column.is_generated);
        }
        let is = |kind| found.kind.starts_with(kind);
        let is_of_others = found.kind.strip_prefix(FOREIGN_KEY).is_some_and(|columns| {
            columns.split(", ").any(|column| !self.columns.iter().any(|wanted| wanted == column.trim()))
        });
        is(INDEX) || is_of_others || !self.is_strict && (is(CHECK) || is(UNIQUE) || is(FOREIGN_KEY))
    }
}
