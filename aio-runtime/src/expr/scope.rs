//! The set of tables that an expression reads, as a type, and the check that a query reads all of
//! them.
//!
//! The set of a column is the tuple `(T,)`, and the set of an expression with two operands is
//! [`Both`] of the sets of the operands. A function signature names a set as a tuple such as
//! `(Author, Post)`; `rescope` converts an expression over any other set to this set. [`Guard`]
//! marks the tables whose missing rows do not make an expression NULL.
//!
//! The tables of a query are its [`Shape`]: `User`; `(Flight, Option<Airline>)` if an outer join
//! may find no airline; [`Within`] around such a shape for a subquery that also reads tables of
//! the surrounding queries. [`Reads`] is implemented for a shape that has all tables of a set. Its
//! second parameter is a proof, which the compiler infers: it says where in the query each table
//! is, and whether an outer join may find no row of it.
//!
//! In these traits, the shape is `Self`, and the impls have it as a type parameter. Otherwise, the
//! compiler would list the impls below its error message.

use std::marker::PhantomData;

use super::source::Source;
use crate::row::FromRow;
use crate::types::{NotNull, Nullable, Nullness};

/// The union of two sets of tables: those that two expressions read.
#[derive(Debug)]
pub struct Both<A, B>(PhantomData<(A, B)>);

/// The set `S` of tables, read by an expression that does not become NULL if an outer join finds
/// no row of them, such as `is_null` or `coalesce`.
#[derive(Debug)]
pub struct Guard<S>(PhantomData<S>);

/// The proof that a table is at this position in FROM of a query, and that its rows are never
/// missing.
#[derive(Debug)]
pub struct At<const I: usize>;

/// The proof that a table is at this position in FROM of a query, and that an outer join may find
/// no row of it.
#[derive(Debug)]
pub struct Outer<const I: usize>;

/// The proof that a table is read in FROM of the subquery itself. `P` is the proof for the
/// subquery's own tables.
#[derive(Debug)]
pub struct Here<P>(PhantomData<P>);

/// The proof that a table is read in FROM of a query around the subquery. `P` is the proof for
/// that query's tables.
#[derive(Debug)]
pub struct Around<P>(PhantomData<P>);

/// The shape of a subquery that has the tables `F` in its own FROM, and may also read the tables
/// `G` of surrounding queries.
#[derive(Debug)]
pub struct Within<F, G>(PhantomData<(F, G)>);

/// A proof that a query reads a set of tables. It says whether an expression that reads them may
/// be NULL because an outer join finds no row.
pub trait Proof {
    /// [`Nullable`] if an expression that reads the tables may be NULL even if its columns are NOT
    /// NULL, because an outer join may find no row of a table.
    type Null: Nullness;
}

impl Proof for () {
    type Null = NotNull;
}

impl<const I: usize> Proof for At<I> {
    type Null = NotNull;
}

impl<const I: usize> Proof for Outer<I> {
    type Null = Nullable;
}

impl<P: Proof> Proof for Here<P> {
    type Null = P::Null;
}

impl<P: Proof> Proof for Around<P> {
    type Null = P::Null;
}

impl<P: Proof, Q: Proof> Proof for (P, Q) {
    type Null = <P::Null as Nullness>::Or<Q::Null>;
}

impl<P> Proof for Guard<P> {
    type Null = NotNull;
}

/// A proof that a query reads one table.
pub trait Place: Proof {
    /// The type that a row of the table is read as: `R`, or `Option<R>` if an outer join may find
    /// no row of the table.
    type Row<R: FromRow>: FromRow;
}

impl<const I: usize> Place for At<I> {
    type Row<R: FromRow> = R;
}

impl<const I: usize> Place for Outer<I> {
    type Row<R: FromRow> = Option<R>;
}

impl<P: Place> Place for Here<P> {
    type Row<R: FromRow> = P::Row<R>;
}

impl<P: Place> Place for Around<P> {
    type Row<R: FromRow> = P::Row<R>;
}

/// One table of a query: a [`Source`], or an `Option` of a [`Source`] if an outer join may find no
/// row of the table.
#[doc(hidden)]
pub trait Entry: 'static {
    /// The table or the alias.
    type Source: Source;
    /// The type that a row of the table is read as.
    type Row: FromRow;
    /// The same table after an outer join that may find no row of it.
    type Optional: Entry;
}

