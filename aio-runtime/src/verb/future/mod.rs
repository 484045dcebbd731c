//! The futures that verbs return.
//!
//! [`Execution`] sends what was prepared and hands over what comes back, without generics; the
//! others are thin generic layers that turn batches into structs.

mod all;
mod collect;
mod decode;
mod execute;
mod execution;
mod first;
mod stream;

pub use all::All;
pub use collect::{Collect, Collects};
pub use execute::Execute;
pub use first::{One, Optional, Scalar};
pub use stream::RowStream;

pub(super) use decode::Decoder;
pub(super) use execution::{Execution, Fetch};
