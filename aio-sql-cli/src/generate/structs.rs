//! The structs for the tables of a schema, as data.

use std::collections::BTreeSet;

use aio_sql::inspect::{Action, Auto, Column, ForeignKey, Schema, Table, View};
use aio_sql::schema::Collation;

use super::default::Default;
use super::names::{self, Scope};
use super::rust_type::RustType;
use super::sql_text::one_line;
use super::type_rules::{Choice, TypeRules};

/// A struct for a table.
pub(super) struct Struct<'a> {
    pub(super) table: &'a Table,
    /// The schema of the table, if the struct has to name it.
    pub(super) schema: Option<&'a str>,
    /// The name, without `r#`.
    pub(super) name: String,
    /// Whether the columns of the table accept only values of their types.
    pub(super) is_strict: bool,
    pub(super) fields: Vec<Field<'a>>,
    /// The indexes of the fields of the primary key.
    pub(super) key: Vec<usize>,
    /// The indexes of the fields of each UNIQUE constraint.
    pub(super) uniques: Vec<Vec<usize>>,
    /// Those of the unique constraints for which NULL is equal to NULL.
    pub(super) nulls_not_distinct: Vec<Vec<usize>>,
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
    pub(super) collation: Option<Collation>,
    pub(super) default: Option<Default>,
    pub(super) check: Option<Check<'a>>,
    /// Whether the values of the column were read, so that the type is known to fit them.
    pub(super) is_known: bool,
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

/// An enum for the texts that a CHECK constraint lists, or for an enum of the database.
#[derive(Clone, Debug)]
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
    /// The tables that have no struct, and why.
    pub(super) without: Vec<(&'a Table, String)>,
    /// The enums of the database that the structs and records use.
    pub(super) enums: Vec<Enum>,
    /// The features of the library without which it cannot open this kind of database.
    pub(super) features: &'static [&'static str],
}

impl<'a> Structs<'a> {
    /// Returns the structs for the tables and views that `is_wanted` chooses by their names.
    pub(super) fn of(schema: &'a Schema, rules: &dyn TypeRules, is_wanted: &dyn Fn(&str) -> bool) -> Structs<'a> {
        let mut scope = Scope::default();
        for of in rules.enums() {
            scope.take(&of.name);
        }
        let mut structs = Vec::new();
        let mut without = Vec::new();
        for table in schema.tables().iter().filter(|table| is_wanted(table.name())) {
            let has_fields = table.columns().iter().any(|column| is_possible(table, column));
            let no_fields = || (!has_fields).then(|| "it has no columns that a struct could have".to_owned());
            match rules.refusal(table).or_else(no_fields) {
                None => structs.push(Struct::of(table, scope.type_name(names::struct_name(table.name())), rules)),
                Some(reason) => without.push((table, reason)),
            }
        }
        let views = schema.views().iter().filter(|view| is_wanted(view.name()) && !view.columns().is_empty());
        let named: Vec<_> = views.map(|view| (view, scope.type_name(names::struct_name(view.name())))).collect();
        structs.iter_mut().for_each(|one| one.find_enums(&mut scope, rules));
        let choose_new_name = |one: &mut Struct<'_>| {
            let name = format!("New{}", one.name);
            if !scope.take(&name) {
                one.new_name = Some(scope.type_name(format!("{}Draft", one.name)));
            }
        };
        structs.iter_mut().filter(|one| one.has_new()).for_each(choose_new_name);
        let features = rules.features();
        let mut structs = Structs { structs, records: Vec::new(), without, enums: Vec::new(), features };
        structs.link(rules);
        structs.structs.iter_mut().for_each(|one| one.finish(rules));
        structs.records = named.into_iter().map(|(view, name)| Record::of(view, name, rules)).collect();
        let is_used = |of: &&Enum| structs.types().any(|ty| matches!(ty, RustType::Enum(name, _) if *name == of.name));
        structs.enums = rules.enums().iter().filter(is_used).cloned().collect();
        structs
    }

    /// Returns the types of all fields.
    pub(super) fn types(&self) -> impl Iterator<Item = &RustType> {
        let of_structs = self.structs.iter().flat_map(|one| one.fields.iter().map(|field| &field.ty));
        of_structs.chain(self.records.iter().flat_map(|one| one.fields.iter().map(|field| &field.ty)))
    }
}

