//! Many clients write at the same moment.

use std::collections::BTreeSet;

use serde_json::json;

use crate::kind::on_both;
use crate::server::Server;

on_both! {
    sixty_four_clients_write_at_the_same_moment
}

async fn sixty_four_clients_write_at_the_same_moment(server: Server) {
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let client = server.client.clone();
            tokio::spawn(async move {
                for n in 0..4 {
                    let created = client.post("/tasks", json!({ "title": format!("{writer}.{n}") })).await;
                    assert_eq!(created.status, 201, "{created:?}");
                    let path = created.headers["location"].to_str().unwrap().to_owned();
                    let tagged = client.put(&format!("{path}/tags/of {writer}").replace(' ', "%20")).await;
                    assert_eq!(tagged.status, 204, "{tagged:?}");
                    let done = client.patch(&path, json!({ "done": true })).await;
                    assert_eq!(done.status, 200, "{done:?}");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }

    let (mut titles, mut after) = (BTreeSet::new(), String::new());
    loop {
        let page = server.client.get(&format!("/tasks?done=true&limit=100{after}")).await.json();
        for task in page["rows"].as_array().unwrap() {
            let title = task["title"].as_str().unwrap().to_owned();
            assert_eq!(task["tags"], json!([format!("of {}", title.split('.').next().unwrap())]));
            assert!(titles.insert(title), "no task comes twice");
        }
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(titles.len(), 256);
    server.close().await;
}
