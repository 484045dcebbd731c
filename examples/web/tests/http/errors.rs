//! Each kind of failure has its status, and a message as JSON.

use aio_sql::Dialect;
use axum::http::Method;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::kind::on_both;
use crate::server::Server;

on_both! {
    what_is_no_request_is_400
    who_has_no_token_gets_401
    what_is_not_there_is_404
    what_does_not_fit_the_rows_that_are_there_is_409
    what_a_column_does_not_take_is_422
    a_closed_database_is_503_and_the_client_is_not_told_why
    a_mistake_in_the_service_is_500_and_the_client_is_not_told_which
}

#[track_caller]
fn refused(answer: &Answer, status: u16, says: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    let error = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(error.contains(says), "{error}");
}

async fn what_is_no_request_is_400(server: Server) {
    let client = &server.client;
    refused(&client.get("/tasks?sort=secret").await, 400, "secret");
    refused(&client.get("/tasks?after=nonsense").await, 400, "cursor");
    refused(&client.get("/tasks?limit=0").await, 400, "at least one row");
    refused(&client.get("/tasks?limit=-1").await, 400, "limit");
    refused(&client.get("/tasks?colour=red").await, 400, "colour");
    refused(&client.get("/tasks?due_before=soon").await, 400, "due_before");
    refused(&client.get("/tasks/one").await, 400, "one");
    if server.db.dialect() == Dialect::Sqlite {
        refused(&client.get("/search?q=milk%20AND").await, 400, "syntax error");
    }
    refused(&client.send(Method::POST, "/tasks", "{").await, 400, "JSON");

    for n in 0..3 {
        assert_eq!(client.post("/tasks", json!({ "title": format!("task {n}") })).await.status, 201);
    }
    let next = client.get("/tasks?limit=1&sort=title").await.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("/tasks?sort=title&after={next}")).await.status, 200);
    refused(&client.get(&format!("/tasks?sort=due&after={next}")).await, 400, "another order");
    refused(&client.patch("/tasks/1", json!({})).await, 400, "no column");
    server.close().await;
}

async fn who_has_no_token_gets_401(server: Server) {
    for token in ["", "wrong", &server.client.token[1..], &server.client.token.to_uppercase()] {
        let stranger = Client::new(server.client.address, token);
        let answer = stranger.get("/tasks").await;
        refused(&answer, 401, "token");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        refused(&stranger.post("/backups", json!(null)).await, 401, "token");
        assert_eq!(stranger.get("/health").await.status, 200, "needs none");
    }
    server.close().await;
}

async fn what_is_not_there_is_404(server: Server) {
    let client = &server.client;
    refused(&client.get("/tasks/7").await, 404, "task");
    refused(&client.patch("/tasks/7", json!({ "done": true })).await, 404, "task");
    refused(&client.patch("/tasks/7?version=1", json!({ "done": true })).await, 404, "task");
    refused(&client.delete("/tasks/7").await, 404, "task");
    refused(&client.put("/tasks/7/tags/home").await, 404, "task");
    assert_eq!(client.get("/tags").await.json(), json!([]), "the transaction was rolled back");
    refused(&client.delete("/tasks/7/tags/home").await, 404, "tag");
    refused(&client.delete("/tags/home").await, 404, "tag");
    refused(&client.delete("/tokens/7").await, 404, "token");
    refused(&client.get("/nowhere").await, 404, "/nowhere");
    server.close().await;
}

async fn what_does_not_fit_the_rows_that_are_there_is_409(server: Server) {
    let client = &server.client;
    refused(&client.post("/tokens", json!({ "name": "first" })).await, 409, "the same name");

    assert_eq!(client.post("/tasks", json!({ "title": "a" })).await.status, 201);
    assert_eq!(client.patch("/tasks/1?version=1", json!({ "done": true })).await.json()["version"], 2);
    refused(&client.patch("/tasks/1?version=1", json!({ "title": "lost" })).await, 409, "changed");
    assert_eq!(client.get("/tasks/1").await.json()["title"], "a");

    assert_eq!(client.put("/tasks/1/tags/home").await.status, 204);
    refused(&client.delete("/tags/home").await, 409, "task_tag");
    server.close().await;
}

async fn what_a_column_does_not_take_is_422(server: Server) {
    let client = &server.client;
    refused(&client.post("/tasks", json!({ "title": "" })).await, 422, "task.title");
    refused(&client.post("/tasks", json!({ "title": "x".repeat(201) })).await, 422, "task.title");
    refused(&client.post("/tasks", json!({ "title": "x", "priority": 9 })).await, 422, "task.priority");
    refused(&client.post("/tasks", json!({ "title": null })).await, 422, "title");
    refused(&client.post("/tasks", json!({ "title": "x", "id": 7 })).await, 422, "id");
    refused(&client.post("/tasks", json!({})).await, 422, "title");
    // PostgreSQL does not give out a number again that a refused row has had.
    let created = client.post("/tasks", json!({ "title": "a" })).await;
    let task = created.headers["location"].to_str().unwrap();
    refused(&client.patch(task, json!({ "title": null })).await, 422, "title");
    refused(&client.patch(task, json!({ "priority": 0 })).await, 422, "task.priority");
    refused(&client.patch(task, json!({ "version": 7 })).await, 422, "version");
    refused(&client.put(&format!("{task}/tags/{}", "x".repeat(41))).await, 422, "tag.name");
    assert_eq!(client.get("/tasks").await.json()["rows"].as_array().unwrap().len(), 1);
    server.close().await;
}

async fn a_closed_database_is_503_and_the_client_is_not_told_why(server: Server) {
    server.db.close().await.unwrap();
    for path in ["/health", "/tasks"] {
        let answer = server.client.get(path).await;
        refused(&answer, 503, "the service could not answer");
        assert_eq!(answer.headers["retry-after"], "1");
    }
    server.close().await;
}

async fn a_mistake_in_the_service_is_500_and_the_client_is_not_told_which(server: Server) {
    server.db.execute_script("drop table task_tag").await.unwrap();
    refused(&server.client.get("/tasks").await, 500, "the service could not answer");
    server.close().await;
}
