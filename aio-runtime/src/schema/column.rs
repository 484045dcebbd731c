//! The definition of a column.

use super::{CheckDef, Clock, DefaultValue, Domain, Type};

/// The definition of a column: its name, its type and its constraints.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Type, schema::Auto};
/// # fn main() -> Result<()> {
/// let id = &User::TABLE.columns[0];
/// assert_eq!((id.name, id.ty, id.auto, id.nullable), ("id", Type::Integer, Auto::Free, false));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ColumnDef {
    /// The name of the column in the database.
    pub name: &'static str,
    /// The type of the column's values.
    pub ty: Type,
    /// Which of the values of its type the column can have.
    pub domain: Domain,
    /// The number of decimal places of a decimal that is stored as an integer; 0 for any other
    /// column.
    pub scale: u32,
    /// Whether the column may be NULL.
    pub nullable: bool,
    /// Whether and how the database generates the values of the column.
    pub auto: Auto,
    /// The value of the column in a new row for which no value is given, if there is such a value.
    pub default: Option<DefaultValue>,
    /// The CHECK constraint of the column, if it has one.
    pub check: Option<CheckDef>,
    /// The collation by which text in the column is compared; `None` for the default collation.
    pub collate: Option<Collation>,
    /// The type that CREATE TABLE declares instead of the one that belongs to `ty`. The range of
    /// `domain` then has no CHECK.
    pub declared_type: Option<&'static str>,
    /// The expression of a generated column; `None` for any other column.
    pub generated: Option<Generated>,
    /// The role of a column that the library sets, such as the time of creation; `None` for any
    /// other column.
    pub role: Option<Role>,
    /// The comment that the database stores with the column, if it stores comments.
    pub comment: Option<&'static str>,
    /// The name that the column had before. A migration renames the column.
    pub was: Option<&'static str>,
    /// The SQL expression from which a migration fills the column in rows that exist already.
    pub backfill: Option<&'static str>,
}

impl ColumnDef {
    /// Creates a column of this type, without a name and without constraints except for NOT NULL.
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
            declared_type: None,
            generated: None,
            role: None,
            comment: None,
            was: None,
            backfill: None,
        }
    }

    /// Sets the number of decimal places of a decimal that is stored as an integer.
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

    /// Sets how the database generates the values of the column.
    ///
    /// # Panics
    /// At compile time, if the column does not hold integers or may be NULL.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn auto(mut self, auto: Auto) -> ColumnDef {
        if !matches!(self.ty, Type::Integer) || self.nullable {
            panic!("`auto` is for a key that is an integer, such as `i64`");
        }
        self.auto = auto;
        self
    }

    /// Sets the default of the column.
    ///
    /// # Panics
    /// At compile time, if the column cannot hold the value.
    #[track_caller]
    pub const fn default(mut self, default: DefaultValue) -> ColumnDef {
        self.default = Some(default.of(&self));
        self
    }

    /// Sets the CHECK constraint.
    pub const fn check(mut self, check: CheckDef) -> ColumnDef {
        self.check = Some(check);
        self
    }

    /// Sets the collation.
    ///
    /// # Panics
    /// At compile time, if the type of the column is not [`Type::Text`].
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn collate(mut self, collate: Collation) -> ColumnDef {
        if !matches!(self.ty, Type::Text) {
            panic!("`collate` is for a column that holds text");
        }
        self.collate = Some(collate);
        self
    }

    /// Sets the type that CREATE TABLE declares.
    pub const fn declared_type(mut self, ty: &'static str) -> ColumnDef {
        self.declared_type = Some(ty);
        self
    }

    /// Makes the column a generated column.
    pub const fn generated(mut self, generated: Generated) -> ColumnDef {
        self.generated = Some(generated);
        self
    }

    /// Sets the role.
    ///
    /// # Panics
    /// At compile time, if the role is `Version` and the column does not hold integers or may be
    /// NULL.
    #[allow(clippy::panic)]
    #[track_caller]
    pub const fn role(mut self, role: Role) -> ColumnDef {
        if matches!(role, Role::Version) && (!matches!(self.ty, Type::Integer) || self.nullable) {
            panic!("`version` is for a column that is an integer, such as `i64`");
        }
        self.role = Some(role);
        self
    }

    /// Sets the comment that the database stores with the column.
    pub const fn comment(mut self, text: &'static str) -> ColumnDef {
        self.comment = Some(text);
        self
    }

    /// Sets the name that the column had before.
    pub const fn was(mut self, name: &'static str) -> ColumnDef {
        self.was = Some(name);
        self
    }

    /// Sets the SQL expression from which a migration fills the column in rows that exist already.
    pub const fn backfill(mut self, expression: &'static str) -> ColumnDef {
        self.backfill = Some(expression);
        self
    }
}

