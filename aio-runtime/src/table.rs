//! The traits that `#[derive(Table)]` implements for a struct: its table, its key and the type of
//! a new row.

use std::marker::PhantomData;

use crate::bindings::Bindings;
use crate::expr::{Cardinality, KeyCardinality, Node, Operand, Source};
use crate::row::{ColumnTypes, FromRow};
use crate::schema::{TableDef, Tables};
use crate::types::SqlType;
use crate::value::{Unstorable, Value};

/// The names of some columns of a table.
pub type Names = &'static [&'static str];

/// A struct whose values are the rows of a table. Implement this trait with `#[derive(Table)]`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// use aio_sql::{Database, Result, Table};
///
/// #[derive(Table, Debug, PartialEq)]
/// # #[table(crate = "aio_runtime")]
/// #[table(name = "users")]
/// struct User {
///     #[column(primary_key, auto)]
///     id: i64,
///     #[column(unique)]
///     email: String,
///     name: Option<String>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// db.create(User).await?;
/// let new = NewUser { email: "dana@example.org".into(), name: None };
/// let user = User::insert(new).one(&db).await?;
/// assert_eq!(User::find(user.id).one(&db).await?, user);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "expected a struct with `#[derive(Table)]`",
    note = "put `#[derive(Table)]` on the struct"
)]
pub trait Table: FromRow<Read = Self> {
    /// The definition of the table.
    const TABLE: &'static TableDef;

    /// The type of a new row: a struct without the columns that the database or the library sets,
    /// and with an `Option` for each column that has a default. It is `Self` if there are no such
    /// columns.
    type New: Insertable<Self>;

    /// Appends the values of all columns, in the order of the fields.
    fn bind(&self, to: &mut Bindings);

    /// Takes over the fields that are not stored in the database from `before`, which is this row
    /// as it was before it was read again.
    fn keep_skipped(&mut self, _before: Self) {}
}

/// A table with a primary key. The derive implements it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{KeyValue, Keyed, Select};
/// /// Returns the row of any table with this primary key.
/// async fn row<T: Table + Keyed>(key: impl KeyValue<T::Key>, db: &Database) -> Result<T> {
///     Select::<T>::find(key).one(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana: User = row(1, &db).await?;
/// assert_eq!(dana.name, "Dana");
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no primary key",
    label = "a primary key is needed here",
    note = "mark one column of `{Self}` with `#[column(primary_key)]`, or several with `#[table(primary_key(a, b))]`"
)]
pub trait Keyed: Table {
    /// The type of the key: the type of its column, or a tuple of the types of its columns.
    type Key;

    /// Appends the values of the key.
    fn bind_key(&self, to: &mut Bindings);
}

/// Implemented for every [`Keyed`] table. It is used in place of `Keyed` as the bound of a method,
/// so that the compiler reports a missing key at the call of the method, not at the definition of
/// the table.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no primary key",
    label = "a primary key is needed here",
    note = "mark one column of `{Self}` with `#[column(primary_key)]`, or several with `#[table(primary_key(a, b))]`"
)]
pub trait HasKey<P> {}

#[diagnostic::do_not_recommend]
impl<T: Keyed> HasKey<()> for T {}

/// A value for a primary key of type `K`: a single value, or a tuple of the values of its columns.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// #[table(primary_key(team, number))]
/// struct Player {
///     team: String,
///     number: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// db.create(Player).await?;
/// Player::insert(Player { team: "red".into(), number: 10 }).execute(&db).await?;
/// let player = Player::find(("red", 10)).one(&db).await?;
/// assert_eq!(player.number, 10);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the primary key is `{K}`, not `{Self}`",
    label = "expected `{K}`",
    note = "a key of several columns is a tuple, in the order of `primary_key(..)`"
)]
pub trait KeyValue<K> {
    /// Appends the values of the key.
    fn bind(self, to: &mut Bindings);
}

#[diagnostic::do_not_recommend]
impl<A: SqlType, X: Operand<A, With<()> = ()>> KeyValue<A> for X {
    fn bind(self, to: &mut Bindings) {
        to.push(node_value(self.into_node()));
    }
}

