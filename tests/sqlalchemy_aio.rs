//! The features of sqlalchemy_aio, one by one, in this library.

use aio_sql::{Database, Dialect, ErrorKind, Outcome, Result, Row, Table, sql};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[derive(Table, Clone, Debug)]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = User::ID)]
    user_id: i64,
}

async fn with_users(db: &Database) -> Result<()> {
    db.create(User).await?;
    User::insert_all(["Jeremy", "Natalie", "Dan", "Casey", "Dana"].map(|name| NewUser { name: name.into() }))
        .execute(db)
        .await?;
    Ok(())
}

#[on_every_database]
async fn conn_close_and_closed_and_use_after_close(db: Database) -> Result<()> {
    with_users(&db).await?;
    let conn = db.connect().await?;
    let clone = conn.clone();
    assert!(!conn.is_closed());
    conn.close().await?;
    assert!(clone.is_closed());
    let error = User::select().all(&clone).await.expect_err("the connection is closed");
    assert_eq!(error.kind(), &ErrorKind::Closed);
    assert!(error.is_closed());
    db.close().await
}

#[on_every_database(except pooler = Misused("a temporary table would stay in a session"))]
async fn conn_connect_is_a_clone_that_shares_the_session_and_the_queue(db: Database) -> Result<()> {
    with_users(&db).await?;
    let conn = db.connect().await?;
    let branch = conn.clone();
    sql!("create temp table seen (id integer)").execute(&conn).await?;
    sql!("insert into seen values (7)").execute(&branch).await?;
    assert_eq!(sql!("select id from seen").scalar::<i64>(&conn).await?, 7);
    db.close().await
}

#[on_every_database]
async fn engine_execute_and_engine_scalar(db: Database) -> Result<()> {
    with_users(&db).await?;
    let outcome = sql!("update users set name = upper(name) where id > 3").execute(&db).await?;
    assert_eq!(outcome.rows_affected, 2);
    assert_eq!(sql!("select count(*) from users").scalar::<i64>(&db).await?, 5);
    db.close().await
}

#[on_every_database]
async fn conn_execute_and_conn_scalar(db: Database) -> Result<()> {
    with_users(&db).await?;
    let conn = db.connect().await?;
    User::insert(NewUser { name: "Isaac".into() }).execute(&conn).await?;
    assert_eq!(sql!("select max(id) from users").scalar::<i64>(&conn).await?, 6);
    db.close().await
}

#[on_every_database]
async fn engine_begin_commits_at_the_end_and_rolls_back_on_an_error(db: Database) -> Result<()> {
    with_users(&db).await?;
    db.transaction(|tx| async move { User::delete().filter(User::ID.eq(1)).execute(&tx).await }).await?;
    assert_eq!(User::select().count(&db).await?, 4);
    let failed: Result<()> = db
        .transaction(|tx| async move {
            User::delete().all_rows().execute(&tx).await?;
            sql!("select no_such_column").execute(&tx).await?;
            Ok(())
        })
        .await;
    assert_eq!(failed.expect_err("the statement fails").kind(), &ErrorKind::Sql);
    assert_eq!(User::select().count(&db).await?, 4);
    db.close().await
}

#[on_every_database]
async fn conn_begin_commit_rollback_and_close(db: Database) -> Result<()> {
    with_users(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(1)).execute(&tx).await?;
    tx.commit().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(2)).execute(&tx).await?;
    tx.rollback().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(3)).execute(&tx).await?;
    drop(tx);
    assert_eq!(User::select().count(&conn).await?, 4);
    db.close().await
}

#[on_every_database]
async fn conn_begin_nested_is_a_savepoint(db: Database) -> Result<()> {
    with_users(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(1)).execute(&tx).await?;
    let nested = tx.begin().await?;
    User::delete().all_rows().execute(&nested).await?;
    nested.rollback().await?;
    let nested = tx.begin().await?;
    User::delete().filter(User::ID.eq(2)).execute(&nested).await?;
    nested.commit().await?;
    tx.commit().await?;
    assert_eq!(User::select().count(&conn).await?, 3);
    db.close().await
}

#[on_every_database]
async fn conn_in_transaction(db: Database) -> Result<()> {
    with_users(&db).await?;
    let conn = db.connect().await?;
    assert!(!conn.in_transaction());
    let tx = conn.begin().await?;
    assert!(conn.in_transaction() && tx.in_transaction() && !db.in_transaction());
    let ended = tx.clone();
    tx.commit().await?;
    assert!(!conn.in_transaction() && !ended.in_transaction());
    db.close().await
}

#[on_every_database]
async fn has_table_and_table_names(db: Database) -> Result<()> {
    with_users(&db).await?;
    assert!(db.has_table("users").await?);
    assert!(!db.has_table("posts").await?);
    sql!("create table \"Apples\" (id integer primary key)").execute(&db).await?;
    assert_eq!(db.table_names().await?, ["Apples", "users"]);
    db.close().await
}

