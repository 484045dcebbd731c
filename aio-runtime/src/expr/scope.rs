//! Which tables an expression reads, as a type, and whether a query reads them.
//!
//! A column's set is the tuple `(T,)`, an expression's is [`Both`] of its sides', [`Guard`] marks a place that NULL does
//! not get through. [`Reads`] holds for a query that reads all of them; its second parameter is the proof, which also
//! says whether the table stands on the outer side of a join.
//!
//! The query is `Self`, and a type parameter in the impls: the compiler then lists none of them below its message.

use std::marker::PhantomData;

use crate::types::{NotNull, Nullness};

/// The tables of two expressions.
#[derive(Debug)]
pub struct Both<A, B>(PhantomData<(A, B)>);

/// The tables of an expression that is never NULL.
#[derive(Debug)]
pub struct Guard<S>(PhantomData<S>);

/// A proof: the table stands at this place of the query.
#[derive(Debug)]
pub struct At<const I: usize>;

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

impl<P: Proof, Q: Proof> Proof for (P, Q) {
    type Null = <P::Null as Nullness>::Or<Q::Null>;
}

impl<P> Proof for Guard<P> {
    type Null = NotNull;
}

/// Whether the table `Self` is one of a query over `F`.
///
/// `Self` is not the query, for of a trait with the same `Self` as [`Reads`] the compiler would not show the message.
#[diagnostic::on_unimplemented(
    message = "the query does not read from `{Self}`",
    label = "this uses a column of `{Self}`",
    note = "the query reads from `{F}`"
)]
pub trait PartOf<F, P> {}

#[diagnostic::do_not_recommend]
impl<T: crate::table::Source> PartOf<T, At<0>> for T {}

/// Whether a query over `Self` reads all tables of an expression.
#[diagnostic::on_unimplemented(message = "the expression does not fit the query over `{Self}`")]
pub trait Reads<S, P> {}

impl<F> Reads<(), ()> for F {}
impl<F, T: PartOf<F, P>, P> Reads<(T,), P> for F {}
impl<F: Reads<A, P> + Reads<B, Q>, A, B, P, Q> Reads<Both<A, B>, (P, Q)> for F {}
impl<F: Reads<A, P>, A, P> Reads<Guard<A>, Guard<P>> for F {}

/// Whether an expression reads the table `T` alone: without a proof, for conversions.
#[diagnostic::on_unimplemented(
    message = "the condition uses another table than `{T}`",
    label = "expected a condition over `{T}` alone"
)]
pub trait OnlyOf<T> {}

#[diagnostic::do_not_recommend]
impl<T: crate::table::Source> OnlyOf<T> for (T,) {}
#[diagnostic::do_not_recommend]
impl<T> OnlyOf<T> for () {}
#[diagnostic::do_not_recommend]
impl<T, A: OnlyOf<T>, B: OnlyOf<T>> OnlyOf<T> for Both<A, B> {}
#[diagnostic::do_not_recommend]
impl<T, A: OnlyOf<T>> OnlyOf<T> for Guard<A> {}
