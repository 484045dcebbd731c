//! The macros for raw SQL, table aliases, and database functions.

/// Creates a raw statement from SQL text with values in braces.
///
/// A value in braces becomes a bound parameter and is never part of the text. A list, as in `id in
/// ({ids})`, becomes one parameter for each of its values, or a single parameter if it is long; an
/// empty list contains no value. `{User}` and `{User::NAME}` become the quoted names of a table
/// and a column. `{{` and `}}` stand for the braces `{` and `}` themselves.
///
/// A column with `scale = 2` is stored as an integer, and has this integer as its value in the SQL
/// text, too: 6.50 is 650. An integer or a `Decimal` in braces is converted to such an integer if
/// it is compared with such a column in braces, added to it, subtracted from it, or inserted into
/// it: `{Item::PRICE} > {least}`, `insert into {Item} (id, price) values ({id}, {price})`. An
/// integer is bound unchanged if the column is multiplied by it, if it is a limit, or if it is
/// compared with another column. Any other use of a number in braces together with such a column
/// is an error, whose message says what to write: `{Item::PRICE}` instead of the plain name of the
/// column, `{Scaled::<2>(value)}` for an amount, or `cast({number} as integer)` for a plain
/// integer. A `Decimal` is an error in any statement in which it is not clear to which column the
/// `Decimal` belongs.
///
/// A column with `time`, `uuid` or `decimal` stores values in the encoding of another program,
/// which the attribute names. A value in braces that is compared with such a column in braces is
/// bound in the encoding of the column: with `#[column(time = "unix_seconds")]`, `{Job::DUE} <=
/// {SystemTime::now()}` compares seconds. If an INSERT names its columns, a value that it stores
/// in such a column is bound in the encoding of the column. In a statement with such a column in
/// braces, a value that could be stored in the encoding of the column is an error if it is not
/// next to any column; next to the plain name of such a column it is always an error. The message
/// says where to write the column in braces.
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
///
/// Raw SQL in braces becomes a part of the text, with its own values. A text of which parts are
/// chosen at run time can thus be put together. The part is written as it is: a part that contains
/// `or` needs parentheses.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::sql;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let (least, word) = (5, Some("Da%"));
/// let mut condition = sql!("karma >= {least}");
/// if let Some(word) = word {
///     condition = sql!("{condition} and name like {word}");
/// }
/// let found: Vec<User> = sql!("select * from {User} where {condition}").all(&db).await?;
/// assert_eq!(found[0].name, "Dana");
/// # db.close().await
/// # }
/// ```
#[macro_export]
macro_rules! sql {
    ($($text:tt)*) => { $crate::__sql!($crate; $($text)*) };
}

/// Embeds the steps of a folder, `migrations` in the package or the one whose path is given, as
/// [`Migrations`](crate::Migrations).
///
/// A step is a file like `0001_init.sql`; its name without `.sql` is the name of the step. The
/// steps are in the order of the numbers with which the names begin. A number may be left out, and
/// may be a date. Other files than `.sql` are ignored.
///
/// ```
/// # use aio_runtime as aio_sql;
/// use aio_sql::{Database, Migrations, Result, migrations};
///
/// // `migrations!()` for the folder `migrations`.
/// static STEPS: Migrations = migrations!("docs/migrations");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// db.migrate(&STEPS).await?;
/// # db.close().await
/// # }
/// ```
///
/// A program that opens databases of different kinds has the steps of each kind in a folder of its
/// own, `migrations/sqlite` and `migrations/postgres`, with the same names in both. All of them
/// are embedded, and [`migrate`](crate::Database::migrate) runs those of the database that is
/// open. A step for which one of the databases has nothing to do is a file with a comment there.
///
/// The file `schema.sql` is no step. The command line tool writes it: it lists the steps, and has
/// the schema after the last one. If it exists, and lists other steps than the folder has, the
/// program does not compile. A step that was edited after `schema.sql` was written does compile,
/// so that a new step can be tried while it is being written; `aio-sql migrate check` finds it.
///
/// Cargo compiles the program again if one of the files changes. It notices a file that was added
/// by the change of `schema.sql`. If files are added without the tool, a build script `build.rs`
/// has to ask for it:
///
/// ```
/// println!("cargo::rerun-if-changed=migrations");
/// ```
///
/// While the command line tool asks for the structs of a program (with the environment variable
/// `AIO_SQL_DUMP`), there are no steps, so that mistakes in the folder do not keep it from
/// running.
#[macro_export]
macro_rules! migrations {
    ($($folder:tt)*) => { $crate::__migrations!($crate; $($folder)*) };
}

