//! Which Rust type a column has: by its declared type, and by its values if they were looked at.

use std::collections::HashMap;

use aio_sql::inspect::{Column, Schema};

use super::class::Class;
use super::forms::{Shape, time_of_day_form, timestamp};
use super::sample::{Samples, Seen};
use crate::generate::rust_type::RustType;
use crate::generate::type_rules::Choice;

/// Returns the choice of a type that the values of the column have.
fn certain(ty: RustType) -> Choice {
    Choice { is_known: true, ..Choice::new(ty) }
}

/// The types for columns without values: the type of the columns with values that have the same
/// declared type.
#[derive(Default)]
pub(super) struct Siblings(HashMap<String, Option<RustType>>);

impl Siblings {
    /// Looks at the columns of all tables that have values.
    pub(super) fn of(schema: &Schema, samples: &Samples) -> Siblings {
        let mut siblings: HashMap<String, Option<RustType>> = HashMap::new();
        for table in schema.tables() {
            for column in table.columns() {
                let Some(seen) = samples.column(table.name(), column.name()) else { continue };
                let choice = choose(column, Some(seen), &Siblings::default());
                let declared = column.declared_type().to_ascii_uppercase();
                let known = siblings.entry(declared).or_insert_with(|| Some(choice.ty.clone()));
                // If columns with the same declared type have several Rust types, they tell
                // nothing about others.
                if known.as_ref() != Some(&choice.ty) {
                    *known = None;
                }
            }
        }
        Siblings(siblings)
    }
}

/// Chooses the type of a column.
pub(super) fn choose(column: &Column, seen: Option<&Seen>, siblings: &Siblings) -> Choice {
    let declared = Declared::of(column);
    let Some(seen) = seen else {
        let choice = declared.by_declaration();
        let sibling = siblings.0.get(&declared.ty).filter(|_| choice.is_uncertain && !declared.ty.is_empty());
        return match sibling {
            Some(Some(ty)) => Choice::new(ty.clone()),
            _ => choice,
        };
    };
    declared.by_values(seen)
}

/// What the declaration of a column says.
struct Declared<'a> {
    name: &'a str,
    /// The declared type in upper case.
    ty: String,
    class: Class,
    has_collation: bool,
}

/// The range of points in time from 1971 to 2200, in seconds since the beginning of 1970.
const SECONDS: (f64, f64) = (31_536_000.0, 7_258_118_400.0);

/// The range of Julian days from 1800 to 2200.
const JULIAN_DAYS: (f64, f64) = (2_378_496.0, 2_524_593.0);

