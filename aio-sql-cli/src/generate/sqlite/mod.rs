//! The columns of SQLite, whose declared types say little: their values say more.

mod choice;
mod class;
mod default;
mod forms;
mod sample;

use aio_sql::inspect::{Auto, Column, Schema, Table, TableKind};
use aio_sql::schema::Collation;
pub use sample::{Samples, VALUES};

use self::choice::{Siblings, choose};
use self::class::{Class, stored};
use super::default::Default;
use super::rust_type::{RustType, leak};
use super::sql_text::{listed_texts, quoted_name};
use super::structs::Enum;
use super::type_rules::{Choice, TypeRules};

/// The rules of SQLite.
pub(super) struct Sqlite<'a> {
    samples: &'a Samples,
    siblings: Siblings,
}

impl<'a> Sqlite<'a> {
    pub(super) fn new(schema: &Schema, samples: &'a Samples) -> Sqlite<'a> {
        Sqlite { samples, siblings: Siblings::of(schema, samples) }
    }
}

impl TypeRules for Sqlite<'_> {
    fn choose(&self, of: &str, column: &Column) -> Choice {
        choose(column, self.samples.column(of, column.name()), &self.siblings)
    }

    fn uncertain(&self, columns: &[&str]) -> Option<String> {
        let names: Vec<_> = columns.iter().map(|name| format!("`{name}`")).collect();
        let (columns, are) = match names.as_slice() {
            [] => return None,
            [one] => (format!("the column {one}"), "is"),
            [before @ .., last] => (format!("the columns {} and {last}", before.join(", ")), "are"),
        };
        Some(if self.samples.is_empty() {
            format!("{columns} {are} read as text, whatever the values are: `--sample` looks at them")
        } else {
            format!("{columns} {are} read as text, because there are no values that tell the type")
        })
    }

    /// SQLite lets the columns of most keys be NULL, which no program wants.
    fn is_nullable(&self, table: &Table, column: &Column) -> bool {
        let key = table.primary_key().map(|key| key.columns()).unwrap_or_default();
        let is_key = key.iter().any(|name| name.eq_ignore_ascii_case(column.name()));
        column.is_nullable() && (!is_key || self.samples.has_null(table.name(), column.name()))
    }

    fn keeps(&self, _of: &str, column: &Column, ty: &RustType, is_known: bool) -> bool {
        Class::named(column.type_class()).keeps(ty, is_known)
    }

    fn listed_texts(&self, condition: &str, column: &Column) -> Option<Vec<String>> {
        listed_texts(condition, column.name()).filter(|_| column.collation().is_none())
    }

    fn default(&self, sql: &str, ty: &RustType) -> Option<Default> {
        default::of(sql, ty)
    }

    fn default_expression(&self, sql: &str) -> Default {
        default::expression(sql)
    }

    fn repeats_numbering(&self, _column: &Column) -> bool {
        false
    }

    fn declared_type(&self, table: &Table, column: &Column, ty: &RustType, _is_numbered: bool) -> Option<String> {
        let own = stored(ty).type_name();
        let is_own = match table.is_strict() {
            true => column.declared_type().eq_ignore_ascii_case(own),
            false => column.type_class() == own,
        };
        let is_declared = column.auto() == Auto::No && (!is_own || *ty == RustType::Bool);
        is_declared.then(|| column.declared_type().to_owned())
    }

    fn collation(&self, column: &Column, ty: &RustType) -> Option<Collation> {
        let name = column.collation().filter(|_| matches!(ty, RustType::Text | RustType::Enum(..)))?;
        Some(match name.to_ascii_lowercase().as_str() {
            "nocase" => Collation::NoCase,
            "rtrim" => Collation::RTrim,
            "unicode_nocase" => Collation::Unicode,
            _ => Collation::Named(leak(name)),
        })
    }

    fn quoted_name(&self, name: &str) -> String {
        quoted_name(name)
    }

    fn enums(&self) -> &[Enum] {
        &[]
    }

    fn is_strict(&self, table: &Table) -> bool {
        table.is_strict()
    }

    /// Only the tables of the file itself are read, not those of attached ones.
    fn schema<'t>(&self, _table: &'t Table) -> Option<&'t str> {
        None
    }

    fn features(&self) -> &'static [&'static str] {
        &[]
    }

    fn refusal(&self, table: &Table) -> Option<String> {
        match table.kind() {
            TableKind::Ordinary => None,
            TableKind::Virtual(module) => Some(format!("it is a virtual table of {module}")),
            _ => Some("it has no columns that a struct could have".to_owned()),
        }
    }
}
