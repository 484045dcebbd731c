//! Calls that cannot work: the message of the error says what to write instead.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

async fn fill(db: &Database) -> Result<()> {
    db.create(Item).await?;
    Item::insert(NewItem { text: SECRET.into() }).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn an_update_or_delete_of_all_rows_has_to_be_explicit(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = failed(Item::update().set(Item::TEXT, SECRET).execute(&db).await, ErrorKind::Usage);
    assert_says(&error, &["`Item`", ".filter(..)", ".all_rows()"]);
    let error = failed(Item::delete().execute(&db).await, ErrorKind::Usage);
    assert_says(&error, &["`Item`", ".filter(..)", ".all_rows()"]);
    let error = failed(Item::update().all_rows().execute(&db).await, ErrorKind::Usage);
    assert_says(&error, &["`Item`", ".set("]);
    assert_eq!(Item::select().count(&db).await?, 1);
    assert_eq!(Item::delete().all_rows().execute(&db).await?.rows_affected, 1);
    db.close().await
}

#[on_every_database]
async fn a_text_with_several_statements_is_refused(db: Database) -> Result<()> {
    fill(&db).await?;
    for text in [
        "select 1; select 2",
        "delete from items; select 1",
        "insert into items (text) values ('x'); delete from items",
    ] {
        let error = failed(query(text).execute(&db).await, ErrorKind::Usage);
        assert_says(&error, &["several statements", "`execute_script`"]);
        assert_eq!(error.sql(), Some(text));
        failed(query(text).all::<Row>(&db).await, ErrorKind::Usage);
    }
    assert_eq!(Item::select().count(&db).await?, 1, "not even the first ran");
    assert_eq!(query("select 1;").scalar::<i64>(&db).await?, 1);
    assert_eq!(query(" -- one\n select /* two */ 1 ; -- three\n ").scalar::<i64>(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn a_text_without_a_statement_is_an_error(db: Database) -> Result<()> {
    fill(&db).await?;
    for text in ["", " ", "-- nothing", ";"] {
        let error = query(text).execute(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Sql), "`{text}`: {error:?}");
    }
    db.close().await
}

#[on_every_database]
async fn a_wrong_number_of_values_is_an_error(db: Database) -> Result<()> {
    fill(&db).await?;
    let few = query(either(&db, "select ?, ?", "select $1, $2")).bind(SECRET);
    let error = failed(few.one::<Row>(&db).await, ErrorKind::Usage);
    assert_says(&error, &["2 parameters", "1 value"]);
    let many = query(either(&db, "delete from items where text = ?", "delete from items where text = $1"));
    let many = many.bind(SECRET).bind(SECRET);
    let error = failed(many.execute(&db).await, ErrorKind::Usage);
    assert_says(&error, &["1 parameter", "2 values"]);
    failed(query(either(&db, "select ?", "select $1")).scalar::<i64>(&db).await, ErrorKind::Usage);
    failed(query("select 1").bind(SECRET).scalar::<i64>(&db).await, ErrorKind::Usage);
    assert_eq!(Item::select().count(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn a_transaction_begins_and_ends_by_a_call(db: Database) -> Result<()> {
    fill(&db).await?;
    let (conn, tx) = (db.connect().await?, db.begin().await?);
    let cases = [
        ("begin", "`transaction`"),
        ("BEGIN IMMEDIATE", "`transaction`"),
        (" /* now */ Begin", "`transaction`"),
        ("commit", "`Transaction::commit`"),
        ("end transaction", "`Transaction::commit`"),
        ("rollback", "`Transaction::rollback`"),
        ("rollback to x", "`Transaction::rollback`"),
        ("savepoint x", "`Transaction::begin`"),
        ("release x", "`Transaction::commit`"),
    ];
    for (text, advice) in cases {
        for error in [
            query(text).execute(&db).await.unwrap_err(),
            query(text).execute(&conn).await.unwrap_err(),
            query(text).execute(&tx).await.unwrap_err(),
        ] {
            assert_eq!(*error.kind(), ErrorKind::Usage, "{text}: {error}");
            assert_says(&error, &[advice]);
        }
    }
    Item::insert(NewItem { text: "x".into() }).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(Item::select().count(&conn).await?, 2);
    conn.close().await?;
    db.close().await
}

#[on_every_database]
async fn a_list_or_a_name_cannot_be_bound_to_a_question_mark(db: Database) -> Result<()> {
    fill(&db).await?;
    let list = query(either(&db, "select * from items where text in (?)", "select * from items where text in ($1)"));
    let list = list.bind(vec![SECRET.to_owned()]);
    let error = list.all::<Row>(&db).await.unwrap_err();
    assert_says(&error, &["`sql!`"]);
    assert_silent(&error);
    db.close().await
}

#[on_every_database]
async fn a_syntax_error_shows_its_position_and_no_values(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = failed(sql!("selekt {SECRET}").execute(&db).await, ErrorKind::Sql);
    assert_says(&error, &["selekt"]);
    assert_eq!(error.sql(), Some(either(&db, "selekt ?", "selekt $1")));
    let error = failed(sql!("select nothing from items where text = {SECRET}").all::<Row>(&db).await, ErrorKind::Sql);
    assert_says(&error, &["nothing"]);
    let error = failed(sql!("select * from nowhere").all::<Row>(&db).await, ErrorKind::Sql);
    assert_says(&error, &["nowhere"]);
    failed(db.create(Item).await, ErrorKind::Sql);
    db.close().await
}

#[test]
fn debug_of_statements_shows_no_values() -> Result<()> {
    let shown = [
        format!("{:?}", Item::insert(NewItem { text: SECRET.into() })),
        format!("{:?}", Item::select().filter(Item::TEXT.eq(SECRET).or(Item::TEXT.is_in(vec![SECRET; 50])))),
        format!("{:?}", Item::update().set(Item::TEXT, SECRET).filter(Item::TEXT.starts_with(SECRET))),
        format!("{:?}", Item::delete().filter(Item::TEXT.like(SECRET))),
        format!("{:?}", sql!("select {SECRET}")),
        format!("{:?}", query("select ?").bind(SECRET)),
        format!("{:?}", Item::select().filter(Item::TEXT.eq(SECRET)).to_sql(Dialect::Sqlite)?),
        Item::select().filter(Item::TEXT.eq(SECRET)).to_sql(Dialect::Sqlite)?.to_string(),
    ];
    for shown in shown {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    Ok(())
}

#[on_every_database]
async fn a_function_that_panics_in_user_code_can_say_its_error_by_the_question_mark(db: Database) -> Result<()> {
    #[derive(Debug)]
    struct Own(String);
    impl From<Error> for Own {
        fn from(error: Error) -> Own {
            Own(error.to_string())
        }
    }
    fill(&db).await?;
    let result: Result<(), Own> = db
        .try_transaction(|tx| async move {
            Item::delete().all_rows().execute(&tx).await?;
            Err(Own("changed my mind".to_owned()))
        })
        .await;
    assert_eq!(result.unwrap_err().0, "changed my mind");
    assert_eq!(Item::select().count(&db).await?, 1);
    db.close().await
}
