//! Expressions: a typed shell over one untyped tree.
//!
//! A [`Column`] or an [`Expr`] carries the Rust type of its value and, as a type-level set, the tables that it reads
//! ([`scope`]). What it does to the database is a [`Node`], plain data without generics, which the writer of SQL walks.

mod column;
mod condition;
mod node;
mod operand;
mod operators;
mod order;
pub mod scope;

pub use column::{Column, Expr, Fk, Plain, count, value};
pub use condition::{Condition, Predicate, all_of, any_of, not};
pub use node::{BinaryOp, ColumnRef, Node, TextMatch, UnaryOp};
pub use operand::{Comparable, Nulls, Operand};
pub use operators::escape_like;
pub use order::{Order, OrderNode, SortsBy};
