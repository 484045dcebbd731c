//! Joins.

use std::marker::PhantomData;

use super::link::Link;
use super::select::Select;
use crate::expr::scope::{Entry, Free, Joins, PartOf, ReadsWith, Shape};
use crate::expr::{Column, ColumnRef, Fk, JoinKind, Node, Predicate, SelectQuery, Source, SourceNode};
use crate::row::FromRow;
use crate::table::{OneKey, References, TableOf};
use crate::types::ColumnType;

/// What a query can read: a table or an alias of one as a value, or a [`Cte`](crate::Cte).
#[diagnostic::on_unimplemented(
    message = "a query cannot read from a `{Self}`",
    label = "expected a table, an alias or a `Cte`",
    note = "what a function gives for a column of the query is joined by `.join_lateral(..)`"
)]
pub trait IntoSource {
    /// The type that its columns are of.
    type Source: Source;

    /// What stands in FROM.
    fn into_source(self) -> SourceNode;
}

#[diagnostic::do_not_recommend]
impl<T: Source> IntoSource for TableOf<T> {
    type Source = T;

    fn into_source(self) -> SourceNode {
        source::<T>()
    }
}

impl<T: Source> TableOf<T> {
    /// All rows: `Manager.select()` of an alias, and the same as `User::select()` of a table.
    pub fn select(self) -> Select<T, T::Row> {
        Select::of(SelectQuery::of(source::<T>()))
    }
}

/// A query over `F`, which gives a row of each of its tables.
pub type Joined<F> = Select<F, <F as Shape>::Row>;

/// The foreign key leads from the table at this place of the query to the new one.
#[derive(Debug)]
pub struct Forward<const I: usize>;

/// The foreign key leads from the new table to the one at this place of the query.
#[derive(Debug)]
pub struct Backward<const I: usize>;

/// Whether a foreign key connects the table `Self` with a query over `F`.
#[diagnostic::on_unimplemented(
    message = "no foreign key connects `{Self}` with the tables of the query",
    label = "cannot be joined by a foreign key",
    note = "the query reads from `{F}`; give the condition: `.join_on({Self}, ..)`"
)]
pub trait Connects<F, P> {
    /// The table that the key leads from.
    type From;
    /// The table that it leads to.
    type To;
    /// Whether there is one key or several.
    type Keys;

    /// The condition that the key is.
    fn condition() -> Node;
}

pub(super) fn source<T: Source>() -> SourceNode {
    SourceNode::of_table(T::DEFINITION, T::ALIAS)
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
        impl<$($generics)+, T: Source> Connects<$shape, Forward<$index>> for T
        where
            $source: References<T>,
        {
            type From = $source;
            type To = T;
            type Keys = <$source as References<T>>::Keys;

            fn condition() -> Node {
                Link::up(source::<$source>(), source::<T>(), None).condition()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)+, T: Source + References<$source>> Connects<$shape, Backward<$index>> for T {
            type From = T;
            type To = $source;
            type Keys = <T as References<$source>>::Keys;

            fn condition() -> Node {
                Link::up(source::<T>(), source::<$source>(), None).condition()
            }
        }
    };
    (@impls [$($generics:tt)+] ($($all:ident,)+) $source:ty, $index:literal) => {
        connects!(@impls [$($generics)+] ($($all,)+), $source, $index);
    };
}
connects!(@impls [A: Source] A, A, 0);
connects!([(A 0) (B 1)] (C 2) (D 3) (E 4) (H 5) (I 6));

/// The column of the foreign key stands in the query.
#[derive(Debug)]
pub struct From<P>(PhantomData<P>);

/// What the foreign key leads to stands in the query.
#[derive(Debug)]
pub struct To<P>(PhantomData<P>);

/// Whether a foreign key leads from or to a table of a query over `F`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no foreign key from or to a table of the query",
    label = "the query reads from `{F}`",
    note = "`.join_via(..)` takes a column with `#[column(references = ..)]`; `.join_on(..)` takes any condition"
)]
pub trait Via<F, P> {
    /// The table that it adds.
    type Table: Source;

