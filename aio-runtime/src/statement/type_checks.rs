//! Checks of the types of a table's columns, at compile time.

use crate::expr::Column;
use crate::schema::KeyPair;
use crate::types::{Clock, ColumnType, CurrentTime, SqlType, Unset};

/// Implemented if a column of type `Self` can refer to a column of type `V`.
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

/// Returns the names of a column and of the column that it refers to. The code that the derive
/// generates calls this function, so that a foreign key between columns of different types does
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

/// Returns the clock of a column that the library sets to the current time. The code that the
/// derive generates calls this function, so that such a column does not compile if its type cannot
/// hold the current time.
pub const fn current_time<V: ColumnType>() -> Clock
where
    V::Base: CurrentTime,
{
    Clock::of::<V::Base>()
}