impl<'a> Declared<'a> {
    fn of(column: &'a Column) -> Declared<'a> {
        Declared {
            name: column.name(),
            ty: column.declared_type().to_ascii_uppercase(),
            class: Class::named(column.type_class()),
            has_collation: column.collation().is_some(),
        }
    }

    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.ty.contains(word))
    }

    fn is_decimal(&self) -> bool {
        self.has(&["DEC", "NUMERIC", "MONEY", "NUMBER"])
    }

    fn is_bool(&self) -> bool {
        self.has(&["BOOL"])
    }

    /// Returns whether the declared type or the name says that the values are times.
    fn is_time(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        self.has(&["DATE", "TIME"])
            || ["_at", "_on", "date", "time", "timestamp", "created", "updated", "modified", "deleted"]
                .iter()
                .any(|end| name.ends_with(end))
    }

    fn by_declaration(&self) -> Choice {
        match self.class {
            _ if self.is_bool() => Choice::new(RustType::Bool),
            Class::Integer => Choice::new(RustType::Integer(64)),
            Class::Real => Choice::new(RustType::Float(64)),
            Class::Text => Choice::new(RustType::Text),
            Class::Blob if self.has(&["BLOB"]) => Choice::new(RustType::Bytes),
            Class::Numeric if self.is_decimal() => Choice::new(RustType::Decimal(Some("real".to_owned()))),
            Class::Numeric if self.has(&["JSON"]) => Choice::new(RustType::Json),
            _ => Choice { is_uncertain: true, ..Choice::new(RustType::Text) },
        }
    }

    fn by_values(&self, seen: &Seen) -> Choice {
        match (seen.integers, seen.reals, seen.texts, seen.blobs) {
            (_, 0, 0, 0) => self.by_integers(seen),
            (_, _, 0, 0) => self.by_numbers(seen),
            (0, 0, _, 0) => self.by_texts(seen),
            (0, 0, 0, _) => self.by_blobs(seen),
            _ => {
                let ty = if seen.texts > 0 { RustType::Text } else { RustType::Bytes };
                let of = if seen.texts > 0 { "texts" } else { "blobs" };
                let kinds = seen.kinds().join(", ");
                certain(ty).remark(format!("the column `{}` has {kinds}; only the {of} can be read", self.name))
            }
        }
    }

    fn by_integers(&self, seen: &Seen) -> Choice {
        let name = self.name.to_ascii_lowercase();
        let is_named_as_flag = ["is_", "has_", "can_"].iter().any(|start| name.starts_with(start));
        let is_flag = self.is_bool() || is_named_as_flag || self.has(&["TINYINT(1)", "BIT"]);
        if is_flag && seen.is_within(0.0, 1.0) {
            return certain(RustType::Bool);
        }
        if self.is_decimal() {
            return certain(RustType::Decimal(Some("real".to_owned())));
        }
        if self.is_time() {
            let units = [("unix_seconds", 1.0), ("unix_millis", 1e3), ("unix_micros", 1e6), ("unix_nanos", 1e9)];
            let form = units.into_iter().find(|(_, unit)| seen.is_within(SECONDS.0 * unit, SECONDS.1 * unit));
            if let Some((form, _)) = form {
                return certain(RustType::Timestamp(Some(form.to_owned())));
            }
        }
        certain(RustType::Integer(64))
    }

    fn by_numbers(&self, seen: &Seen) -> Choice {
        if self.is_time() && seen.integers == 0 && seen.is_within(JULIAN_DAYS.0, JULIAN_DAYS.1) {
            return certain(RustType::Timestamp(Some("julian".to_owned())));
        }
        if self.is_decimal() || self.class == Class::Numeric {
            return certain(RustType::Decimal(Some("real".to_owned())));
        }
        certain(RustType::Float(64))
    }

    fn by_texts(&self, seen: &Seen) -> Choice {
        if self.has_collation {
            return certain(RustType::Text);
        }
        if let Some(form) = timestamp(&seen.shapes, seen.texts) {
            return certain(RustType::Timestamp(form));
        }
        if let Some(form) = time_of_day_form(&seen.shapes, seen.texts) {
            return certain(RustType::TimeOfDay(form));
        }
        let all = |is: &dyn Fn(&Shape) -> bool| seen.shapes.iter().all(is);
        let ty = match () {
            () if all(&|shape| *shape == Shape::Date) => RustType::Date,
            () if all(&|shape| matches!(shape, Shape::Uuid { is_lower: true, .. })) => RustType::Uuid(Some("text")),
            () if all(&|shape| matches!(shape, Shape::Uuid { is_upper: true, .. })) => RustType::Uuid(Some("upper")),
            () if all(&|shape| *shape == Shape::SimpleUuid) && !self.name.to_ascii_lowercase().contains("hash") => {
                RustType::Uuid(Some("simple"))
            }
            () if all(&|shape| *shape == Shape::Json) => RustType::Json,
            () if self.is_decimal() && all(&|shape| matches!(shape, Shape::Decimal(_))) => match self.places(seen) {
                Some(places) => RustType::Decimal(Some(format!("text({places})"))),
                None => RustType::Text,
            },
            () => RustType::Text,
        };
        let are_times = all(&|shape| matches!(shape, Shape::DateTime { .. } | Shape::Date | Shape::TimeOfDay(_)));
        let choice = certain(ty);
        if choice.ty == RustType::Text && are_times {
            return choice
                .remark(format!("the times in the column `{}` have several forms: they are read as text", self.name));
        }
        choice
    }

    /// Returns the number of decimal places that all decimals have, or `None` if they differ.
    fn places(&self, seen: &Seen) -> Option<usize> {
        let mut places = seen.shapes.iter().filter_map(|shape| match shape {
            Shape::Decimal(places) => Some(*places),
            _ => None,
        });
        let first = places.next()?;
        places.all(|other| other == first).then_some(first)
    }

    fn by_blobs(&self, seen: &Seen) -> Choice {
        let name = self.name.to_ascii_lowercase();
        let is_named = self.has(&["UUID", "GUID"])
            || ["uuid", "guid", "_id", "key"].iter().any(|end| name.ends_with(end))
            || name == "id";
        let is_uuid = seen.are_uuids || seen.are_of_16_bytes && is_named;
        certain(if is_uuid { RustType::Uuid(None) } else { RustType::Bytes })
    }
}
