//! The tables in FROM, as types and as plain data.

use std::fmt;
use std::sync::Arc;

use super::child::Tree;
use super::node::{Call, ColumnRef, Node};
use super::query::CteNode;
use crate::row::FromRow;
use crate::schema::TableDef;

/// What can be read in FROM: a table, an alias of a table, or a struct with `#[derive(Record)]`
/// whose fields name the columns of a common table expression, a raw query or a function.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Source, alias};
/// alias!(Friend = User);
///
/// /// The number of rows of a table or of an alias.
/// async fn rows<T: Source>(table: aio_sql::TableOf<T>, db: &Database) -> Result<u64> {
///     table.select().count(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(rows(User, &db).await?, 2);
/// assert_eq!(rows(Friend, &db).await?, 2);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "expected a struct with `#[derive(Table)]`"
)]
pub trait Source: 'static {
    /// The type of the rows.
    type Row: FromRow<Read = Self::Row>;
    /// The definition of the columns, and the name by which they are read.
    const DEFINITION: &'static TableDef;
    /// The alias; `None` if the table is read by its own name.
    const ALIAS: Option<&'static str>;
}

/// A table, a common table expression, a raw query or a function in FROM or JOIN, as plain data.
#[derive(Clone, Debug)]
pub struct SourceNode {
    /// The definition of the columns.
    pub(crate) table: &'static TableDef,
    /// The alias in the statement, if it has one.
    pub(crate) alias: Option<&'static str>,
    pub(crate) origin: Origin,
    /// Whether a column is added, to tell whether an outer join has found a row: for a
    /// function its column `type`, otherwise [`PRESENCE_COLUMN`](super::PRESENCE_COLUMN).
    pub(crate) has_presence_column: bool,
}

/// Where the rows of a table in FROM come from.
#[derive(Clone)]
pub(crate) enum Origin {
    /// A table of the database, or a common table expression of a surrounding query.
    Named,
    Cte(Arc<CteNode>),
    Function(Arc<Call>),
    /// A raw query.
    Raw(Arc<Node>),
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Named => f.write_str("Named"),
            // Only the name is shown: if each common table expression reads another one twice, the
            // output would double with each level.
            Origin::Cte(cte) => f.debug_tuple("Cte").field(&cte.table.name).finish(),
            Origin::Function(call) => call.fmt(f),
            Origin::Raw(text) => text.fmt(f),
        }
    }
}

impl SourceNode {
    /// Returns the entry of FROM for the table that the type `T` stands for, with the alias if `T`
    /// is one.
    pub(crate) fn of<T: Source>() -> SourceNode {
        SourceNode::of_table(T::DEFINITION, T::ALIAS)
    }

    /// Returns the entry of FROM for a table of the database, or for a common table expression of
    /// a surrounding query.
    pub(crate) fn of_table(table: &'static TableDef, alias: Option<&'static str>) -> SourceNode {
        SourceNode::new(table, alias, Origin::Named)
    }

    /// Returns an entry of FROM whose rows come from `origin` and have the columns that `table`
    /// declares.
    pub(crate) fn new(table: &'static TableDef, alias: Option<&'static str>, origin: Origin) -> SourceNode {
        SourceNode { table, alias, origin, has_presence_column: false }
    }

    /// Returns the number of levels of the query or the function call that the rows come from.
    pub(super) fn depth(&self) -> u16 {
        match &self.origin {
            Origin::Named => 0,
            Origin::Cte(cte) => cte.query.depth(),
            Origin::Function(call) => call.depth(),
            Origin::Raw(text) => text.depth(),
        }
    }

    /// Returns the common table expression that the rows come from, or `None` if they come from
    /// elsewhere.
    pub(crate) fn cte(&self) -> Option<&Arc<CteNode>> {
        match &self.origin {
            Origin::Cte(cte) => Some(cte),
            _ => None,
        }
    }

    /// Returns the name by which a statement knows the rows if they do not come directly from the
    /// table: the alias or the name of the table, with its schema.
    pub(crate) fn name(&self) -> &'static str {
        self.alias.unwrap_or(self.table.full_name)
    }

    /// Returns whether two entries of FROM have the same columns and the same name.
    pub(super) fn is_same(&self, other: &SourceNode) -> bool {
        self.table.is(other.table) && self.alias == other.alias
    }

    /// Returns whether a column belongs to this table, and is read by the same alias.
    pub(crate) fn has(&self, column: &ColumnRef) -> bool {
        self.table.is(column.table) && self.alias == column.alias
    }

    /// Returns all columns of the table.
    pub(crate) fn columns(&self) -> impl Iterator<Item = ColumnRef> + use<> {
        let SourceNode { table, alias, .. } = *self;
        table.columns.iter().map(move |column| ColumnRef { table, alias, name: column.name })
    }
}
