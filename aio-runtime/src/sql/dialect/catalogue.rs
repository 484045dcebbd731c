//! Statements that the library sends on its own behalf.

use crate::value::Value;

/// What the library queries about tables, and other statements that no tree represents.
pub(crate) struct Catalogue {
    /// Whether there is a table with this name.
    pub(crate) has_table: &'static str,
    /// The names of all tables in alphabetical order, without those of the database and the
    /// library, and without those in which virtual tables store their content.
    pub(crate) table_names: &'static str,
    /// The columns of each foreign key to a table: the child's name, the number of the key, the
    /// column, the referenced column, and whether the key refuses an update, refuses a delete and
    /// deletes the child's rows with those that they refer to.
    pub(crate) foreign_keys_to_table: &'static str,
    /// A row that violates a foreign key: its table, its number, the parent and the number of the
    /// key.
    pub(crate) violated_key: &'static str,
    /// The columns of the foreign key of a table with this number.
    pub(crate) columns_of_key: &'static str,
    /// Defers all foreign keys until the transaction commits.
    pub(crate) defer_foreign_keys: &'static str,
    /// Creates the table of the migrations that were applied, if it is missing.
    pub(crate) create_migrations: &'static str,
    /// The names and the texts of the migrations that were applied, by their position.
    pub(crate) applied_migrations: &'static str,
    /// Records a migration: its position, its name and its text.
    pub(crate) record_migration: &'static str,
    /// The words before a statement that query its plan.
    pub(crate) explain: &'static str,
    /// Reads the rows of a plan.
    pub(crate) read_plan: fn(&mut dyn Iterator<Item = &[Value]>) -> Vec<PlanLine>,
}

/// A step of the plan of a statement.
pub(crate) struct PlanLine {
    /// The number of steps that it is nested in.
    pub(crate) depth: usize,
    pub(crate) detail: String,
    /// The table, or its alias, that the step reads from beginning to end.
    pub(crate) scans: Option<String>,
}
