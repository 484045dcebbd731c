//! Foreign keys between the tables of a query and another table, as types.
//!
//! A join adds the other table to the query; a relation loads the other table's rows for each row
//! of a query over one table. Both find their foreign key by these traits. [`Connects`] finds the
//! only foreign key between two tables, and [`Via`] is the foreign key that the user names. The
//! last type parameter of both traits, which the compiler infers, consists of the direction of the
//! key ([`ToParent`] or [`ToChild`]), the position of the table in the query, and the index of the
//! key among the keys of its table.

use std::marker::PhantomData;

use super::link::Link;
use crate::expr::scope::{At, Entry, PartOf};
use crate::expr::{Cardinality, Column, Fk, KeyCardinality, Source, SourceNode};
use crate::table::References;
use crate::types::ColumnType;

/// Says that the foreign key is in a table of the query, at the position `P`, and refers to the
/// other table.
#[derive(Debug)]
pub struct ToParent<P>(PhantomData<P>);

/// Says that the foreign key is in the other table, and refers to a table of the query, at the
/// position `P`.
#[derive(Debug)]
pub struct ToChild<P>(PhantomData<P>);

/// Implemented if a foreign key connects the table `Self` with a query over `F`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "no foreign key connects `{Self}` with `{F}`",
    label = "`{Self}` is not related to `{F}`",
    note = "declare a foreign key at its column by `#[column(references = ..)]`; `.join_on({Self}, ..)` takes any condition"
)]
pub trait Connects<F, P>: Source {
    /// The table that has the foreign key.
    type From;
    /// The table that the key refers to.
    type To;
    /// Whether one foreign key connects the tables, or several.
    type Keys;
    /// How many rows of the table `Self` a row of the query can be related to.
    type Count: Cardinality;

    /// Returns the columns of the foreign key on both sides.
    #[doc(hidden)]
    fn link() -> Link;
}

macro_rules! connects {
    ([$($done:tt)+] $next:tt $($rest:tt)*) => {
        connects!(@each [$($done)+] $($done)+);
        connects!([$($done)+ $next] $($rest)*);
    };
    ([$($done:tt)+]) => { connects!(@each [$($done)+] $($done)+); };
    (@each $all:tt $(($name:ident $index:literal))+) => { $(connects!(@one $all $name $index);)+ };
    (@one [$(($all:ident $at:literal))+] $name:ident $index:literal) => {
        connects!(@impls [$($all: Entry),+] ($($all,)+) <$name as Entry>::Source, $index);
    };
    (@impls [$($generics:tt)+] $shape:ty, $source:ty, $index:literal) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)+, T: Source, const N: usize> Connects<$shape, ToParent<(At<$index>, At<N>)>> for T
        where
            $source: References<T, N>,
        {
            type From = $source;
            type To = T;
            type Keys = <$source as References<T, N>>::Keys;
            type Count = <<$source as References<T, N>>::Null as KeyCardinality>::Rows;

            fn link() -> Link {
                Link::to_parent(SourceNode::of::<$source>(), SourceNode::of::<T>(), None)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)+, T: Source + References<$source, N>, const N: usize>
            Connects<$shape, ToChild<(At<$index>, At<N>)>> for T
        {
            type From = T;
            type To = $source;
            type Keys = <T as References<$source, N>>::Keys;
            type Count = <T as References<$source, N>>::Rows;

            fn link() -> Link {
                Link::to_parent(SourceNode::of::<T>(), SourceNode::of::<$source>(), None).reversed()
            }
        }
    };
    (@impls [$($generics:tt)+] ($($all:ident,)+) $source:ty, $index:literal) => {
        connects!(@impls [$($generics)+] ($($all,)+), $source, $index);
    };
}
connects!(@impls [A: Source] A, A, 0);
connects!([(A 0) (B 1)] (C 2) (D 3) (E 4) (H 5) (I 6));

/// Implemented if the column `Self` is a foreign key from or to a table of a query over `F`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a foreign key from or to `{F}`",
    label = "expected the column of a foreign key from or to `{F}`",
    note = "a foreign key is a column with `#[column(references = ..)]`; `.join_on(..)` takes any condition"
)]
pub trait Via<F, P> {
    /// The table on the other side of the foreign key.
    type Target: Source;
    /// How many rows of the other table a row of the query can be related to.
    type Count: Cardinality;

    /// Returns the columns of the foreign key on both sides.
    #[doc(hidden)]
    fn link(self) -> Link;
}

#[diagnostic::do_not_recommend]
impl<F, A: Source, B: Source, V: ColumnType, R, P> Via<F, ToParent<P>> for Column<A, V, Fk<B, R>>
where
    A: PartOf<F, P>,
    V::Null: KeyCardinality,
{
    type Target = B;
    type Count = <V::Null as KeyCardinality>::Rows;

    fn link(self) -> Link {
        Link::to_parent(SourceNode::of::<A>(), SourceNode::of::<B>(), Some(self.name()))
    }
}

#[diagnostic::do_not_recommend]
impl<F, A: Source, B: Source, V: ColumnType, R: Cardinality, P> Via<F, ToChild<P>> for Column<A, V, Fk<B, R>>
where
    B: PartOf<F, P>,
{
    type Target = A;
    type Count = R;

    fn link(self) -> Link {
        Link::to_parent(SourceNode::of::<A>(), SourceNode::of::<B>(), Some(self.name())).reversed()
    }
}
