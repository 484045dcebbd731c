//! Checks of the types in a table's definition, made by the compiler.

use crate::expr::Column;
use crate::schema::KeyPair;
use crate::types::{Clock, ColumnType, CurrentTime, SqlType, Unset};

/// Whether a column of type `Self` can lead to one of type `V`.
#[diagnostic::on_unimplemented(
    message = "the foreign key is a `{Self}` and its target a `{V}`",
    label = "types differ",
    note = "give both columns the same type; one of them may be an `Option`"
)]
pub trait SameKey<V> {}

#[diagnostic::do_not_recommend]
impl<V: SqlType> SameKey<V> for V {}
#[diagnostic::do_not_recommend]
impl<V> SameKey<Unset<V>> for V {}

/// A column and the column that it leads to. Written by the derive, so that two different types do
/// not compile.
pub const fn foreign_key<A, V: ColumnType, K, B, W: ColumnType, L>(
    from: Column<A, V, K>,
    to: Column<B, W, L>,
) -> KeyPair
where
    V::Base: SameKey<W::Base>,
{
    KeyPair { column: from.name(), target: to.name() }
}

/// The clock of a column that the library sets to the current time. Written by the derive, so that
/// a type without one does not compile.
pub const fn current_time<V: ColumnType>() -> Clock
where
    V::Base: CurrentTime,
{
    Clock::of::<V::Base>()
}
