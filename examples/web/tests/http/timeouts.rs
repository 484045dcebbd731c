//! Requests that take too long are answered with 503; a backup may take longer.

use std::time::Duration;

use aio_sql::Database;
use aio_sql_example_web::tasks::{NewTask, Task};
use axum::http::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::Server;

async fn titles(db: &Database) -> Vec<String> {
    Task::select().order_by(Task::ID).columns(Task::TITLE).all(db).await.unwrap()
}

#[tokio::test]
async fn a_write_that_waits_too_long_is_answered_with_503_and_writes_nothing() {
    // In the first round, the timeout of statements stops the write; in the second, the timeout of
    // requests does.
    for (statement, request) in [(100, 30_000), (30_000, 100)] {
        let (statement, request) = (Duration::from_millis(statement), Duration::from_millis(request));
        let server = Server::start_with(|builder| builder.timeout(statement), request).await;
        let holder = server.db.begin().await.unwrap(); // nobody else can write
        let late = server.client.post("/tasks", json!({ "title": "late" })).await;
        assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE, "{late:?}");
        assert_eq!(late.headers["retry-after"], "1");
        let tags = server.client.get("/tags").await;
        assert_eq!(tags.status, StatusCode::OK, "who reads does not wait: {tags:?}");
        holder.rollback().await.unwrap();

        let again = server.client.post("/tasks", json!({ "title": "again" })).await;
        assert_eq!(again.status, StatusCode::CREATED, "{again:?}");
        assert_eq!(titles(&server.db).await, ["again"]);
        server.close().await;
    }
}

#[tokio::test]
async fn a_client_that_sends_half_a_body_is_answered_with_503() {
    let server = Server::start_with(|builder| builder, Duration::from_millis(100)).await;
    let mut stream = TcpStream::connect(server.client.address).await.unwrap();
    let head = format!(
        "POST /tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\nconnection: close\r\n\r\n{{\"title\":",
        server.client.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(30), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    server.close().await;
}

#[tokio::test]
async fn a_backup_may_take_longer_than_other_requests() {
    let server = Server::start_with(|builder| builder, Duration::from_millis(1)).await;
    let note = "x".repeat(100_000); // the copy is made and synced in more than a millisecond
    let new = |n| NewTask { title: format!("{n}"), note: Some(note.clone()), done: None, priority: None, due: None };
    Task::insert_all((0..50).map(new)).execute(&server.db).await.unwrap();
    let backup = server.client.post("/backups", json!(null)).await;
    assert_eq!(backup.status, StatusCode::CREATED, "{backup:?}");
    assert!(backup.json()["bytes"].as_u64().unwrap() > 5_000_000, "{backup:?}");
    server.close().await;
}
