//! Lists of columns of one table.

use crate::expr::Column;
use crate::tuple::for_each_tuple;

/// One column of the table `T`, or a tuple of columns.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana = || NewUser { name: "Dana".into(), karma: 9 };
/// let upsert = User::insert(dana()).on_conflict(User::NAME).do_update();
/// upsert.set_excluded((User::NAME, User::KARMA)).execute(&db).await?;
/// assert_eq!(User::find(1).one(&db).await?.karma, 9);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "expected columns of `{T}`, not a `{Self}`",
    label = "expected a column of `{T}`, or a tuple of them"
)]
pub trait ColumnsOf<T> {
    /// Appends the names of the columns to `to`.
    fn append_names(self, to: &mut Vec<&'static str>);
}

#[diagnostic::do_not_recommend]
impl<T, V, K> ColumnsOf<T> for Column<T, V, K> {
    fn append_names(self, to: &mut Vec<&'static str>) {
        to.push(self.name());
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<T, $($name: ColumnsOf<T>),+> ColumnsOf<T> for ($($name,)+) {
            fn append_names(self, to: &mut Vec<&'static str>) {
                $(self.$index.append_names(to);)+
            }
        }
    };
}
for_each_tuple!(tuples);
