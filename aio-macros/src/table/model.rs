//! The model of a table: the content of the struct and its attributes, with the spans of the
//! parts.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, LitByteStr, LitStr, Path, Type, Visibility};

use crate::serde;
use crate::stored::{Form, Stored};

/// A struct with `#[derive(Table)]`.
pub(crate) struct Table<'a> {
    /// The path of the crate aio-sql in the user's program.
    pub(crate) krate: TokenStream,
    pub(crate) vis: &'a Visibility,
    pub(crate) ident: &'a Ident,
    /// The name in the database.
    pub(crate) name: String,
    /// The schema in `schema = "…"` of the struct.
    pub(crate) schema: Option<LitStr>,
    pub(crate) fields: Vec<Field<'a>>,
    /// The columns in `primary_key(a, b)` of the struct.
    pub(crate) primary_key: Option<Names>,
    /// The unique constraints that are declared on the struct or on a field.
    pub(crate) uniques: Vec<Names>,
    /// Those of the unique constraints for which NULL is equal to NULL.
    pub(crate) nulls_not_distinct: Vec<Names>,
    /// The indexes that are declared on the struct or on a field.
    pub(crate) indexes: Vec<Index>,
    /// The checks that are declared on the struct. The check of a field is in [`Field::check`].
    pub(crate) checks: Vec<Check>,
    /// The foreign keys that are declared on the struct or on a field.
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) strict: bool,
    pub(crate) without_rowid: Option<Span>,
    /// The `#[serde(..)]` attributes of the struct.
    pub(crate) serde: Vec<serde::Item>,
    pub(crate) new: GeneratedStruct,
    pub(crate) patch: GeneratedStruct,
    /// Whether the methods of the table are generated.
    pub(crate) methods: bool,
    /// The text in `comment = "…"` of the struct.
    pub(crate) comment: Option<LitStr>,
    /// The name in `was = "…"` of the struct, which the table had before.
    pub(crate) was: Option<LitStr>,
    /// The span of `migrate = false` of the struct.
    pub(crate) without_migrations: Option<Span>,
}

/// The content of the attribute about a generated struct, which is the struct of a new row or of a
/// patch.
#[derive(Default)]
pub(crate) struct GeneratedStruct {
    /// The span of `new(..)` or `patch`.
    pub(crate) span: Option<Span>,
    pub(crate) name: Option<Ident>,
    pub(crate) derives: Vec<Path>,
    pub(crate) serde: Vec<serde::Item>,
}

/// A field of the struct.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) serde: Vec<serde::Item>,
    /// The name of the column in the database.
    pub(crate) name: String,
    /// The name of the column's constant.
    pub(crate) constant: Ident,
    pub(crate) stored: Stored,
    pub(crate) primary_key: Option<Span>,
    pub(crate) auto: Option<Span>,
    pub(crate) autoincrement: Option<Span>,
    pub(crate) default: Option<Default>,
    pub(crate) check: Option<Check>,
    pub(crate) collate: Option<Collate>,
    /// The type in `declared_type = "…"` of the field, as CREATE TABLE declares it.
    pub(crate) declared_type: Option<LitStr>,
    /// The expression in `generated = "…"` of the field.
    pub(crate) generated: Option<LitStr>,
    pub(crate) is_stored: Option<Span>,
    pub(crate) is_virtual: Option<Span>,
    /// The items `created_at`, `updated_at` and `version` of the field, as variants of the
    /// runtime's `Role`.
    pub(crate) roles: Vec<(&'static str, Span)>,
    /// The text in `comment = "…"` of the field.
    pub(crate) comment: Option<LitStr>,
    /// The name in `was = "…"` of the field, which the column had before.
    pub(crate) was: Option<LitStr>,
    /// The expression in `backfill = sql("…")` of the field.
    pub(crate) backfill: Option<LitStr>,
    pub(crate) skip: Option<Span>,
    /// The names of all items of the field's attributes, for error messages.
    pub(crate) items: Vec<Ident>,
}

