//! Which tables an expression reads, as a type, and whether a query reads them.
//!
//! A column's set is the tuple `(T,)`, an expression's is [`Both`] of its sides', [`Guard`] marks
//! a place that NULL does not get through. A query's tables are its shape: `User`, `(Flight,
//! Option<Airline>)` where the airline is on the outer side of a join, [`Within`] around either
//! for a subquery that reads tables of the queries around it. [`Reads`] holds for a query that
//! reads all of them; its second parameter is the proof, which also says whether the table stands
//! on the outer side of a join.
//!
//! The query is `Self`, and a type parameter in the impls: the compiler then lists none of them
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

/// A proof: the table stands at this place of the query.
#[derive(Debug)]
pub struct At<const I: usize>;

/// A proof: the table stands at this place of the query, on the outer side of a join.
#[derive(Debug)]
pub struct Outer<const I: usize>;

/// A proof: the table is one of the subquery itself.
#[derive(Debug)]
pub struct Here<P>(PhantomData<P>);

/// A proof: the table is one of the queries around the subquery.
#[derive(Debug)]
pub struct Around<P>(PhantomData<P>);

/// The tables `F` of a subquery, and `G` of the queries around it.
#[derive(Debug)]
pub struct Within<F, G>(PhantomData<(F, G)>);

/// What a proof says about NULL.
pub trait Proof {
    /// Whether the table's columns may be NULL though they are declared NOT NULL.
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

/// A proof of where one table stands.
pub trait Place: Proof {
    /// What a row of the table is there.
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
    /// What comes back for it.
    type Row: FromRow;
    /// The same where it may be missing.
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
    /// What comes back for each row.
    type Row: FromRow;
    /// The tables of the queries around it that it may read.
    type Around;
}

impl<T: Source> Shape for T {
    type Row = T::Row;
    type Around = ();
}

/// Of a query that reads no table.
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

/// Tables as the set that an expression reads.
pub trait Scoped: 'static {
    /// The set.
    type Scope;
}

impl<T: Source> Scoped for T {
    type Scope = (T,);
}

/// Whether a query has room for one more table.
#[diagnostic::on_unimplemented(message = "a query reads eight tables at most", label = "this would be one more")]
pub trait Free {}

/// There are less than eight tables.
#[derive(Debug)]
pub enum Room {}

/// There are eight tables.
#[derive(Debug)]
pub enum NoRoom {}

#[diagnostic::do_not_recommend]
impl Free for Room {}

/// The tables of a query and one more.
pub trait Joins<T> {
    /// Whether there is room for it: a bound of its own, for without an impl for eight the message
    /// would be another.
    type Room;
    /// Where rows of both have to be there.
    type Inner: Shape;
    /// Where those of the new one may be missing.
    type Left: Shape;
    /// Where those of the others may be missing.
    type Right: Shape;
    /// Where either may be missing.
    type Full: Shape;
}

impl<A: Source, T: Source> Joins<T> for A {
    type Room = Room;
    type Inner = (A, T);
    type Left = (A, Option<T>);
    type Right = (Option<A>, T);
    type Full = (Option<A>, Option<T>);
}

/// Whether the table `Self` is one of a query over `F`.
///
/// `Self` is not the query, for of a trait with the same `Self` as [`Reads`] the compiler would
/// not show the message.
#[diagnostic::on_unimplemented(
    message = "the query does not read from `{Self}`",
    label = "this uses a column of `{Self}`",
    note = "the query reads from `{F}`",
    note = "a query reads one more table by `.join(..)`; a subquery those around it by `.outer::<{Self}>()`"
)]
pub trait PartOf<F, P> {}

#[diagnostic::do_not_recommend]
impl<T: Source> PartOf<T, At<0>> for T {}
#[diagnostic::do_not_recommend]
impl<F, G, T: PartOf<F, P>, P> PartOf<Within<F, G>, Here<P>> for T {}
#[diagnostic::do_not_recommend]
impl<F, G, T: PartOf<G, P>, P> PartOf<Within<F, G>, Around<P>> for T {}

/// For each tuple of two to eight tables: what comes back, where each stands, and what one more
/// makes of it.
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

        impl<$($name: Source),+> Scoped for ($($name,)+) {
            type Scope = shapes!(@both $($name)+);
        }

        // A condition that was said to be one of these tables.
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
    (@both $name:ident) => { ($name,) };
    (@both $name:ident $($rest:ident)+) => { Both<($name,), shapes!(@both $($rest)+)> };
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

/// Whether a query over `Self` reads all tables of an expression.
#[diagnostic::on_unimplemented(message = "the expression does not fit the query over `{Self}`")]
pub trait Reads<S, P> {}

impl<F> Reads<(), ()> for F {}
impl<F, T: PartOf<F, P>, P> Reads<(T,), P> for F {}
impl<F: Reads<A, P> + Reads<B, Q>, A, B, P, Q> Reads<Both<A, B>, (P, Q)> for F {}
impl<F: Reads<A, P>, A, P> Reads<Guard<A>, Guard<P>> for F {}

/// Whether a query over `Self` and the table `T` reads all tables of an expression.
///
/// `S` comes first, so that the message points at the expression.
pub trait ReadsWith<S, T, P> {}

impl<F: Joins<T>, S, T, P> ReadsWith<S, T, P> for F where F::Inner: Reads<S, P> {}

/// Whether an expression reads the table `T` alone: without a proof, for conversions.
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
