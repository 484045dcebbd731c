//! The argument of `limit`, `offset`, `limit_per_parent` and `page`.

/// A number of rows, for `limit`, `offset` and similar methods: a value of any integer type. If it
/// is negative, the statement fails with
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), because clients of a program often
/// choose this number.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::ErrorKind;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let users = |limit: i32| User::select().order_by(User::ID).limit(limit).all(&db);
/// assert_eq!(users(1).await?.len(), 1);
/// let error = users(-1).await.unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::InvalidInput));
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is not a number of rows", label = "expected an integer")]
pub trait RowCount {
    /// Returns the number. A number above `i64::MAX` becomes `i64::MAX`, because no database has
    /// that many rows.
    fn rows(self) -> i64;
}

macro_rules! row_counts {
    ($($type:ident)+) => { $(
        #[diagnostic::do_not_recommend]
        impl RowCount for $type {
            fn rows(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
        }
    )+ };
}
row_counts! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }
