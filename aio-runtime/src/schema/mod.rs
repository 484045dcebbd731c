//! What a table looks like, as constants that the derive writes: its columns, keys, checks and
//! indexes.
//!
//! Plain data without generics. The writer of SQL turns it into DDL, statements take names from
//! it, and errors of the database find their columns in it. No database is named here.

mod check;
mod order;
mod tables;
mod unique;

pub use order::in_foreign_key_order;
pub use tables::Tables;

use crate::types::{Clock, Domain, Type};

/// A table: its name and everything that its `CREATE TABLE` says.
#[derive(Debug)]
pub struct TableDef {
    /// The name in the database.
    pub name: &'static str,
    /// The struct's name.
    pub rust_name: &'static str,
    /// The columns, in the order of the struct's fields.
    pub columns: &'static [ColumnDef],
    /// The names of the primary key's columns; empty without one.
    pub primary_key: &'static [&'static str],
    /// The columns of each UNIQUE constraint.
    pub uniques: &'static [&'static [&'static str]],
    /// The indexes.
    pub indexes: &'static [IndexDef],
    /// The CHECK constraints of the table as a whole.
    pub checks: &'static [&'static str],
    /// The foreign keys.
    pub foreign_keys: &'static [ForeignKeyDef],
    /// Whether the database holds the columns to their types, as SQLite does in STRICT tables
    /// (<https://sqlite.org/stricttables.html>).
    pub strict: bool,
    /// Whether SQLite stores the table by its primary key
    /// (<https://sqlite.org/withoutrowid.html>).
    pub without_rowid: bool,
}

impl TableDef {
    /// A table with these columns and nothing else.
    pub const fn new(name: &'static str, rust_name: &'static str, columns: &'static [ColumnDef]) -> TableDef {
        TableDef {
            name,
            rust_name,
            columns,
            primary_key: &[],
            uniques: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            strict: true,
            without_rowid: false,
        }
    }

    /// The same with this primary key.
    pub const fn primary_key(mut self, columns: &'static [&'static str]) -> TableDef {
        self.primary_key = columns;
        self
    }

    /// The same with these UNIQUE constraints.
    pub const fn uniques(mut self, uniques: &'static [&'static [&'static str]]) -> TableDef {
        self.uniques = uniques;
        self
    }

    /// The same with these indexes.
    pub const fn indexes(mut self, indexes: &'static [IndexDef]) -> TableDef {
        self.indexes = indexes;
        self
    }

    /// The same with these CHECK constraints.
    pub const fn checks(mut self, checks: &'static [&'static str]) -> TableDef {
        self.checks = checks;
        self
    }

    /// The same with these foreign keys.
    pub const fn foreign_keys(mut self, foreign_keys: &'static [ForeignKeyDef]) -> TableDef {
        self.foreign_keys = foreign_keys;
        self
    }

    /// The same, STRICT or not.
    pub const fn strict(mut self, strict: bool) -> TableDef {
        self.strict = strict;
        self
    }

    /// The same as a WITHOUT ROWID table.
    pub const fn without_rowid(mut self) -> TableDef {
        self.without_rowid = true;
        self
    }

    /// Whether both say the same table. Their addresses do not tell: a constant may be there
    /// several times.
    pub(crate) fn is(&self, other: &TableDef) -> bool {
        self.name == other.name && self.rust_name == other.rust_name
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether the column belongs to the primary key.
    pub fn is_key(&self, column: &ColumnDef) -> bool {
        self.primary_key.contains(&column.name)
    }

    /// The columns that `save` writes as they are in the row: all but the key, what the database
    /// computes, and what the library sets.
    pub(crate) fn saved_columns(&self) -> impl Iterator<Item = &'static ColumnDef> {
        let key = self.primary_key;
        self.columns
            .iter()
            .filter(move |column| !key.contains(&column.name) && column.generated.is_none() && column.role.is_none())
    }

    /// The column with this role.
    pub(crate) fn with_role(&self, role: Role) -> Option<&'static ColumnDef> {
        self.columns.iter().find(|column| column.role == Some(role))
    }

    /// The column that is set to the current time in every update, and the clock that says it.
    pub(crate) fn updated_at(&self) -> Option<(&'static ColumnDef, Clock)> {
        self.columns.iter().find_map(|column| match column.role {
            Some(Role::UpdatedAt(clock)) => Some((column, clock)),
            _ => None,
        })
    }

    /// What the struct says of the CHECK constraint of this name. That of a table made by an older
    /// struct may ask for something else.
    pub(crate) fn check(&self, constraint: &str) -> Option<Check> {
        for column in self.columns {
            let at = |demand: String| Some(Check { columns: vec![column.name.to_owned()], demand });
            if let Some(check) = column.check
                && constraint == self.check_name(column.name)
            {
                return at(format!("has `{check}`"));
            }
            match column.domain {
                Domain::Any => {}
                Domain::Range(least, most) if constraint == self.range_name(column.name) => {
                    return at(match (least, most) {
                        (0, 1) => "allows 0 or 1".to_owned(),
                        (least, i64::MAX) => format!("allows {least} or more"),
                        (least, most) => format!("allows {least} to {most}"),
                    });
                }
                domain if constraint == self.domain_name(column.name) => {
                    return at(format!("allows {}", domain.list().unwrap_or_default()));
                }
                _ => {}
            }
        }
        let mut checks = self.checks.iter().enumerate();
        let (_, check) = checks.find(|(place, _)| constraint == self.check_name(&(place + 1).to_string()))?;
        Some(Check { columns: Vec::new(), demand: format!("has `{check}`") })
    }

    /// The name of a column's CHECK, or of the table's with its number.
    pub(crate) fn check_name(&self, of: &str) -> String {
        format!("ck_{}_{of}", self.name)
    }

    /// The name of the CHECK that lists a column's values.
    pub(crate) fn domain_name(&self, column: &str) -> String {
        format!("ck_{}_{column}_values", self.name)
    }

    /// The name of the CHECK that holds a column to the numbers that its type can read.
    pub(crate) fn range_name(&self, column: &str) -> String {
        format!("ck_{}_{column}_range", self.name)
    }

    /// The name of the primary key.
    pub(crate) fn primary_key_name(&self) -> String {
        format!("pk_{}", self.name)
    }

    /// The name of a UNIQUE constraint.
    pub(crate) fn unique_name(&self, columns: &[&str]) -> String {
        format!("uq_{}_{}", self.name, columns.join("_"))
    }

    /// The name of a foreign key.
    pub(crate) fn foreign_key_name(&self, key: &ForeignKeyDef) -> String {
        let columns: Vec<_> = key.columns().collect();
        format!("fk_{}_{}", self.name, columns.join("_"))
    }

    /// The name of an index: its own, or one made of its columns.
    pub(crate) fn index_name(&self, index: &IndexDef) -> String {
        if let Some(name) = index.name {
            return name.to_owned();
        }
        let mut name = format!("{}_{}", if index.unique { "ux" } else { "ix" }, self.name);
        for part in index.parts {
            let (IndexPart::Column(text) | IndexPart::Expression(text)) = part;
            name.push('_');
            name.extend(text.chars().filter(|c| c.is_alphanumeric() || *c == '_'));
        }
        name
    }
}

/// What a struct says of a CHECK constraint.
pub(crate) struct Check {
    /// The column that it stands at, none if it is the table's.
    pub(crate) columns: Vec<String>,
    /// Words that read on after "the struct".
    pub(crate) demand: String,
}

/// A column: its name, its type and what its line in `CREATE TABLE` says.
#[derive(Clone, Copy, Debug)]
pub struct ColumnDef {
    /// The name in the database.
    pub name: &'static str,
    /// What it holds.
    pub ty: Type,
    /// Which values of its type it can have.
    pub domain: Domain,
    /// Whether it can be NULL.
    pub nullable: bool,
    /// Whether and how the database makes its value.
    pub auto: Auto,
    /// The value that a new row has when it gives none.
    pub default: Option<DefaultValue>,
    /// A condition on its values.
    pub check: Option<&'static str>,
    /// How its text is compared.
    pub collate: Option<Collation>,
    /// The expression that makes its value.
    pub generated: Option<Generated>,
    /// What the library does with it.
    pub role: Option<Role>,
}

impl ColumnDef {
    /// A column of this type without a name.
    pub const fn new(ty: Type, domain: Domain, nullable: bool) -> ColumnDef {
        ColumnDef {
            name: "",
            ty,
            domain,
            nullable,
            auto: Auto::No,
            default: None,
            check: None,
            collate: None,
            generated: None,
            role: None,
        }
    }

    /// The same with this name.
    pub const fn named(mut self, name: &'static str) -> ColumnDef {
        self.name = name;
        self
    }

    /// The same with a value that the database makes.
    ///
    /// # Panics
    /// At compile time, where the type is no integer.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn auto(mut self, auto: Auto) -> ColumnDef {
        if !matches!(self.ty, Type::Integer) || self.nullable {
            panic!("`auto` is for a key that is an integer, such as `i64`");
        }
        self.auto = auto;
        self
    }

    /// The same with a default.
    ///
    /// # Panics
    /// At compile time, where the column cannot hold the value.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn default(mut self, default: DefaultValue) -> ColumnDef {
        match (default, self.ty) {
            (DefaultValue::Sql(_), _) => {}
            (DefaultValue::Now, Type::Timestamp | Type::DateTime | Type::Date | Type::Time) => {}
            (DefaultValue::Now, _) => panic!("`default = now` is for a column that holds a date or a time"),
            (DefaultValue::Bool(_), Type::Bool) => {}
            (DefaultValue::Integer(value), Type::Integer) if !self.domain.reaches(value) => {
                panic!("the default is past the limits of the column's type")
            }
            (DefaultValue::Integer(_), Type::Integer | Type::Real) => {}
            (DefaultValue::Real(_), Type::Real) => {}
            (DefaultValue::Text(_), Type::Text | Type::Decimal | Type::Json) => {}
            (DefaultValue::Text(text), Type::Timestamp) if text.len() == 30 => {}
            (DefaultValue::Text(text), Type::DateTime) if text.len() == 29 => {}
            (DefaultValue::Text(text), Type::Date) if text.len() == 10 => {}
            (DefaultValue::Text(text), Type::Time) if text.len() == 18 => {}
            (DefaultValue::Text(_), Type::Timestamp | Type::DateTime | Type::Date | Type::Time) => {
                panic!("the default is not in the stored form, such as `2013-01-01T10:00:00.000000000Z`")
            }
            (DefaultValue::Blob(_), Type::Blob) => {}
            (DefaultValue::Blob(bytes), Type::Uuid) if bytes.len() == 16 => {}
            (_, Type::Bool) => panic!("the default of a bool is `true` or `false`"),
            (_, Type::Integer) => panic!("the default of an integer is a whole number, such as `0`"),
            (_, Type::Real) => panic!("the default of a floating point number is a number, such as `0.0`"),
            (_, Type::Text | Type::Decimal | Type::Json) => {
                panic!("the default of this type is a string, such as `\"\"`")
            }
            (_, Type::Blob) => panic!("the default of bytes is a byte string, such as `b\"\"`"),
            (_, Type::Uuid) => panic!("the default of a UUID is a byte string of 16 bytes"),
            (_, _) => panic!("the default of a date or a time is `now` or a string in the stored form"),
        }
        self.default = Some(default);
        self
    }

    /// The same with a condition on its values.
    pub const fn check(mut self, check: &'static str) -> ColumnDef {
        self.check = Some(check);
        self
    }

    /// The same with a collation.
    ///
    /// # Panics
    /// At compile time, where the column holds no text.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn collate(mut self, collate: Collation) -> ColumnDef {
        if !matches!(self.ty, Type::Text) {
            panic!("`collate` is for a column that holds text");
        }
        self.collate = Some(collate);
        self
    }

    /// The same as a generated column.
    pub const fn generated(mut self, generated: Generated) -> ColumnDef {
        self.generated = Some(generated);
        self
    }

    /// The same with a role.
    ///
    /// # Panics
    /// At compile time, where a version is no integer.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn role(mut self, role: Role) -> ColumnDef {
        if matches!(role, Role::Version) && (!matches!(self.ty, Type::Integer) || self.nullable) {
            panic!("`version` is for a column that is an integer, such as `i64`");
        }
        self.role = Some(role);
        self
    }
}

/// Whether the database makes a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// It does not.
    No,
    /// It takes a number that is free.
    Free,
    /// It takes a number that has never been used (`autoincrement`).
    NeverUsed,
}