impl<'a> Record<'a> {
    fn of(view: &'a View, name: String, rules: &dyn TypeRules) -> Record<'a> {
        let mut scope = Scope::default();
        let (mut remarks, mut uncertain) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        // A record finds its columns by their names.
        let columns = view.columns().iter().filter(|column| seen.insert(column.name().to_owned()));
        let fields = columns.map(|column| {
            let Choice { ty, remark, is_uncertain, .. } = rules.choose(view.name(), column);
            remarks.extend(remark);
            uncertain.extend(is_uncertain.then(|| column.name()));
            RecordField { column, name: scope.field(names::field_name(column.name())), ty }
        });
        let fields = fields.collect();
        remarks.extend(rules.uncertain(&uncertain));
        Record { view, name, fields, remarks }
    }
}

impl<'a> Struct<'a> {
    fn of(table: &'a Table, name: String, rules: &dyn TypeRules) -> Struct<'a> {
        let mut scope = Scope::default();
        let (mut remarks, mut uncertain) = (Vec::new(), Vec::new());
        let key_columns = table.primary_key().map(|key| key.columns()).unwrap_or_default();
        let fields: Vec<Field<'a>> = table
            .columns()
            .iter()
            .filter(|column| is_possible(table, column))
            .map(|column| {
                let Choice { ty, remark, is_known, is_uncertain } = rules.choose(table.name(), column);
                remarks.extend(remark);
                uncertain.extend(is_uncertain.then(|| column.name()));
                Field {
                    column,
                    name: scope.field(names::field_name(column.name())),
                    ty,
                    nullable: rules.is_nullable(table, column),
                    declared_type: None,
                    collation: None,
                    default: None,
                    check: None,
                    is_known,
                }
            })
            .collect();
        remarks.extend(rules.uncertain(&uncertain));
        let mut one = Struct {
            table,
            schema: rules.schema(table),
            name,
            is_strict: rules.is_strict(table),
            fields,
            key: Vec::new(),
            uniques: Vec::new(),
            nulls_not_distinct: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            enums: Vec::new(),
            remarks,
            new_name: None,
        };
        one.key = key_columns.iter().map(|name| one.place(name)).collect::<Option<_>>().unwrap_or_default();
        let is_plain = |unique: &&aio_sql::inspect::Unique| {
            let is_plain = |part: &aio_sql::inspect::IndexPart| {
                part.column().is_some() && part.collation().is_none() && !part.is_descending()
            };
            unique.parts().iter().all(is_plain) && !unique.is_deferrable()
        };
        for unique in table.uniques().iter().filter(is_plain) {
            let Some(fields) = unique.columns().iter().map(|name| one.place(name)).collect::<Option<Vec<_>>>() else {
                continue;
            };
            let is_distinct = fields.iter().enumerate().all(|(place, field)| !fields[..place].contains(field));
            if is_distinct && !one.uniques.contains(&fields) {
                if !unique.has_distinct_nulls() {
                    one.nulls_not_distinct.push(fields.clone());
                }
                one.uniques.push(fields);
            }
        }
        one.indexes = table.indexes().iter().filter_map(|index| one.index(index, rules)).collect();
        one
    }

    /// Returns the index of the field for a column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        let exact = self.fields.iter().position(|field| field.column.name() == column);
        exact.or_else(|| self.fields.iter().position(|field| field.column.name().eq_ignore_ascii_case(column)))
    }

    /// Returns an index as a struct says it; `None` if a struct cannot say it.
    fn index(&self, index: &'a aio_sql::inspect::Index, rules: &dyn TypeRules) -> Option<Index<'a>> {
        let has_classes = index.parts().iter().any(|part| part.operator_class().is_some());
        let is_sayable = index.included().is_empty();
        if !is_sayable || has_classes || !index.is_valid() {
            return None;
        }
        let part = |part: &aio_sql::inspect::IndexPart| {
            let is_plain = part.collation().is_none() && !part.is_descending();
            if let Some(column) = part.column().filter(|_| is_plain) {
                return self.place(column).map(IndexPart::Field);
            }
            let mut text = match (part.column(), part.expression()) {
                (Some(column), _) => rules.quoted_name(column),
                (None, Some(expression)) => one_line(expression),
                (None, None) => return None,
            };
            if let Some(collation) = part.collation() {
                text += &format!(" COLLATE {}", rules.quoted_name(collation));
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
                parts[place] = IndexPart::Expression(rules.quoted_name(self.fields[field].column.name()));
            }
        }
        Some(Index { index, parts })
    }

    /// Makes enums of the CHECK constraints that list texts, and adds the other CHECK constraints
    /// to their fields or to the struct.
    fn find_enums(&mut self, scope: &mut Scope, rules: &dyn TypeRules) {
        let mut names: Vec<&str> = Vec::new();
        for check in self.table.checks() {
            let texts = |field: &Field<'_>| {
                let is_text = field.ty == RustType::Text;
                is_text.then(|| rules.listed_texts(check.expression(), field.column)).flatten()
            };
            let listed = self.fields.iter().enumerate().find_map(|(place, field)| Some((place, texts(field)?)));
            if let Some((place, texts)) = listed {
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

    /// Sets the defaults, the declared types and the collations, which depend on the types of the
    /// fields.
    fn finish(&mut self, rules: &dyn TypeRules) {
        let numbered: Vec<bool> = self.fields.iter().map(|field| self.is_numbered(field)).collect();
        for (field, is_numbered) in self.fields.iter_mut().zip(numbered) {
            let column = field.column;
            let is_counted = column.auto() != Auto::No && (is_numbered || !rules.repeats_numbering(column));
            let default = column.default().filter(|_| !is_counted && column.generated().is_none());
            field.default = default.and_then(|default| rules.default(default, &field.ty));
            field.declared_type = rules.declared_type(self.table, column, &field.ty, is_numbered);
            field.collation = rules.collation(column, &field.ty);
        }
    }

    /// Returns whether an attribute of the field can say that the database numbers new rows in
    /// this column.
    pub(super) fn is_numbered(&self, field: &Field<'_>) -> bool {
        let is_key = matches!(self.key[..], [place] if std::ptr::eq(&self.fields[place], field));
        field.column.auto() != Auto::No && is_key && field.ty.is_integer() && !field.nullable
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
    pub(super) fn write_defaults_as_expressions(&mut self, columns: &BTreeSet<String>, rules: &dyn TypeRules) {
        for field in self.fields.iter_mut().filter(|field| columns.contains(field.column.name())) {
            if let (Some(default), Some(sql)) = (&mut field.default, field.column.default()) {
                *default = rules.default_expression(sql);
            }
        }
    }
}

impl Enum {
    pub(super) fn of(name: String, texts: Vec<String>) -> Enum {
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
