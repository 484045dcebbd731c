//! The errors of the service. Errors of the database are mapped to HTTP statuses only here.

use std::error::Error;
use std::fmt;

use aio_sql::ErrorKind;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A result whose error is a response.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// The response to a request that failed: a status, and a message for the client.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    /// Creates the response with this status and message.
    pub fn new(status: StatusCode, message: impl Into<String>) -> ApiError {
        ApiError { status, message: message.into() }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ApiError {}

/// Returns the status for an error of the database.
fn status_of(error: &aio_sql::Error) -> StatusCode {
    match error.kind() {
        // The request is invalid: a cursor that was changed, an unknown sort column.
        ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound { .. } => StatusCode::NOT_FOUND,
        // The request conflicts with existing rows.
        ErrorKind::Unique { .. } | ErrorKind::ForeignKey { .. } | ErrorKind::Stale { .. } => StatusCode::CONFLICT,
        // A column does not accept a value.
        ErrorKind::Check { .. }
        | ErrorKind::NotNull { .. }
        | ErrorKind::Datatype { .. }
        | ErrorKind::Unstorable { .. }
        | ErrorKind::Raised { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        // The request may succeed if it is sent again later.
        ErrorKind::Closed | ErrorKind::Full => StatusCode::SERVICE_UNAVAILABLE,
        _ if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<aio_sql::Error> for ApiError {
    fn from(error: aio_sql::Error) -> ApiError {
        let status = status_of(&error);
        if status.is_server_error() {
            tracing::error!(%error, sql = error.sql(), "{status}");
            return ApiError::new(status, "the service could not answer");
        }
        // The message names the table and the column, and never contains a value.
        ApiError::new(status, error.to_string())
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> ApiError {
        tracing::error!(%error, "an operation on a file failed");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "the service could not answer")
    }
}

macro_rules! from_rejections {
    ($($rejection:ty),+) => { $(
        impl From<$rejection> for ApiError {
            fn from(rejection: $rejection) -> ApiError {
                ApiError::new(rejection.status(), rejection.body_text())
            }
        }
    )+ };
}

from_rejections!(JsonRejection, PathRejection, QueryRejection);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.message }))).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1")),
            StatusCode::UNAUTHORIZED => headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => None,
        };
        response
    }
}
