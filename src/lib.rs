#![doc = include_str!("../README.md")]

pub use aio_runtime::*;

#[cfg(all(any(doc, doctest), feature = "json", feature = "rust_decimal"))]
pub mod guide;
