//! What is there after the process was killed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use crate::process::Process;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_is_there_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let (mut token, mut acknowledged) = (None, vec![]);
    for round in 0..3 {
        let mut process = Process::start(folder.path(), token.as_deref());
        token.get_or_insert_with(|| process.client.token.clone());
        let new = Arc::new(Mutex::new(vec![]));
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let (client, new) = (process.client.clone(), Arc::clone(&new));
                tokio::spawn(async move {
                    for n in 0.. {
                        let title = format!("{round}.{writer}.{n}");
                        let body = json!({ "title": title }).to_string();
                        let Some(answer) = client.try_send(Method::POST, "/tasks", &body).await else { return };
                        assert_eq!(answer.status, 201, "{answer:?}");
                        new.lock().unwrap().push((answer.json()["id"].as_i64().unwrap(), title));
                    }
                })
            })
            .collect();
        let wanted = 100 * (round + 1);
        while new.lock().unwrap().len() < wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.child.kill().unwrap(); // SIGKILL
        process.child.wait().unwrap();
        for writer in writers {
            writer.await.unwrap();
        }
        acknowledged.append(&mut new.lock().unwrap());
    }

    let process = Process::start(folder.path(), token.as_deref());
    for (id, title) in &acknowledged {
        let task = process.client.get(&format!("/tasks/{id}")).await;
        assert_eq!((task.status.as_u16(), task.json()["title"].as_str()), (200, Some(title.as_str())));
        let found = process.client.get(&format!("/search?q=%22{title}%22")).await.json();
        assert!(found.as_array().unwrap().iter().any(|task| task["id"] == *id), "the index has it too: {title}");
    }
    drop(process);

    let db = aio_sql::Database::open(folder.path().join("tasks.db")).await.unwrap();
    db.integrity_check().await.unwrap();
    db.close().await.unwrap();
}
