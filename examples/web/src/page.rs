//! The page at `/`. It uses the same routes as other clients.

use axum::response::Html;

/// `GET /`
pub async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}
