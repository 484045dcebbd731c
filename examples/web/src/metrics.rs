//! Metrics in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aio_sql::Database;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The number of requests, and their total time, by method, route and status.
#[derive(Clone, Default, Debug)]
pub struct Requests(Arc<Mutex<BTreeMap<Kind, (u64, Duration)>>>);

/// Method, route and status.
type Kind = (String, String, u16);

impl Requests {
    fn add(&self, method: &Method, path: &MatchedPath, status: StatusCode, took: Duration) {
        let kind = (method.to_string(), path.as_str().to_owned(), status.as_u16());
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (requests, time) = kinds.entry(kind).or_default();
        *requests += 1;
        *time += took;
    }

    fn to_prometheus(&self) -> String {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from("# HELP http_request_seconds Requests, and how long they took.\n");
        text += "# TYPE http_request_seconds summary\n";
        for ((method, path, status), (requests, time)) in kinds.iter() {
            let labels = format!("{{method=\"{method}\",path=\"{path}\",status=\"{status}\"}}");
            let _ = writeln!(text, "http_request_seconds_count{labels} {requests}");
            let _ = writeln!(text, "http_request_seconds_sum{labels} {}", time.as_secs_f64());
        }
        text
    }
}

/// Counts a request when it has been answered.
pub async fn count(State(requests): State<Requests>, path: MatchedPath, request: Request, next: Next) -> Response {
    let (method, began) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    requests.add(&method, &path, response.status(), began.elapsed());
    response
}

/// `GET /metrics`: returns the metrics of the service and of its database.
pub async fn metrics(State(db): State<Database>, State(requests): State<Requests>) -> impl IntoResponse {
    let text = requests.to_prometheus() + &db.metrics().to_prometheus();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
