//! Compares an existing table or schema with the wanted one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::meaning::Meaning;
use super::property::{CHECK, EXCLUSION, Extent, FOREIGN_KEY, INDEX, Property, UNIQUE, UNIQUE_ON, properties};
use super::{Auto, Column, Difference, Identity, Part, Schema, Table, Trigger, View};

/// How an existing table may differ from the struct that reads and writes its rows, because the
/// table may have been created by an earlier version or by another program.
#[derive(Default)]
pub(crate) struct Tolerance {
    /// The CHECK conditions that limit columns to the ranges of their Rust types. It is not a
    /// difference if the existing table lacks them.
    pub(crate) ranges: Vec<String>,
    /// The CHECK conditions that limit columns to the values that their Rust types list, such as
    /// an enum. It is not a difference if the existing table lacks them, unless it enforces the
    /// types of its columns (STRICT).
    pub(crate) lists: Vec<String>,
    /// The column whose value the database generates (auto-increment); `None` if there is no such
    /// column.
    pub(crate) numbered: Option<&'static str>,
    /// The text columns whose values never look like a number, such as dates. The existing column
    /// may have NUMERIC affinity, which stores such texts unchanged.
    pub(crate) never_numbers: Vec<&'static str>,
    /// The columns of floating-point numbers. The existing column must have REAL affinity, because
    /// another one may store 5.0 as the integer 5, and a calculation such as 5 / 2 would then
    /// return 2.
    pub(crate) floats: Vec<&'static str>,
}

impl Tolerance {
    /// Returns whether the database generates the values of this column.
    pub(crate) fn is_numbered(&self, column: &Column) -> bool {
        self.numbered.is_some_and(|name| name.eq_ignore_ascii_case(&column.name))
    }
}

/// The rules that decide whether two tables differ.
pub(crate) struct Comparison<'a, 'm> {
    pub(crate) wanted: &'a Table,
    pub(crate) found: &'a Table,
    pub(crate) meaning: &'m dyn Meaning,
    /// The differences that are accepted; `None` if every difference counts, apart from those that
    /// the database normalizes.
    pub(crate) tolerance: Option<&'m Tolerance>,
}

