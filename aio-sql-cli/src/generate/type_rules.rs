//! What the kinds of databases differ in: how a column becomes a field.

use aio_sql::inspect::{Column, Table};
use aio_sql::schema::Collation;

use super::default::Default;
use super::rust_type::RustType;
use super::structs::Enum;

/// The type of a column, and a remark for the user if the type is not certain.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) ty: RustType,
    pub(super) remark: Option<String>,
    /// Whether the values of the column were read, so that the type is known to fit them.
    pub(super) is_known: bool,
    /// Whether the declared type does not tell the form of the values.
    pub(super) is_uncertain: bool,
}

impl Choice {
    pub(super) fn new(ty: RustType) -> Choice {
        Choice { ty, remark: None, is_known: false, is_uncertain: false }
    }

    pub(super) fn remark(mut self, remark: impl Into<String>) -> Choice {
        self.remark = Some(remark.into());
        self
    }
}

/// The rules of one kind of database. `of` is the name of a table or view.
pub(super) trait TypeRules {
    /// Chooses the type of a column.
    fn choose(&self, of: &str, column: &Column) -> Choice;

    /// Returns the remark about the columns whose type is uncertain.
    fn uncertain(&self, columns: &[&str]) -> Option<String>;

    /// Returns whether the field of a column is an `Option`.
    fn is_nullable(&self, table: &Table, column: &Column) -> bool;

    /// Returns whether a column stores values of another type unchanged. `is_known` says that
    /// values of that type were seen in the column to which the column refers.
    fn keeps(&self, of: &str, column: &Column, ty: &RustType, is_known: bool) -> bool;

    /// Returns the texts that a CHECK constraint lists for a column, or `None` if it says
    /// something else.
    fn listed_texts(&self, condition: &str, column: &Column) -> Option<Vec<String>>;

    /// Reads the expression of a DEFAULT clause. Returns `None` if it is NULL.
    fn default(&self, sql: &str, ty: &RustType) -> Option<Default>;

    /// Returns the default as an expression of SQL, which any type can have.
    fn default_expression(&self, sql: &str) -> Default;

    /// Returns whether a column whose rows the database numbers has a default that the struct
    /// repeats, because the struct cannot say that the database numbers them.
    fn repeats_numbering(&self, column: &Column) -> bool;

    /// Returns the declared type of a field, or `None` if it is that of the library.
    fn declared_type(&self, table: &Table, column: &Column, ty: &RustType, is_numbered: bool) -> Option<String>;

    /// Returns the collation of a field, or `None` if it is that of the library.
    fn collation(&self, column: &Column, ty: &RustType) -> Option<Collation>;

    /// Returns a name as it is written in an expression.
    fn quoted_name(&self, name: &str) -> String;

    /// Returns the enums that the database itself has, as they are written in Rust.
    fn enums(&self) -> &[Enum];

    /// Returns whether the columns of a table accept only values of their types.
    fn is_strict(&self, table: &Table) -> bool;

    /// Returns the schema that a struct names for its table; `None` if it need not name one.
    fn schema<'t>(&self, table: &'t Table) -> Option<&'t str>;

    /// Returns the features of the library without which it cannot open the database.
    fn features(&self) -> &'static [&'static str];

    /// Returns why a table has no struct, or `None` if it can have one.
    fn refusal(&self, table: &Table) -> Option<String>;
}
