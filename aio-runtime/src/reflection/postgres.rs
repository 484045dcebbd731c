//! Compares schemas of PostgreSQL.

use super::Comparer;
use crate::postgres::{DIALECT, differences};

pub(super) const COMPARER: Comparer = Comparer { dialect: DIALECT, differences };
