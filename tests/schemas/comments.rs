//! Comments on tables and columns, which PostgreSQL stores.

use aio_sql::{Database, Dialect, Inspect, Result, Table};
use servers::on_every_database;

use crate::with_schemas;

#[derive(Table, Clone, Debug)]
#[table(schema = "s_comments", name = "account", comment = "who may log in, it's \"all\"")]
struct Account {
    #[column(primary_key, auto, comment = "given by the database")]
    id: i64,
    #[column(comment = "in lower case")]
    email: String,
    name: String,
}

/// The same table without comments.
#[derive(Table, Clone, Debug)]
#[table(schema = "s_comments", name = "account")]
struct Plain {
    #[column(primary_key, auto)]
    id: i64,
    email: String,
    name: String,
}

#[on_every_database]
async fn comments_of_a_struct_are_stored_where_the_database_has_comments(db: Database) -> Result<()> {
    let db = with_schemas(db, &["s_comments"]).await?;
    db.create(Account).await?;
    let schema = db.inspect_with(Inspect::new().schema("s_comments")).await?;
    let table = schema.table("account").expect("it was just created");
    let comments: Vec<_> = table.columns().iter().map(|column| column.comment()).collect();
    match db.dialect() {
        Dialect::Sqlite => assert_eq!((table.comment(), comments), (None, vec![None; 3])),
        _ => {
            assert_eq!(table.comment(), Some("who may log in, it's \"all\""));
            assert_eq!(comments, [Some("given by the database"), Some("in lower case"), None]);
            let declared = db.schema_of(Account).await?;
            assert_eq!(declared.table("account").and_then(|table| table.comment()), table.comment());
        }
    }
    Ok(())
}

#[on_every_database]
async fn a_comment_is_no_part_of_the_shape_of_a_table(db: Database) -> Result<()> {
    let db = with_schemas(db, &["s_comments"]).await?;
    db.create(Plain).await?;
    db.create_if_missing(Account).await?;
    let found = db.inspect_with(Inspect::new().schema("s_comments")).await?;
    let wanted = db.schema_of(Account).await?;
    let differences: Vec<_> = wanted.differences(&found)?.iter().map(ToString::to_string).collect();
    assert_eq!(differences, [""; 0]);
    Ok(())
}