/// The item `default = …` of a field.
pub(crate) struct Default {
    pub(crate) span: Span,
    pub(crate) value: DefaultValue,
}

/// The value of `default`. A number with a decimal point is kept as its text.
pub(crate) enum DefaultValue {
    Bool(bool),
    Integer { negative: bool, magnitude: u64 },
    Number(String),
    Text(String),
    Blob(LitByteStr),
    Now,
    Sql(LitStr),
}

/// The item `check = "…"` or `check(expr = "…", name = "…")` of a field or the struct.
pub(crate) struct Check {
    pub(crate) expression: LitStr,
    pub(crate) name: Option<LitStr>,
}

/// The item `collate = …` of a field.
pub(crate) struct Collate {
    pub(crate) span: Span,
    pub(crate) name: CollateName,
}

/// The name of a collation.
pub(crate) enum CollateName {
    /// A variant of the runtime's `Collation`.
    Known(&'static str),
    Named(LitStr),
}

/// The names of fields: the fields in a list of the struct's attribute, or the single field that
/// has the attribute.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) span: Span,
    pub(crate) fields: Vec<Ident>,
}

/// The item `index(…)` of the struct, or `index` of a field.
pub(crate) struct Index {
    pub(crate) span: Span,
    pub(crate) name: Option<LitStr>,
    pub(crate) parts: Vec<IndexPart>,
    pub(crate) unique: bool,
    pub(crate) condition: Option<LitStr>,
    /// The span of `nulls_not_distinct`.
    pub(crate) nulls_not_distinct: Option<Span>,
    /// The kind in `using = "…"`.
    pub(crate) method: Option<LitStr>,
}

/// A part of an index.
pub(crate) enum IndexPart {
    Field(Ident),
    Expression(LitStr),
}

impl IndexPart {
    /// Returns the part as it appears in the name of the index.
    pub(super) fn in_name(&self) -> String {
        let text = match self {
            IndexPart::Field(name) => name.to_string(),
            IndexPart::Expression(text) => text.value(),
        };
        text.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect()
    }
}

/// The item `foreign_key(…)` of the struct, or `references = …` of a field.
pub(crate) struct ForeignKey {
    pub(crate) columns: Names,
    /// The columns that the key refers to: at least one, all of the same table.
    pub(crate) targets: Vec<Target>,
    pub(crate) rules: Rules,
}

/// A column that a foreign key refers to, such as `Team::ID`.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) table: Path,
    pub(crate) column: Path,
}

/// The actions of a foreign key, and whether the key is deferred, each with its span.
#[derive(Default)]
pub(crate) struct Rules {
    /// The action on a delete, as a variant of the runtime's `Action`.
    pub(crate) on_delete: Option<(&'static str, Span)>,
    pub(crate) on_update: Option<(&'static str, Span)>,
    pub(crate) deferred: Option<Span>,
}

impl<'a> Table<'a> {
    /// Returns the fields that are columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| field.skip.is_none())
    }

    /// Returns the column of the field with this name, or `None` if there is no such column.
    pub(crate) fn column(&self, field: &Ident) -> Option<&Field<'a>> {
        self.columns().find(|column| column.ident.unraw() == field.unraw())
    }

