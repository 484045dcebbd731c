//! The queries and statements that the library itself sends.

use crate::value::Value;

/// The texts of the statements by which the library itself queries the schema, checks foreign keys
/// and records migrations. Each database has its own.
pub(crate) struct Catalogue {
    /// Returns the query for whether a schema, or the default one, has a table with a given name.
    pub(crate) has_table: fn(schema: Option<&str>) -> String,
    /// Returns the query for the names of the user's tables in a schema, or in the default one, in
    /// alphabetical order. Leaves out the tables of the database itself and of the library, and
    /// the tables in which virtual tables store their content.
    pub(crate) table_names: fn(schema: Option<&str>) -> String,
    /// Queries whether there is a given schema; `None` if a table cannot create one.
    pub(crate) has_schema: Option<&'static str>,
    /// Returns the query for the columns of each foreign key that refers to a given table of a
    /// schema, or of the default one. A row has the child table and its schema, which is NULL if
    /// it need not be named, the number of the key, the column, the parent's column, and whether
    /// the key prevents updates of the parent row, prevents deletes of the parent row, and
    /// cascades such deletes to the child rows.
    pub(crate) foreign_keys_to_table: fn(schema: Option<&str>) -> String,
    /// Queries one row that violates a foreign key, if there is one: its table, its row id, the
    /// parent table and the number of the key.
    pub(crate) violated_key: &'static str,
    /// Queries the violated foreign keys for each pair of a table and its parent table: the two
    /// tables, the number of one of the keys, and the number of rows that violate one.
    pub(crate) violations: &'static str,
    /// Queries the columns of a foreign key, which is given by its table and its number.
    pub(crate) columns_of_key: &'static str,
    /// Defers all foreign keys until the transaction commits.
    pub(crate) defer_foreign_keys: &'static str,
    /// What a server needs for migrations, where several transactions can write at a time. `None`
    /// if only one can.
    pub(crate) migrations_of_server: Option<&'static ServerMigrations>,
    /// Creates the table of applied migrations, if it does not exist.
    pub(crate) create_migrations: &'static str,
    /// Queries whether the table of applied migrations lacks the column for digests, as one that
    /// an earlier version has made.
    pub(crate) lacks_digest: &'static str,
    /// Adds the column for digests to the table of applied migrations.
    pub(crate) add_digest: &'static str,
    /// Queries the number of applied migrations, and the digest of all of them, which is recorded
    /// with the last one.
    pub(crate) digest_of_migrations: &'static str,
    /// Queries the names and texts of the applied migrations, in their order.
    pub(crate) applied_migrations: &'static str,
    /// Records an applied migration after all others: its name, the digest of all up to it, and
    /// its text.
    pub(crate) record_migration: &'static str,
    /// Gives an applied migration another name and text: these, and its present name.
    pub(crate) rename_migration: &'static str,
    /// Removes the record of an applied migration, which is given by its name.
    pub(crate) forget_migration: &'static str,
    /// Records the digest of all applied migrations with the last one, and removes the digests of
    /// the others.
    pub(crate) set_digest: &'static str,
    /// The keywords that are put before a query to get its plan.
    pub(crate) explain: &'static str,
    /// Converts the rows that the database returns for a plan to its steps.
    pub(crate) read_plan: fn(&mut dyn Iterator<Item = &[Value]>) -> Vec<PlanLine>,
}

/// The statements by which the steps of migrations run on a server.
pub(crate) struct ServerMigrations {
    /// Queries whether no other process runs migrations, and if so, keeps others from doing so
    /// until the transaction ends. Does not wait, because a statement of another process may wait
    /// for the end of all statements that had begun before it.
    pub(crate) try_lock: &'static str,
    /// Lets the open transaction be idle for as long as a step takes, and without anything that a
    /// statement of the step might wait for.
    pub(crate) stay_idle: &'static str,
    /// Limits for the open transaction how long its statements wait for a lock: the time in
    /// milliseconds.
    pub(crate) set_lock_timeout: &'static str,
    /// Limits for the session how long its statements wait for a lock.
    pub(crate) set_lock_timeout_of_session: &'static str,
    /// Queries who holds locks on tables of the user: the names of the table, the number of the
    /// session, the name of its program, its state and since when its transaction is open.
    pub(crate) locked_tables: &'static str,
    /// Creates the table of steps that have begun outside of a transaction, if it does not exist.
    pub(crate) create_unfinished: &'static str,
    /// Queries since when the step with the given name has not ended, and whether a session still
    /// runs it.
    pub(crate) unfinished: &'static str,
    /// Records that the step with the given name begins in this session.
    pub(crate) begin_unfinished: &'static str,
    /// Removes the record that the step with the given name has begun.
    pub(crate) end_unfinished: &'static str,
    /// Queries the invalid indexes, which statements that failed have left: the schema, which is
    /// empty if the search path has it, the index and its table. Leaves out those that are being
    /// built.
    pub(crate) invalid_indexes: &'static str,
}

/// A step of a query plan, which is shown as a line.
pub(crate) struct PlanLine {
    /// The number of steps that contain this step.
    pub(crate) depth: usize,
    pub(crate) detail: String,
    /// The table, or its alias, if the step reads all rows of a table; otherwise `None`.
    pub(crate) scans: Option<String>,
}
