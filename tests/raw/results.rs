//! The properties of a raw statement's result that are known before and after it runs: its
//! columns, whether it returns rows, and the changes that it has made.

use super::*;

async fn fill(db: &Database) -> Result<()> {
    db.execute_script(
        "create table things (id integer primary key, name text); insert into things values (1, 'a'), (2, 'b')",
    )
    .await
}

#[on_every_database]
async fn an_empty_result_has_column_names(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let result = sql!("select id, name as called, 1 + 1 as two from things where id < 0").result(ex).await?;
        assert_eq!(result.columns, ["id", "called", "two"]);
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

#[on_every_database]
async fn a_result_says_whether_the_statement_returns_rows_and_what_it_has_changed(db: Database) -> Result<()> {
    fill(&db).await?;
    let count: i64 = sql!("select count(*) from things").scalar(&db).await?;
    let all = sql!("select * from things").result(&db).await?;
    assert_eq!(all.rows.len() as i64, count);
    assert_eq!(all.rows[0].columns(), all.columns);
    for (text, returns_rows, changed) in [
        ("update things set name = 'x'", false, count),
        ("update things set name = 'y' returning name", true, count),
        ("create table other (x integer)", false, 0),
        ("insert into other values (1)", false, 1),
        ("values (1)", true, 0),
    ] {
        let result = query(text).result(&db).await?;
        assert_eq!((result.returns_rows(), result.outcome.rows_affected as i64), (returns_rows, changed), "{text}");
    }
    let error = query("select * from nowhere").result(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql);
    db.close().await
}

#[on_every_database]
async fn the_columns_of_a_statement_are_known_without_running_it(db: Database) -> Result<()> {
    fill(&db).await?;
    let count: i64 = sql!("select count(*) from things").scalar(&db).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let ids = [1, 2];
        let columns =
            sql!("select id, name as called, id + {1} as next from things where id in ({ids})").describe(ex).await?;
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "called", "next"]);
        let declared = columns[0].declared_type.as_deref().expect("a column has a type");
        assert!(declared.eq_ignore_ascii_case("integer"), "{declared}");
        for (text, returns_rows) in [
            ("delete from things", false),
            ("delete from things returning id", true),
            ("drop table things", false),
            ("create table things2 (x integer)", false),
            ("vacuum", false),
            ("values (1)", true),
        ] {
            assert_eq!(!query(text).describe(ex).await?.is_empty(), returns_rows, "{text}");
        }
        for (text, kind) in
            [("select * from nowhere", ErrorKind::Sql), ("commit", ErrorKind::Usage), ("-- nothing", ErrorKind::Usage)]
        {
            assert_eq!(*query(text).describe(ex).await.unwrap_err().kind(), kind, "{text}");
        }
    }
    assert_eq!(sql!("select count(*) from things").scalar::<i64>(&db).await?, count, "nothing has run");
    assert_eq!(db.table_names().await?, ["things"]);
    // After a change of the schema, the described columns are the current ones.
    let star = || sql!("select * from things").describe(&db);
    let before = star().await?.len();
    sql!("alter table things add column further integer").execute(&conn).await?;
    assert_eq!(star().await?.len(), before + 1);
    conn.close().await?;
    let closed = sql!("select 1").describe(&db.clone());
    db.close().await?;
    assert_eq!(*closed.await.unwrap_err().kind(), ErrorKind::Closed);
    Ok(())
}
