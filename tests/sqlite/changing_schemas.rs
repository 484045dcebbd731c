//! Raw statements while the schema changes: the names, number and values of the columns always
//! belong to the returned rows, and no answer contains data of another statement.

use aio_sql::{Batch, Connection, Database, Record, Result, Row, Table, Value, query, rusqlite};

mod property;
#[path = "../shim/mod.rs"]
#[allow(dead_code, reason = "only the start of a further process is used")]
mod shim;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "t")]
struct Ty {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Record, Debug, PartialEq)]
struct Named {
    b: String,
    id: i64,
}

#[derive(Record, Debug, PartialEq)]
struct Key {
    id: i64,
}

#[derive(Record, Debug, PartialEq)]
struct Rest {
    b: String,
    a: String,
}

#[derive(Record, Debug, PartialEq)]
struct Nested {
    #[record(nested)]
    key: Key,
    #[record(nested)]
    rest: Rest,
}

async fn one_reader(directory: &tempfile::TempDir, name: &str) -> Result<Database> {
    Database::builder(directory.path().join(name).to_str().unwrap()).readers(1).open().await
}

/// Returns the names and values of a row.
fn shown(row: &Row) -> Vec<(String, Value)> {
    row.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn pairs(pairs: &[(&str, Value)]) -> Vec<(String, Value)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

#[tokio::test]
async fn rows_of_a_failed_statement_never_appear_in_other_results() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = (one_reader(&directory, "a.db").await?, one_reader(&directory, "b.db").await?);
    a.execute_script("create table t (id integer primary key, secret text, x); insert into t values (1, 'hidden', 3)")
        .await?;
    b.create(Ty).await?;
    let kept: Vec<Ty> = (1..=3).map(|id| Ty { id, name: format!("own {id}") }).collect();
    b.execute_script("insert into t values (1, 'own 1'), (2, 'own 2'), (3, 'own 3')").await?;
    let read = async || query("select * from t").all::<Row>(&a).await;
    read().await?;
    a.execute_script("alter table t drop column x").await?;
    let second = read().await;
    assert_eq!(Ty::select().order_by(Ty::ID).all(&b).await?, kept, "after {second:?}");
    assert_eq!(shown(&second?[0]), pairs(&[("id", Value::Integer(1)), ("secret", text("hidden"))]));
    a.close().await?;
    b.close().await
}

#[tokio::test]
async fn every_method_returns_values_under_their_current_names() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = one_reader(&directory, "app.db").await?;
    let conn = db.connect().await?;
    const SELECT: &str = "select * from t";
    for ex in [&*db, &*conn] {
        db.execute_script(
            "drop table if exists t; create table t (id integer primary key, a, b); insert into t values (1, 'a', 'b')",
        )
        .await?;
        let tx = async || ex.begin().await;
        query(SELECT).all::<Row>(ex).await?;
        query(SELECT).execute(ex).await?;
        let swap = "alter table t drop column a; alter table t add column a text default 'A'";
        rusqlite::Connection::open(directory.path().join("app.db")).unwrap().execute_batch(swap).unwrap();
        let now = pairs(&[("id", Value::Integer(1)), ("b", text("b")), ("a", text("A"))]);
        let again = async || {
            // Runs the statement between two changes, so that the method that is called next finds
            // it prepared for the columns before the second change.
            let raw = rusqlite::Connection::open(directory.path().join("app.db")).unwrap();
            raw.execute_batch("alter table t drop column a").unwrap();
            query(SELECT).all::<Row>(ex).await.map(drop)?;
            raw.execute_batch("alter table t add column a text default 'A'").unwrap();
            Result::Ok(())
        };
        assert_eq!(shown(&query(SELECT).all::<Row>(ex).await?[0]), now, "all");
        again().await?;
        assert_eq!(shown(&query(SELECT).one::<Row>(ex).await?), now, "one");
        again().await?;
        assert_eq!(query(SELECT).optional::<Row>(ex).await?.as_ref().map(shown), Some(now.clone()), "optional");
        again().await?;
        assert_eq!(query(SELECT).scalar::<i64>(ex).await?, 1, "scalar");
        again().await?;
        let mut stream = query(SELECT).stream::<Row>(ex);
        assert_eq!(stream.next().await.transpose()?.as_ref().map(shown), Some(now.clone()), "stream");
        drop(stream);
        again().await?;
        assert_eq!(query(SELECT).one::<Named>(ex).await?, Named { b: "b".into(), id: 1 }, "a record");
        again().await?;
        let nested = Nested { key: Key { id: 1 }, rest: Rest { b: "b".into(), a: "A".into() } };
        assert_eq!(query(SELECT).one::<Nested>(ex).await?, nested, "nested records");
        again().await?;
        assert_eq!(shown(&Batch::new().one::<Row, _>(query(SELECT)).run(ex).await?.0), now, "a batch");
        again().await?;
        let inside = tx().await?;
        assert_eq!(shown(&query(SELECT).one::<Row>(&inside).await?), now, "a transaction");
        inside.commit().await?;
    }
    drop(conn);
    db.close().await
}

