//! Statements that the library sends for its own purposes.

use crate::value::Value;

/// The statements with which the library queries the schema and manages migrations, as text. Each
/// database has its own set.
pub(crate) struct Catalogue {
    /// Queries whether there is a table with a given name.
    pub(crate) has_table: &'static str,
    /// Queries the names of the user's tables in alphabetical order: without the tables of the
    /// database itself and of the library, and without the tables in which virtual tables store
    /// their content.
    pub(crate) table_names: &'static str,
    /// Queries the columns of each foreign key that refers to a table: the child table, the number
    /// of the key, the column, the parent's column, and whether the key prevents updates of the
    /// parent row, prevents deletes of the parent row, and cascades such deletes to the child
    /// rows.
    pub(crate) foreign_keys_to_table: &'static str,
    /// Queries a row that violates a foreign key: its table, its row id, the parent table and the
    /// number of the key.
    pub(crate) violated_key: &'static str,
    /// Queries the columns of a foreign key, which is given by its table and its number.
    pub(crate) columns_of_key: &'static str,
    /// Defers all foreign keys until the transaction commits.
    pub(crate) defer_foreign_keys: &'static str,
    /// Creates the table of applied migrations, if it does not exist.
    pub(crate) create_migrations: &'static str,
    /// Queries the names and texts of the applied migrations, in their order.
    pub(crate) applied_migrations: &'static str,
    /// Records an applied migration: its position, its name and its text.
    pub(crate) record_migration: &'static str,
    /// The keywords that are put before a statement to query its plan.
    pub(crate) explain: &'static str,
    /// Reads the rows that the database returns for a plan.
    pub(crate) read_plan: fn(&mut dyn Iterator<Item = &[Value]>) -> Vec<PlanLine>,
}

/// A step of a query plan.
pub(crate) struct PlanLine {
    /// The number of steps that contain this step.
    pub(crate) depth: usize,
    pub(crate) detail: String,
    /// The table, or its alias, if the step reads all rows of a table; otherwise `None`.
    pub(crate) scans: Option<String>,
}
