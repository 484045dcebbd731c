//! The structs for the tables of a schema, as data.

use std::collections::BTreeSet;

use aio_sql::inspect::{Action, Auto, Column, ForeignKey, Schema, Table, TableKind, View};

use super::choice::{Choice, Siblings, choose};
use super::default::Default;
use super::names::{self, Scope};
use super::rust_type::{Class, RustType};
use super::sample::Samples;
use super::sql_text::{listed_texts, one_line, quoted_name};

/// A struct for a table.
pub(super) struct Struct<'a> {
    pub(super) table: &'a Table,
    /// The name, without `r#`.
    pub(super) name: String,
    pub(super) fields: Vec<Field<'a>>,
    /// The indexes of the fields of the primary key.
    pub(super) key: Vec<usize>,
    /// The indexes of the fields of each UNIQUE constraint.
    pub(super) uniques: Vec<Vec<usize>>,
    pub(super) indexes: Vec<Index<'a>>,
    /// The CHECK constraints that are not written at a field.
    pub(super) checks: Vec<Check<'a>>,
    pub(super) foreign_keys: Vec<Key<'a>>,
    pub(super) enums: Vec<Enum>,
    /// What the user should know about the struct, written as a comment above it.
    pub(super) remarks: Vec<String>,
    /// The name of the struct for a new row, if the name that the derive would give it is taken.
    pub(super) new_name: Option<String>,
}

pub(super) struct Field<'a> {
    pub(super) column: &'a Column,
    /// The name, without `r#`.
    pub(super) name: String,
    pub(super) ty: RustType,
    pub(super) nullable: bool,
    pub(super) declared_type: Option<String>,
    pub(super) default: Option<Default>,
    pub(super) check: Option<Check<'a>>,
    is_known: bool,
}

pub(super) struct Check<'a> {
    pub(super) expression: String,
    pub(super) name: Option<&'a str>,
}

pub(super) struct Index<'a> {
    pub(super) index: &'a aio_sql::inspect::Index,
    pub(super) parts: Vec<IndexPart>,
}

pub(super) enum IndexPart {
    /// The index of a field.
    Field(usize),
    Expression(String),
}

/// A foreign key to another struct.
pub(super) struct Key<'a> {
    pub(super) key: &'a ForeignKey,
    /// The indexes of the fields of the key.
    pub(super) fields: Vec<usize>,
    /// The index of the struct that the key refers to. `targets` has the indexes of its fields.
    pub(super) parent: usize,
    pub(super) targets: Vec<usize>,
}

/// An enum for the texts that a CHECK constraint lists.
pub(super) struct Enum {
    pub(super) name: String,
    /// Each variant with its text.
    pub(super) variants: Vec<(String, String)>,
}

/// A record for the rows of a view.
pub(super) struct Record<'a> {
    pub(super) view: &'a View,
    pub(super) name: String,
    pub(super) fields: Vec<RecordField<'a>>,
    pub(super) remarks: Vec<String>,
}

pub(super) struct RecordField<'a> {
    pub(super) column: &'a Column,
    pub(super) name: String,
    pub(super) ty: RustType,
}

/// The structs for a schema.
pub(super) struct Structs<'a> {
    pub(super) structs: Vec<Struct<'a>>,
    pub(super) records: Vec<Record<'a>>,
    /// The tables that have no struct.
    pub(super) without: Vec<&'a Table>,
}

impl<'a> Structs<'a> {
    /// Returns the structs for the tables and views that `is_wanted` chooses by their names.
    pub(super) fn of(schema: &'a Schema, samples: &Samples, is_wanted: &dyn Fn(&str) -> bool) -> Structs<'a> {
        let siblings = Siblings::of(schema, samples);
        let mut scope = Scope::default();
        let mut structs = Vec::new();
        let mut without = Vec::new();
        for table in schema.tables().iter().filter(|table| is_wanted(table.name())) {
            let has_fields = table.columns().iter().any(|column| is_possible(table, column));
            if table.kind() == &TableKind::Ordinary && has_fields {
                let name = scope.type_name(names::struct_name(table.name()));
                structs.push(Struct::of(table, name, samples, &siblings));
            } else {
                without.push(table);
            }
        }
        let views = schema.views().iter().filter(|view| is_wanted(view.name()) && !view.columns().is_empty());
        let named: Vec<_> = views.map(|view| (view, scope.type_name(names::struct_name(view.name())))).collect();
        structs.iter_mut().for_each(|one| one.find_enums(&mut scope));
        let choose_new_name = |one: &mut Struct<'_>| {
            let name = format!("New{}", one.name);
            if !scope.take(&name) {
                one.new_name = Some(scope.type_name(format!("{}Draft", one.name)));
            }
        };
        structs.iter_mut().filter(|one| one.has_new()).for_each(choose_new_name);
        let mut structs = Structs { structs, records: Vec::new(), without };
        structs.link();
        structs.structs.iter_mut().for_each(Struct::finish);
        let records = named.into_iter().map(|(view, name)| structs.record(view, name, samples, &siblings));
        structs.records = records.collect();
        structs
    }

