//! Numbers of rows.

/// A number of rows, as `limit` and `offset` take it: any integer. A negative one is an error of
/// the statement, [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), for it is often
/// what a client asks for.
#[diagnostic::on_unimplemented(message = "a `{Self}` is no number of rows", label = "expected an integer")]
pub trait RowCount {
    /// Returns the number. One past `i64::MAX` becomes that: no database has as many rows.
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
