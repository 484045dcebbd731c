//! `aio-sql query`

use aio_sql::report::QueryResult;
use aio_sql::rusqlite::Connection;
use aio_sql::{Database, Dialect, ErrorKind, Row, Value, query};
use serde_json::json;

use crate::args::Query;
use crate::commands::{Context, sql_of};
use crate::error::{Error, Exit, Result};
use crate::output::{count, table, to_stdout};
use crate::place::Mistake;
use crate::uuid::hyphenated;

/// Runs a statement and shows its rows.
pub(super) async fn run(context: &Context, arguments: &Query) -> Result<Exit> {
    let sql = sql_of(&arguments.sql)?;
    let address = context.address()?;
    let db = if arguments.write { address.open().await? } else { address.open_read_only().await? };
    let outcome = async {
        let forms = Forms::of(&db, &sql).await;
        Ok::<_, Error>((result(&db, &sql, arguments.write).await?, forms))
    }
    .await;
    db.close().await?;
    let (result, forms) = outcome?;
    if arguments.csv {
        to_stdout(csv(&result, &forms)?.trim_end());
        return Ok(Exit::Success);
    }
    let output = context.output;
    if result.returns_rows() {
        let columns: Vec<&str> = result.columns.iter().map(String::as_str).collect();
        let texts = result.rows.iter().map(|row| forms.each(row, text_of));
        output.line(table(&columns, texts));
        output.line(count(result.rows.len() as u64, "row"));
        let rows: Vec<_> = result.rows.iter().map(|row| forms.each(row, json_of)).collect();
        output.json(&json!({ "columns": result.columns, "rows": rows }));
    } else {
        output.line(format!("{} changed", count(result.outcome.rows_affected, "row")));
        output.json(&json!({ "rows_affected": result.outcome.rows_affected }));
    }
    Ok(Exit::Success)
}

/// In which form the values of a column are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Bool,
    Uuid,
    /// A decimal with at least this number of places.
    Decimal(usize),
}

/// The forms of the columns of a result. A server has types for truth values and UUIDs, which
/// arrive as numbers and bytes, and for decimals with a number of places, which arrive without
/// the zeros at their end.
struct Forms(Vec<Form>);

impl Forms {
    async fn of(db: &Database, sql: &str) -> Forms {
        if db.dialect() == Dialect::Sqlite {
            return Forms(Vec::new());
        }
        // A mistake in the statement is reported when it runs.
        let columns = query(sql).describe(db).await.unwrap_or_default();
        let form = |ty: Option<&str>| match ty {
            Some("boolean") => Form::Bool,
            Some("uuid") => Form::Uuid,
            Some(ty) => places(ty).map_or(Form::Plain, Form::Decimal),
            None => Form::Plain,
        };
        Forms(columns.iter().map(|column| form(column.declared_type.as_deref())).collect())
    }

    fn each<T>(&self, row: &Row, show: impl Fn(&Value, Form) -> T) -> Vec<T> {
        let form = |place: usize| self.0.get(place).copied().unwrap_or(Form::Plain);
        row.values().iter().enumerate().map(|(place, value)| show(value, form(place))).collect()
    }
}

/// Returns the number of places of a type such as `numeric(10,2)`.
fn places(ty: &str) -> Option<usize> {
    ty.strip_prefix("numeric(")?.strip_suffix(')')?.split_once(',')?.1.parse().ok()
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
    if db.dialect() != Dialect::Sqlite {
        return error.into();
    }
    let text = sql.to_owned();
    let mistake = db.run_read(move |connection: &mut Connection| Mistake::in_statement(connection, &text)).await;
    match mistake {
        Ok(Some(mistake)) => mistake.error("statement", sql),
        _ => error.into(),
    }
}

fn text_of(value: &Value, form: Form) -> String {
    match (value, form) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Blob(bytes), Form::Plain) => format!("x'{}'", hexadecimal(bytes)),
        _ => plain(value, form),
    }
}

fn plain(value: &Value, form: Form) -> String {
    match (value, form) {
        (Value::Integer(integer), Form::Bool) => (*integer != 0).to_string(),
        (Value::Integer(integer), _) => integer.to_string(),
        (Value::Real(real), _) => format!("{real:?}"),
        (Value::Text(text), _) => text.clone(),
        (Value::Blob(bytes), form) => match <[u8; 16]>::try_from(bytes.as_slice()) {
            Ok(bytes) if form == Form::Uuid => hyphenated(bytes),
            _ => hexadecimal(bytes),
        },
        (Value::Null, _) => String::new(),
        (value @ Value::Decimal { .. }, Form::Decimal(places)) => with_places(plain(value, Form::Plain), places),
        // Times and decimals.
        (value, _) => match value.clone().into_text_form() {
            Value::Text(text) => text,
            _ => String::new(),
        },
    }
}

/// Appends zeros to a decimal up to a number of places.
fn with_places(mut decimal: String, places: usize) -> String {
    let present = decimal.split_once('.').map_or(0, |(_, places)| places.len());
    if present < places {
        decimal.push_str(if present == 0 { "." } else { "" });
        decimal.push_str(&"0".repeat(places - present));
    }
    decimal
}

/// Returns a value as JSON. Bytes are an object, so that they differ from text.
fn json_of(value: &Value, form: Form) -> serde_json::Value {
    match (value, form) {
        (Value::Null, _) => serde_json::Value::Null,
        (Value::Integer(integer), Form::Bool) => json!(*integer != 0),
        (Value::Integer(integer), _) => json!(integer),
        (Value::Real(real), _) if real.is_finite() => json!(real),
        (Value::Blob(bytes), Form::Plain) => json!({ "hex": hexadecimal(bytes) }),
        (value, form) => json!(plain(value, form)),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn csv(result: &QueryResult, forms: &Forms) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Error::new(format!("the rows cannot be written as CSV: {error}"));
    if result.returns_rows() {
        writer.write_record(&result.columns).map_err(failed)?;
    }
    for row in &result.rows {
        writer.write_record(forms.each(row, plain)).map_err(failed)?;
    }
    let bytes =
        writer.into_inner().map_err(|error| Error::new(format!("the rows cannot be written as CSV: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
