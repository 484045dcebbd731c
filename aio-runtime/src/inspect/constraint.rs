//! The constraints of a table.

use std::fmt;

use super::IndexPart;
use super::index::column_names;
use crate::schema::Action;

/// A PRIMARY KEY constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimaryKey {
    pub(crate) name: Option<String>,
    pub(crate) parts: Vec<IndexPart>,
    pub(crate) included: Vec<String>,
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) comment: Option<String>,
}

impl PrimaryKey {
    /// Returns the name of the constraint, or `None` if it has none.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the names of the columns, in the order of the key.
    pub fn columns(&self) -> Vec<&str> {
        column_names(&self.parts)
    }

    /// Returns the columns with their collations and sort orders.
    pub fn parts(&self) -> &[IndexPart] {
        &self.parts
    }

    /// Returns the columns that the index of the constraint stores beside its own (INCLUDE).
    pub fn included(&self) -> &[String] {
        &self.included
    }

    /// Returns whether a transaction may defer the check of this constraint until it commits
    /// (DEFERRABLE).
    pub fn is_deferrable(&self) -> bool {
        self.deferrable
    }

    /// Returns whether the constraint is checked when the transaction commits, instead of after
    /// each statement (INITIALLY DEFERRED).
    pub fn is_deferred(&self) -> bool {
        self.deferred
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on constraints.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// A UNIQUE constraint. A unique index that is not a constraint is an [`Index`](super::Index).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unique {
    pub(crate) name: Option<String>,
    pub(crate) parts: Vec<IndexPart>,
    pub(crate) included: Vec<String>,
    pub(crate) nulls_distinct: bool,
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) comment: Option<String>,
}

impl Unique {
    /// Returns the name of the constraint, or `None` if it has none.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the names of the columns, in the order of the constraint.
    pub fn columns(&self) -> Vec<&str> {
        column_names(&self.parts)
    }

    /// Returns the columns with their collations and sort orders.
    pub fn parts(&self) -> &[IndexPart] {
        &self.parts
    }

    /// Returns the columns that the index of the constraint stores beside its own (INCLUDE).
    pub fn included(&self) -> &[String] {
        &self.included
    }

    /// Returns whether the constraint allows several rows with NULL, which it does unless it is
    /// declared NULLS NOT DISTINCT.
    pub fn has_distinct_nulls(&self) -> bool {
        self.nulls_distinct
    }

    /// Returns whether a transaction may defer the check of this constraint until it commits
    /// (DEFERRABLE).
    pub fn is_deferrable(&self) -> bool {
        self.deferrable
    }

    /// Returns whether the constraint is checked when the transaction commits, instead of after
    /// each statement (INITIALLY DEFERRED).
    pub fn is_deferred(&self) -> bool {
        self.deferred
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on constraints.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// A CHECK constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub(crate) name: Option<String>,
    pub(crate) expression: String,
    pub(crate) column: Option<String>,
    pub(crate) inherited: bool,
    pub(crate) validated: bool,
    pub(crate) comment: Option<String>,
}

impl Check {
    /// Returns the name of the constraint, or `None` if it has none.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the condition as it is written in the schema, without the parentheses around it.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Returns the name of the column with which the constraint is declared, or `None` if it is
    /// declared after all columns. The condition may read any column in both cases.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// Returns whether tables that inherit from the table have the constraint, too, which they do
    /// unless it is declared NO INHERIT. SQLite has no such tables.
    pub fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Returns whether all rows satisfy the constraint. Rows that existed before may not if
    /// PostgreSQL has added it with NOT VALID.
    pub fn is_validated(&self) -> bool {
        self.validated
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on constraints.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// The ON CONFLICT clause of a constraint: what happens to a row that violates it
/// (<https://sqlite.org/lang_conflict.html>). The default, ABORT, is not listed.
///
/// ```
/// # use aio_runtime::{Database, Result};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// db.execute_script("create table tag (name text unique on conflict ignore)").await?;
/// let schema = db.inspect().await?;
/// let clause = &schema.table("tag").expect("it was just created").conflict_clauses()[0];
/// assert_eq!(clause.to_string(), "ON CONFLICT IGNORE of UNIQUE (name)");
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictClause {
    pub(crate) constraint: &'static str,
    pub(crate) columns: Vec<String>,
    pub(crate) action: String,
}

impl ConflictClause {
    /// Returns the kind of the constraint: `PRIMARY KEY`, `UNIQUE` or `NOT NULL`.
    pub fn constraint(&self) -> &str {
        self.constraint
    }

    /// Returns the columns of the constraint.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the action: `ROLLBACK`, `FAIL`, `IGNORE` or `REPLACE`.
    pub fn action(&self) -> &str {
        &self.action
    }
}

impl fmt::Display for ConflictClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ON CONFLICT {} of {} ({})", self.action, self.constraint, self.columns.join(", "))
    }
}

/// A FOREIGN KEY constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) schema: String,
    pub(crate) table: String,
    pub(crate) targets: Vec<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    pub(crate) reset: Vec<String>,
    pub(crate) full: bool,
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) validated: bool,
    pub(crate) comment: Option<String>,
}

