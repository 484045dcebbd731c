//! The macro for raw SQL.

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
