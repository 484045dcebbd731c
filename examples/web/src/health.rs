//! The health check.

use aio_sql::{Database, sql};
use axum::extract::State;

use crate::errors::Result;

/// `GET /health`: answers `ok` if the database can run a query.
///
/// # Errors
/// 503 if the database cannot answer now.
pub async fn health(State(db): State<Database>) -> Result<&'static str> {
    sql!("select 1").scalar::<i64>(&db).await?;
    Ok("ok")
}
