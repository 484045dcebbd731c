//! PostgreSQL prepares every text, and returns the same rows as SQLite.

use aio_sql::{Row, Sql, query};

use super::*;

#[path = "../databases/mod.rs"]
mod databases;

#[tokio::test]
async fn postgres_prepares_every_text() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    fill(&db).await?;
    db.execute_script("create function soundex(text) returns text language sql as 'select $1'").await?;
    let texts = every_form(Dialect::Postgres).into_iter().filter_map(|listed| listed.texts.ok()).flatten();
    let conn = db.connect().await?;
    let (mut prepared, mut failures) = (0, Vec::new());
    for SqlText { text, .. } in texts {
        prepared += 1;
        if let Err(error) = conn.execute_script(format!("prepare text_{prepared} as {text}")).await {
            failures.push(format!("{error}\n{text}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(prepared > 150, "{prepared}");
    drop(conn);
    db.close().await
}

/// Creates the tables, and fills them as the guide does.
async fn fill(db: &Database) -> Result<()> {
    open_shop(db).await?;
    db.create_all((Note, Mailing, Fee, Shipment)).await?;
    let note = |id, title: &str, tags: &[&str]| NewNote {
        id,
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        title: title.into(),
    };
    Note::insert_all([note(1, "Ab", &["red", "blue"]), note(2, "aC", &[]), note(3, "b", &["green"])])
        .execute(db)
        .await?;
    Mailing::insert(Mailing { email: "ann@example.org".into(), name: None }).execute(db).await?;
    let fee = |id, price, rate, pieces| Fee { id, price: Decimal::new(price, 2), rate: Decimal::new(rate, 4), pieces };
    Fee::insert_all([fee(1, 250, 1_250, 3), fee(2, -1_001, 5, 0), fee(3, 505, 10_000, -7)]).execute(db).await?;
    Ok(())
}

/// Returns the statement with its values, or `None` if it has a list, which raw SQL cannot have.
fn bound(text: &SqlText) -> Option<Sql> {
    let mut statement = query(text.text.clone());
    for param in &text.params {
        let Param::Value(value) = param else { return None };
        statement = match value.clone() {
            Value::Null => statement.bind(None::<i64>),
            Value::Integer(value) => statement.bind(value),
            Value::Real(value) => statement.bind(value),
            Value::Text(value) => statement.bind(value),
            Value::Blob(value) => statement.bind(value),
            Value::Timestamp { seconds, nanosecond } => {
                let time = Duration::new(seconds.unsigned_abs(), nanosecond);
                statement.bind(SystemTime::UNIX_EPOCH + time)
            }
            _ => return None,
        };
    }
    Some(statement)
}

/// Returns a value in the form that it has on every database.
fn plain(value: &Value) -> String {
    match value.clone().into_text_form() {
        Value::Text(text) if text.starts_with(['[', '{']) => {
            serde_json::from_str::<serde_json::Value>(&text).map_or(text, |json| json.to_string())
        }
        value => written(&Param::Value(value)),
    }
}

async fn rows(db: &Database, texts: &[SqlText]) -> Result<Option<Vec<Vec<String>>>> {
    let tx = db.begin().await?;
    let mut found = Vec::new();
    for text in texts {
        let Some(statement) = bound(text) else { return Ok(None) };
        let rows: Vec<Row> = statement.all(&tx).await?;
        let mut rows: Vec<_> = rows.iter().map(|row| row.values().iter().map(plain).collect()).collect();
        rows.sort();
        found.append(&mut rows);
    }
    tx.rollback().await?;
    Ok(Some(found))
}

/// Statements whose rows differ as long as they are not read as the type that they have: one with
/// a function that only one database has, and values in a document that have another type.
const OTHERWISE: [&str; 3] = ["soundex", "json_extract::<f64>", "value(Json(vec![1, 2]))"];

#[tokio::test]
async fn postgres_returns_the_same_rows() -> Result<()> {
    let Some(db) = databases::postgres().await? else { return Ok(()) };
    let sqlite = Database::memory().await?;
    fill(&db).await?;
    fill(&sqlite).await?;
    let (mut compared, mut differences) = (0, Vec::new());
    for (here, there) in every_form(Dialect::Sqlite).into_iter().zip(every_form(Dialect::Postgres)) {
        if OTHERWISE.iter().any(|code| here.code.contains(code)) {
            continue;
        }
        let (Ok(here), Ok(there)) = (here.texts, there.texts) else { continue };
        // Raw SQL does not know the table whose row is referenced.
        let of_kind = |error: aio_sql::Error| format!("{:?}", std::mem::discriminant(error.kind()));
        let expected = rows(&sqlite, &here).await.map_err(of_kind);
        let found = rows(&db, &there).await.map_err(of_kind);
        match found == expected {
            true => compared += usize::from(found != Ok(None)),
            false => differences.push(format!("{}\n{found:?}\n{expected:?}", there[0].text)),
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    assert!(compared >= 140, "{compared}");
    sqlite.close().await?;
    db.close().await
}
