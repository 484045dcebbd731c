//! Raw SQL with the names, types and pragmas of SQLite.

use std::time::{Duration, SystemTime};

use aio_sql::{Batch, Database, ErrorKind, Record, Result, Table, query, sql};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "odd \"name\"")]
struct Thing {
    #[column(primary_key, auto)]
    id: i64,
    #[column(name = "select")]
    title: String,
    price: Option<f64>,
}

async fn things() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Thing).await?;
    for (title, price) in [("a", Some(1.5)), ("b", None), ("c", Some(3.0))] {
        Thing::insert(NewThing { title: title.into(), price }).execute(&db).await?;
    }
    Ok(db)
}

#[tokio::test]
async fn an_index_that_another_connection_has_just_created_can_be_rebuilt() -> Result<()> {
    let db = things().await?;
    let (one, other) = (db.connect().await?, db.connect().await?);
    assert_eq!(Thing::select().count(&other).await?, 3);
    query("create index thing_price on \"odd \"\"name\"\"\" (price)").execute(&one).await?;
    query("reindex thing_price").execute(&other).await?;
    db.close().await
}

async fn lower_things() -> Result<Database> {
    let db = Database::memory().await?;
    db.execute_script(
        "create table things (id INTEGER primary key, name TEXT); insert into things (name) values ('a'), ('b')",
    )
    .await?;
    Ok(db)
}

#[tokio::test]
async fn an_empty_result_has_column_names() -> Result<()> {
    let db = lower_things().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let result = sql!("select id, name as called, 1 + 1 from things where id < 0").result(ex).await?;
        assert_eq!(result.columns, ["id", "called", "1 + 1"]);
        assert!(result.returns_rows() && result.rows.is_empty());
        assert_eq!(result.outcome.rows_affected, 0);
        let result = query("update things set name = name where id < 0 returning id").result(ex).await?;
        assert_eq!((result.columns.as_slice(), result.rows.len()), (["id".to_owned()].as_slice(), 0));
    }
    let tx = conn.begin().await?;
    assert_eq!(sql!("select id from things where false").result(&tx).await?.columns, ["id"]);
    assert_eq!(sql!("select id from things").describe(&tx).await?.len(), 1);
    tx.commit().await?;
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_result_says_whether_the_statement_returns_rows_and_what_it_has_changed() -> Result<()> {
    let db = lower_things().await?;
    let count: i64 = sql!("select count(*) from things").scalar(&db).await?;
    let all = sql!("select * from things").result(&db).await?;
    assert_eq!(all.rows.len() as i64, count);
    assert_eq!(all.rows[0].columns(), all.columns);
    for (text, returns_rows, changed) in [
        ("update things set name = 'x'", false, count),
        ("update things set name = 'y' returning name", true, count),
        ("create table other (x)", false, 0),
        ("insert into other values (1)", false, 1),
        ("pragma user_version", true, 0),
        ("explain query plan select 1", true, 0),
    ] {
        let result = query(text).result(&db).await?;
        assert_eq!((result.returns_rows(), result.outcome.rows_affected as i64), (returns_rows, changed), "{text}");
    }
    let inserted = query("insert into other values (2)").result(&db).await?;
    assert_eq!(inserted.outcome.last_insert_id, Some(2));
    let error = query("select * from nowhere").result(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql);
    db.close().await
}

#[tokio::test]
async fn a_described_column_has_the_type_that_its_table_declares() -> Result<()> {
    let db = lower_things().await?;
    let conn = db.connect().await?;
    sql!("create temp table own (x INTEGER, y)").execute(&conn).await?;
    let own = sql!("select y, x from own").describe(&conn).await?;
    assert_eq!((own[0].name.as_str(), own[0].declared_type.as_deref()), ("y", None));
    assert_eq!((own[1].name.as_str(), own[1].declared_type.as_deref()), ("x", Some("INTEGER")));
    for ex in [&*db, &*conn] {
        let ids = [1, 2];
        let columns =
            sql!("select id, name as called, id + {1} as next from things where id in ({ids})").describe(ex).await?;
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "called", "next"]);
        assert_eq!(columns[0].declared_type.as_deref(), Some("INTEGER"));
        assert_eq!(columns[2].declared_type, None, "an expression");
    }
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_value_in_a_part_of_a_text_is_bound_in_the_form_of_the_column_beside_it() -> Result<()> {
    #[derive(Table)]
    struct Job {
        #[column(primary_key)]
        id: i64,
        #[column(time = "unix_seconds")]
        due: SystemTime,
    }
    let db = Database::memory().await?;
    db.create(Job).await?;
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    Job::insert_all([Job { id: 1, due: at(100) }, Job { id: 2, due: at(200) }]).execute(&db).await?;
    let late = at(150);
    let (value, condition) = (sql!("{late}"), sql!("{Job::DUE} > {late}"));
    let ids: Vec<i64> = sql!("select id from {Job} where {Job::DUE} > {value} and {condition}").all(&db).await?;
    assert_eq!(ids, [2]);
    let plain = sql!("select id from {Job} where due > {value}").all::<i64>(&db).await;
    let error = plain.expect_err("the text names the column without braces");
    assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
    db.close().await
}

#[tokio::test]
async fn a_raw_source_is_not_read_by_ambiguous_column_names() -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Pair {
        id: i64,
        other: i64,
    }
    let db = things().await?;
    let pairs = |columns: &str| {
        query(format!("select {columns} from \"odd \"\"name\"\"\" a join \"odd \"\"name\"\"\" b on a.id < b.id"))
    };
    let pairs = |columns: &str| pairs(columns).rows(Pair);
    let ambiguous = || pairs("a.id, b.ID, b.id as other");
    let fails = |error: Option<aio_sql::Error>| {
        let error = error.expect("two columns are called `id`");
        assert_eq!(error.kind(), &ErrorKind::Usage);
        assert!(error.to_string().contains("2 columns with the name `id`, which `Pair` reads"), "{error}");
    };
    fails(ambiguous().select().all(&db).await.err());
    fails(ambiguous().select().columns(Pair::OTHER).one(&db).await.err());
    fails(ambiguous().select().count(&db).await.err());
    fails(ambiguous().select().stream(&db).next().await.expect("an error").err());
    fails(Thing::select().join_on(ambiguous(), Pair::ID.eq(Thing::ID)).all(&db).await.err());
    fails(Batch::new().all(ambiguous().select()).run(&db).await.err());
    let among = Thing::select().filter(Thing::ID.is_in(ambiguous().select().columns(Pair::OTHER)));
    fails(among.all(&db).await.err());
    let delete = Thing::delete().filter(Thing::ID.is_in(ambiguous().select().columns(Pair::OTHER)));
    fails(delete.execute(&db).await.err());
    assert_eq!(Thing::select().count(&db).await?, 3);
    assert_eq!(
        pairs("1 as x, 2 as x, a.id, b.id as other").select().all(&db).await?.len(),
        3,
        "what is not read is no matter"
    );
    db.close().await
}
