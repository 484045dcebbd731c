//! Limits of SQLite: the message of the error gives advice.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

async fn database() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Item).await?;
    Item::insert(NewItem { text: "x".into() }).execute(&db).await?;
    Ok(db)
}

fn repeated(first: &str, more: &str, times: usize) -> String {
    format!("{first}{}", more.repeat(times))
}

#[tokio::test]
async fn a_statement_that_reaches_a_limit_of_sqlite_says_what_to_do() -> Result<()> {
    let db = database().await?;
    let attached = "attach database ':memory:' as ";
    for name in 0..10 {
        db.run(move |raw| raw.execute_batch(&format!("{attached}a{name}"))).await?.expect("as many as may be");
    }
    let cases = [
        (repeated("select 1", " + 1", 1_000), "temporary table"),
        (format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000)), "`WITH`"),
        (repeated("select ?", ", ?", 32_766), "`is_in`"),
        (repeated("select 1", " union all select 1", 500), "`insert_all`"),
        (repeated("select 1 order by 1", ", 1", 2_000), "distinguish rows"),
        (repeated("select 1 group by 1", ", 1", 2_000), "distinguish rows"),
        (repeated("select 1", ", 1", 2_000), "several queries"),
        (format!("create table wide ({})", (0..2_001).map(|n| format!("c{n}")).collect::<Vec<_>>().join(", ")), "JSON"),
        (format!("select max(1{})", ", 1".repeat(1_000)), "again"),
        (repeated("select 1 from items as a0", ", items", 64), "64"),
        (repeated("select 1 from items as a0", ", items", 200), "64"),
        ("select zeroblob(2000000000)".to_owned(), "in a file"),
    ];
    for (text, advice) in cases {
        let error = query(&text).all::<Row>(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Sql, "{error}");
        assert_says(&error, &[advice]);
    }
    let pattern = format!("{SECRET}{}", "%".repeat(50_000));
    let error = failed(sql!("select text like {pattern} from items").all::<Row>(&db).await, ErrorKind::InvalidInput);
    assert_says(&error, &["50000", "`contains`"]);
    let error = Item::select().filter(Item::TEXT.ilike(pattern)).all(&db).await;
    assert_says(&failed(error, ErrorKind::InvalidInput), &["50000", "`contains`"]);
    db.close().await
}