/// Declares an alias: a second name for a table, for queries that read the table twice. An alias
/// of the [`Record`](crate::Record) of a common table expression is declared in the same way.
///
/// The alias is a type and a value, like a table; `alias!(pub Manager = Employee);` makes it
/// public. With the alias `Manager` of the table `Employee`, a column of the alias is written as
/// `Employee::NAME.of::<Manager>()`, and a foreign key that refers to the alias as
/// `Employee::MANAGER_ID.to::<Manager>()`.
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
            const DEFINITION: &'static $crate::TableDef = <$table as $crate::Source>::DEFINITION;
            const ALIAS: ::core::option::Option<&'static str> = ::core::option::Option::Some(stringify!($alias));
        }

        #[allow(dead_code, non_upper_case_globals)]
        $vis const $alias: $crate::TableOf<$alias> = $crate::TableOf::new();
    };
}

/// Declares a scalar function of the database, by its name and types, for typed queries.
///
/// The macro writes a Rust function that takes columns, expressions and values of these types;
/// `sql_function!(pub fn …);` makes it public. Use an `Option` for an argument that may be NULL,
/// and for a result that may be NULL. Register a function of your own by `Builder::function`. To
/// declare an aggregate, use [`sql_aggregate!`](crate::sql_aggregate!).
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, sql_function};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// sql_function!(fn unicode(text: String) -> i64);
///
/// # async fn run(db: Database) -> Result<()> {
/// let users = User::select().filter(unicode(User::NAME).gt(127)).all(&db).await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! sql_function {
    ($($function:tt)*) => { $crate::__sql_call!(call Expr; $($function)*); };
}

/// Declares an aggregate function of the database, by its name and types, for typed queries.
///
/// The macro is like [`sql_function!`], but the function returns an
/// [`Aggregate`](crate::Aggregate), which has the methods `filter`, `distinct` and `order_by`, and
/// also `over`, which works if the function is a window function in the database. Register an
/// aggregate of your own by `Builder::aggregate`.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table, sql_aggregate};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, team: String, karma: f64 }
/// sql_aggregate!(fn median(of: f64) -> Option<f64>);
///
/// # async fn run(db: Database) -> Result<()> {
/// let teams: Vec<(String, Option<f64>)> = User::select()
///     .group_by(User::TEAM)
///     .columns((User::TEAM, median(User::KARMA)))
///     .all(&db)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! sql_aggregate {
    ($($function:tt)*) => { $crate::__sql_call!(aggregate Aggregate; $($function)*); };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_call {
    (
        $make:ident $kind:ident;
        $(#[$meta:meta])* $vis:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty
    ) => {
        $(#[$meta])*
        #[allow(non_camel_case_types, clippy::type_complexity)]
        $vis fn $name<$($argument: $crate::expr::Operand<$type>),*>(
            $($argument: $argument),*
        ) -> $crate::expr::$kind<$crate::__sql_call!(@scope $($argument, $type;)*), $result> {
            $crate::expr::$make(
                stringify!($name),
                ::std::vec![$($crate::expr::Operand::<$type>::into_node($argument)),*],
            )
        }
    };
    (@scope) => { () };
    (@scope $argument:ident, $type:ty; $($rest:tt)*) => {
        <$argument as $crate::expr::Operand<$type>>::With<$crate::__sql_call!(@scope $($rest)*)>
    };
}
