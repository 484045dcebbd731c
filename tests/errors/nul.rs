//! A NUL character in SQL text: databases read a text only up to that character, and would run
//! this part.

use aio_sql::{Batch, Executor};

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "it\0em")]
struct Odd {
    #[column(primary_key, auto)]
    id: i64,
    #[column(name = "te\0xt")]
    text: String,
}

async fn fill(db: &Database) -> Result<()> {
    db.create(Item).await?;
    Item::insert_all(["a", "b"].map(|text| NewItem { text: text.into() })).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn a_statement_with_a_nul_in_its_text_does_not_run(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    runs_nothing(&db).await?;
    runs_nothing(&conn).await?;
    let tx = conn.begin().await?;
    runs_nothing(&tx).await?;
    tx.commit().await?;
    conn.close().await?;
    db.close().await
}

async fn runs_nothing(ex: &Executor) -> Result<()> {
    const DELETE: &str = "delete from item where id > 0\0 and id < 0";
    refused(query(DELETE).execute(ex).await, "execute");
    refused(query("select * from item\0 where id = 1").all::<Item>(ex).await, "all");
    refused(query("select id from item\0").scalar::<i64>(ex).await, "scalar");
    refused(query("\0select 1").scalar::<i64>(ex).await, "in front");
    refused(query("select 1 -- \0").scalar::<i64>(ex).await, "in a comment");
    refused(query("select 'a\0b'").scalar::<String>(ex).await, "in a literal");
    refused(query("select \"a\0b\" from item").scalar::<String>(ex).await, "in a name");
    refused(query("delete from item returning id\0").all::<i64>(ex).await, "returning");
    refused(query(DELETE).timeout(std::time::Duration::from_secs(60)).execute(ex).await, "with a deadline");
    refused(sql!("delete from item where id > {0}\0 and id < 0").execute(ex).await, "sql!");
    refused(query("select id from item\0").stream::<i64>(ex).next().await.transpose(), "stream");
    refused(query("select id from item\0").explain(ex).await, "explain");
    refused(Batch::new().execute(query("select 1")).execute(query(DELETE)).run(ex).await, "batch");
    refused(ex.execute_script(DELETE).await, "a script");
    refused(ex.execute_script("select 1; delete from item; select 2\0; select 3").await, "the end of a script");
    assert_eq!(Item::select().count(ex).await?, 2, "not even the first statement of a script ran");
    Ok(())
}

#[on_every_database]
async fn a_name_with_a_nul_does_not_run(db: Database) -> Result<()> {
    fill(&db).await?;
    refused(db.create(Odd).await, "create");
    refused(db.create_if_missing((Item, Odd)).await, "create_if_missing");
    refused(Odd::select().all(&db).await, "select");
    refused(Odd::insert(NewOdd { text: "x".into() }).one(&db).await, "insert");
    refused(Odd::insert_all(["x", "y"].map(|text| NewOdd { text: text.into() })).execute(&db).await, "insert_all");
    refused(Odd::update().set(Odd::TEXT, "x").all_rows().execute(&db).await, "update");
    refused(Odd::delete().all_rows().execute(&db).await, "delete");
    let odd = sql!("upper('a\0b')").expr::<String>();
    refused(Item::select().columns(odd).all(&db).await, "an expression");
    refused(Item::select().filter(sql!("id > 0\0 and id < 0").expr::<bool>()).all(&db).await, "a condition");
    assert!(!db.has_table("item\0").await? && !db.has_table("it\0em").await?, "a value may have one");
    assert_eq!(Item::select().count(&db).await?, 2);
    db.close().await
}

#[on_every_database]
async fn a_step_of_a_migration_with_a_nul_does_not_run(db: Database) -> Result<()> {
    fill(&db).await?;
    let cut = "delete from item where id > 0\0 and id < 0";
    refused(db.migrate(&[("cut", cut)]).await, "a step");
    refused(
        db.migrate(&[("other", "create table other (x integer)"), ("cut", "delete from item;\0")]).await,
        "a later step",
    );
    refused(db.migrate(&[("cu\0t", "delete from item")]).await, "a name");
    refused(db.migrate(&[("first", "delete from item"), ("\0", "select 1")]).await, "a later name");
    assert_eq!(Item::select().count(&db).await?, 2);
    db.close().await
}
