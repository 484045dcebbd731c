//! How long a request may take.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use crate::Settings;
use crate::errors::{ApiError, Result};

/// Answers with 503 where a request takes too long. Its future is dropped then: a query that runs
/// is stopped, and an open transaction is rolled back.
///
/// # Errors
/// 503 if the time is over.
pub async fn limit(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Result<Response> {
    tokio::time::timeout(settings.request_timeout, next.run(request))
        .await
        .map_err(|_| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "the request took too long"))
}