impl<'a> Comparison<'a, '_> {
    /// Returns the differences.
    ///
    /// With a tolerance, a column or constraint that only the found table has is not a difference
    /// if rows of the wanted table can still be written.
    pub(crate) fn differences(&self) -> Vec<Difference<'a>> {
        let extent = if self.tolerance.is_some() { Extent::Rows } else { Extent::All };
        let wanted = properties(self.wanted, self.meaning, extent);
        let mut found = properties(self.found, self.meaning, extent);
        let implied = self.implied();
        let is_serving = |found: &&Property<'_>| wanted.iter().any(|wanted| self.serves(found, wanted));
        let serving = found.iter().filter(is_serving).map(|found| (found.slot.clone(), found.meaning.clone()));
        let serving: Vec<_> = serving.collect();
        let is_missing = |wanted: &Property<'a>| {
            // An index may serve several wanted properties, such as an index and a UNIQUE
            // constraint.
            let serves = found.iter().any(|found| self.serves(found, wanted));
            take(&mut found, |found| self.is(found, wanted)).is_none() && !serves
        };
        let missing: Vec<_> = wanted.into_iter().filter(is_missing).collect();
        let is_implied = |wanted: &Property<'_>| wanted.slot == CHECK && implied.contains(&wanted.meaning);
        let mut differences = Vec::new();
        for Property { part, name, description, .. } in missing.into_iter().filter(|wanted| !is_implied(wanted)) {
            // The name of a CHECK may be its condition, whose texts have a case.
            let is_named = |found: &Property<'a>| match part {
                Part::Check(_) => found.name == name,
                _ => self.meaning.of_name(&found.name) == self.meaning.of_name(&name),
            };
            let other = take(&mut found, is_named);
            let text = match &other {
                Some(_) if description.is_empty() => format!("{name} has another text"),
                Some(found) => format!("{name} is {}: expected {description}", found.description),
                None if description.is_empty() => format!("{name} is missing"),
                None => format!("{name} is missing: expected {description}"),
            };
            differences.push(self.difference(Some(part), other.map(|found| found.part), text));
        }
        let is_expected = |found: &Property<'_>| {
            let serves = serving.iter().any(|(slot, meaning)| *slot == found.slot && *meaning == found.meaning);
            serves || self.may_be_more(found)
        };
        for Property { part, name, description, is_key, .. } in found.into_iter().filter(|found| !is_expected(found)) {
            let text = match part {
                _ if description.is_empty() => format!("{name} is unexpected"),
                _ if self.tolerance.is_none() => format!("{name} is unexpected: {description}"),
                Part::Column(_) if is_key => {
                    format!("{name} has no field, and is part of the primary key: {description}")
                }
                Part::Column(_) => format!("{name} has no field, and a new row needs a value for it: {description}"),
                _ => format!("{name} is unexpected: {description}"),
            };
            differences.push(self.difference(None, Some(part), text));
        }
        differences
    }

    fn difference(&self, wanted: Option<Part<'a>>, found: Option<Part<'a>>, text: String) -> Difference<'a> {
        Difference { schema: &self.wanted.schema, table: &self.wanted.name, wanted, found, text }
    }

    /// Returns the meanings of the CHECK conditions that the found table may lack.
    fn implied(&self) -> Vec<String> {
        let Some(tolerance) = self.tolerance else { return Vec::new() };
        let lists = if self.found.strict { &[][..] } else { &tolerance.lists };
        tolerance.ranges.iter().chain(lists).map(|check| self.meaning.of_row(check)).collect()
    }

    /// Returns whether the found property is equal to the wanted one, apart from what the
    /// tolerance accepts.
    fn is(&self, found: &Property<'_>, wanted: &Property<'_>) -> bool {
        let columns = match (found.part, wanted.part) {
            (Part::Column(found_column), Part::Column(wanted_column)) => {
                let same_default = found.default == wanted.default;
                match self.tolerance {
                    Some(tolerance) => {
                        let default = same_default || wanted.default.is_none() && !self.found.strict;
                        default && self.holds(found_column, wanted_column, wanted.is_key, tolerance)
                    }
                    None => same_default && self.is_same_column(found_column, wanted_column),
                }
            }
            _ => true,
        };
        found.slot == wanted.slot && found.meaning == wanted.meaning && columns
    }

    /// Returns whether two columns are equal in nullability, class of types and numbering. The
    /// meanings of their properties contain all else.
    fn is_same_column(&self, found: &Column, wanted: &Column) -> bool {
        let is_always = |column: &Column| column.identity == Some(Identity::Always);
        found.nullable == wanted.nullable
            && found.type_class == wanted.type_class
            && found.auto == wanted.auto
            && is_always(found) == is_always(wanted)
    }

    /// Returns whether the found property has the effect of a wanted property of another kind or
    /// name: a unique index that of a UNIQUE constraint or the reverse, or an index that of an
    /// equal index with another name.
    fn serves(&self, found: &Property<'_>, wanted: &Property<'_>) -> bool {
        let meaning = |of: &Property<'_>| match of.slot.as_str() {
            UNIQUE => Some(format!("{UNIQUE_ON}{}", of.meaning)),
            slot if slot.starts_with(INDEX) => Some(of.meaning.clone()),
            _ => None,
        };
        // Indexes with the same name are compared by `is`.
        let is_other = self.tolerance.is_some() && found.slot != wanted.slot;
        is_other && meaning(found).is_some() && meaning(found) == meaning(wanted)
    }

    /// Returns whether the found column can take the place of the wanted column: it can hold the
    /// same values, and is AUTOINCREMENT if the wanted column is.
    fn holds(&self, found: &Column, wanted: &Column, is_key: bool, tolerance: &Tolerance) -> bool {
        // A nullable key is accepted, because SQLite allows NULL in a primary key, unless it is
        // INTEGER PRIMARY KEY or the table is STRICT or WITHOUT ROWID.
        let nullness = found.nullable == wanted.nullable || !wanted.nullable && is_key && !self.found.strict;
        let numbers = found.auto == Auto::NeverUsed || wanted.auto != Auto::NeverUsed;
        let ty = if self.found.strict {
            found.declared_type.eq_ignore_ascii_case(&wanted.declared_type)
        } else {
            self.meaning.stores(self.found, found, wanted, tolerance)
        };
        nullness && numbers && ty
    }

    /// Returns whether the found table may have this property although the wanted one does not.
    fn may_be_more(&self, found: &Property<'_>) -> bool {
        if self.tolerance.is_none() {
            return false;
        }
        if let Part::Column(column) = found.part {
            return !found.is_key && (column.nullable || found.default.is_some() || column.generated.is_some());
        }
        let is = |slot| found.slot.starts_with(slot);
        let is_of_others = match found.part {
            Part::ForeignKey(key) => key.columns.iter().any(|column| self.wanted.column(column).is_none()),
            _ => false,
        };
        let is_constraint = is(CHECK) || is(UNIQUE) || is(FOREIGN_KEY) || is(EXCLUSION);
        is(INDEX) || is_of_others || !self.found.strict && is_constraint
    }
}

