//! A table as a list of properties, each of which is equal in two tables or is not.

use super::meaning::Meaning;
use super::{Auto, Column, ForeignKey, Identity, IndexPart, Part, PrimaryKey, Table, TableKind};

/// One property of a table: a column, an index, a constraint or the options.
#[derive(Clone)]
pub(super) struct Property<'a> {
    /// The part of the table that it describes. A property is compared with those for which
    /// [`slot`](Self::slot) is equal.
    pub(super) part: Part<'a>,
    /// The kind, and the name if a table has at most one property of that kind and name.
    pub(super) slot: String,
    /// The name in a reported difference, such as "the column `id`".
    pub(super) name: String,
    /// The description in a reported difference; empty if the name says all.
    pub(super) description: String,
    /// A text that is equal for two properties of one slot with the same effect.
    pub(super) meaning: String,
    /// The meaning of the default of a column; `None` if the property is not a column, or if the
    /// default is NULL.
    pub(super) default: Option<String>,
    /// Whether the property is a column of the primary key.
    pub(super) is_key: bool,
}

/// The slot of a CHECK constraint. The constants that follow are other slots; to those of columns,
/// foreign keys, indexes and triggers, a name is appended.
pub(super) const CHECK: &str = "check";
const COLUMN: &str = "column";
const CONFLICT: &str = "on conflict";
pub(super) const EXCLUSION: &str = "exclusion";
pub(super) const FOREIGN_KEY: &str = "foreign key";
pub(super) const INDEX: &str = "index";
const OPTIONS: &str = "table";
const PRIMARY_KEY: &str = "primary key";
const TRIGGER: &str = "trigger";
pub(super) const UNIQUE: &str = "unique";

/// The beginning of the meaning of a unique index. The meaning of a UNIQUE constraint does not
/// begin with it.
pub(super) const UNIQUE_ON: &str = "unique on ";

/// Which properties of a table are listed.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Extent {
    /// Those that decide which rows a program can read and write.
    Rows,
    /// All of them: also triggers, STRICT and the modules of virtual tables.
    All,
}

/// Returns the properties of a table. Of those with the same slot and meaning only the first is
/// listed.
pub(super) fn properties<'a>(table: &'a Table, meaning: &dyn Meaning, extent: Extent) -> Vec<Property<'a>> {
    let mut list = List { table, meaning, properties: Vec::new() };
    list.columns(extent);
    list.keys(extent);
    list.indexes();
    list.foreign_keys();
    list.checks();
    list.exclusions();
    list.options(extent);
    if extent == Extent::All {
        list.triggers();
    }
    list.properties
}

struct List<'a, 'm> {
    table: &'a Table,
    meaning: &'m dyn Meaning,
    properties: Vec<Property<'a>>,
}

