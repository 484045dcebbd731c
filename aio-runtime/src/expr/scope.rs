//! Which tables an expression reads, as a type, and whether a query reads them.
//!
//! A column's set is the tuple `(T,)`, an expression's is [`Both`] of its sides', [`Guard`] marks a place that NULL does
//! not get through. [`Within`] holds when a query over `F` reads all of them; its second parameter is the proof, which
//! also says whether the table stands on the outer side of a join.

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

/// Whether the tables of a query contain `T`.
#[diagnostic::on_unimplemented(
    message = "the query does not read from `{T}`",
    label = "this uses a column of `{T}`",
    note = "the query reads from `{Self}`"
)]
pub trait Contains<T, P> {}

#[diagnostic::do_not_recommend]
impl<T: crate::table::Source> Contains<T, At<0>> for T {}

/// Whether a query over `F` reads all tables of an expression.
#[diagnostic::on_unimplemented(message = "the expression does not fit the query over `{F}`")]
pub trait Within<F, P> {}

impl<F> Within<F, ()> for () {}
impl<F: Contains<T, P>, T, P> Within<F, P> for (T,) {}
impl<F, A: Within<F, P>, B: Within<F, Q>, P, Q> Within<F, (P, Q)> for Both<A, B> {}
impl<F, A: Within<F, P>, P> Within<F, Guard<P>> for Guard<A> {}

/// Whether an expression reads the table `T` alone: without a proof, for conversions.
#[diagnostic::on_unimplemented(message = "the condition uses another table than `{T}`")]
pub trait OnlyOf<T> {}

#[diagnostic::do_not_recommend]
impl<T: crate::table::Source> OnlyOf<T> for (T,) {}
#[diagnostic::do_not_recommend]
impl<T> OnlyOf<T> for () {}
#[diagnostic::do_not_recommend]
impl<T, A: OnlyOf<T>, B: OnlyOf<T>> OnlyOf<T> for Both<A, B> {}
#[diagnostic::do_not_recommend]
impl<T, A: OnlyOf<T>> OnlyOf<T> for Guard<A> {}
