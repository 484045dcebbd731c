//! Relations: the related rows of other tables for each row of a query.
//!
//! Each relation is one statement, however many rows there are. It finds its rows by a subquery
//! over its parent query, `where user_id in (select id from users where ..)`, with the order,
//! limit and offset of that query inside. All statements are therefore known before the first one
//! runs: they are sent in one message and read one snapshot, in one transaction. The alternative
//! is to read the first rows, collect their keys and query by these, which takes at least two
//! messages, one more for each level, and a transaction that stays open between them (or rows from
//! two states of the database). The price is that the database finds the first rows again for each
//! relation. A limit is therefore applied to an order without ties: the primary key is added to
//! the columns that the query is sorted by.
//!
//! Rows are matched in memory by their keys in the stored form ([`Loaded`]). Each is decoded from
//! the buffer in which it arrived, once for each parent row, so that no type has to be `Clone`.

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
pub(crate) use plan::{Planned, plan};
pub(crate) use with::ReadRow;