impl ForeignKey {
    /// Returns the name of the constraint, or `None` if it has none.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the columns of the key.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the name of the schema of the parent table.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the name of the parent table, to which the key refers.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns the columns of the parent table to which the columns of the key refer. If the
    /// declaration names none, these are the columns of the parent's primary key, or none if the
    /// parent table does not exist.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// Returns what happens to a row when the row that it refers to is deleted.
    pub fn on_delete(&self) -> Action {
        self.on_delete
    }

    /// Returns what happens to a row when the key of the row that it refers to is changed.
    pub fn on_update(&self) -> Action {
        self.on_update
    }

    /// Returns the columns that are set to NULL or to their defaults when the row that the key
    /// refers to is deleted, if these are not all columns of the key.
    pub fn reset_columns(&self) -> &[String] {
        &self.reset
    }

    /// Returns whether a key of several columns may be NULL only in all of them (MATCH FULL).
    /// SQLite ignores that clause, and it is `false` there.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Returns whether a transaction may defer the check of this key until it commits
    /// (DEFERRABLE).
    pub fn is_deferrable(&self) -> bool {
        self.deferrable
    }

    /// Returns whether the key is checked when the transaction commits, instead of after each
    /// statement (INITIALLY DEFERRED).
    pub fn is_deferred(&self) -> bool {
        self.deferred
    }

    /// Returns whether all rows satisfy the constraint. Rows that existed before may not if
    /// PostgreSQL has added it with NOT VALID.
    pub fn is_validated(&self) -> bool {
        self.validated
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on constraints.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}

/// An EXCLUDE constraint: for no two rows all comparisons of their columns are true
/// (<https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-EXCLUSION>).
/// SQLite has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) parts: Vec<IndexPart>,
    pub(crate) operators: Vec<String>,
    pub(crate) condition: Option<String>,
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) comment: Option<String>,
    pub(crate) definition: String,
}

impl Exclusion {
    /// Returns the name of the constraint.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the access method of the index, such as `gist`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the columns and expressions that are compared.
    pub fn parts(&self) -> &[IndexPart] {
        &self.parts
    }

    /// Returns the operators by which the parts are compared, one for each part.
    pub fn operators(&self) -> &[String] {
        &self.operators
    }

    /// Returns the condition, or `None` if the constraint holds for all rows.
    pub fn condition(&self) -> Option<&str> {
        self.condition.as_deref()
    }

    /// Returns whether a transaction may defer the check of this constraint until it commits
    /// (DEFERRABLE).
    pub fn is_deferrable(&self) -> bool {
        self.deferrable
    }

    /// Returns whether the constraint is checked when the transaction commits, instead of after
    /// each statement (INITIALLY DEFERRED).
    pub fn is_deferred(&self) -> bool {
        self.deferred
    }

    /// Returns the comment, or `None` if there is none. SQLite has no comments on constraints.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Returns the constraint as it is written in a CREATE TABLE statement, without its name.
    pub fn definition(&self) -> &str {
        &self.definition
    }
}