impl<'a> List<'a, '_> {
    fn add(
        &mut self,
        part: Part<'a>,
        slot: impl Into<String>,
        name: String,
        description: impl Into<String>,
        meaning: String,
    ) {
        let (slot, description) = (slot.into(), description.into());
        self.push(Property { part, slot, name, description, meaning, default: None, is_key: false });
    }

    fn push(&mut self, new: Property<'a>) {
        if !self.properties.iter().any(|known| known.slot == new.slot && known.meaning == new.meaning) {
            self.properties.push(new);
        }
    }

    fn columns(&mut self, extent: Extent) {
        let no_default = self.meaning.of_default("NULL");
        for column in &self.table.columns {
            let key = self.place_in_key(column);
            let mut description = column.declared_type.to_ascii_uppercase();
            description.push_str(if column.nullable { "" } else { " NOT NULL" });
            let mut meaning = String::new();
            let mut both = |text: &str| {
                description.push_str(text);
                meaning.push_str(text);
            };
            if let Some(collation) = &column.collation {
                both(&format!(" COLLATE {}", collation.to_ascii_uppercase()));
            }
            if let Some(place) = key {
                both(&format!(", part {place} of the primary key"));
            }
            description.push_str(match (column.auto, column.identity) {
                (Auto::NeverUsed, _) => " with AUTOINCREMENT",
                (_, Some(Identity::Always)) => " GENERATED ALWAYS AS IDENTITY",
                (Auto::Free, _) if extent == Extent::All => ", numbered by the database",
                _ => "",
            });
            // A default that numbers the rows is only the way in which that is done.
            let default = column.default.as_ref().filter(|_| column.auto == Auto::No).and_then(|default| {
                let means = self.meaning.of_default(default);
                (means != no_default).then(|| {
                    description.push_str(&format!(" DEFAULT {default}"));
                    means
                })
            });
            if let Some(generated) = &column.generated {
                let (expression, kind) =
                    (&generated.expression, if generated.stored { "stored" } else { "not stored" });
                let shown = self.meaning.shown(expression);
                description.push_str(&format!(", generated as ({shown}) and {kind}"));
                meaning.push_str(&format!(", generated as {} {kind}", self.meaning.of_row(expression)));
            }
            let description = description.trim_start().trim_start_matches(", ").to_owned();
            let slot = format!("{COLUMN} {}", self.meaning.of_name(&column.name));
            let name = format!("the column `{}`", column.name);
            let part = Part::Column(column);
            self.push(Property { part, slot, name, description, meaning, default, is_key: key.is_some() });
        }
    }

    fn place_in_key(&self, column: &Column) -> Option<usize> {
        let key = self.table.primary_key.as_ref()?;
        let place = key.columns().iter().position(|name| name.eq_ignore_ascii_case(&column.name))?;
        Some(place + 1)
    }

    fn keys(&mut self, extent: Extent) {
        // That a column belongs to the primary key is a property of the column. The key itself is
        // listed only for its collations and orders.
        let has_order = |parts: &[IndexPart]| extent == Extent::All && parts.iter().any(|part| part.descending);
        let has_more = |key: &&PrimaryKey| has_order(&key.parts) || has_collations(&key.parts);
        if let Some(key) = self.table.primary_key.as_ref().filter(has_more) {
            let (words, meaning) = self.parts(&key.parts);
            let name = format!("the PRIMARY KEY ({words})");
            self.add(Part::PrimaryKey(key), PRIMARY_KEY, name, "", meaning);
        }
        for unique in &self.table.uniques {
            let (words, mut meaning) = self.parts(&unique.parts);
            meaning.push_str(nulls_distinct(unique.nulls_distinct));
            let mut name =
                format!("the UNIQUE{} ({words})", nulls_distinct(unique.nulls_distinct).to_ascii_uppercase());
            // An upsert cannot use a constraint whose check may be deferred.
            let deferral = deferral(unique.deferrable, unique.deferred);
            name.push_str(deferral);
            meaning.push_str(deferral);
            self.add(Part::Unique(unique), UNIQUE, name, "", meaning);
        }
    }

    fn indexes(&mut self) {
        for index in &self.table.indexes {
            let kind = if index.unique { UNIQUE_ON } else { "on " };
            let (words, meaning) = self.parts(&index.parts);
            let (mut words, mut meaning) = (format!("{kind}({words})"), format!("{kind}{meaning}"));
            let mut both = |text: &str| {
                words.push_str(text);
                meaning.push_str(text);
            };
            both(nulls_distinct(index.nulls_distinct));
            if index.method != "btree" {
                both(&format!(" using {}", index.method));
            }
            if !index.included.is_empty() {
                both(&format!(" including ({})", index.included.join(", ")));
            }
            if !index.valid {
                both(", which is invalid");
            }
            if let Some(condition) = &index.condition {
                words.push_str(&format!(" where {}", self.meaning.shown(condition)));
                meaning.push_str(&format!(" where {}", self.meaning.of_row(condition)));
            }
            let slot = format!("{INDEX} {}", self.meaning.of_name(&index.name));
            self.add(Part::Index(index), slot, format!("the index `{}`", index.name), words, meaning);
        }
    }

    /// Returns the columns and expressions of an index or key, as they are shown and as they are
    /// compared.
    fn parts(&self, parts: &[IndexPart]) -> (String, String) {
        let (mut words, mut meaning) = (Vec::new(), Vec::new());
        for part in parts {
            let mut ending = String::new();
            if let Some(collation) = &part.collation {
                ending.push_str(&format!(" COLLATE {}", collation.to_ascii_uppercase()));
            }
            if let Some(class) = &part.operator_class {
                ending.push_str(&format!(" {class}"));
            }
            ending.push_str(if part.descending { " DESC" } else { "" });
            let (shown, means) = match (&part.column, &part.expression) {
                (Some(column), _) => (column.clone(), format!("column {:?}", self.meaning.of_name(column))),
                (None, Some(expression)) => (self.meaning.shown(expression), self.meaning.of_row(expression)),
                (None, None) => ("rowid".to_owned(), "rowid".to_owned()),
            };
            words.push(format!("{shown}{ending}"));
            meaning.push(format!("{means}{ending}"));
        }
        (words.join(", "), meaning.join(", "))
    }

    fn foreign_keys(&mut self) {
        for key in &self.table.foreign_keys {
            let ForeignKey { table, on_delete, on_update, .. } = key;
            let columns = key.columns.join(", ");
            let elsewhere = if key.schema == self.table.schema { String::new() } else { format!("{}.", key.schema) };
            let reset = if key.reset.is_empty() { String::new() } else { format!(" ({})", key.reset.join(", ")) };
            let words = format!(
                "to {elsewhere}{table} ({}), on delete {on_delete}{reset}, on update {on_update}{}{}",
                key.targets.join(", "),
                if key.full { ", match full" } else { "" },
                if key.deferred { ", deferred" } else { "" }
            );
            let slot = self.meaning.of_name(&format!("{FOREIGN_KEY} {:?}", key.columns));
            let meaning = self.meaning.of_name(&format!("{words} {:?} {:?}", key.table, key.targets));
            self.add(Part::ForeignKey(key), slot, format!("the foreign key ({columns})"), words, meaning);
        }
    }

    fn checks(&mut self) {
        for check in &self.table.checks {
            let (meaning, shown) = (self.meaning.of_row(&check.expression), self.meaning.shown(&check.expression));
            // A name that the library generates says nothing to the user.
            let name = check.name.as_ref().filter(|name| !name.starts_with("ck_"));
            let (name, description) = match name {
                Some(name) => (format!("the check `{name}`"), format!("({shown})")),
                None => (format!("the check ({shown})"), String::new()),
            };
            self.add(Part::Check(check), CHECK, name, description, meaning);
        }
    }

    fn exclusions(&mut self) {
        for exclusion in &self.table.exclusions {
            let name = format!("the exclusion `{}`", exclusion.name);
            let (definition, means) = (&exclusion.definition, self.meaning.of_statement(&exclusion.definition));
            self.add(Part::Exclusion(exclusion), EXCLUSION, name, definition, means);
        }
    }

    fn options(&mut self, extent: Extent) {
        let table = self.table;
        for clause in &table.conflict_clauses {
            let columns: Vec<_> = clause.columns.iter().map(|column| column.to_ascii_lowercase()).collect();
            let meaning = format!("{} {} {columns:?}", clause.action, clause.constraint);
            let name = format!("the clause {clause}");
            self.add(Part::ConflictClauses(table), CONFLICT, name, "", meaning);
        }
        let mut options = Vec::new();
        if table.without_rowid {
            options.push("WITHOUT ROWID".to_owned());
        }
        if extent == Extent::All {
            if table.strict {
                options.push("STRICT".to_owned());
            }
            if let TableKind::Virtual(module) = &table.kind {
                options.push(format!("a virtual one of {module}, {}", self.meaning.of_statement(&table.sql)));
            }
            if let TableKind::Foreign(server) = &table.kind {
                options.push(format!("a foreign one of {server}"));
            }
            options.extend(table.unlogged.then(|| "UNLOGGED".to_owned()));
            options.extend(table.partition_key.as_ref().map(|key| format!("PARTITION BY {key}")));
            options
                .extend(table.partition.as_ref().map(|part| format!("PARTITION OF {} {}", part.of.name, part.bound)));
            options.extend(table.parents.iter().map(|parent| format!("INHERITS {}", parent.name)));
        }
        let words = if options.is_empty() { "a plain one".to_owned() } else { options.join(", ") };
        self.add(Part::Options(table), OPTIONS, "the table".to_owned(), words.clone(), words);
    }

    fn triggers(&mut self) {
        for trigger in &self.table.triggers {
            let slot = format!("{TRIGGER} {}", self.meaning.of_name(&trigger.name));
            let (name, means) = (format!("the trigger `{}`", trigger.name), self.meaning.of_statement(&trigger.sql));
            self.add(Part::Trigger(trigger), slot, name, "", means);
        }
    }
}

/// Returns whether one of the parts has another collation than its column.
fn has_collations(parts: &[IndexPart]) -> bool {
    parts.iter().any(|part| part.collation.is_some())
}

fn nulls_distinct(distinct: bool) -> &'static str {
    if distinct { "" } else { " nulls not distinct" }
}

fn deferral(deferrable: bool, deferred: bool) -> &'static str {
    match (deferrable, deferred) {
        (_, true) => ", deferred",
        (true, false) => ", deferrable",
        (false, false) => "",
    }
}