/// The value that a column has in a new row that gives none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DefaultValue {
    /// A bool.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text.
    Text(&'static str),
    /// Bytes.
    Blob(&'static [u8]),
    /// The current time, in the stored form of the column's type.
    Now,
    /// An expression.
    Sql(&'static str),
}

/// How text is compared (<https://sqlite.org/datatype3.html#collating_sequences>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collation {
    /// Byte by byte.
    Binary,
    /// Without regard to the case of ASCII letters.
    NoCase,
    /// Without regard to spaces at the end.
    RTrim,
    /// One that the user registered.
    Named(&'static str),
}

/// The expression that makes a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    /// Computed when it is read.
    Virtual(&'static str),
    /// Computed when the row is written.
    Stored(&'static str),
}

/// What the library does with a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Set to what this clock says when the row is inserted.
    CreatedAt(Clock),
    /// Set to what this clock says when the row is inserted or updated.
    UpdatedAt(Clock),
    /// Counts the updates; `save` of a row with another count fails.
    Version,
}

/// An index.
#[derive(Clone, Copy, Debug)]
pub struct IndexDef {
    /// Its name, if it was given one.
    pub name: Option<&'static str>,
    /// What it is on.
    pub parts: &'static [IndexPart],
    /// Whether no two rows may be equal in it.
    pub unique: bool,
    /// The rows that it has: all, or those that this condition holds for.
    pub condition: Option<&'static str>,
}

impl IndexDef {
    /// An index on these parts.
    pub const fn new(parts: &'static [IndexPart]) -> IndexDef {
        IndexDef { name: None, parts, unique: false, condition: None }
    }

    /// The same with this name.
    pub const fn named(mut self, name: &'static str) -> IndexDef {
        self.name = Some(name);
        self
    }

    /// The same, unique.
    pub const fn unique(mut self) -> IndexDef {
        self.unique = true;
        self
    }

    /// The same for the rows that a condition holds for.
    pub const fn condition(mut self, condition: &'static str) -> IndexDef {
        self.condition = Some(condition);
        self
    }
}

/// A part of an index.
#[derive(Clone, Copy, Debug)]
pub enum IndexPart {
    /// A column, by name.
    Column(&'static str),
    /// An expression in SQL.
    Expression(&'static str),
}

/// A foreign key.
#[derive(Clone, Copy, Debug)]
pub struct ForeignKeyDef {
    /// Pairs of a column and the column that it leads to.
    pub pairs: &'static [KeyPair],
    /// The table that it leads to. A function, so that two tables may lead to each other.
    pub table: fn() -> &'static TableDef,
    /// What happens to the row when the row it leads to is deleted.
    pub on_delete: Action,
    /// What happens to the row when the key it leads to is changed.
    pub on_update: Action,
    /// Whether it is looked at when the transaction commits, not at each statement.
    pub deferred: bool,
}

impl ForeignKeyDef {
    /// A foreign key to a table.
    pub const fn new(table: fn() -> &'static TableDef, pairs: &'static [KeyPair]) -> ForeignKeyDef {
        ForeignKeyDef { pairs, table, on_delete: Action::NoAction, on_update: Action::NoAction, deferred: false }
    }

    /// The same with what happens when the row it leads to is deleted.
    pub const fn on_delete(mut self, action: Action) -> ForeignKeyDef {
        self.on_delete = action;
        self
    }

    /// The same with what happens when the key it leads to is changed.
    pub const fn on_update(mut self, action: Action) -> ForeignKeyDef {
        self.on_update = action;
        self
    }

    /// The same, looked at when the transaction commits.
    pub const fn deferred(mut self) -> ForeignKeyDef {
        self.deferred = true;
        self
    }

    /// The columns of the key.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.column)
    }

    /// The columns that they lead to.
    pub fn targets(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|pair| pair.target)
    }
}

/// A column of a foreign key and the column that it leads to.
#[derive(Clone, Copy, Debug)]
pub struct KeyPair {
    /// The column of the key.
    pub column: &'static str,
    /// The column of the other table.
    pub target: &'static str,
}

/// What a foreign key does when the row that it leads to is deleted or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The change fails at the end of the statement or transaction.
    NoAction,
    /// The change fails at once.
    Restrict,
    /// The row goes, or changes, too.
    Cascade,
    /// The key becomes NULL.
    SetNull,
    /// The key becomes its default.
    SetDefault,
}
