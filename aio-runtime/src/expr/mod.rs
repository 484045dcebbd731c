//! Expressions: typed wrappers around one untyped tree.
//!
//! The type of a [`Column`] or an [`Expr`] has two parts: the Rust type of its value, and the set
//! of tables that it reads ([`scope`]). The content of both is a [`Node`], plain data without
//! generics, from which the SQL text is written.

mod aggregate;
mod by_key;
mod captured;
mod cardinality;
mod case;
mod child;
mod column;
mod condition;
mod function;
mod functions;
mod in_operand;
mod interval;
mod json_path;
mod node;
mod operand;
mod operators;
mod order;
mod presence;
mod query;
mod range;
mod raw;
mod rescope;
mod row_lock;
mod scaled;
pub mod scope;
mod select;
mod source;
mod text_search;
mod window;

pub use aggregate::{Aggregate, WindowFunction, count, cume_dist, dense_rank, ntile, percent_rank, rank, row_number};
pub(crate) use by_key::is_by_key;
pub use captured::Form;
pub use cardinality::{AtMostOne, Cardinality, ExactlyOne, KeyCardinality, Many};
pub use case::{AllowsNullness, Case, case};
pub use child::Child;
pub(crate) use child::too_deep;
pub use column::{Column, Expr, Fk, Plain, aggregate, call, value};
pub use condition::{Condition, Predicate, all_of, any_of, not};
pub use function::{DatePart, Function, TsQueryKind};
pub use functions::now;
pub use in_operand::InOperand;
pub use json_path::{JsonPath, JsonStep};
pub use node::{
    BinaryOp, Call, ColumnRef, FrameBound, FrameExclude, FrameNode, FrameUnit, Node, TextMatch, UnaryOp, WindowNode,
};
pub use operand::{Comparable, ConvertedForm, Nulls, Operand, SameForm};
pub use operators::escape_like;
pub use order::{Order, OrderNode, Orders, Terms, order_by_names};
pub(crate) use presence::PRESENCE_COLUMN;
pub use presence::Selection;
pub use query::{Body, CteNode, Query, SetOperator};
pub use range::ValueRange;
pub use raw::{Piece, RawNode};
pub use rescope::Fits;
pub(crate) use row_lock::{LockStrength, LockWait, LockedTable, RowLock};
pub use scaled::{Divisor, Factor, LeftFactor, LeftTerm};
pub use select::{JoinKind, JoinNode, SelectBody};
pub(crate) use select::{PerGroup, SelectQuery};
pub(crate) use source::Origin;
pub use source::{Source, SourceNode};
pub use text_search::{phraseto_tsquery, plainto_tsquery, to_tsquery, websearch_to_tsquery};
pub use window::{Window, window};
