//! The page for people, which is a client of the routes like any other.

use axum::response::Html;

/// `GET /`
pub async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}
