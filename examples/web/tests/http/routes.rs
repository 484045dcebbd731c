//! Each route has the documented effect.

use aio_sql::{Database, Dialect};
use aio_sql_example_web::tasks::Task;
use serde_json::{Value, json};

use crate::client::Client;
use crate::kind::{Kind, on_both};
use crate::server::Server;

on_both! {
    a_task_is_created_read_changed_and_deleted
    tasks_are_filtered_and_sorted_by_what_the_client_asks_for
    pages_follow_each_other_in_both_directions
    the_search_puts_the_best_first_and_shows_where_it_was_found
    tags_are_counted_taken_away_and_deleted
    a_token_is_created_listed_without_its_hash_and_revoked
    the_page_and_the_health_need_no_token
    metrics_count_the_requests_of_each_route_and_what_the_database_does
}

fn titles(page: &Value) -> Vec<&str> {
    page["rows"].as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap()).collect()
}

/// Creates a few tasks, the first with the tags `home` and `shop`, the second with `home`.
async fn fill(client: &Client) {
    for task in [
        json!({ "title": "Buy milk", "note": "two bottles", "due": "2026-03-01", "priority": 1 }),
        json!({ "title": "Buy bread", "due": "2026-01-15" }),
        json!({ "title": "Read a book", "priority": 5, "done": true }),
        json!({ "title": "Write a letter", "note": "about milk, and about the book", "priority": 1 }),
    ] {
        assert_eq!(client.post("/tasks", task).await.status, 201);
    }
    for path in ["/tasks/1/tags/shop", "/tasks/1/tags/home", "/tasks/2/tags/HOME", "/tasks/2/tags/home"] {
        assert_eq!(client.put(path).await.status, 204);
    }
}

async fn a_task_is_created_read_changed_and_deleted(server: Server) {
    let client = &server.client;
    let created = client.post("/tasks", json!({ "title": "Buy milk", "due": "2026-03-01" })).await;
    assert_eq!((created.status.as_u16(), created.headers["location"].to_str().unwrap()), (201, "/tasks/1"));
    let mut task = created.json();
    assert!(task["created"].as_str().unwrap().ends_with('Z'), "{task}");
    let made = task.as_object_mut().unwrap().remove("created").unwrap();
    let expected = json!({
        "id": 1, "title": "Buy milk", "note": null, "done": false, "priority": 3, "due": "2026-03-01", "version": 1
    });
    assert_eq!(task, expected);

    let read = client.get("/tasks/1").await.json();
    assert_eq!((&read["created"], &read["tags"], &read["title"]), (&made, &json!([]), &json!("Buy milk")));

    let changed = client.patch("/tasks/1", json!({ "due": null, "note": "two bottles" })).await.json();
    assert_eq!(
        (&changed["due"], &changed["note"], &changed["title"]),
        (&json!(null), &json!("two bottles"), &json!("Buy milk"))
    );
    let changed = client.patch("/tasks/1?version=2", json!({ "done": true })).await.json();
    assert_eq!(
        (&changed["done"], &changed["note"], &changed["version"]),
        (&json!(true), &json!("two bottles"), &json!(3))
    );

    assert_eq!(client.put("/tasks/1/tags/home").await.status, 204);
    assert_eq!(client.delete("/tasks/1").await.status, 204);
    assert_eq!(client.get("/tasks/1").await.status, 404);
    assert_eq!(client.get("/tags").await.json(), json!([{ "name": "home", "tasks": 0 }]));
    server.close().await;
}