#[on_every_database]
async fn dialect_and_hidden_parameters(db: Database) -> Result<()> {
    with_users(&db).await?;
    assert_eq!(db.dialect().name(), if db.dialect() == Dialect::Sqlite { "sqlite" } else { "postgres" });
    let secret = "correct horse";
    let error = sql!("insert into users (id, name) values (1, {secret})").execute(&db).await.expect_err("1 is taken");
    assert!(!format!("{error} {error:?}").contains(secret));
    db.close().await
}

#[on_every_database]
async fn results_fetchone_fetchmany_fetchall_async_for_scalar_first_keys_close(db: Database) -> Result<()> {
    with_users(&db).await?;
    let by_id = User::select().order_by(User::ID);
    assert_eq!(by_id.clone().one(&db).await?.name, "Jeremy");
    assert_eq!(by_id.clone().filter(User::ID.gt(9)).optional(&db).await?, None);
    assert_eq!(by_id.clone().all(&db).await?.len(), 5);
    let mut stream = by_id.clone().stream(&db);
    let mut names = Vec::new();
    while let Some(user) = stream.next().await {
        names.push(user?.name);
    }
    assert_eq!(names, ["Jeremy", "Natalie", "Dan", "Casey", "Dana"]);
    assert_eq!(by_id.columns(User::NAME).scalar(&db).await?, "Jeremy");
    let row: Row = sql!("select id, name as who from users order by id").one(&db).await?;
    assert_eq!(row.columns(), ["id", "who"]);
    // A stream that is dropped early returns its connection, so that closing does not wait for it.
    let mut stream = User::select().stream(&db);
    assert!(stream.next().await.is_some());
    drop(stream);
    db.close().await
}

#[on_every_database]
async fn results_returns_rows_rowcount_inserted_primary_key(db: Database) -> Result<()> {
    with_users(&db).await?;
    let outcome = User::insert(NewUser { name: "Isaac".into() }).execute(&db).await?;
    assert_eq!(outcome, Outcome { rows_affected: 1, last_insert_id: Some(6) });
    let outcome = User::update().set(User::NAME, "x").filter(User::ID.le(2)).execute(&db).await?;
    assert_eq!(outcome, Outcome { rows_affected: 2, last_insert_id: None });
    let outcome = sql!("create table other (id integer)").execute(&db).await?;
    assert_eq!(outcome, Outcome::default());
    let stored = User::insert(NewUser { name: "Sally".into() }).one(&db).await?;
    assert_eq!(stored, User { id: 7, name: "Sally".into() });
    db.close().await
}

#[on_every_database]
async fn create_table_and_drop_table_as_statements(db: Database) -> Result<()> {
    db.create(User).await?;
    assert!(db.has_table("users").await?);
    db.drop(User).await?;
    assert!(!db.has_table("users").await?);
    let ddl = db.dialect().ddl(User)?;
    assert_eq!(ddl.len(), 1);
    let columns = match db.dialect() {
        Dialect::Sqlite => {
            "(\n    \"id\" INTEGER CONSTRAINT \"pk_users\" PRIMARY KEY NOT NULL,\n    \"name\" TEXT NOT NULL\n) STRICT"
        }
        _ => {
            "(\n    \"id\" bigint CONSTRAINT \"pk_users\" PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n    \"name\" text NOT NULL COLLATE \"C\"\n)"
        }
    };
    assert_eq!(ddl[0], format!("CREATE TABLE \"users\" {columns}"));
    sql!("create table users (id integer)").execute(&db).await?;
    db.close().await
}

#[on_every_database]
async fn metadata_create_all_in_the_order_of_the_foreign_keys(db: Database) -> Result<()> {
    db.create_all((Post, User)).await?;
    assert_eq!(db.table_names().await?, ["post", "users"]);
    let ddl = db.dialect().ddl((Post, User))?.join("\n");
    assert!(ddl.find("\"users\"") < ddl.find("\"post\""));
    db.drop_all((User, Post)).await?;
    assert!(db.table_names().await?.is_empty());
    db.close().await
}

#[on_every_database]
async fn already_quit_is_closed(db: Database) -> Result<()> {
    with_users(&db).await?;
    let clone = db.clone();
    let conn = db.connect().await?;
    db.close().await?;
    assert!(clone.is_closed());
    assert_eq!(User::select().all(&clone).await.expect_err("closed").kind(), &ErrorKind::Closed);
    assert_eq!(User::select().all(&conn).await.expect_err("closed").kind(), &ErrorKind::Closed);
    assert_eq!(clone.connect().await.expect_err("closed").kind(), &ErrorKind::Closed);
    assert_eq!(clone.begin().await.expect_err("closed").kind(), &ErrorKind::Closed);
    clone.close().await
}

#[on_every_database]
async fn an_in_memory_database_is_used_from_several_threads(db: Database) -> Result<()> {
    with_users(&db).await?;
    let (one, two) = (db.connect().await?, db.connect().await?);
    User::insert(NewUser { name: "Isaac".into() }).execute(&one).await?;
    assert_eq!(User::select().count(&two).await?, 6);
    assert_eq!(User::select().count(&db).await?, 6);
    db.close().await
}
