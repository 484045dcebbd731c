//! `aio-sql query`

use aio_sql::rusqlite::Connection;
use aio_sql::{Database, ErrorKind, Value, query, report::QueryResult};
use serde_json::json;

use crate::args::Query;
use crate::commands::{Context, sql_of};
use crate::error::{Error, Exit, Result};
use crate::output::{count, table, to_stdout};
use crate::place::Mistake;

/// Runs a statement and shows its rows.
pub(super) async fn run(context: &Context, arguments: &Query) -> Result<Exit> {
    let sql = sql_of(&arguments.sql)?;
    let address = context.address()?;
    let db = if arguments.write { address.open().await? } else { address.open_read_only().await? };
    let outcome = result(&db, &sql, arguments.write).await;
    db.close().await?;
    let result = outcome?;
    if arguments.csv {
        to_stdout(csv(&result)?.trim_end());
        return Ok(Exit::Success);
    }
    let output = context.output;
    let rows: Vec<_> = result.rows.iter().map(|row| row.values().iter().map(json_of).collect::<Vec<_>>()).collect();
    if result.returns_rows() {
        let columns: Vec<&str> = result.columns.iter().map(String::as_str).collect();
        output.line(table(&columns, result.rows.iter().map(|row| row.values().iter().map(text_of).collect())));
        output.line(count(result.rows.len() as u64, "row"));
        output.json(&json!({ "columns": result.columns, "rows": rows }));
    } else {
        output.line(format!("{} changed", count(result.outcome.rows_affected, "row")));
        output.json(&json!({ "rows_affected": result.outcome.rows_affected }));
    }
    Ok(Exit::Success)
}

async fn result(db: &Database, sql: &str, writes: bool) -> Result<QueryResult> {
    match query(sql).result(db).await {
        Ok(result) => Ok(result),
        Err(error) => {
            let is_write = !writes && matches!(error.kind(), ErrorKind::ReadOnly);
            let error = placed(db, sql, error).await;
            Err(if is_write { error.help("pass `--write` if the statement shall change the database") } else { error })
        }
    }
}

/// Returns the error of a statement, with the place of the mistake in the text if SQLite tells it.
pub(super) async fn placed(db: &Database, sql: &str, error: aio_sql::Error) -> Error {
    let text = sql.to_owned();
    let mistake = db.run_read(move |connection: &mut Connection| Mistake::in_statement(connection, &text)).await;
    match mistake {
        Ok(Some(mistake)) => mistake.error("statement", sql),
        _ => error.into(),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Blob(bytes) => format!("x'{}'", hexadecimal(bytes)),
        value => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => format!("{real:?}"),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => hexadecimal(bytes),
        // The other values are times and decimals. SQLite has no types for them, and returns none.
        _ => String::new(),
    }
}

/// Returns a value as JSON. Bytes are an object, so that they differ from text.
fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(integer) => json!(integer),
        Value::Real(real) if real.is_finite() => json!(real),
        Value::Blob(bytes) => json!({ "hex": hexadecimal(bytes) }),
        value => json!(plain(value)),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn csv(result: &QueryResult) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Error::new(format!("the rows cannot be written as CSV: {error}"));
    if result.returns_rows() {
        writer.write_record(&result.columns).map_err(failed)?;
    }
    for row in &result.rows {
        let fields = row.values().iter().map(|value| match value {
            Value::Null => String::new(),
            value => plain(value),
        });
        writer.write_record(fields).map_err(failed)?;
    }
    let bytes =
        writer.into_inner().map_err(|error| Error::new(format!("the rows cannot be written as CSV: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