/// Removes and returns the first property for which `holds` returns true; returns `None` if there
/// is none.
fn take<'a>(properties: &mut Vec<Property<'a>>, holds: impl Fn(&Property<'a>) -> bool) -> Option<Property<'a>> {
    properties.iter().position(holds).map(|place| properties.remove(place))
}

/// Returns the differences of two schemas. `compare` compares two tables of the same name.
pub(crate) fn differences_of_schemas<'a>(
    wanted: &'a Schema,
    found: &'a Schema,
    meaning: &dyn Meaning,
    compare: impl Fn(&'a Table, &'a Table) -> Vec<Difference<'a>>,
) -> Vec<Difference<'a>> {
    let mut differences = Vec::new();
    let existing: HashMap<_, _> =
        found.tables().iter().map(|table| (place(found, &table.schema, &table.name, meaning), table)).collect();
    let mut expected = HashSet::new();
    for table in wanted.tables() {
        let place = place(wanted, &table.schema, &table.name, meaning);
        match existing.get(&place) {
            // Tables that are equal in all parts are not compared further, because the comparison
            // of expressions takes time.
            Some(found) if *found == table => {}
            Some(found) => differences.extend(compare(table, found)),
            None => {
                let text = format!("the table `{}` is missing", full_name(wanted, &table.schema, &table.name));
                differences.push(Difference {
                    schema: &table.schema,
                    table: &table.name,
                    wanted: Some(Part::Table(table)),
                    found: None,
                    text,
                });
            }
        }
        expected.insert(place);
    }
    for table in
        found.tables().iter().filter(|table| !expected.contains(&place(found, &table.schema, &table.name, meaning)))
    {
        let text = format!("the table `{}` is unexpected", full_name(found, &table.schema, &table.name));
        let (wanted, found) = (None, Some(Part::Table(table)));
        differences.push(Difference { schema: &table.schema, table: &table.name, wanted, found, text });
    }
    let existing: HashMap<_, _> =
        found.views().iter().map(|view| (place(found, &view.schema, &view.name, meaning), view)).collect();
    let mut expected = HashSet::new();
    for view in wanted.views() {
        let place = place(wanted, &view.schema, &view.name, meaning);
        let other = existing.get(&place).copied();
        expected.insert(place);
        let text = match other {
            Some(found) if meaning.of_statement(found.sql()) == meaning.of_statement(view.sql()) => {
                differences.extend(differences_of_triggers(view, found, meaning));
                continue;
            }
            Some(_) => format!("the view `{}` has another text", full_name(wanted, &view.schema, &view.name)),
            None => format!("the view `{}` is missing", full_name(wanted, &view.schema, &view.name)),
        };
        let (wanted, found) = (Some(Part::View(view)), other.map(Part::View));
        differences.push(Difference { schema: &view.schema, table: &view.name, wanted, found, text });
    }
    for view in found.views().iter().filter(|view| !expected.contains(&place(found, &view.schema, &view.name, meaning)))
    {
        let text = format!("the view `{}` is unexpected", full_name(found, &view.schema, &view.name));
        let (wanted, found) = (None, Some(Part::View(view)));
        differences.push(Difference { schema: &view.schema, table: &view.name, wanted, found, text });
    }
    differences_of_types(wanted, found, meaning, &mut differences);
    differences
}

/// Returns what identifies a table, a view or a type: the name, and the name of its schema if that
/// is not the default one.
fn place(of: &Schema, schema: &str, name: &str, meaning: &dyn Meaning) -> (Option<String>, String) {
    let schema = Some(meaning.of_name(schema)).filter(|schema| *schema != meaning.of_name(of.default_name()));
    (schema, meaning.of_name(name))
}

/// Returns a name as a difference shows it: with that of the schema if this is not the default
/// one.
fn full_name(of: &Schema, schema: &str, name: &str) -> String {
    if schema == of.default_name() { name.to_owned() } else { format!("{schema}.{name}") }
}

