//! The definition of a column.

use super::{CheckDef, Clock, DefaultValue, Domain, Type};

/// A column: its name, its type and its constraints.
#[derive(Clone, Copy, Debug)]
pub struct ColumnDef {
    /// The name in the database.
    pub name: &'static str,
    /// The type of its values.
    pub ty: Type,
    /// The values of its type that it can have.
    pub domain: Domain,
    /// How many of the digits of an integer stand behind the point.
    pub scale: u32,
    /// Whether it can be NULL.
    pub nullable: bool,
    /// Whether and how the database generates its value.
    pub auto: Auto,
    /// The value of a new row that has none for it.
    pub default: Option<DefaultValue>,
    /// A condition on its values.
    pub check: Option<CheckDef>,
    /// The collation by which its text is compared.
    pub collate: Option<Collation>,
    /// The expression that computes its value.
    pub generated: Option<Generated>,
    /// The role that the library gives it.
    pub role: Option<Role>,
}

impl ColumnDef {
    /// Creates a column of this type without a name.
    pub const fn new(ty: Type, domain: Domain, nullable: bool) -> ColumnDef {
        ColumnDef {
            name: "",
            ty,
            domain,
            scale: 0,
            nullable,
            auto: Auto::No,
            default: None,
            check: None,
            collate: None,
            generated: None,
            role: None,
        }
    }

    /// Sets how many of the digits of an integer stand behind the point.
    #[must_use]
    pub const fn scaled(mut self, scale: u32) -> ColumnDef {
        self.scale = scale;
        self
    }

    /// Sets the name.
    pub const fn named(mut self, name: &'static str) -> ColumnDef {
        self.name = name;
        self
    }

    /// Sets how the database generates the value.
    ///
    /// # Panics
    /// At compile time, if the type is not an integer.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn auto(mut self, auto: Auto) -> ColumnDef {
        if !matches!(self.ty, Type::Integer) || self.nullable {
            panic!("`auto` is for a key that is an integer, such as `i64`");
        }
        self.auto = auto;
        self
    }

    /// Sets the default.
    ///
    /// # Panics
    /// At compile time, if the column cannot hold the value.
    #[track_caller]
    pub const fn default(mut self, default: DefaultValue) -> ColumnDef {
        self.default = Some(default.of(&self));
        self
    }

    /// Sets the condition on its values.
    pub const fn check(mut self, check: CheckDef) -> ColumnDef {
        self.check = Some(check);
        self
    }

    /// Sets the collation.
    ///
    /// # Panics
    /// At compile time, if the column does not hold text.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn collate(mut self, collate: Collation) -> ColumnDef {
        if !matches!(self.ty, Type::Text) {
            panic!("`collate` is for a column that holds text");
        }
        self.collate = Some(collate);
        self
    }

    /// Makes it a generated column.
    pub const fn generated(mut self, generated: Generated) -> ColumnDef {
        self.generated = Some(generated);
        self
    }

    /// Sets the role.
    ///
    /// # Panics
    /// At compile time, if a version is not an integer.
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

/// How the database generates a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// It does not.
    No,
    /// It takes a number that is free.
    Free,
    /// It takes a number that has never been used (`autoincrement`).
    NeverUsed,
}

/// How text is compared (<https://sqlite.org/datatype3.html#collating_sequences>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collation {
    /// Byte by byte.
    Binary,
    /// Ignoring the case of ASCII letters: `Ä` and `ä` are two.
    NoCase,
    /// Ignoring the case of every letter, by Unicode's case folding: `ß` equals `SS`, and a letter
    /// with an accent never one without. It needs the feature `unicode`, in every program that
    /// uses the file; without it, what needs the collation fails with an error that names the
    /// feature. In SQL its name is `unicode_nocase`.
    ///
    /// A new version of Unicode may order a few letters differently: after an update that changes
    /// that of Rust or of the crate `unicase`, run `reindex`.
    ///
    /// `starts_with`, `ends_with`, `contains`, `like` and `ilike` of such text ignore the case of
    /// every letter too, and `lower` and `upper` change every letter. In a pattern, `_` is a
    /// character of the folded text.
    Unicode,
    /// Ignoring trailing spaces.
    RTrim,
    /// A collation that the user registered.
    Named(&'static str),
}

/// The expression that computes a column's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    /// Computed when the column is read.
    Virtual(&'static str),
    /// Computed when the row is written.
    Stored(&'static str),
}

/// A column that the library sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Set to the time of this clock when the row is inserted.
    CreatedAt(Clock),
    /// Set to the time of this clock when the row is inserted or updated.
    UpdatedAt(Clock),
    /// The number of updates. `save` fails for a row with another number.
    Version,
}