async fn tasks_are_filtered_and_sorted_by_what_the_client_asks_for(server: Server) {
    let client = &server.client;
    fill(client).await;
    for (query, expected) in [
        ("", vec!["Write a letter", "Read a book", "Buy bread", "Buy milk"]),
        ("?sort=title", vec!["Buy bread", "Buy milk", "Read a book", "Write a letter"]),
        ("?sort=priority,-title", vec!["Write a letter", "Buy milk", "Buy bread", "Read a book"]),
        ("?sort=due,title", vec!["Buy bread", "Buy milk", "Read a book", "Write a letter"]),
        ("?done=true", vec!["Read a book"]),
        ("?done=false&sort=title&priority=1", vec!["Buy milk", "Write a letter"]),
        ("?due_before=2026-02-01", vec!["Buy bread"]),
        ("?tag=shop", vec!["Buy milk"]),
        ("?tag=Home&sort=title", vec!["Buy bread", "Buy milk"]),
        ("?tag=nothing", vec![]),
        ("?search=milk&sort=title", vec!["Buy milk", "Write a letter"]),
        ("?search=milk%20bo&sort=title", vec!["Buy milk", "Write a letter"]),
        ("?search=milk&tag=home", vec!["Buy milk"]),
        ("?search=%22milk%20AND%20(", vec!["Write a letter"]), // words like others
        ("?search=milk%20NOT%20(", vec![]),
        ("?search=%20", vec![]),
    ] {
        let page = client.get(&format!("/tasks{query}")).await;
        assert_eq!(titles(&page.json()), expected, "{query}: {page:?}");
    }
    let all = client.get("/tasks?sort=title").await.json();
    let tags: Vec<&Value> = all["rows"].as_array().unwrap().iter().map(|task| &task["tags"]).collect();
    assert_eq!(tags, [&json!(["home"]), &json!(["home", "shop"]), &json!([]), &json!([])]);
    server.close().await;
}

async fn pages_follow_each_other_in_both_directions(server: Server) {
    let client = &server.client;
    fill(client).await;
    let page = |query: String| async move { client.get(&format!("/tasks?limit=3&sort=priority{query}")).await.json() };
    let first = page(String::new()).await;
    assert_eq!(titles(&first), ["Buy milk", "Write a letter", "Buy bread"]);
    assert_eq!((first["rows"][0]["tags"].as_array().unwrap().len(), &first["previous"]), (2, &json!(null)));
    // A row that is written between the requests of two pages does not move other rows to another
    // page.
    assert_eq!(client.post("/tasks", json!({ "title": "Sleep", "priority": 1 })).await.status, 201);
    let second = page(format!("&after={}", first["next"].as_str().unwrap())).await;
    assert_eq!((titles(&second), &second["next"]), (vec!["Read a book"], &json!(null)));
    let back = page(format!("&before={}", second["previous"].as_str().unwrap())).await;
    assert_eq!(titles(&back), ["Write a letter", "Sleep", "Buy bread"]);
    server.close().await;
}

async fn the_search_puts_the_best_first_and_shows_where_it_was_found(server: Server) {
    let client = &server.client;
    fill(client).await;
    let found = client.get("/search?q=milk").await.json();
    let found: Vec<_> = found.as_array().unwrap().iter().map(|task| (&task["id"], &task["snippet"])).collect();
    let (first, second) = ((json!(1), json!("Buy [milk]")), (json!(4), json!("about [milk], and about the book")));
    assert_eq!(found, [(&first.0, &first.1), (&second.0, &second.1)]);
    // Each database has a language of its own.
    let about = if server.db.dialect() == Dialect::Sqlite { "note:milk" } else { "milk%20-buy" };
    assert_eq!(client.get(&format!("/search?q={about}")).await.json()[0]["id"], 4);

    assert_eq!(client.patch("/tasks/1", json!({ "title": "Buy tea" })).await.status, 200);
    assert_eq!(client.delete("/tasks/4").await.status, 204);
    assert_eq!(client.get("/search?q=milk").await.json(), json!([]), "the index follows each change");
    assert_eq!(client.get("/search?q=tea").await.json()[0]["id"], 1);
    server.close().await;
}

