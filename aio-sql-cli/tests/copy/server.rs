//! The databases of the tests: files, and schemas of the server that all tests of a process share.

use aio_sql::rusqlite::Connection;
use aio_sql::{Database, query};
use servers::postgres::shared;

use crate::package::{Answer, Folder};

/// Returns the address of an empty schema; `None` if tests that need a server are left out.
pub(crate) async fn schema() -> Option<String> {
    let schema = shared()?.create_schema().await.unwrap();
    Some(schema.address().to_owned())
}

/// Runs a script on a database.
pub(crate) async fn script(address: &str, text: &str) {
    let db = Database::open(address).await.unwrap();
    db.execute_script(text).await.unwrap();
    db.close().await.unwrap();
}

/// Returns the only value of a query.
pub(crate) async fn number(address: &str, text: &str) -> i64 {
    let db = Database::open(address).await.unwrap();
    let value = query(text).scalar(&db).await.unwrap();
    db.close().await.unwrap();
    value
}

/// A folder with the file `from.db`, which a script has filled, and the file's address.
pub(crate) fn file(text: &str) -> (Folder, String) {
    let folder = Folder::new();
    let path = folder.path("from.db").to_str().unwrap().to_owned();
    // Not by the library, which would check the foreign keys.
    let file = Connection::open(&path).unwrap();
    file.execute_batch(&format!("pragma foreign_keys = off; {text}")).unwrap();
    file.close().unwrap();
    (folder, path)
}

/// Copies one database into another.
pub(crate) fn copy(folder: &Folder, from: &str, to: &str, options: &[&str]) -> Answer {
    folder.run_each(&[&["copy", from, to], options].concat())
}