/// Adds the differences of the sequences, enums and domains.
fn differences_of_types<'a>(
    wanted: &'a Schema,
    found: &'a Schema,
    meaning: &dyn Meaning,
    to: &mut Vec<Difference<'a>>,
) {
    let named = |of: &'a Schema| -> BTreeMap<_, _> {
        let sequences = of
            .sequences()
            .iter()
            .map(|one| (("sequence", place(of, &one.schema, &one.name, meaning)), Part::Sequence(one)));
        let enums =
            of.enums().iter().map(|one| (("enum", place(of, &one.schema, &one.name, meaning)), Part::Enum(one)));
        let domains =
            of.domains().iter().map(|one| (("domain", place(of, &one.schema, &one.name, meaning)), Part::Domain(one)));
        sequences.chain(enums).chain(domains).collect()
    };
    let (wanted_parts, mut found_parts) = (named(wanted), named(found));
    for ((kind, place), part) in wanted_parts {
        let other = found_parts.remove(&(kind, place));
        let what = match other {
            Some(other) if shown(other) == shown(part) => continue,
            Some(other) => format!("is {}: expected {}", shown(other), shown(part)),
            None => format!("is missing: expected {}", shown(part)),
        };
        let (schema, table) = name_of(part);
        let text = format!("the {kind} `{}` {what}", full_name(wanted, schema, table));
        to.push(Difference { schema, table, wanted: Some(part), found: other, text });
    }
    for ((kind, _), part) in found_parts {
        let (schema, table) = name_of(part);
        let text = format!("the {kind} `{}` is unexpected: {}", full_name(found, schema, table), shown(part));
        to.push(Difference { schema, table, wanted: None, found: Some(part), text });
    }
}

/// Returns the schema and the name of a sequence, an enum or a domain.
fn name_of(part: Part<'_>) -> (&str, &str) {
    match part {
        Part::Sequence(one) => (&one.schema, &one.name),
        Part::Enum(one) => (&one.schema, &one.name),
        Part::Domain(one) => (&one.schema, &one.name),
        _ => ("", ""),
    }
}

/// Returns all that matters of a sequence, an enum or a domain.
fn shown(part: Part<'_>) -> String {
    match part {
        Part::Sequence(one) => format!(
            "{} from {} by {}, between {} and {}{}",
            one.declared_type,
            one.start,
            one.increment,
            one.min,
            one.max,
            if one.cycle { ", cyclic" } else { "" }
        ),
        Part::Enum(one) => format!("of {:?}", one.values),
        Part::Domain(one) => {
            let mut text = one.declared_type.clone();
            text.push_str(if one.nullable { "" } else { " NOT NULL" });
            text.extend(one.default.iter().map(|default| format!(" DEFAULT {default}")));
            text.extend(one.collation.iter().map(|collation| format!(" COLLATE {collation}")));
            text.extend(one.checks.iter().map(|check| format!(" CHECK ({})", check.expression)));
            text
        }
        _ => String::new(),
    }
}

/// Returns the differences of the triggers of two views that have the same text. A view that is
/// created again loses its triggers, so that those of another view are not compared.
fn differences_of_triggers<'a>(wanted: &'a View, found: &'a View, meaning: &dyn Meaning) -> Vec<Difference<'a>> {
    let (wanted_triggers, found_triggers) = (&wanted.triggers, &found.triggers);
    let named = |of: &'a [Trigger], name: &str| of.iter().find(|trigger| trigger.name.eq_ignore_ascii_case(name));
    let mut differences = Vec::new();
    let mut add = |wanted_part: Option<&'a Trigger>, found_part: Option<&'a Trigger>, text: String| {
        let (wanted_part, found_part) = (wanted_part.map(Part::Trigger), found_part.map(Part::Trigger));
        let (schema, table) = (&*wanted.schema, &*wanted.name);
        differences.push(Difference { schema, table, wanted: wanted_part, found: found_part, text });
    };
    for trigger in wanted_triggers {
        let (name, expected) = (&trigger.name, meaning.of_statement(&trigger.sql));
        match named(found_triggers, name).map(|found| (found, meaning.of_statement(&found.sql))) {
            Some((_, is)) if is == expected => {}
            Some((found, _)) => add(Some(trigger), Some(found), format!("the trigger `{name}` has another text")),
            None => add(Some(trigger), None, format!("the trigger `{name}` is missing")),
        }
    }
    for trigger in found_triggers.iter().filter(|trigger| named(wanted_triggers, &trigger.name).is_none()) {
        add(None, Some(trigger), format!("the trigger `{}` is unexpected", trigger.name));
    }
    differences
}
