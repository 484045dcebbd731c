//! Which tables an expression reads, as a type, and whether a query reads them.
//!
//! The set of a column is the tuple `(T,)`, and that of an expression is [`Both`] of its operands'
//! sets. A signature names a set as a tuple, `(Author, Post)`, which is what `rescope` makes of
//! any. [`Guard`] marks an expression that is not NULL even if what is inside
//! is. A query's tables are its shape: `User`, `(Flight, Option<Airline>)` if the airline is on
//! the outer side of a join, and [`Within`] around either for a subquery that reads tables of the
//! surrounding queries. [`Reads`] is implemented for a query that reads all of them. Its second
//! parameter is the proof, which also says whether the table is on the outer side of a join.
//!
//! The query is `Self`, and a type parameter of the impls, so that the compiler does not list them
//! below its message.

use std::marker::PhantomData;

use super::source::Source;
use crate::row::FromRow;
use crate::types::{NotNull, Nullable, Nullness};

/// The tables of two expressions.
#[derive(Debug)]
pub struct Both<A, B>(PhantomData<(A, B)>);

/// The tables of an expression that is never NULL.
#[derive(Debug)]
pub struct Guard<S>(PhantomData<S>);

/// Proof that the table is at this place of the query.
#[derive(Debug)]
pub struct At<const I: usize>;

/// Proof that the table is at this place of the query, on the outer side of a join.
#[derive(Debug)]
pub struct Outer<const I: usize>;

/// Proof that the table is one of the subquery itself.
#[derive(Debug)]
pub struct Here<P>(PhantomData<P>);

/// Proof that the table is one of the queries around the subquery.
#[derive(Debug)]
pub struct Around<P>(PhantomData<P>);

/// The tables `F` of a subquery, and `G` of the queries around it.
#[derive(Debug)]
pub struct Within<F, G>(PhantomData<(F, G)>);

/// What a proof says about NULL.
pub trait Proof {
    /// Whether the table's columns may be NULL even if they are declared NOT NULL.
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

/// A proof of the place of one table.
pub trait Place: Proof {
    /// The type of a row of the table at this place.
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

/// One table of a query: a source, or an `Option` of one.
pub trait Entry: 'static {
    /// The table or its alias.
    type Source: Source;
    /// The type of its row.
    type Row: FromRow;
    /// The same table where its row may be missing.
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

/// The tables of a query.
#[diagnostic::on_unimplemented(message = "`{Self}` is no table of a query, nor a tuple of up to eight")]
pub trait Shape: 'static {
    /// The type of each row.
    type Row: FromRow;
    /// The tables of the queries around it that it may read.
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

/// A table, or a tuple of them, as the set that an expression reads.
pub trait Scoped: 'static {
    /// The set, which is a tuple.
    type Scope;
}

impl<T: Source> Scoped for T {
    type Scope = (T,);
}

/// Implemented where a query has room for one more table.
#[diagnostic::on_unimplemented(message = "a query reads eight tables at most", label = "this would be one more")]
pub trait Free {}

/// There are fewer than eight tables.
#[derive(Debug)]
pub enum Room {}

/// There are eight tables.
#[derive(Debug)]
pub enum NoRoom {}

#[diagnostic::do_not_recommend]
impl Free for Room {}

/// The tables of a query with one more.
pub trait Joins<T> {
    /// Whether there is room for it. It is a bound of its own, because a missing impl for eight
    /// tables would lead to another message.
    type Room;
    /// The tables of an inner join.
    type Inner: Shape;
    /// The tables where rows of the new one may be missing.
    type Left: Shape;
    /// The tables where rows of the others may be missing.
    type Right: Shape;
    /// The tables where rows of either may be missing.
    type Full: Shape;
}

impl<A: Source, T: Source> Joins<T> for A {
    type Room = Room;
    type Inner = (A, T);
    type Left = (A, Option<T>);
    type Right = (Option<A>, T);
    type Full = (Option<A>, Option<T>);
}

/// Implemented where the table `Self` is one of a query over `F`.
///
/// `Self` is not the query: for a trait with the same `Self` as [`Reads`], the compiler would not
/// show the message.
#[diagnostic::on_unimplemented(
    message = "the query does not read from `{Self}`",
    label = "this uses a column of `{Self}`",
    note = "the query reads from `{F}`",
    note = "a query reads one more table by `.join(..)`; a subquery those around it by `.outer::<{Self}>()`"
)]
pub trait PartOf<F, P> {}

#[diagnostic::do_not_recommend]
impl<T: Source> PartOf<T, At<0>> for T {}
// As the tables that an expression is rescoped to.
#[diagnostic::do_not_recommend]
impl<T: Source> PartOf<(T,), At<0>> for T {}
#[diagnostic::do_not_recommend]
impl<F, G, T: PartOf<F, P>, P> PartOf<Within<F, G>, Here<P>> for T {}
#[diagnostic::do_not_recommend]
impl<F, G, T: PartOf<G, P>, P> PartOf<Within<F, G>, Around<P>> for T {}

/// Implements the traits for each tuple of two to eight tables: the row, the place of each table,
/// and the tuple with one more.
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

        // What was rescoped to these tables.
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
    (@places [$($before:ident)*] ($name:ident $index:literal) $(($behind:ident $other:literal))*) => {
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $name: Source $(, $behind)*> PartOf<($($before,)* $name, $($behind,)*), At<$index>> for $name {}
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $name: Source $(, $behind)*> PartOf<($($before,)* Option<$name>, $($behind,)*), Outer<$index>>
            for $name
        {
        }
        shapes!(@places [$($before)* $name] $(($behind $other))*);
    };
    (@places [$($before:ident)*]) => {};
}
shapes!([(A 0) (B 1)] (C 2) (D 3) (E 4) (H 5) (I 6) (J 7));

/// Implemented where a query over `Self` reads all tables of an expression.
#[diagnostic::on_unimplemented(message = "the expression does not fit the query over `{Self}`")]
pub trait Reads<S, P> {}

impl<F> Reads<(), ()> for F {}
impl<F, T: PartOf<F, P>, P> Reads<(T,), P> for F {}
impl<F: Reads<A, P> + Reads<B, Q>, A, B, P, Q> Reads<Both<A, B>, (P, Q)> for F {}
impl<F: Reads<A, P>, A, P> Reads<Guard<A>, Guard<P>> for F {}

/// Implemented where a query over `Self` and the table `T` reads all tables of an expression.
///
/// `S` comes first, so that the message points at the expression.
pub trait ReadsWith<S, T, P> {}

impl<F: Joins<T>, S, T, P> ReadsWith<S, T, P> for F where F::Inner: Reads<S, P> {}

/// Implemented where an expression reads only the table `T`. It has no proof, for conversions.
#[diagnostic::on_unimplemented(
    message = "the condition uses another table than `{T}`",
    label = "expected a condition over `{T}` alone"
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