async fn tags_are_counted_taken_away_and_deleted(server: Server) {
    let client = &server.client;
    fill(client).await;
    assert_eq!(
        client.get("/tags").await.json(),
        json!([{ "name": "home", "tasks": 2 }, { "name": "shop", "tasks": 1 }])
    );
    assert_eq!(client.delete("/tasks/1/tags/shop").await.status, 204);
    assert_eq!(client.get("/tasks/1").await.json()["tags"], json!(["home"]));
    assert_eq!(client.delete("/tags/shop").await.status, 204);
    assert_eq!(client.get("/tags").await.json(), json!([{ "name": "home", "tasks": 2 }]));
    server.close().await;
}

async fn a_token_is_created_listed_without_its_hash_and_revoked(server: Server) {
    let client = &server.client;
    let created = client.post("/tokens", json!({ "name": "second" })).await;
    assert_eq!(created.status, 201);
    let token = created.json()["token"].as_str().unwrap().to_owned();
    let second = Client::new(client.address, &token);
    let tokens = second.get("/tokens").await;
    assert_eq!(tokens.json().as_array().unwrap().len(), 2);
    assert!(!tokens.text.contains("hash") && !tokens.text.contains(&token), "{tokens:?}");
    assert_eq!(client.delete("/tokens/2").await.status, 204);
    assert_eq!(second.get("/tokens").await.status, 401);
    server.close().await;
}

#[tokio::test]
async fn the_database_does_not_contain_the_tokens() {
    let server = Server::start().await;
    let created = server.client.post("/tokens", json!({ "name": "second" })).await;
    let token = created.json()["token"].as_str().unwrap().to_owned();
    let is_in = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let log = std::fs::read(server.folder.path().join("tasks.db-wal")).unwrap();
    assert!(is_in(&log, "second") && !is_in(&log, &token));
    let file = std::fs::read(server.folder.path().join("tasks.db")).unwrap();
    assert!(!is_in(&file, &token));
    server.close().await;
}

#[tokio::test]
async fn a_backup_is_a_whole_database() {
    let server = Server::start().await;
    fill(&server.client).await;
    let backup = server.client.post("/backups", json!(null)).await;
    assert_eq!(backup.status, 201);
    let copy = Database::open(backup.json()["path"].as_str().unwrap()).await.unwrap();
    assert_eq!(Task::select().count(&copy).await.unwrap(), 4);
    copy.integrity_check().await.unwrap();
    copy.close().await.unwrap();
    assert_eq!(server.client.post("/backups", json!(null)).await.status, 201, "the next has another name");
    server.close().await;
}

#[tokio::test]
async fn backups_of_a_server_are_left_to_it() {
    let Some(server) = Server::start_on(Kind::Postgres).await else { return };
    let backup = server.client.post("/backups", json!(null)).await;
    assert_eq!(backup.status, 501);
    assert!(backup.json()["error"].as_str().unwrap().contains("makes the backups"), "{backup:?}");
    server.close().await;
}

async fn the_page_and_the_health_need_no_token(server: Server) {
    let stranger = Client::new(server.client.address, "");
    let page = stranger.get("/").await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.text.starts_with("<!doctype html>"), "{page:?}");
    assert_eq!(stranger.get("/health").await.text, "ok");
    server.close().await;
}

async fn metrics_count_the_requests_of_each_route_and_what_the_database_does(server: Server) {
    fill(&server.client).await;
    assert_eq!(server.client.get("/tasks/1").await.status, 200);
    assert_eq!(server.client.get("/tasks/9").await.status, 404);
    assert_eq!(server.client.get("/tasks/10").await.status, 404);
    let metrics = server.client.get("/metrics").await;
    assert_eq!(metrics.headers["content-type"], "text/plain; version=0.0.4");
    for line in [
        "http_request_seconds_count{method=\"POST\",path=\"/tasks\",status=\"201\"} 4",
        "http_request_seconds_count{method=\"GET\",path=\"/tasks/{id}\",status=\"404\"} 2",
        "# TYPE aio_sql_wal_bytes gauge",
        "aio_sql_queued_writes 0",
    ] {
        assert!(metrics.text.lines().any(|other| other == line), "{line} in {}", metrics.text);
    }
    for line in metrics.text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    server.close().await;
}
