//! The page at `/`. It uses the routes that other clients use, too.

use axum::response::Html;

/// `GET /`: returns the page.
pub async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}