#[tokio::test]
async fn a_write_that_returns_every_column_succeeds_whatever_the_columns_were_before() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = one_reader(&directory, "app.db").await?;
    db.execute_script("create table t (id integer primary key, a, b)").await?;
    let raw = rusqlite::Connection::open(directory.path().join("app.db")).unwrap();
    let insert = async |id: i64| query("insert into t (id) values (?) returning *").bind(id).one::<Row>(&db).await;
    insert(1).await?;
    raw.execute_batch("alter table t drop column b").unwrap();
    assert_eq!(shown(&insert(2).await?), pairs(&[("id", Value::Integer(2)), ("a", Value::Null)]));
    raw.execute_batch("alter table t drop column a; alter table t add column z default 'Z'").unwrap();
    assert_eq!(shown(&insert(3).await?), pairs(&[("id", Value::Integer(3)), ("z", text("Z"))]));
    let update = async || query("update t set id = id where id = 1 returning *").all::<Row>(&db).await;
    update().await?;
    raw.execute_batch("alter table t rename column z to y; alter table t add column x default 'X'").unwrap();
    assert_eq!(shown(&update().await?[0]), pairs(&[("id", Value::Integer(1)), ("y", text("Z")), ("x", text("X"))]));
    let upsert = async || {
        let text = "insert into t (id) values (1) on conflict (id) do update set x = 'U' returning *";
        query(text).one::<Row>(&db).await
    };
    upsert().await?;
    raw.execute_batch("alter table t drop column y").unwrap();
    assert_eq!(shown(&upsert().await?), pairs(&[("id", Value::Integer(1)), ("x", text("U"))]));
    assert_eq!(query("select count(*) from t").scalar::<i64>(&db).await?, 3);
    db.close().await
}

#[tokio::test]
async fn writes_that_share_a_commit_return_values_under_their_current_names() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = one_reader(&directory, "app.db").await?;
    db.execute_script("create table t (id integer primary key, a, b)").await?;
    let insert = || query("insert into t (a, b) values ('a', 'b') returning *").all::<Row>(&db);
    insert().await?;
    let raw = rusqlite::Connection::open(directory.path().join("app.db")).unwrap();
    raw.execute_batch("alter table t add column c default 'C'").unwrap();
    let all = futures_lite::future::zip(insert(), futures_lite::future::zip(insert(), insert())).await;
    for rows in [all.0?, all.1.0?, all.1.1?] {
        assert_eq!(shown(&rows[0])[1..], pairs(&[("a", text("a")), ("b", text("b")), ("c", text("C"))]));
    }
    db.close().await
}

#[tokio::test]
async fn a_recreated_view_returns_its_new_columns() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = one_reader(&directory, "app.db").await?;
    db.execute_script("create table t (a, b, c); insert into t values (1, 2, 3); create view v as select a, b from t")
        .await?;
    let read = async || query("select * from v").one::<Row>(&db).await;
    read().await?;
    for (columns, expected) in
        [("c as a, b", vec![("a", 3), ("b", 2)]), ("b", vec![("b", 2)]), ("*", vec![("a", 1), ("b", 2), ("c", 3)])]
    {
        db.execute_script(format!("drop view v; create view v as select {columns} from t")).await?;
        let expected: Vec<_> = expected.into_iter().map(|(name, value)| (name, Value::Integer(value))).collect();
        assert_eq!(shown(&read().await?), pairs(&expected));
    }
    db.close().await
}

