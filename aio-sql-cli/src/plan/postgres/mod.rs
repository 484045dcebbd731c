//! The plan for PostgreSQL (<https://www.postgresql.org/docs/current/sql-altertable.html>).
//!
//! A step is a transaction, and keeps its locks until its end. What reads all rows of a table that
//! other programs use is therefore a step of its own, which begins after the locks that keep these
//! programs out were given back:
//!
//! 1. the change of the definitions, with constraints that only new rows have to satisfy
//!    (NOT VALID);
//! 2. the values of new columns, if an attribute gives them;
//! 3. the indexes of tables that existed before, each by CREATE INDEX CONCURRENTLY, outside of a
//!    transaction;
//! 4. the keys that take such an index as theirs, and the foreign keys to them;
//! 5. the check that the old rows satisfy the constraints (VALIDATE CONSTRAINT), and NOT NULL,
//!    which then need not read them again.
//!
//! Steps without statements are left out, so that most changes are one step or two.

mod collation;
mod columns;
mod conversion;
mod creation;
mod definition;
mod dependents;
mod following;
mod planner;
mod remade;
mod schemas;
mod steps;

pub(crate) use collation::nocase;
pub(crate) use creation::{creation, statements};
pub(crate) use definition::without_concurrently;
pub(super) use planner::plan;
pub(crate) use steps::KEPT;

use super::tokens::{Kind, tokens};

/// Returns whether an expression, or a list of columns, names a column.
fn mentions(expression: &str, column: &str) -> bool {
    tokens(expression).iter().any(|token| match token.kind {
        // What follows a colon is the type of a cast.
        Kind::Word => token.text.split(':').next() == Some(column),
        Kind::Quoted => token.name().is_some_and(|name| name == column),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_column_is_found_beside_a_cast_and_in_quotes_and_not_in_a_text() {
        assert!(mentions("lower(a) <> 'x'", "a"));
        assert!(mentions("a::text = 'b'::text", "a"));
        assert!(mentions("\"a b\" IS NULL", "a b"));
        assert!(!mentions("b::a = 'a'", "a"));
    }
}
