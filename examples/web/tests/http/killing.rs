//! The tasks that are in the database after the process was killed.

use axum::http::Method;
use serde_json::json;
use tokio::sync::mpsc;

use crate::kind::Kind;
use crate::process::Process;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_is_there_after_kill_9() {
    kill_and_look(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_is_on_the_server_after_kill_9_of_the_service() {
    kill_and_look(Kind::Postgres).await;
}

async fn kill_and_look(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let Some(address) = kind.address(folder.path()).await else { return };
    let (mut token, mut acknowledged) = (None, vec![]);
    for round in 0..3 {
        let mut process = Process::start_at(&address, folder.path(), token.as_deref());
        token.get_or_insert_with(|| process.client.token.clone());
        let (acknowledge, mut receiver) = mpsc::unbounded_channel();
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let (client, acknowledge) = (process.client.clone(), acknowledge.clone());
                tokio::spawn(async move {
                    for n in 0.. {
                        let title = format!("{round}.{writer}.{n}");
                        let body = json!({ "title": title }).to_string();
                        let Some(answer) = client.try_send(Method::POST, "/tasks", &body).await else { return };
                        assert_eq!(answer.status, 201, "{answer:?}");
                        acknowledge.send((answer.json()["id"].as_i64().unwrap(), title)).unwrap();
                    }
                })
            })
            .collect();
        drop(acknowledge);
        for _ in 0..100 * (round + 1) {
            acknowledged.push(receiver.recv().await.unwrap());
        }
        process.child.kill().unwrap(); // SIGKILL
        process.child.wait().unwrap();
        for writer in writers {
            writer.await.unwrap();
        }
        while let Some(last) = receiver.recv().await {
            acknowledged.push(last);
        }
    }

    let process = Process::start_at(&address, folder.path(), token.as_deref());
    for (id, title) in &acknowledged {
        let task = process.client.get(&format!("/tasks/{id}")).await;
        assert_eq!((task.status.as_u16(), task.json()["title"].as_str()), (200, Some(title.as_str())));
        let found = process.client.get(&format!("/search?q=%22{title}%22")).await.json();
        assert!(found.as_array().unwrap().iter().any(|task| task["id"] == *id), "the index has it too: {title}");
    }
    drop(process);

    if kind == Kind::Postgres {
        return;
    }
    let db = aio_sql::Database::open(&address).await.unwrap();
    db.integrity_check().await.unwrap();
    db.close().await.unwrap();
}
