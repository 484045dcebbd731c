//! Backups of the database while the service is running.

use std::path::PathBuf;
use std::sync::Arc;

use aio_sql::{Database, Dialect};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::Serialize;

use crate::Settings;
use crate::errors::{ApiError, Result};
use crate::extract::Json;

/// A backup that was made.
#[derive(Serialize, Debug)]
pub struct Backup {
    path: PathBuf,
    bytes: u64,
}

/// `POST /backups`: copies the database into a new file. This route has no time limit.
///
/// # Errors
/// 503 if the disk is full; 501 with PostgreSQL, whose server has its own ways to make backups.
pub async fn create(State(db): State<Database>, State(settings): State<Arc<Settings>>) -> Result<impl IntoResponse> {
    if db.dialect() != Dialect::Sqlite {
        return Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, "the server of the database makes the backups"));
    }
    tokio::fs::create_dir_all(&settings.backups).await?;
    let path = settings.backups.join(format!("tasks-{}.db", Timestamp::now().as_nanosecond()));
    db.backup(&path, |progress| tracing::debug!(progress.copied, progress.total, "backup")).await?;
    let bytes = tokio::fs::metadata(&path).await?.len();
    Ok((StatusCode::CREATED, Json(Backup { path, bytes })))
}
