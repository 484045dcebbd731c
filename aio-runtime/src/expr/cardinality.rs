//! How many related rows a relation has for each row.

use crate::error::{Error, ErrorKind, Result};
use crate::schema::TableDef;
use crate::types::{NotNull, Nullable, Nullness};

/// How many related rows a relation has for each row: [`Many`], [`AtMostOne`] or [`ExactlyOne`].
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// // A user has any number of posts, and a post has exactly one author.
/// let users: Vec<(User, Vec<Post>)> = User::select().with(Post).all(&db).await?;
/// let posts: Vec<(Post, User)> = Post::select().with(User).all(&db).await?;
/// assert_eq!((users.len(), posts.len()), (2, 1));
/// # db.close().await
/// # }
/// ```
pub trait Cardinality: 'static {
    /// The type in which the related rows of one row are returned: `Vec<X>`, `Option<X>` or `X`.
    type Of<X: Send + 'static>: Send + 'static;
    /// The cardinality after a filter, which may exclude rows.
    type Filtered: Cardinality;
    /// The cardinality of this relation followed by a relation of the related rows, which has the
    /// cardinality `R`.
    type Then<R: Cardinality>: Cardinality;

    /// Collects the rows of `table` that are related to one row of `parent`.
    ///
    /// # Errors
    /// The error of a row that cannot be read; [`ErrorKind::NotFound`] if exactly one row is
    /// expected and there is none; [`ErrorKind::Usage`] if at most one row is expected and there
    /// are several.
    fn collect<X: Send + 'static>(
        rows: impl Iterator<Item = Result<X>>,
        table: &'static TableDef,
        parent: &'static TableDef,
    ) -> Result<Self::Of<X>>;
}

/// Any number of related rows, returned as a `Vec<X>`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let posts: Vec<Post> = User::find(1).with(Post).one(&db).await?.1;
/// assert_eq!(posts.len(), 1);
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
pub enum Many {}

/// One related row or none, returned as an `Option<X>`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Profile {
///     #[column(primary_key, references = User::ID)]
///     user_id: i64, // a user has at most one profile, because the column is unique
///     text: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// db.create(Profile).await?;
/// let profile: Option<Profile> = User::find(1).with(Profile).one(&db).await?.1;
/// assert!(profile.is_none());
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
pub enum AtMostOne {}

/// Exactly one related row, returned as an `X`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let author: User = Post::find(1).with(User).one(&db).await?.1;
/// assert_eq!(author.name, "Dana");
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
pub enum ExactlyOne {}

impl Cardinality for Many {
    type Of<X: Send + 'static> = Vec<X>;
    type Filtered = Many;
    type Then<R: Cardinality> = Many;

    fn collect<X: Send + 'static>(
        rows: impl Iterator<Item = Result<X>>,
        _: &'static TableDef,
        _: &'static TableDef,
    ) -> Result<Vec<X>> {
        rows.collect()
    }
}

impl Cardinality for AtMostOne {
    type Of<X: Send + 'static> = Option<X>;
    type Filtered = AtMostOne;
    type Then<R: Cardinality> = R::Filtered;

    fn collect<X: Send + 'static>(
        mut rows: impl Iterator<Item = Result<X>>,
        table: &'static TableDef,
        parent: &'static TableDef,
    ) -> Result<Option<X>> {
        let row = rows.next().transpose()?;
        if rows.next().is_some() { Err(several(table, parent)) } else { Ok(row) }
    }
}

impl Cardinality for ExactlyOne {
    type Of<X: Send + 'static> = X;
    type Filtered = AtMostOne;
    type Then<R: Cardinality> = R;

    fn collect<X: Send + 'static>(
        rows: impl Iterator<Item = Result<X>>,
        table: &'static TableDef,
        parent: &'static TableDef,
    ) -> Result<X> {
        AtMostOne::collect(rows, table, parent)?.ok_or_else(|| {
            let table = table.full_name.to_owned();
            let message = format!("{table}: the row that a foreign key refers to does not exist");
            Error::new(ErrorKind::NotFound { table: Some(table) }, message)
        })
    }
}

/// Returns the error for several rows that refer to one row by a foreign key, although the columns
/// of the key are unique. This can happen if the key is text: the child table compares it by the
/// collation of its own column, but the foreign key matches rows by the collation of the parent's
/// column.
#[cold]
fn several(table: &TableDef, parent: &TableDef) -> Error {
    let (table, parent) = (table.full_name, parent.full_name);
    Error::usage(format!(
        "several rows of {table} belong to one row of {parent}: keys that are different in {table} are equal under the collation \
         of {parent}; give both columns the same collation, or use `limit_per_parent(1)`"
    ))
}

/// Says how many rows a foreign key refers to: exactly one, or at most one if the key may be NULL.
pub trait KeyCardinality: Nullness {
    /// [`ExactlyOne`], or [`AtMostOne`] if the key may be NULL.
    type Rows: Cardinality;
}

impl KeyCardinality for NotNull {
    type Rows = ExactlyOne;
}

impl KeyCardinality for Nullable {
    type Rows = AtMostOne;
}
