//! Relations: the rows of other tables beside those of a query.
//!
//! However many rows there are, each relation is one statement. It finds its rows by a subquery
//! over the query it stands beside, `where user_id in (select id from users where ..)`, with that
//! one's order, limit and offset inside. So all statements are known before the first one runs:
//! they go to the database in one message and read one snapshot, in one transaction. The other way
//! would be to read the first rows, collect their keys and ask for these: two messages at least,
//! one more for each level, and a transaction held open between them, or rows of two states of the
//! database beside each other. The price is that the database finds the first rows again for each
//! relation. A limit is therefore taken in an order without ties: the primary key stands behind
//! the columns that the query is sorted by.
//!
//! Rows are put together in memory by their keys in the stored form ([`Loaded`]); each is read
//! from the buffer it came in, once for each row that it belongs to, so that no type has to be
//! `Clone`.

mod branch;
mod loaded;
mod of_row;
mod plan;
mod relatable;
mod with;

pub use of_row::{Related, related};
pub use relatable::{Counted, PerParent, Relatable, RelatedVia, Relates, Rows, Through, ThroughVia};
pub use with::{Reached, TableWith, With};

pub(crate) use loaded::Loaded;
pub(crate) use plan::plan;
pub(crate) use with::ReadRow;
