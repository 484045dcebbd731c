//! Macros: raw SQL, and aliases of tables.

/// A statement whose values stand in its text: `sql!("select * from users where name = {name}")`.
///
/// What stands in braces becomes a bound parameter, never text. A list becomes one parameter for each value, an empty
/// one matches nothing. `{User}` and `{User::NAME}` become quoted names; `{{` and `}}` are braces.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, sql};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let (name, ids) = ("Dana", [1, 2, 3]);
/// let users: Vec<User> =
///     sql!("select * from {User} where {User::NAME} = {name} and id in ({ids})").all(&db).await?;
/// let next: i64 = sql!("select {ids.len() as i64} + 1").scalar(&db).await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! sql {
    ($($text:tt)*) => { $crate::__sql!($crate; $($text)*) };
}

/// A second name for a table, for queries that read it twice: `alias!(pub Manager = Employee);`
///
/// The alias is a type and a value, as a table is. Its columns are those of the table: `Employee::NAME.of::<Manager>()`, and
/// `Employee::MANAGER_ID.to::<Manager>()` is the foreign key that leads to it.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, alias};
/// #[derive(Table, Debug)]
/// # #[table(crate = "aio_runtime")]
/// struct Employee {
///     #[column(primary_key, auto)]
///     id: i64,
///     name: String,
///     #[column(references = Employee::ID)]
///     manager_id: Option<i64>,
/// }
/// alias!(Manager = Employee);
///
/// # async fn run(db: Database) -> Result<()> {
/// let names: Vec<(String, Option<String>)> = Employee::select()
///     .left_join_via(Employee::MANAGER_ID.to::<Manager>())
///     .columns((Employee::NAME, Employee::NAME.of::<Manager>()))
///     .all(&db)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! alias {
    ($(#[$meta:meta])* $vis:vis $alias:ident = $table:ty) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis enum $alias {}

        impl $crate::Source for $alias {
            type Row = $table;
            const DEFINITION: &'static $crate::TableDef = <$table as $crate::Table>::TABLE;
            const ALIAS: ::core::option::Option<&'static str> = ::core::option::Option::Some(stringify!($alias));
        }

        #[allow(dead_code, non_upper_case_globals)]
        $vis const $alias: $crate::TableOf<$alias> = $crate::TableOf::new();
    };
}