    /// Returns the columns of the primary key, in the order of the key.
    pub(crate) fn key(&self) -> Vec<&Field<'a>> {
        match &self.primary_key {
            Some(names) => names.fields.iter().filter_map(|name| self.column(name)).collect(),
            None => self.columns().filter(|field| field.primary_key.is_some()).collect(),
        }
    }

    /// Returns the type of the primary key's column, or a tuple of the types of its columns.
    pub(crate) fn key_type(&self) -> TokenStream {
        let types = self.key().into_iter().map(|field| field.stored.column_type(&self.krate)).collect::<Vec<_>>();
        match types.as_slice() {
            [one] => one.clone(),
            several => quote!((#(#several),*)),
        }
    }

    /// Returns the columns for which a new row has values.
    pub(crate) fn new_columns(&self) -> impl Iterator<Item = &Field<'a>> {
        self.columns().filter(|field| !field.is_left_out())
    }

    /// Returns whether a new row has its own struct, instead of the table's struct.
    pub(crate) fn has_new(&self) -> bool {
        self.new.span.is_some() || self.fields.iter().any(|field| field.is_left_out() || field.default.is_some())
    }

    /// Returns the type of a new row: its own struct, or the table's struct.
    pub(crate) fn new_type(&self) -> Ident {
        if self.has_new() { self.new_ident() } else { self.ident.clone() }
    }

    /// Returns the name of the struct of a new row.
    pub(crate) fn new_ident(&self) -> Ident {
        let made = || Ident::new(&format!("New{}", self.ident.unraw()), self.ident.span());
        self.new.name.clone().unwrap_or_else(made)
    }

    /// Returns the name of the struct of a patch.
    pub(crate) fn patch_ident(&self) -> Ident {
        let made = || Ident::new(&format!("{}Patch", self.ident.unraw()), self.ident.span());
        self.patch.name.clone().unwrap_or_else(made)
    }

    /// Returns the columns that a patch may set: those whose values `save` takes from the table's
    /// struct.
    pub(crate) fn patch_columns(&self) -> impl Iterator<Item = &Field<'a>> {
        let key: Vec<_> = self.key().into_iter().map(|field| field.ident).collect();
        self.columns()
            .filter(move |field| !key.contains(&field.ident) && field.generated.is_none() && field.roles.is_empty())
    }

    /// Returns whether these fields are unique together: they contain all columns of the primary
    /// key, of a unique constraint, or of a unique index without a condition.
    pub(crate) fn is_unique(&self, fields: &[Ident]) -> bool {
        let among = |name: &Ident| fields.iter().any(|field| field.unraw() == name.unraw());
        let key = self.key();
        let by_index = |index: &Index| {
            let part = |part: &IndexPart| matches!(part, IndexPart::Field(name) if among(name));
            index.unique && index.condition.is_none() && index.parts.iter().all(part)
        };
        !key.is_empty() && key.iter().all(|field| among(field.ident))
            || self.uniques.iter().any(|unique| unique.fields.iter().all(among))
            || self.indexes.iter().any(by_index)
    }

    /// Returns the column that this column refers to, or `None` if this column is not a foreign
    /// key of one column.
    pub(crate) fn target_of(&self, field: &Field<'_>) -> Option<&Target> {
        let key = self.foreign_keys.iter().find(|key| key.columns.fields == [field.ident.unraw()])?;
        key.targets.first()
    }
}

impl<'a> Field<'a> {
    /// Creates a field whose `#[column(..)]` attributes have not been read.
    pub(crate) fn new(field: &'a syn::Field, ident: &'a Ident, ty: Type) -> Field<'a> {
        let name = ident.unraw().to_string();
        Field {
            ident,
            vis: &field.vis,
            docs: crate::shape::docs(&field.attrs),
            serde: serde::items(&field.attrs),
            constant: ident.clone(),
            name,
            stored: Stored { ty, form: Form::Plain },
            primary_key: None,
            auto: None,
            autoincrement: None,
            default: None,
            check: None,
            collate: None,
            declared_type: None,
            generated: None,
            is_stored: None,
            is_virtual: None,
            roles: Vec::new(),
            comment: None,
            was: None,
            backfill: None,
            skip: None,
            items: Vec::new(),
        }
    }

    /// Returns the span of the item with this name in the field's attributes, or `None` if there
    /// is no such item.
    pub(crate) fn item(&self, name: &str) -> Option<Span> {
        self.items.iter().find(|item| *item == name).map(Ident::span)
    }

    /// Returns whether the struct of a new row does not have the field, because the database or
    /// the library sets the column or because the field is not a column.
    pub(crate) fn is_left_out(&self) -> bool {
        self.skip.is_some() || self.is_auto() || self.generated.is_some() || !self.roles.is_empty()
    }

    /// Returns whether the database generates the values of the column.
    pub(crate) fn is_auto(&self) -> bool {
        self.auto.is_some() || self.autoincrement.is_some()
    }
}
