//! The time limit of requests.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use crate::Settings;
use crate::errors::{ApiError, Result};

/// Answers with 503 if a request takes too long. The future of its handler is dropped: a running
/// query is stopped, and an open transaction is rolled back.
///
/// # Errors
/// 503 if the time has run out.
pub async fn limit(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Result<Response> {
    tokio::time::timeout(settings.request_timeout, next.run(request))
        .await
        .map_err(|_| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "the request took too long"))
}