    /// Gives the fields of foreign keys the types of their targets, and keeps the keys whose types
    /// are equal then.
    fn link(&mut self) {
        let mut keys: Vec<Vec<Key<'a>>> = self
            .structs
            .iter()
            .map(|one| one.table.foreign_keys().iter().filter_map(|key| self.key(one, key)).collect())
            .collect();
        // The type of a target may itself come from a foreign key. A chain of such keys has at
        // most as many links as there are columns.
        let limit = self.structs.iter().map(|one| one.fields.len()).sum::<usize>();
        for _ in 0..limit {
            let mut is_changed = false;
            for (place, keys) in keys.iter().enumerate() {
                // If a column is in several keys, the first one decides its type.
                let mut decided = BTreeSet::new();
                let pairs = keys.iter().flat_map(|key| {
                    key.fields.iter().zip(&key.targets).map(|(field, target)| (*field, key.parent, *target))
                });
                for (field, parent, target) in pairs {
                    let target = &self.structs[parent].fields[target];
                    let (ty, is_known) = (target.ty.clone(), target.is_known);
                    let field = (decided.insert(field)).then(|| &mut self.structs[place].fields[field]);
                    let keeps = |field: &&mut Field<'_>| {
                        field.ty != ty && Class::named(field.column.type_class()).keeps(&ty, is_known)
                    };
                    if let Some(field) = field.filter(keeps) {
                        field.ty = ty;
                        is_changed = true;
                    }
                }
            }
            if !is_changed {
                break;
            }
        }
        for (place, keys) in keys.iter_mut().enumerate() {
            let mut kept = Vec::new();
            for key in keys.drain(..) {
                let fits = key.fields.iter().zip(&key.targets).all(|(field, target)| {
                    self.structs[place].fields[*field].ty == self.structs[key.parent].fields[*target].ty
                });
                if fits {
                    kept.push(key);
                } else {
                    let columns = key.key.columns().join(", ");
                    let remark = format!(
                        "the foreign key ({columns}) to `{}` is left out, because its columns have another type there",
                        key.key.table()
                    );
                    self.structs[place].remarks.push(remark);
                }
            }
            self.structs[place].foreign_keys = kept;
        }
    }

    /// Finds the struct and the fields that a foreign key refers to.
    fn key(&self, one: &Struct<'a>, key: &'a ForeignKey) -> Option<Key<'a>> {
        let parent = self.structs.iter().position(|other| other.table.name().eq_ignore_ascii_case(key.table()))?;
        let fields: Vec<_> = key.columns().iter().map(|name| one.place(name)).collect::<Option<_>>()?;
        let targets: Vec<_> =
            key.targets().iter().map(|name| self.structs[parent].place(name)).collect::<Option<_>>()?;
        let is_distinct = fields.iter().enumerate().all(|(place, field)| !fields[..place].contains(field));
        (fields.len() == targets.len() && !fields.is_empty() && is_distinct).then_some(Key {
            key,
            fields,
            parent,
            targets,
        })
    }

    fn record(&self, view: &'a View, name: String, samples: &Samples, siblings: &Siblings) -> Record<'a> {
        let mut scope = Scope::default();
        let (mut remarks, mut uncertain) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        // A record finds its columns by their names.
        let columns = view.columns().iter().filter(|column| seen.insert(column.name().to_owned()));
        let fields = columns.map(|column| {
            let Choice { ty, remark, is_uncertain, .. } =
                choose(column, samples.column(view.name(), column.name()), siblings);
            remarks.extend(remark);
            uncertain.extend(is_uncertain.then(|| column.name()));
            RecordField { column, name: scope.field(names::field_name(column.name())), ty }
        });
        let fields = fields.collect();
        remarks.extend(read_as_text(&uncertain, samples));
        Record { view, name, fields, remarks }
    }
}

