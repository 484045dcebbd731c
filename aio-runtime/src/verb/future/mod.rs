//! The futures that verbs return.
//!
//! [`Execution`], which is not generic, sends prepared statements and returns the parts of the
//! reply. The other types are thin generic layers that decode rows into structs.

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
