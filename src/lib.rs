#![doc = include_str!("../README.md")]

pub use aio_runtime::*;
