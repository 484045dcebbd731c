//! Relations: the related rows of other tables, loaded with each row of a query.
//!
//! Each relation is one statement, independently of the number of rows. It finds its rows by a
//! subquery over its parent query, `where user_id in (select id from users where ..)`, which
//! contains the order, limit and offset of that query. All statements are therefore known before
//! the first one runs: they are sent in one message and run in one transaction, so that all read
//! the same snapshot. The alternative is to read the parent rows, collect their keys and query by
//! these keys. It takes at least two messages, one more for each level, and either a transaction
//! that stays open between the messages or rows from two states of the database. The price of the
//! subquery is that the database finds the parent rows again for each relation. With a limit, it
//! must find the same rows each time. So the primary key is added to the order, so that no two
//! rows are equal in it. If the parent query returns all rows of its table, the rows that refer to
//! them need no subquery.
//!
//! Rows are matched in memory by the stored values of their keys ([`Loaded`]). A row that belongs
//! to several parent rows is decoded once for each parent row, from the buffer in which it
//! arrived, so that its type need not be `Clone`.

mod loaded;
mod of_row;
mod plan;
mod relatable;
mod relation_query;
mod with;

pub use of_row::{Related, related};
pub use relatable::{Counted, PerParent, Relatable, RelatedVia, Relates, Rows, Through, ThroughVia};
pub use with::{Reached, TableWith, With};

pub(crate) use loaded::Loaded;
pub(crate) use plan::{Planned, plan};
pub(crate) use with::ReadRow;
