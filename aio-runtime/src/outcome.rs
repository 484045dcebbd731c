//! The outcome of a statement.

/// The outcome of a statement that is run for its effect, not for its rows.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let eve = NewUser { name: "Eve".into(), karma: 0 };
/// assert_eq!(User::insert(eve).execute(&db).await?.last_insert_id, Some(3));
/// let outcome = User::update().set(User::KARMA, 0).all_rows().execute(&db).await?;
/// assert_eq!((outcome.rows_affected, outcome.last_insert_id), (3, None));
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The number of rows that were inserted, updated or deleted; 0 for other statements. Rows
    /// that triggers and foreign keys change are not counted, except for a statement on a view:
    /// because the view stores no rows, the rows are counted that its INSTEAD OF triggers changed.
    pub rows_affected: u64,
    /// The id of the row that this statement inserted last
    /// (<https://sqlite.org/c3ref/last_insert_rowid.html>). `None` if it inserted no row, if the
    /// rows of the table have no ids (`WITHOUT ROWID`, or with PostgreSQL a primary key that is
    /// not one integer), with PostgreSQL after a raw statement or an insert of many rows, and for
    /// a typed insert that may update an existing row instead (`on_conflict` with `do_update`),
    /// even if the insert did not update a row.
    pub last_insert_id: Option<i64>,
}
