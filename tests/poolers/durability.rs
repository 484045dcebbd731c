//! Writes that wait together, behind a pooler with one session: how durable another client's
//! commits are is not theirs to decide.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aio_sql::Result;

use super::{Entry, Tested, entry};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_durability_of_other_clients_is_what_the_server_says() -> Result<()> {
    let tested = Tested::new(1);
    for (address, first) in tested.addresses().iter().zip([0, 100_000]) {
        let db = tested.open(address).await?;
        db.create_if_missing(Entry).await?;
        let is_over = Arc::new(AtomicBool::new(false));
        let mut other = tested.client();
        let asks = std::thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                let mut answers = 0;
                while !is_over.load(Ordering::Relaxed) || answers < 200 {
                    // Some are transactions of one statement, some of several.
                    for statements in ["show synchronous_commit", "begin; show synchronous_commit; commit"] {
                        assert_eq!(other.run(statements).unwrap(), [[Some("on".to_owned())]]);
                        answers += 1;
                    }
                }
                answers
            }
        });
        let tasks = (0..64).map(|task| {
            let db = db.clone();
            tokio::spawn(async move {
                for number in 0..20 {
                    Entry::insert(entry(first + 100 * task + number)).execute(&db).await?;
                }
                Ok::<_, aio_sql::Error>(())
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap()?;
        }
        is_over.store(true, Ordering::Relaxed);
        println!("the other client has asked {} times", asks.join().unwrap());
        let metrics = db.metrics();
        assert_eq!((metrics.pipelines, metrics.groups, metrics.grouped), (0, 0, 0), "{metrics:?}");
        assert_eq!(Entry::select().filter(Entry::NUMBER.ge(first)).count(&db).await?, 64 * 20);
        db.close().await?;
    }
    Ok(())
}
