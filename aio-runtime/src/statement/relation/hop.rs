//! From one table to another by a foreign key, in either direction.

use std::marker::PhantomData;

use super::super::join::source;
use super::super::link::Link;
use super::branch::Branch;
use super::relatable::{Find, Relatable};
use crate::expr::{Cardinality, Column, Fk, LeadsTo, Source};
use crate::table::{References, Single, TableOf};
use crate::types::ColumnType;

/// The foreign key leads from the table in hand to the other.
#[derive(Debug)]
pub enum Up {}

/// The foreign key leads from the other table to the one in hand.
#[derive(Debug)]
pub enum Down {}

/// Whether a foreign key connects the table `Self` with the table `T`.
#[diagnostic::on_unimplemented(
    message = "no foreign key connects `{Self}` with `{T}`",
    label = "`{Self}` is not related to `{T}`",
    note = "a foreign key is written at its column: `#[column(references = {T}::ID)]`"
)]
pub trait RelatedTo<T, P>: Source {
    /// The table that the key leads from.
    type From;
    /// The table that it leads to.
    type To;
    /// Whether there is one key or several.
    type Keys;
    /// How many rows of this table belong to one of the other.
    type Count: Cardinality;

    /// The columns that are equal.
    #[doc(hidden)]
    fn link() -> Link;
}

/// Whether it is clear which foreign key leads from `A` to `B`.
#[diagnostic::on_unimplemented(
    message = "several foreign keys lead from `{A}` to `{B}`",
    label = "which one?",
    note = "name its column: `.with_via({A}::COLUMN)`, or `.via({A}::COLUMN)` behind the other table"
)]
pub trait OneRelation<A, B> {}

#[diagnostic::do_not_recommend]
impl<A, B> OneRelation<A, B> for Single {}

#[diagnostic::do_not_recommend]
impl<T: Source + References<C>, C: Source> RelatedTo<T, Up> for C {
    type From = T;
    type To = C;
    type Keys = T::Keys;
    type Count = <T::Null as LeadsTo>::Rows;

    fn link() -> Link {
        Link::up(source::<T>(), source::<C>(), None)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Source, C: Source + References<T>> RelatedTo<T, Down> for C {
    type From = C;
    type To = T;
    type Keys = C::Keys;
    type Count = C::Rows;

    fn link() -> Link {
        Link::up(source::<C>(), source::<T>(), None).turned()
    }
}

/// Whether `K` leads from the table `Self` to another: the column of a foreign key in either
/// direction, or [`ByKey`].
///
/// The table is `Self`, and a type parameter in the impls: the compiler then lists none of them
/// below its message.
#[diagnostic::on_unimplemented(
    message = "this foreign key leads neither from `{Self}` nor to it",
    label = "expected the column of a foreign key from or to `{Self}`"
)]
pub trait Leads<K, P> {
    /// The table it leads to.
    type Target: Source;
    /// How many rows of that table belong to one of this.
    type Count: Cardinality;
    /// These rows.
    type Out: Send + 'static;

    /// The columns that are equal.
    #[doc(hidden)]
    fn link(key: &K) -> Link;

    #[doc(hidden)]
    fn reach(key: &K) -> (Branch, Find<Self::Out>);
}

/// By the one foreign key that connects the table `C` with another.
#[derive(Debug)]
pub struct ByKey<C>(PhantomData<fn() -> C>);

impl<C> ByKey<C> {
    pub(super) const fn new() -> Self {
        ByKey(PhantomData)
    }
}

impl<T, P, C: RelatedTo<T, P>> Leads<ByKey<C>, P> for T
where
    C::Keys: OneRelation<C::From, C::To>,
{
    type Target = C;
    type Count = C::Count;
    type Out = <C::Count as Cardinality>::Of<C::Row>;

    fn link(_: &ByKey<C>) -> Link {
        C::link()
    }

    fn reach(_: &ByKey<C>) -> (Branch, Find<Self::Out>) {
        reach::<C::Count, C>(C::link())
    }
}

#[diagnostic::do_not_recommend]
impl<A: Source, B: Source, V: ColumnType, R> Leads<Column<A, V, Fk<B, R>>, Up> for A
where
    V::Null: LeadsTo,
{
    type Target = B;
    type Count = <V::Null as LeadsTo>::Rows;
    type Out = <Self::Count as Cardinality>::Of<B::Row>;

    fn link(key: &Column<A, V, Fk<B, R>>) -> Link {
        Link::up(source::<A>(), source::<B>(), Some(key.name()))
    }

    fn reach(key: &Column<A, V, Fk<B, R>>) -> (Branch, Find<Self::Out>) {
        reach::<Self::Count, B>(<A as Leads<_, Up>>::link(key))
    }
}

#[diagnostic::do_not_recommend]
impl<A: Source, B: Source, V: ColumnType, R: Cardinality> Leads<Column<A, V, Fk<B, R>>, Down> for B {
    type Target = A;
    type Count = R;
    type Out = R::Of<A::Row>;

    fn link(key: &Column<A, V, Fk<B, R>>) -> Link {
        Link::up(source::<A>(), source::<B>(), Some(key.name())).turned()
    }

    fn reach(key: &Column<A, V, Fk<B, R>>) -> (Branch, Find<Self::Out>) {
        reach::<R, A>(<B as Leads<_, Down>>::link(key))
    }
}

/// All rows of the table that a link leads to.
fn reach<N: Cardinality, C: Source>(link: Link) -> (Branch, Find<N::Of<C::Row>>) {
    let (branch, find) = TableOf::<C>::new().branch::<N>();
    (branch.by(link), find)
}