impl<T: Source> Entry for T {
    type Source = T;
    type Row = T::Row;
    type Optional = Option<T>;
}

impl<T: Source> Entry for Option<T> {
    type Source = T;
    type Row = Option<T::Row>;
    type Optional = Option<T>;
}

/// The tables of a query: a table, a tuple of tables, or [`Within`] for a subquery.
#[diagnostic::on_unimplemented(message = "`{Self}` is neither a table nor a tuple of up to eight tables")]
pub trait Shape: 'static {
    /// The type that a row of the query is read as, if nothing is selected.
    type Row: FromRow;
    /// The tables of the surrounding queries that the query may read.
    type Around;
}

impl<T: Source> Shape for T {
    type Row = T::Row;
    type Around = ();
}

/// The shape of a query that reads no table.
#[derive(Debug)]
pub enum NoTable {}

impl Shape for NoTable {
    type Row = bool;
    type Around = ();
}

impl<F: Shape, G: Scoped> Shape for Within<F, G> {
    type Row = F::Row;
    type Around = G::Scope;
}

/// A table or a tuple of tables that names the set of tables that an expression reads.
pub trait Scoped: 'static {
    /// The set as a tuple: `(T,)` for a table `T`.
    type Scope;
}

impl<T: Source> Scoped for T {
    type Scope = (T,);
}

/// Implemented for [`Room`], if a query may read one more table, and not for [`NoRoom`].
#[diagnostic::on_unimplemented(message = "a query reads at most eight tables", label = "this would be the ninth table")]
pub trait HasRoom {}

/// Says that a query reads fewer than eight tables.
#[derive(Debug)]
pub enum Room {}

/// Says that a query reads eight tables, the maximum.
#[derive(Debug)]
pub enum NoRoom {}

#[diagnostic::do_not_recommend]
impl HasRoom for Room {}

/// The shapes of a query over `Self` after the table `T` is joined to it, for each kind of join.
#[doc(hidden)]
pub trait Joins<T> {
    /// [`Room`] or [`NoRoom`]. Joins have the bound `Room: HasRoom`, whose error message is
    /// clearer than the message for a missing impl of this trait for eight tables.
    type Room;
    /// The tables after an inner join.
    type Inner: Shape;
    /// The tables after a left join: rows of the new table may be missing.
    type Left: Shape;
    /// The tables after a right join: rows of the other tables may be missing.
    type Right: Shape;
    /// The tables after a full join: rows of both sides may be missing.
    type Full: Shape;
}

impl<A: Source, T: Source> Joins<T> for A {
    type Room = Room;
    type Inner = (A, T);
    type Left = (A, Option<T>);
    type Right = (Option<A>, T);
    type Full = (Option<A>, Option<T>);
}

/// Implemented where a query over `F` reads the table `Self`.
///
/// `Self` is the table and not the query: with the same `Self` as in [`Reads`], the compiler would
/// not show the message of this trait.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the query does not read from `{Self}`",
    label = "this uses a column of `{Self}`",
    note = "the query reads from `{F}`",
    note = "`.join(..)` adds a table to a query; `.outer::<{Self}>()` lets a subquery read a table of the surrounding query"
)]
pub trait PartOf<F, P> {}

#[diagnostic::do_not_recommend]
impl<T: Source> PartOf<T, At<0>> for T {}
// No query has a tuple of one table as its shape. The impl is for `rescope`, which can convert an
// expression to such a tuple.
#[diagnostic::do_not_recommend]
impl<T: Source> PartOf<(T,), At<0>> for T {}
#[diagnostic::do_not_recommend]
impl<F, G, T: PartOf<F, P>, P> PartOf<Within<F, G>, Here<P>> for T {}
#[diagnostic::do_not_recommend]
impl<F, G, T: PartOf<G, P>, P> PartOf<Within<F, G>, Around<P>> for T {}

