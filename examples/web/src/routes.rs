//! The routes, their handlers, and the middleware.

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use tower_http::trace::TraceLayer;

use crate::errors::ApiError;
use crate::{Service, backup, health, metrics, page, search, tags, tasks, timeout, tokens};

/// Returns the service as a router.
pub fn app(service: Service) -> Router {
    let limited = Router::new()
        .route("/tasks", get(tasks::list).post(tasks::create))
        .route("/tasks/{id}", get(tasks::read).patch(tasks::patch).delete(tasks::delete))
        .route("/tasks/{id}/tags/{name}", put(tags::add).delete(tags::remove))
        .route("/tags", get(tags::list))
        .route("/tags/{name}", delete(tags::delete))
        .route("/search", get(search::search))
        .route("/tokens", get(tokens::list).post(tokens::create))
        .route("/tokens/{id}", delete(tokens::revoke))
        .route_layer(from_fn_with_state(service.clone(), timeout::limit));
    let unlimited = Router::new().route("/backups", post(backup::create));
    let with_token = limited.merge(unlimited).route_layer(from_fn_with_state(service.clone(), tokens::require));
    let open = Router::new()
        .route("/", get(page::page))
        .route("/health", get(health::health))
        .route("/metrics", get(metrics::metrics));
    with_token
        .merge(open)
        .route_layer(from_fn_with_state(service.clone(), metrics::count))
        .fallback(not_found)
        .layer(TraceLayer::new_for_http())
        .with_state(service)
}

async fn not_found(uri: Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, format!("there is no {}", uri.path()))
}
