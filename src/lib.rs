// Links of the README are references, whose first definition counts: on a page of documentation one
// of these, on a code host the one at the README's end.
#![doc = include_str!("readme_links.md")]
#![cfg_attr(all(doc, feature = "json", feature = "rust_decimal"), doc = "[guide]: crate::guide")]
#![doc = include_str!("../README.md")]

pub use aio_runtime::*;

#[cfg(all(any(doc, doctest), feature = "json", feature = "rust_decimal"))]
pub mod guide;
