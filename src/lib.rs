//! aio-sql.
pub use aio_runtime::*;