/// How the database generates the values of a column.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::schema::Auto;
/// # fn main() -> Result<()> {
/// assert_eq!(User::TABLE.columns[0].auto, Auto::Free); // `#[column(primary_key, auto)]`
/// assert_eq!(User::TABLE.columns[1].auto, Auto::No);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// The database does not generate values.
    No,
    /// The database generates a number that no row has at the moment (`auto`).
    Free,
    /// The database generates a number that no row has ever had (`autoincrement`).
    NeverUsed,
}

/// How text is compared (<https://sqlite.org/datatype3.html#collating_sequences>).
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Collation, Database, Result, Table};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Tag {
///     #[column(primary_key, collate = nocase)]
///     name: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// db.create(Tag).await?;
/// Tag::insert_all(["rust", "SQL"].map(|name| Tag { name: name.into() })).execute(&db).await?;
/// assert!(Tag::select().filter(Tag::NAME.eq("Rust")).exists(&db).await?);
///
/// // For one comparison, by another collation than that of the column:
/// let exact = Tag::NAME.collate(Collation::Binary).eq("Rust");
/// assert!(!Tag::select().filter(exact).exists(&db).await?);
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collation {
    /// Byte by byte.
    Binary,
    /// Ignoring the case of ASCII letters. `Ä` and `ä` are different.
    NoCase,
    /// Ignoring the case of every letter, by Unicode's case folding: `ß` equals `SS`. A letter
    /// with an accent never equals the letter without it.
    ///
    /// This collation needs the feature `unicode` in every program that uses the file. Without the
    /// feature, statements that use the collation fail with an error that names the feature. In
    /// SQL, the collation is called `unicode_nocase`.
    ///
    /// A new version of Unicode may order a few letters differently. Run `reindex` after an update
    /// of Rust or of the crate `unicase` that changes the version of Unicode.
    ///
    /// `starts_with`, `ends_with`, `contains`, `like` and `ilike` ignore the case of every letter
    /// of text with this collation, too, and `lower` and `upper` convert every letter. In a
    /// pattern, `_` matches one character of the case-folded text.
    Unicode,
    /// Ignoring trailing spaces.
    RTrim,
    /// A collation that the user registers.
    Named(&'static str),
}

/// The expression of a generated column.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Result, Table, schema::Generated};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Line {
///     #[column(primary_key)]
///     id: i64,
///     price: i64,
///     pieces: i64,
///     #[column(generated = "price * pieces")]
///     total: i64,
/// }
///
/// # fn main() -> Result<()> {
/// assert_eq!(Line::TABLE.columns[3].generated, Some(Generated::Virtual("price * pieces")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    /// Computed when the column is read.
    Virtual(&'static str),
    /// Computed when the row is written.
    Stored(&'static str),
}

/// The role of a column that the library sets.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Result, Table, schema::Role};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Page {
///     #[column(primary_key, auto)]
///     id: i64,
///     text: String,
///     #[column(version)]
///     version: i64,
/// }
///
/// # fn main() -> Result<()> {
/// assert_eq!(Page::TABLE.columns[2].role, Some(Role::Version));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Set to the current time of this clock when the row is inserted.
    CreatedAt(Clock),
    /// Set to the current time of this clock when the row is inserted or updated.
    UpdatedAt(Clock),
    /// Increased by every update. `save` fails if it was increased since the row was read.
    Version,
}