    /// The condition that it is.
    fn condition(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<F, A: Source, B: Source, V: ColumnType, R, P> Via<F, From<P>> for Column<A, V, Fk<B, R>>
where
    A: PartOf<F, P>,
{
    type Table = B;

    fn condition(self) -> Node {
        condition_of(self.column_ref(), source::<B>())
    }
}

#[diagnostic::do_not_recommend]
impl<F, A: Source, B: Source, V: ColumnType, R, P> Via<F, To<P>> for Column<A, V, Fk<B, R>>
where
    B: PartOf<F, P>,
{
    type Table = A;

    fn condition(self) -> Node {
        condition_of(self.column_ref(), source::<B>())
    }
}

/// The condition of the key that the column is.
#[inline(never)]
fn condition_of(column: ColumnRef, to: SourceNode) -> Node {
    let from = SourceNode::of_table(column.table, column.alias);
    Link::up(from, to, Some(column.name)).condition()
}

/// Joins come before `columns`.
///
/// They are written out, for a macro that wrote them would stand in every message of the compiler
/// about them.
impl<F: Shape> Select<F, F::Row> {
    /// Joins a table by the foreign key that connects it with the query, in either direction: rows
    /// that fit each other.
    pub fn join<T, P>(self, _table: TableOf<T>) -> Joined<F::Inner>
    where
        T: Source + Connects<F, P>,
        T::Keys: OneKey<T::From, T::To>,
        F: Joins<T, Room: Free>,
    {
        self.joined(JoinKind::Inner, source::<T>(), Some(T::condition()))
    }

    /// Joins a table by this foreign key, in either direction: rows that fit each other.
    pub fn join_via<K, P>(self, key: K) -> Joined<F::Inner>
    where
        K: Via<F, P>,
        F: Joins<K::Table, Room: Free>,
    {
        self.joined(JoinKind::Inner, source::<K::Table>(), Some(key.condition()))
    }

    /// Joins a table by any condition: rows that fit each other.
    pub fn join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Inner>
    where
        F: Joins<T::Source, Room: Free>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Inner, table.into_source(), Some(condition.into_condition()))
    }

    /// Joins a table by the foreign key that connects it with the query, in either direction: the
    /// rows of the query, each with those of the table that fit, or with `None`.
    pub fn left_join<T, P>(self, _table: TableOf<T>) -> Joined<F::Left>
    where
        T: Source + Connects<F, P>,
        T::Keys: OneKey<T::From, T::To>,
        F: Joins<T, Room: Free>,
    {
        self.joined(JoinKind::Left, source::<T>(), Some(T::condition()))
    }

    /// Joins a table by this foreign key, in either direction: the rows of the query, each with
    /// those of the table that fit, or with `None`.
    pub fn left_join_via<K, P>(self, key: K) -> Joined<F::Left>
    where
        K: Via<F, P>,
        F: Joins<K::Table, Room: Free>,
    {
        self.joined(JoinKind::Left, source::<K::Table>(), Some(key.condition()))
    }

    /// Joins a table by any condition: the rows of the query, each with those of the table that
    /// fit, or with `None`.
    pub fn left_join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Left>
    where
        F: Joins<T::Source, Room: Free>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Left, table.into_source(), Some(condition.into_condition()))
    }

    /// Joins a table by the foreign key that connects it with the query, in either direction: the
    /// rows of the table, each with those of the query that fit, or with `None`.
    pub fn right_join<T, P>(self, _table: TableOf<T>) -> Joined<F::Right>
    where
        T: Source + Connects<F, P>,
        T::Keys: OneKey<T::From, T::To>,
        F: Joins<T, Room: Free>,
    {
        self.joined(JoinKind::Right, source::<T>(), Some(T::condition()))
    }

    /// Joins a table by this foreign key, in either direction: the rows of the table, each with
    /// those of the query that fit, or with `None`.
    pub fn right_join_via<K, P>(self, key: K) -> Joined<F::Right>
    where
        K: Via<F, P>,
        F: Joins<K::Table, Room: Free>,
    {
        self.joined(JoinKind::Right, source::<K::Table>(), Some(key.condition()))
    }

    /// Joins a table by any condition: the rows of the table, each with those of the query that
    /// fit, or with `None`.
    pub fn right_join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Right>
    where
        F: Joins<T::Source, Room: Free>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Right, table.into_source(), Some(condition.into_condition()))
    }

    /// Joins a table by the foreign key that connects it with the query, in either direction: the
    /// rows of both, with `None` where none fits.
    pub fn full_join<T, P>(self, _table: TableOf<T>) -> Joined<F::Full>
    where
        T: Source + Connects<F, P>,
        T::Keys: OneKey<T::From, T::To>,
        F: Joins<T, Room: Free>,
    {
        self.joined(JoinKind::Full, source::<T>(), Some(T::condition()))
    }

    /// Joins a table by this foreign key, in either direction: the rows of both, with `None` where
    /// none fits.
    pub fn full_join_via<K, P>(self, key: K) -> Joined<F::Full>
    where
        K: Via<F, P>,
        F: Joins<K::Table, Room: Free>,
    {
        self.joined(JoinKind::Full, source::<K::Table>(), Some(key.condition()))
    }

    /// Joins a table by any condition: the rows of both, with `None` where none fits.
    pub fn full_join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Full>
    where
        F: Joins<T::Source, Room: Free>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Full, table.into_source(), Some(condition.into_condition()))
    }

    /// Every row of the query with every row of the table.
    pub fn cross_join<T: IntoSource>(self, table: T) -> Joined<F::Inner>
    where
        F: Joins<T::Source, Room: Free>,
    {
        self.joined(JoinKind::Cross, table.into_source(), None)
    }
}

impl<F, O> Select<F, O> {
    pub(super) fn joined<G: Shape>(mut self, kind: JoinKind, source: SourceNode, on: Option<Node>) -> Joined<G>
    where
        G::Row: FromRow,
    {
        self.query.body.join(kind, source, on);
        self.retyped()
    }
}
