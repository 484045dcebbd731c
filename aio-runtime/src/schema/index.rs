//! The definition of an index.

/// An index.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Result, Table, schema::IndexPart};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// #[table(index(name, unique, where = "deleted = 0"))]
/// struct Tag {
///     #[column(primary_key)]
///     id: i64,
///     name: String,
///     deleted: bool,
/// }
///
/// # fn main() -> Result<()> {
/// let index = &Tag::TABLE.indexes[0];
/// assert!(index.unique && matches!(index.parts, [IndexPart::Column("name")]));
/// assert_eq!(index.condition, Some("deleted = 0"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct IndexDef {
    /// The name that the user gave, if any.
    pub name: Option<&'static str>,
    /// The columns or expressions that are indexed.
    pub parts: &'static [IndexPart],
    /// Whether the index is unique.
    pub unique: bool,
    /// The condition of a partial index, in SQL; `None` if all rows are indexed.
    pub condition: Option<&'static str>,
    /// Whether NULL is equal to NULL in a unique index: NULLS NOT DISTINCT, of PostgreSQL.
    pub nulls_not_distinct: bool,
    /// The kind of the index, such as `gin`; `None` for the default one.
    pub method: Option<&'static str>,
}

impl IndexDef {
    /// Creates an index on these columns or expressions.
    pub const fn new(parts: &'static [IndexPart]) -> IndexDef {
        IndexDef { name: None, parts, unique: false, condition: None, nulls_not_distinct: false, method: None }
    }

    /// Sets the name.
    pub const fn named(mut self, name: &'static str) -> IndexDef {
        self.name = Some(name);
        self
    }

    /// Makes the index unique.
    pub const fn unique(mut self) -> IndexDef {
        self.unique = true;
        self
    }

    /// Makes NULL equal to NULL in a unique index.
    pub const fn nulls_not_distinct(mut self) -> IndexDef {
        self.nulls_not_distinct = true;
        self
    }

    /// Sets the kind of the index: USING.
    pub const fn using(mut self, method: &'static str) -> IndexDef {
        self.method = Some(method);
        self
    }

    /// Returns whether the index has exactly these columns, in any order, and no expressions.
    pub(crate) fn is_on(&self, names: &[&str]) -> bool {
        let is_named = |part: &IndexPart| matches!(part, IndexPart::Column(name) if names.contains(name));
        self.parts.len() == names.len() && self.parts.iter().all(is_named)
    }

    /// Makes the index a partial index, of only the rows for which a condition in SQL holds.
    pub const fn condition(mut self, condition: &'static str) -> IndexDef {
        self.condition = Some(condition);
        self
    }
}

/// A part of an index.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Result, Table, schema::IndexPart};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// #[table(index(expr = "lower(name)"))]
/// struct Tag {
///     #[column(primary_key)]
///     id: i64,
///     name: String,
/// }
///
/// # fn main() -> Result<()> {
/// assert!(matches!(Tag::TABLE.indexes[0].parts, [IndexPart::Expression("lower(name)")]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum IndexPart {
    /// A column, by name.
    Column(&'static str),
    /// An expression in SQL.
    Expression(&'static str),
}
