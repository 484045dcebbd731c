//! What the derive says about a struct: its table, its key, and the type of a new row.

use std::marker::PhantomData;

use crate::bindings::Bindings;
use crate::expr::{Cardinality, KeyCardinality, Node, Operand, Source};
use crate::row::{ColumnTypes, FromRow};
use crate::schema::{TableDef, Tables};
use crate::types::SqlType;
use crate::value::{Unstorable, Value};

/// The names of some columns of a table.
pub type Names = &'static [&'static str];

/// A struct whose values are the rows of a table. Derive it: `#[derive(Table)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "expected a struct with `#[derive(Table)]`",
    note = "put `#[derive(Table)]` on the struct"
)]
pub trait Table: FromRow<Read = Self> {
    /// The definition of the table.
    const TABLE: &'static TableDef;

    /// The type of a new row: the struct without the columns that the database or the library
    /// sets.
    type New: Insertable<Self>;

    /// Binds all values, in the order of the columns.
    fn bind(&self, to: &mut Bindings);

    /// Takes over the fields that are not stored from the row as it was before it was read again.
    fn keep_skipped(&mut self, _before: Self) {}
}

/// A table with a primary key. The derive implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no primary key",
    label = "a primary key is needed here",
    note = "mark one column of `{Self}` with `#[column(primary_key)]`, or several with `#[table(primary_key(a, b))]`"
)]
pub trait Keyed: Table {
    /// The type of the key: that of its column, or a tuple of the types of its columns.
    type Key;

    /// Binds the values of the key.
    fn bind_key(&self, to: &mut Bindings);
}

/// Implemented for tables with a primary key. It makes the compiler report a missing key where the
/// key is needed, not where the table is defined.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no primary key",
    label = "a primary key is needed here",
    note = "mark one column of `{Self}` with `#[column(primary_key)]`, or several with `#[table(primary_key(a, b))]`"
)]
pub trait HasKey<P> {}

#[diagnostic::do_not_recommend]
impl<T: Keyed> HasKey<()> for T {}

/// A value of a primary key: a single value, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "the primary key is `{K}`, not `{Self}`",
    label = "expected `{K}`",
    note = "a key of several columns is given as a tuple, in the order of `primary_key(..)`"
)]
pub trait KeyValue<K> {
    /// Binds the values of the key.
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
        // Values are the only operands that read no table, except for `value(..)` and the like.
        _ => Err(Unstorable::new("takes a value, not an expression")),
    }
}

/// A row that can be inserted into the table `T`.
#[diagnostic::on_unimplemented(message = "a `{Self}` is no new row of `{T}`", label = "expected the new row of `{T}`")]
pub trait Insertable<T> {
    /// The columns that the row has values for.
    const COLUMNS: Names;

    /// Binds the values, in the order of [`COLUMNS`](Insertable::COLUMNS).
    fn bind(self, to: &mut Bindings);
}

#[diagnostic::do_not_recommend]
impl<T: Table> Source for T {
    type Row = T;
    const DEFINITION: &'static TableDef = T::TABLE;
    const ALIAS: Option<&'static str> = None;
}

/// Returns the columns of a struct that is a table, or that names those of a query.
#[doc(hidden)]
pub const fn types_of<T: Source>() -> ColumnTypes {
    Some(T::DEFINITION)
}

/// A table as a value: the constant with the struct's name that the derive writes next to it.
pub struct TableOf<T>(PhantomData<fn() -> T>);

impl<T> TableOf<T> {
    /// Creates the value.
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

/// Returns the definition of a table. It is a function because foreign keys may form a circle.
pub fn definition_of<T: Table>() -> &'static TableDef {
    T::TABLE
}

/// A table with foreign keys to the table `T`. The derive implements it once for each path by
/// which the foreign keys name a table; `N` is the path's number.
#[diagnostic::on_unimplemented(
    message = "no foreign key leads from `{Self}` to `{T}`",
    label = "expected a table with a foreign key to `{T}`"
)]
pub trait References<T, const N: usize>: Source {
    /// [`Single`] or [`Several`].
    type Keys;
    /// Whether the key may be NULL.
    type Null: KeyCardinality;
    /// How many rows may have the same key.
    type Rows: Cardinality;
}

/// There is one foreign key to the table.
#[derive(Debug)]
pub enum Single {}

/// There are several foreign keys to the table.
#[derive(Debug)]
pub enum Several {}

/// Implemented where there is only one foreign key from `A` to `B`.
#[diagnostic::on_unimplemented(
    message = "several foreign keys lead from `{A}` to `{B}`",
    label = "which one?",
    note = "name its column: `.join_via({A}::COLUMN)`, `.with_via({A}::COLUMN)`, or `.via({A}::COLUMN)` behind the other table"
)]
pub trait OneKey<A, B> {}

#[diagnostic::do_not_recommend]
impl<A, B> OneKey<A, B> for Single {}
