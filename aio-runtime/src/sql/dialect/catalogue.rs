//! The statements that the library sends on its own account.

/// What the library asks a database about its tables, and what else it sends that no tree stands
/// for.
pub(crate) struct Catalogue {
    /// Whether there is a table of a name.
    pub(crate) has_table: &'static str,
    /// The names of all tables in alphabetical order, but for the database's and the library's own
    /// and those in which virtual tables keep what they hold.
    pub(crate) table_names: &'static str,
    /// The columns of each foreign key that leads to a table: the child's name, the number of the
    /// key, the column, the column that it leads to, what an update does and what a delete does.
    pub(crate) keys_to_table: &'static str,
    /// A row whose foreign key leads nowhere: its table, its number, the parent and the number of
    /// the key.
    pub(crate) violated_key: &'static str,
    /// The columns of the foreign key of a table with a number.
    pub(crate) columns_of_key: &'static str,
    /// Lets foreign keys lead nowhere until the transaction commits.
    pub(crate) defer_foreign_keys: &'static str,
    /// Creates the table of the migrations that were applied, if it is missing.
    pub(crate) create_migrations: &'static str,
    /// Records a migration: its position, its name and its text.
    pub(crate) record_migration: &'static str,
}
