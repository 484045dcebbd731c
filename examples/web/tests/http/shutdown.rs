//! How the service stops.

use std::time::Duration;

use aio_sql::Database;
use aio_sql_example_web::tasks::Task;
use serde_json::json;
use tokio::net::TcpStream;

use crate::server::Server;

#[tokio::test]
async fn requests_under_way_end_before_the_service_does() {
    let server = Server::start().await;
    let (db, client) = (server.db.clone(), server.client.clone());
    let holder = db.begin().await.unwrap(); // nobody else can write
    let writing = tokio::spawn(async move { client.post("/tasks", json!({ "title": "under way" })).await });
    while db.metrics().queued_writes == 0 {
        tokio::task::yield_now().await;
    }

    let address = server.client.address;
    let (served, folder) = server.stop();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!served.is_finished(), "a request is under way");
    holder.rollback().await.unwrap();
    let written = writing.await.unwrap();
    assert_eq!(written.status, 201, "{written:?}");
    served.await.unwrap();
    assert!(db.is_closed());

    let db = Database::open(folder.path().join("tasks.db")).await.unwrap();
    assert_eq!(Task::select().columns(Task::TITLE).all(&db).await.unwrap(), ["under way"]);
    db.close().await.unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_no_acknowledged_write() {
    use std::process::Command;

    use axum::http::Method;
    use tokio::sync::mpsc;

    use crate::process::Process;

    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), None);
    let (acknowledge, mut acknowledged) = mpsc::unbounded_channel();
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let (client, acknowledge) = (process.client.clone(), acknowledge.clone());
            tokio::spawn(async move {
                let body = json!({ "title": "one of many" }).to_string();
                while let Some(answer) = client.try_send(Method::POST, "/tasks", &body).await {
                    assert_eq!(answer.status, 201, "{answer:?}");
                    acknowledge.send(()).unwrap();
                }
            })
        })
        .collect();
    drop(acknowledge);
    let mut count = 0;
    while count < 100 {
        acknowledged.recv().await.unwrap();
        count += 1;
    }
    let killed = Command::new("kill").arg(process.child.id().to_string()).status().unwrap();
    assert!(killed.success());
    for writer in writers {
        writer.await.unwrap();
    }
    while acknowledged.recv().await.is_some() {
        count += 1;
    }
    assert!(process.child.wait().unwrap().success(), "the process ends by itself");

    let db = Database::open(folder.path().join("tasks.db")).await.unwrap();
    assert_eq!(Task::select().count(&db).await.unwrap(), count);
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_client_that_never_ends_its_request_does_not_keep_the_service() {
    use aio_sql_example_web::{Service, Settings, database, serve};
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tokio::sync::oneshot;

    let folder = tempfile::tempdir().unwrap();
    let db = database::open(folder.path().join("tasks.db")).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = Settings { shutdown_timeout: Duration::from_millis(50), ..Settings::default() };
    let (stop, stopped) = oneshot::channel::<()>();
    let service = Service::new(db.clone(), settings);
    let served = tokio::spawn(async move {
        serve(listener, service, async move { drop(stopped.await) }).await.map_err(|error| error.to_string())
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: ").await.unwrap();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(30), served).await.unwrap().unwrap().unwrap();
    assert!(db.is_closed());
}
