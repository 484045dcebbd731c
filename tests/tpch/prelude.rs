//! The imports of the queries.

pub(crate) use aio_sql::{Condition, Record, Scaled, Select, alias, any_of, case, count, cte, exists, not_exists};
pub(crate) use jiff::ToSpan;
pub(crate) use jiff::civil::{Date, date};
pub(crate) use rust_decimal::Decimal;

pub(crate) use super::schema::{Customer, LineItem, Nation, Order, Part, PartSupplier, Region, Supplier};

/// A sum, mean or quotient with this many decimal places; `None` without rows.
pub(crate) type Money<const PLACES: u32> = Option<Scaled<PLACES>>;
