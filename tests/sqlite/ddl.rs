//! Tables of SQLite: which of them belong to the user, and how their SQL is compared.

use aio_sql::{Database, Result};

#[cfg(feature = "rust_decimal")]
mod declared_types;
#[cfg(feature = "regexp")]
mod second_start;

#[tokio::test]
async fn table_names_lists_only_the_tables_of_the_user() -> Result<()> {
    let db = Database::builder(":memory:").readers(2).open().await?;
    db.migrate(&[("first", "create table item (id integer primary key autoincrement, text text)")]).await?;
    // Each reader reads the schema before it changes.
    assert_eq!(tokio::try_join!(db.table_names(), db.table_names())?.0, ["item"]);
    db.execute_script(
        "create virtual table words using fts5(text); create virtual table old using fts4(text);
         create virtual table area using rtree(id, low, high);
         create table words_extra (x); create table \"sqlitE\" (x); create table sqliteish (x); create table aio_sql_x (x);
         create table other_data (x); create view seen as select * from item;
         analyze",
    )
    .await?;
    let expected = ["aio_sql_x", "area", "item", "old", "other_data", "sqlitE", "sqliteish", "words", "words_extra"];
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        assert_eq!(
            tokio::try_join!(ex.table_names(), ex.table_names())?,
            (expected.map(String::from).into(), expected.map(String::from).into())
        );
    }
    assert!(db.has_table("words_data").await? && db.has_table("_aio_sql_migrations").await?, "they are there");
    conn.close().await?;
    db.close().await
}
