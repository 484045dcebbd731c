//! The columns of PostgreSQL, whose declared types say what their values are.

mod condition;
mod default;
mod tokens;
mod types;

use aio_sql::inspect::{Column, Schema, Table, TableKind};
use aio_sql::schema::Collation;

use self::types::Types;
use super::default::Default;
use super::rust_type::{RustType, leak};
use super::structs::Enum;
use super::type_rules::{Choice, TypeRules};
use crate::plan::nocase;

/// The rules of PostgreSQL.
pub(super) struct Postgres<'a> {
    /// The schema of the tables whose structs name none.
    schema: &'a str,
    types: Types<'a>,
}

impl<'a> Postgres<'a> {
    pub(super) fn new(schema: &'a Schema) -> Postgres<'a> {
        Postgres { schema: schema.default_name(), types: Types::of(schema) }
    }
}

impl TypeRules for Postgres<'_> {
    fn choose(&self, _of: &str, column: &Column) -> Choice {
        let declared = column.declared_type();
        let Some(ty) = self.types.rust_type(declared) else {
            let remark = format!(
                "the column `{}` is read and written as text, in the form that PostgreSQL has for {declared}",
                column.name()
            );
            return Choice::new(RustType::Text).remark(remark);
        };
        Choice::new(ty)
    }

    fn uncertain(&self, _columns: &[&str]) -> Option<String> {
        None
    }

    fn is_nullable(&self, _table: &Table, column: &Column) -> bool {
        column.is_nullable()
    }

    /// Returns whether the server compares values of both types in a foreign key, and the library
    /// reads and writes the column as a value of the other type.
    fn keeps(&self, of: &str, column: &Column, ty: &RustType, _is_known: bool) -> bool {
        match self.choose(of, column).ty {
            RustType::Integer(_) => ty.is_integer(),
            RustType::Text => matches!(ty, RustType::Text | RustType::Enum(..)),
            own => own == *ty,
        }
    }

    fn listed_texts(&self, condition: &str, column: &Column) -> Option<Vec<String>> {
        let is_text = types::is_text(column.declared_type()) && column.collation() != Some(&*nocase().name);
        is_text.then(|| condition::listed_texts(condition, column.name())).flatten()
    }

    fn default(&self, sql: &str, ty: &RustType) -> Option<Default> {
        default::of(sql, ty)
    }

    fn default_expression(&self, sql: &str) -> Default {
        Default::sql(sql)
    }

    /// A default that takes the next number of a sequence can be written in any column.
    fn repeats_numbering(&self, column: &Column) -> bool {
        column.identity().is_none()
    }

    fn declared_type(&self, _table: &Table, column: &Column, ty: &RustType, is_numbered: bool) -> Option<String> {
        let declared = column.declared_type();
        let is_own = types::own_name(ty) == declared;
        // The derive accepts no other type for a column in which the database numbers the rows.
        let is_accepted = !is_numbered || declared == "integer";
        (!is_own && is_accepted).then(|| types::shortened(declared))
    }

    /// The library's own collation is `"C"`. Without one, a column has the collation of the
    /// database, which is called `default`.
    fn collation(&self, column: &Column, ty: &RustType) -> Option<Collation> {
        let is_text = matches!(ty, RustType::Text | RustType::Enum(..)) && types::is_text(column.declared_type());
        match column.collation() {
            Some("C") if is_text => None,
            Some(name) if name == nocase().name => Some(Collation::NoCase),
            Some(name) => Some(Collation::Named(leak(name))),
            None => is_text.then_some(Collation::Named("default")),
        }
    }

    fn quoted_name(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn enums(&self) -> &[Enum] {
        self.types.enums()
    }

    fn is_strict(&self, _table: &Table) -> bool {
        true
    }

    fn schema<'t>(&self, table: &'t Table) -> Option<&'t str> {
        Some(table.schema()).filter(|schema| *schema != self.schema)
    }

    fn features(&self) -> &'static [&'static str] {
        &["postgres", "tls"]
    }

    fn refusal(&self, table: &Table) -> Option<String> {
        if let TableKind::Foreign(server) = table.kind() {
            return Some(format!("it is a foreign table of the server {server}"));
        }
        if let Some(partition) = table.partition() {
            return Some(format!("its rows are those of `{}`, of which it is a partition", partition.of().name()));
        }
        None
    }
}