/// Implements for each tuple of two to eight tables the traits that say the type of a row, the
/// position of each table, and the tuple after one more table is joined.
macro_rules! shapes {
    ([$($done:tt)+] $next:tt $($rest:tt)*) => {
        shapes!(@shape $($done)+);
        shapes!(@joins $($done)+);
        shapes!(@places [] $($done)+);
        shapes!([$($done)+ $next] $($rest)*);
    };
    ([$($done:tt)+]) => {
        shapes!(@shape $($done)+);
        shapes!(@full $($done)+);
        shapes!(@places [] $($done)+);
    };
    (@shape $(($name:ident $index:literal))+) => {
        impl<$($name: Entry),+> Shape for ($($name,)+) {
            type Row = ($($name::Row,)+);
            type Around = ();
        }

        impl<$($name: Entry),+> Scoped for ($($name,)+) {
            type Scope = Self;
        }

        // For an expression that was converted to these tables by `rescope`.
        impl<F, $($name: Entry,)+ P> Reads<($($name,)+), P> for F
        where
            F: Reads<shapes!(@sources $($name)+), P>,
        {
        }
    };
    (@joins $(($name:ident $index:literal))+) => {
        impl<$($name: Entry,)+ T: Source> Joins<T> for ($($name,)+) {
            type Room = Room;
            type Inner = ($($name,)+ T);
            type Left = ($($name,)+ Option<T>);
            type Right = ($($name::Optional,)+ T);
            type Full = ($($name::Optional,)+ Option<T>);
        }
    };
    (@full $(($name:ident $index:literal))+) => {
        impl<$($name: Entry,)+ T: Source> Joins<T> for ($($name,)+) {
            type Room = NoRoom;
            type Inner = Self;
            type Left = Self;
            type Right = Self;
            type Full = Self;
        }
    };
    (@sources $name:ident) => { ($name::Source,) };
    (@sources $name:ident $($rest:ident)+) => { Both<($name::Source,), shapes!(@sources $($rest)+)> };
    (@places [$($before:ident)*] ($name:ident $index:literal) $(($after:ident $other:literal))*) => {
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $name: Source $(, $after)*> PartOf<($($before,)* $name, $($after,)*), At<$index>> for $name {}
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $name: Source $(, $after)*> PartOf<($($before,)* Option<$name>, $($after,)*), Outer<$index>>
            for $name
        {
        }
        shapes!(@places [$($before)* $name] $(($after $other))*);
    };
    (@places [$($before:ident)*]) => {};
}
shapes!([(A 0) (B 1)] (C 2) (D 3) (E 4) (H 5) (I 6) (J 7));

/// Implemented where a query over `Self` reads all tables of the set `S`. `P` is the proof, which
/// the compiler infers.
#[diagnostic::on_unimplemented(message = "the query over `{Self}` does not read all tables of the expression")]
pub trait Reads<S, P> {}

impl<F> Reads<(), ()> for F {}
impl<F, T: PartOf<F, P>, P> Reads<(T,), P> for F {}
impl<F: Reads<A, P> + Reads<B, Q>, A, B, P, Q> Reads<Both<A, B>, (P, Q)> for F {}
impl<F: Reads<A, P>, A, P> Reads<Guard<A>, Guard<P>> for F {}

/// Implemented where a query over `Self`, after the table `T` is joined to it, reads all tables of
/// the set `S`.
///
/// `S` is the first parameter, so that the compiler's message points at the expression.
#[doc(hidden)]
pub trait ReadsWith<S, T, P> {}

impl<F: Joins<T>, S, T, P> ReadsWith<S, T, P> for F where F::Inner: Reads<S, P> {}

/// Implemented for a set of tables that has no table but `T`. Unlike [`Reads`], this trait has no
/// type parameter for a proof, because an impl of `From` could not have such a parameter.
#[diagnostic::on_unimplemented(
    message = "the condition reads a table other than `{T}`",
    label = "expected a condition that reads only `{T}`"
)]
pub trait OnlyOf<T> {}

#[diagnostic::do_not_recommend]
impl<T: Source> OnlyOf<T> for (T,) {}
#[diagnostic::do_not_recommend]
impl<T> OnlyOf<T> for () {}
#[diagnostic::do_not_recommend]
impl<T, A: OnlyOf<T>, B: OnlyOf<T>> OnlyOf<T> for Both<A, B> {}
#[diagnostic::do_not_recommend]
impl<T, A: OnlyOf<T>> OnlyOf<T> for Guard<A> {}