macro_rules! keys {
    ($(($column:ident $value:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($column: SqlType, $value: Operand<$column, With<()> = ()>),+> KeyValue<($($column,)+)> for ($($value,)+) {
            fn bind(self, to: &mut Bindings) {
                $(to.push(node_value(self.$index.into_node()));)+
            }
        }
    };
}
keys!((A X 0)(B Y 1));
keys!((A X 0)(B Y 1)(C Z 2));
keys!((A X 0)(B Y 1)(C Z 2)(D W 3));
keys!((A X 0)(B Y 1)(C Z 2)(D W 3)(E V 4));
keys!((A X 0)(B Y 1)(C Z 2)(D W 3)(E V 4)(F U 5));

fn node_value(node: Node) -> Result<Value, Unstorable> {
    match node {
        Node::Value(value, _) => Ok(value),
        Node::Invalid(reason) => Err(reason),
        // Any other operand that reads no table is an expression such as `value(..)`.
        _ => Err(Unstorable::new("takes a value, not an expression")),
    }
}

/// A row that can be inserted into the table `T`.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a new row of `{T}`", label = "expected a new row of `{T}`")]
pub trait Insertable<T> {
    /// The names of the columns that the row has values for.
    const COLUMNS: Names;

    /// Appends the values, in the order of [`COLUMNS`](Insertable::COLUMNS).
    fn bind(self, to: &mut Bindings);
}

#[diagnostic::do_not_recommend]
impl<T: Table> Source for T {
    type Row = T;
    const DEFINITION: &'static TableDef = T::TABLE;
    const ALIAS: Option<&'static str> = None;
}

/// Returns the definition of a table, or of a record that names the columns of a query; it has the
/// types of the columns. The result is never `None`.
#[doc(hidden)]
pub const fn types_of<T: Source>() -> ColumnTypes {
    Some(T::DEFINITION)
}

/// A table as a value. The derive writes a constant of this type with the name of the struct, so
/// that `User` is both a type and a value.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::TableOf;
/// /// Returns the number of rows of any table.
/// async fn rows<T: Table>(table: TableOf<T>, db: &Database) -> Result<u64> {
///     table.select().count(db).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(rows(User, &db).await?, 2);
/// assert_eq!(rows(Post, &db).await?, 1);
/// # db.close().await
/// # }
/// ```
pub struct TableOf<T>(PhantomData<fn() -> T>);

impl<T> TableOf<T> {
    /// Creates the value that stands for the table.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        TableOf(PhantomData)
    }
}

impl<T> Clone for TableOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TableOf<T> {}

impl<T: Table> std::fmt::Debug for TableOf<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(T::TABLE.rust_name)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Table> Tables for TableOf<T> {
    fn definitions(&self) -> Vec<&'static TableDef> {
        vec![T::TABLE]
    }
}

/// Returns the definition of a table. Foreign keys hold this function instead of the definition,
/// because they may form a cycle.
pub fn definition_of<T: Table>() -> &'static TableDef {
    T::TABLE
}

/// A table with foreign keys to the table `T`. The derive implements it once for each path by
/// which foreign keys name another table (such as `User` and `crate::User`); `N` is the index of
/// the path.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no foreign key to `{T}`",
    label = "expected a table with a foreign key to `{T}`"
)]
pub trait References<T, const N: usize>: Source {
    /// [`Single`] or [`Several`]: whether there is one such foreign key or more.
    type Keys;
    /// Whether the foreign key may be NULL.
    type Null: KeyCardinality;
    /// How many rows may have the same value in the foreign key: at most one, or many.
    type Rows: Cardinality;
}

/// Marks, as [`References::Keys`], a table that has exactly one foreign key to the other table.
#[derive(Debug)]
pub enum Single {}

/// Marks, as [`References::Keys`], a table that has several foreign keys to the other table.
#[derive(Debug)]
pub enum Several {}

/// Implemented by [`Single`], which marks that there is only one foreign key from `A` to `B`.
#[diagnostic::on_unimplemented(
    message = "`{A}` has several foreign keys to `{B}`",
    label = "which one?",
    note = "name its column: `.join_via({A}::COLUMN)`, `.with_via({A}::COLUMN)`, or `.via({A}::COLUMN)` after the other table"
)]
pub trait OneKey<A, B> {}

#[diagnostic::do_not_recommend]
impl<A, B> OneKey<A, B> for Single {}