#[tokio::test]
async fn an_empty_result_has_the_current_columns() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = one_reader(&directory, "app.db").await?;
    db.execute_script("create table t (id integer primary key, a)").await?;
    assert_eq!(query("select * from t").all::<Key>(&db).await?, []);
    db.execute_script("alter table t rename column id to number").await?;
    let error = query("select * from t").all::<Key>(&db).await.unwrap_err();
    assert!(error.to_string().contains("it returns: number, a"), "{error}");
    db.close().await
}

/// Returns two connections. The second one reads the schema, and then the first one changes it.
async fn two_connections(db: &Database, change: &str) -> Result<(Connection, Connection)> {
    let (one, other) = (db.connect().await?, db.connect().await?);
    query("create table t (id integer primary key, x, y)").execute(&one).await?;
    query("create index old on t (y)").execute(&one).await?;
    query("select count(*) from t").scalar::<i64>(&other).await?;
    one.execute_script(change).await?;
    Ok((one, other))
}

const CHANGE: &str = "drop index old; alter table t drop column y; create index i on t (x); \
                      create table u (a references t); create unique index j on u (a); \
                      pragma foreign_keys = 0; insert into u values (9)";

#[tokio::test]
async fn a_statement_sees_a_schema_change_that_another_connection_has_just_made() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let statements = [
        "alter table t add column y",
        "alter table t rename column x to y",
        "reindex i",
        "reindex u",
        "analyze i",
        "analyze u",
    ];
    for (number, statement) in statements.into_iter().enumerate() {
        let db = one_reader(&directory, &format!("{number}.db")).await?;
        let (_one, other) = two_connections(&db, CHANGE).await?;
        query(statement).execute(&other).await?;
        let db = one_reader(&directory, &format!("script {number}.db")).await?;
        let (_one, other) = two_connections(&db, CHANGE).await?;
        other.execute_script(format!("select 1; {statement}; select 2")).await?;
        // The statement is run in a transaction that has not read anything before.
        let db = one_reader(&directory, &format!("inside {number}.db")).await?;
        let (_one, other) = two_connections(&db, CHANGE).await?;
        let tx = other.begin().await?;
        query(statement).execute(&tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_pragma_sees_a_schema_change_that_another_connection_has_just_made() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let pragmas = [
        ("pragma index_info(i)", 0, 1),
        ("pragma index_info(old)", 1, 0),
        ("pragma index_xinfo(i)", 0, 2),
        ("pragma index_list(t)", 1, 1),
        ("pragma table_info(t)", 3, 2),
        ("pragma table_xinfo(t)", 3, 2),
        ("pragma table_info(u)", 0, 1),
        ("pragma table_xinfo(u)", 0, 1),
        ("pragma table_list(u)", 0, 1),
        ("pragma index_list(u)", 0, 1),
        ("pragma foreign_key_list(u)", 0, 1),
        ("pragma foreign_key_check(u)", 0, 1),
        ("pragma foreign_key_check", 0, 1),
        ("pragma main.index_info(j)", 0, 1),
        ("select * from pragma_foreign_key_list('u')", 0, 1),
        ("select * from pragma_index_info('i')", 0, 1),
        ("select * from pragma_index_info('old')", 1, 0),
        ("select * from pragma_table_info('t')", 3, 2),
    ];
    let mut wrong = Vec::new();
    for (number, (pragma, before, after)) in pragmas.into_iter().enumerate() {
        let db = one_reader(&directory, &format!("{number}.db")).await?;
        let (one, other) = two_connections(&db, "").await?;
        let rows = async || query(pragma).all::<Row>(&other).await.map_or(0, |rows| rows.len());
        let found_before = rows().await;
        one.execute_script(CHANGE).await?;
        let found = (found_before, rows().await);
        if found != (before, after) {
            wrong.push((pragma, found));
        }
    }
    assert_eq!(wrong, []);
    Ok(())
}

#[tokio::test]
async fn an_invalid_statement_fails_with_its_own_error() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = one_reader(&directory, "app.db").await?;
    let (_one, other) = two_connections(&db, CHANGE).await?;
    for (text, words) in [
        ("alter table t add column x", "duplicate column name: x"),
        ("reindex old", "unable to identify"),
        ("selec 1", "syntax error"),
    ] {
        let error = query(text).execute(&other).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        let error = query(text).execute(&db).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        let error = other.execute_script(text).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    Ok(())
}
