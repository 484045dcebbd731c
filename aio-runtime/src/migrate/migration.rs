//! A step of a migration.

/// A step of [`Database::migrate`](crate::Database::migrate): its name and its SQL. A pair of
/// strings converts into a step.
///
/// ```
/// # use aio_runtime::Migration;
/// const STEPS: [Migration<'_>; 2] = [
///     Migration::new("users", "create table users (id integer primary key, name text)"),
///     // Other tables have foreign keys to the table that this step rebuilds.
///     Migration::new(
///         "users have names",
///         "-- aio-sql: rebuild users
///          create table users_new (id integer primary key, name text not null);
///          insert into users_new select id, coalesce(name, '') from users;
///          drop table users;
///          alter table users_new rename to users",
///     ),
/// ];
/// ```
///
/// # Directives
///
/// The SQL may begin with comment lines of the form `-- aio-sql: …`, which say how the step runs:
///
/// - `-- aio-sql: rebuild users posts`: the step replaces these tables. While it runs, foreign
///   keys are not enforced, and a rename does not change the views and triggers that name the
///   table. At its end each of the tables must have as many rows as before, no foreign key may be
///   violated that was not violated before, and the indexes and triggers that the tables had when
///   they were dropped are made again, unless the step has done that.
/// - `-- aio-sql: foreign keys off`: the same as
///   [`foreign_keys_off`](Migration::foreign_keys_off).
/// - `-- aio-sql: accepts loss of users.nick, drafts`: the step drops these columns and tables on
///   purpose. Before such a step a [backup](crate::Migrations::backup_to) can be made.
/// - `-- aio-sql: rust`: the step is a function, which
///   [`Migrations::with`](crate::Migrations::with) sets. The SQL of the step, if any, runs before
///   the function, in the same transaction.
/// - `-- aio-sql: replaces 0001..0010`: the step stands for earlier steps, which the program no
///   longer has: those whose names begin with these numbers. In a database on which they were run,
///   its record replaces theirs, and it is not run. Single numbers and whole names can be listed,
///   too.
/// - `-- aio-sql: no transaction`: the step is one statement that PostgreSQL refuses inside a
///   transaction, such as `CREATE INDEX CONCURRENTLY`. It is recorded after it has run. If the
///   process ends in between, the next [`migrate`](crate::Database::migrate) says what is left of
///   the step, or records it if it has taken effect. SQLite has no such statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration<'a> {
    pub(super) name: &'a str,
    pub(super) sql: &'a str,
    pub(super) file: Option<&'a str>,
    pub(super) foreign_keys_off: bool,
}

impl<'a> Migration<'a> {
    /// Creates a step from its name and its SQL, whose statements are separated by semicolons.
    pub const fn new(name: &'a str, sql: &'a str) -> Migration<'a> {
        Migration { name, sql, file: None, foreign_keys_off: false }
    }

    /// Switches the enforcement of foreign keys off while the step runs, and checks all foreign
    /// keys at its end.
    ///
    /// Use it for a step that rebuilds a table to which other tables refer
    /// (<https://sqlite.org/lang_altertable.html#otheralter>). With foreign keys on, dropping the
    /// old table would first delete its rows, which either fails or also deletes the rows of other
    /// tables that refer to them. The SQL of a step cannot switch foreign keys off itself, because
    /// each step runs in a transaction.
    ///
    /// The [directive](Migration#directives) `-- aio-sql: rebuild` also checks that the rebuild
    /// loses no rows, indexes and triggers.
    #[must_use]
    pub const fn foreign_keys_off(mut self) -> Migration<'a> {
        self.foreign_keys_off = true;
        self
    }

    /// Sets the path of the file that contains the step, which errors then name.
    #[must_use]
    pub const fn file(mut self, path: &'a str) -> Migration<'a> {
        self.file = Some(path);
        self
    }

    /// Returns the name.
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// Returns the SQL.
    pub const fn sql(&self) -> &'a str {
        self.sql
    }

    /// Returns the name for an error, with the file if it is known.
    pub(super) fn label(&self) -> String {
        match self.file {
            Some(file) => format!("`{}` ({file})", self.name),
            None => format!("`{}`", self.name),
        }
    }
}

impl<'a> From<(&'a str, &'a str)> for Migration<'a> {
    fn from((name, sql): (&'a str, &'a str)) -> Migration<'a> {
        Migration::new(name, sql)
    }
}
