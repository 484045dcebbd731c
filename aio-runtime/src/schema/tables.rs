//! Several tables, for `create_all` and similar methods.

use super::TableDef;

/// Tables given as a table, as a tuple of tables, or as an array or `Vec` of tables or their
/// definitions.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// # #[derive(Table)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key)] id: i64 }
/// # #[derive(Table)] #[table(crate = "aio_runtime")]
/// # struct Post { #[column(primary_key)] id: i64 }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Database::memory().await?;
/// db.create_all((User, Post)).await?; // tables
/// db.create_if_missing(vec![User::TABLE, Post::TABLE]).await?; // their definitions
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table or a tuple of tables",
    label = "expected `User`, `(User, Post)` or a list of definitions"
)]
pub trait Tables {
    /// Returns the definitions of the tables.
    fn definitions(&self) -> Vec<&'static TableDef>;
}

#[diagnostic::do_not_recommend]
impl Tables for &'static TableDef {
    fn definitions(&self) -> Vec<&'static TableDef> {
        vec![self]
    }
}

#[diagnostic::do_not_recommend]
impl<T: Tables> Tables for Vec<T> {
    fn definitions(&self) -> Vec<&'static TableDef> {
        self.iter().flat_map(Tables::definitions).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Tables, const N: usize> Tables for [T; N] {
    fn definitions(&self) -> Vec<&'static TableDef> {
        self.iter().flat_map(Tables::definitions).collect()
    }
}

macro_rules! tuples {
    ($(($name:ident $proof:ident $index:tt))+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: Tables),+> Tables for ($($name,)+) {
            fn definitions(&self) -> Vec<&'static TableDef> {
                let mut all = Vec::new();
                $(all.extend(self.$index.definitions());)+
                all
            }
        }
    };
}
crate::tuple::for_each_tuple!(tuples);