impl<'a> Struct<'a> {
    fn of(table: &'a Table, name: String, samples: &Samples, siblings: &Siblings) -> Struct<'a> {
        let mut scope = Scope::default();
        let (mut remarks, mut uncertain) = (Vec::new(), Vec::new());
        let key_columns = table.primary_key().map(|key| key.columns()).unwrap_or_default();
        let fields: Vec<Field<'a>> = table
            .columns()
            .iter()
            .filter(|column| is_possible(table, column))
            .map(|column| {
                let Choice { ty, remark, is_known, is_uncertain } =
                    choose(column, samples.column(table.name(), column.name()), siblings);
                remarks.extend(remark);
                uncertain.extend(is_uncertain.then(|| column.name()));
                // SQLite lets the columns of most keys be NULL, which no program wants.
                let is_key = key_columns.iter().any(|name| name.eq_ignore_ascii_case(column.name()));
                let has_null = samples.has_null(table.name(), column.name());
                Field {
                    column,
                    name: scope.field(names::field_name(column.name())),
                    ty,
                    nullable: column.is_nullable() && (!is_key || has_null),
                    declared_type: None,
                    default: None,
                    check: None,
                    is_known,
                }
            })
            .collect();
        remarks.extend(read_as_text(&uncertain, samples));
        let mut one = Struct {
            table,
            name,
            fields,
            key: Vec::new(),
            uniques: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            enums: Vec::new(),
            remarks,
            new_name: None,
        };
        one.key = key_columns.iter().map(|name| one.place(name)).collect::<Option<_>>().unwrap_or_default();
        let is_plain = |parts: &[aio_sql::inspect::IndexPart]| {
            parts.iter().all(|part| part.column().is_some() && part.collation().is_none() && !part.is_descending())
        };
        for unique in table.uniques().iter().filter(|unique| is_plain(unique.parts())) {
            let Some(fields) = unique.columns().iter().map(|name| one.place(name)).collect::<Option<Vec<_>>>() else {
                continue;
            };
            let is_distinct = fields.iter().enumerate().all(|(place, field)| !fields[..place].contains(field));
            if is_distinct && !one.uniques.contains(&fields) {
                one.uniques.push(fields);
            }
        }
        one.indexes = table.indexes().iter().filter_map(|index| one.index(index)).collect();
        one
    }

    /// Returns the index of the field for a column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.column.name().eq_ignore_ascii_case(column))
    }

    fn index(&self, index: &'a aio_sql::inspect::Index) -> Option<Index<'a>> {
        let part = |part: &aio_sql::inspect::IndexPart| {
            let is_plain = part.collation().is_none() && !part.is_descending();
            if let Some(column) = part.column().filter(|_| is_plain) {
                return self.place(column).map(IndexPart::Field);
            }
            let mut text = match (part.column(), part.expression()) {
                (Some(column), _) => quoted_name(column),
                (None, Some(expression)) => one_line(expression),
                (None, None) => return None,
            };
            if let Some(collation) = part.collation() {
                text += &format!(" COLLATE {}", quoted_name(collation));
            }
            text += if part.is_descending() { " DESC" } else { "" };
            Some(IndexPart::Expression(text))
        };
        let mut parts: Vec<_> = index.parts().iter().map(part).collect::<Option<_>>()?;
        // The derive takes a field at most once in an index. If the index has its column again, an
        // expression stands for it.
        for place in 1..parts.len() {
            if let IndexPart::Field(field) = parts[place]
                && parts[..place].iter().any(|before| matches!(before, IndexPart::Field(other) if *other == field))
            {
                parts[place] = IndexPart::Expression(quoted_name(self.fields[field].column.name()));
            }
        }
        Some(Index { index, parts })
    }

    /// Makes enums of the CHECK constraints that list texts, and adds the other CHECK constraints
    /// to their fields or to the struct.
    fn find_enums(&mut self, scope: &mut Scope) {
        let mut names: Vec<&str> = Vec::new();
        for check in self.table.checks() {
            let listed = self.fields.iter().position(|field| {
                field.ty == RustType::Text
                    && field.column.collation().is_none()
                    && listed_texts(check.expression(), field.column.name()).is_some()
            });
            if let Some(place) = listed
                && let Some(texts) = listed_texts(check.expression(), self.fields[place].column.name())
            {
                let field = names::type_name(&self.fields[place].name, "Value");
                let name = scope.type_name(format!("{}{field}", self.name));
                self.fields[place].ty = RustType::Enum(name.clone(), texts.clone());
                self.enums.push(Enum::of(name, texts));
                continue;
            }
            // The derive refuses two constraints with the same name, so the second one loses its
            // name.
            let name = check.name().filter(|name| !names.iter().any(|other| other.eq_ignore_ascii_case(name)));
            names.extend(name);
            let of = Check { expression: one_line(check.expression()), name };
            let field = check.column().and_then(|column| self.place(column));
            match field.map(|place| &mut self.fields[place]).filter(|field| field.check.is_none()) {
                Some(field) => field.check = Some(of),
                None => self.checks.push(of),
            }
        }
    }

    /// Sets the defaults and the declared types, which depend on the types of the fields.
    fn finish(&mut self) {
        let is_strict = self.table.is_strict();
        for field in &mut self.fields {
            let auto = field.column.auto() != Auto::No;
            let default = field.column.default().filter(|_| !auto && field.column.generated().is_none());
            field.default = default.and_then(|default| Default::of(default, &field.ty));
            let own = field.ty.stored().type_name();
            let class = field.column.type_class();
            let is_own = if is_strict { field.column.declared_type().eq_ignore_ascii_case(own) } else { class == own };
            if !auto && (!is_own || field.ty == RustType::Bool) {
                field.declared_type = Some(field.column.declared_type().to_owned());
            }
        }
    }

    /// Returns whether the derive writes a struct for a new row.
    pub(super) fn has_new(&self) -> bool {
        let is_set = |field: &Field<'_>| {
            let column = field.column;
            column.auto() != Auto::No || column.generated().is_some() || column.default().is_some()
        };
        self.fields.iter().any(is_set)
    }

    /// Writes the defaults of these columns as expressions, because the derive would write the
    /// literals in another way.
    pub(super) fn write_defaults_as_expressions(&mut self, columns: &BTreeSet<String>) {
        for field in self.fields.iter_mut().filter(|field| columns.contains(field.column.name())) {
            if let (Some(default), Some(sql)) = (&mut field.default, field.column.default()) {
                *default = Default::as_expression(sql);
            }
        }
    }
}

impl Enum {
    fn of(name: String, texts: Vec<String>) -> Enum {
        let mut scope = Scope::default();
        let variant = |text: String| (scope.type_name(names::type_name(&text, "Empty")), text);
        Enum { name, variants: texts.into_iter().map(variant).collect() }
    }
}

/// Returns whether the derive accepts a field for the column: it has a name, and no earlier column
/// has the same one but for the case of letters. SQLite ignores only the case of ASCII letters.
fn is_possible(table: &Table, column: &Column) -> bool {
    let lower = column.name().to_lowercase();
    let mut before = table.columns().iter().take_while(|before| !std::ptr::eq(*before, column));
    !column.name().trim().is_empty() && !before.any(|before| before.name().to_lowercase() == lower)
}

/// Returns the remark about columns whose declared types do not tell the form of the values.
fn read_as_text(columns: &[&str], samples: &Samples) -> Option<String> {
    let names: Vec<_> = columns.iter().map(|name| format!("`{name}`")).collect();
    let (columns, are) = match names.as_slice() {
        [] => return None,
        [one] => (format!("the column {one}"), "is"),
        [before @ .., last] => (format!("the columns {} and {last}", before.join(", ")), "are"),
    };
    Some(if samples.is_empty() {
        format!("{columns} {are} read as text, whatever the values are: `--sample` looks at them")
    } else {
        format!("{columns} {are} read as text, because there are no values that tell the type")
    })
}

/// Returns the word for an action of a foreign key, or `None` for the default action.
pub(super) fn action(action: Action) -> Option<&'static str> {
    match action {
        Action::NoAction => None,
        Action::Restrict => Some("restrict"),
        Action::Cascade => Some("cascade"),
        Action::SetNull => Some("set_null"),
        Action::SetDefault => Some("set_default"),
    }
}
