//! Joins.

use super::foreign_key::{Connects, Via};
use super::select::Select;
use crate::expr::scope::{HasRoom, Joins, ReadsWith, Shape};
use crate::expr::{JoinKind, Node, Predicate, SelectQuery, Source, SourceNode};
use crate::row::FromRow;
use crate::table::{OneKey, TableOf};

/// A table that a query can read: a table or an alias as a value, or a [`Cte`](crate::Cte).
#[diagnostic::on_unimplemented(
    message = "a query cannot read from a `{Self}`",
    label = "expected a table, an alias or a `Cte`",
    note = "a function that is called with a column of the query is joined by `.join_lateral(..)`"
)]
pub trait IntoSource {
    /// The type of the table that the columns belong to.
    type Source: Source;

    /// Returns the table as an entry of the FROM clause.
    fn into_source(self) -> SourceNode;
}

#[diagnostic::do_not_recommend]
impl<T: Source> IntoSource for TableOf<T> {
    type Source = T;

    fn into_source(self) -> SourceNode {
        SourceNode::of::<T>()
    }
}

impl<T: Source> TableOf<T> {
    /// Selects all rows. This is for an alias: `Manager.select()`. For a table, it is the same as
    /// `User::select()`.
    pub fn select(self) -> Select<T, T::Row> {
        Select::of(SelectQuery::of(SourceNode::of::<T>()))
    }
}

/// A query over the tables `F` that returns a row of each of them.
pub type Joined<F> = Select<F, <F as Shape>::Row>;

/// Joins, which come before `columns`.
///
/// They are not written by a macro, because the compiler would show the macro in every message
/// about a join. The bound that there is only one key is in the line of the method's name, because
/// the compiler would otherwise show both lines.
impl<F: Shape> Select<F, F::Row> {
    /// Joins a table by the foreign key that connects it with the query, in either direction.
    /// Returns the pairs of rows that match.
    pub fn join<T: Connects<F, P, Keys = N>, P, N: OneKey<T::From, T::To>>(self, _table: TableOf<T>) -> Joined<F::Inner>
    where
        F: Joins<T, Room: HasRoom>,
    {
        self.joined(JoinKind::Inner, SourceNode::of::<T>(), Some(T::link().condition()))
    }

    /// Joins a table by this foreign key, in either direction. Returns the pairs of rows that
    /// match.
    pub fn join_via<K, P>(self, key: K) -> Joined<F::Inner>
    where
        K: Via<F, P>,
        F: Joins<K::Target, Room: HasRoom>,
    {
        self.joined(JoinKind::Inner, SourceNode::of::<K::Target>(), Some(key.link().condition()))
    }

    /// Joins a table by any condition. Returns the pairs of rows that match.
    pub fn join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Inner>
    where
        F: Joins<T::Source, Room: HasRoom>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Inner, table.into_source(), Some(condition.into_condition()))
    }

    /// Joins a table by the foreign key that connects it with the query, in either direction.
    /// Returns every row of the query, with each row of the table that matches, or with `None`.
    pub fn left_join<T: Connects<F, P, Keys = N>, P, N: OneKey<T::From, T::To>>(
        self,
        _table: TableOf<T>,
    ) -> Joined<F::Left>
    where
        F: Joins<T, Room: HasRoom>,
    {
        self.joined(JoinKind::Left, SourceNode::of::<T>(), Some(T::link().condition()))
    }

    /// Joins a table by this foreign key, in either direction. Returns every row of the query,
    /// with each row of the table that matches, or with `None`.
    pub fn left_join_via<K, P>(self, key: K) -> Joined<F::Left>
    where
        K: Via<F, P>,
        F: Joins<K::Target, Room: HasRoom>,
    {
        self.joined(JoinKind::Left, SourceNode::of::<K::Target>(), Some(key.link().condition()))
    }

    /// Joins a table by any condition. Returns every row of the query, with each row of the table
    /// that matches, or with `None`.
    pub fn left_join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Left>
    where
        F: Joins<T::Source, Room: HasRoom>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Left, table.into_source(), Some(condition.into_condition()))
    }

    /// Joins a table by the foreign key that connects it with the query, in either direction.
    /// Returns every row of the table, with each row of the query that matches, or with `None`.
    pub fn right_join<T: Connects<F, P, Keys = N>, P, N: OneKey<T::From, T::To>>(
        self,
        _table: TableOf<T>,
    ) -> Joined<F::Right>
    where
        F: Joins<T, Room: HasRoom>,
    {
        self.joined(JoinKind::Right, SourceNode::of::<T>(), Some(T::link().condition()))
    }

    /// Joins a table by this foreign key, in either direction. Returns every row of the table,
    /// with each row of the query that matches, or with `None`.
    pub fn right_join_via<K, P>(self, key: K) -> Joined<F::Right>
    where
        K: Via<F, P>,
        F: Joins<K::Target, Room: HasRoom>,
    {
        self.joined(JoinKind::Right, SourceNode::of::<K::Target>(), Some(key.link().condition()))
    }

    /// Joins a table by any condition. Returns every row of the table, with each row of the query
    /// that matches, or with `None`.
    pub fn right_join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Right>
    where
        F: Joins<T::Source, Room: HasRoom>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Right, table.into_source(), Some(condition.into_condition()))
    }

    /// Joins a table by the foreign key that connects it with the query, in either direction.
    /// Returns the rows of both, with `None` for a row that has no match.
    pub fn full_join<T: Connects<F, P, Keys = N>, P, N: OneKey<T::From, T::To>>(
        self,
        _table: TableOf<T>,
    ) -> Joined<F::Full>
    where
        F: Joins<T, Room: HasRoom>,
    {
        self.joined(JoinKind::Full, SourceNode::of::<T>(), Some(T::link().condition()))
    }

    /// Joins a table by this foreign key, in either direction. Returns the rows of both, with
    /// `None` for a row that has no match.
    pub fn full_join_via<K, P>(self, key: K) -> Joined<F::Full>
    where
        K: Via<F, P>,
        F: Joins<K::Target, Room: HasRoom>,
    {
        self.joined(JoinKind::Full, SourceNode::of::<K::Target>(), Some(key.link().condition()))
    }

    /// Joins a table by any condition. Returns the rows of both, with `None` for a row that has no
    /// match.
    pub fn full_join_on<T: IntoSource, C: Predicate, P>(self, table: T, condition: C) -> Joined<F::Full>
    where
        F: Joins<T::Source, Room: HasRoom>,
        F: ReadsWith<C::Scope, T::Source, P>,
    {
        self.joined(JoinKind::Full, table.into_source(), Some(condition.into_condition()))
    }

    /// Combines every row of the query with every row of the table.
    pub fn cross_join<T: IntoSource>(self, table: T) -> Joined<F::Inner>
    where
        F: Joins<T::Source, Room: HasRoom>,
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
