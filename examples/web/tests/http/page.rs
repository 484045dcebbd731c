//! The page in a browser.

use std::io::Write as _;
use std::process::{Command, Stdio};

use aio_sql_example_web::tasks::{NewTask, Task};
use aio_sql_example_web::{Service, Settings, app, database, tokens};
use axum::response::Html;
use axum::routing::get;

use crate::server::serve_router;

/// A page that contains the service's page in a frame, uses that page as a person would, and shows
/// the results.
const DRIVER: &str = r#"<!doctype html>
<iframe id="frame" src="/#TOKEN"></iframe>
<pre id="seen"></pre>
<script type="module">
  const frame = document.getElementById('frame'), seen = document.getElementById('seen');
  const page = () => frame.contentDocument;
  const items = () => [...page().querySelectorAll('#tasks li')];
  const shown = () => items().map(item => `${item.className || 'open'}: ${item.textContent.trim()}`).join('; ');
  async function until(what, holds) {
    for (let n = 0; n < 1000; n++) {
      if (holds()) return;
      await new Promise(again => setTimeout(again, 20));
    }
    throw new Error(`never ${what}: ${shown()} ${page().getElementById('error').textContent}`);
  }
  try {
    await until('lists the task that was there', () => page()?.readyState === 'complete' && items().length === 1);
    page().querySelector('#new input').value = '<b>Buy</b> milk';
    page().querySelector('#new button').click();
    await until('has the new task', () => items().length === 2);
    items()[0].querySelector('input').click();
    await until('has ticked it', () => items()[0].className === 'done');
    frame.contentWindow.location.reload();
    await until('has it after a reload', () => page()?.readyState === 'complete' && items().length === 2);
    seen.textContent = shown();
  } catch (error) {
    seen.textContent = error.message;
  }
</script>"#;

/// Returns the name of the browser's command, or `None` if no browser is installed.
fn browser() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        let version = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lists_adds_and_ticks_tasks() {
    let Some(browser) = browser() else {
        // `println!` is not used, because its output is shown only for tests that fail.
        writeln!(std::io::stderr(), "left out: the page in a browser, because `chromium` is not installed").unwrap();
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let db = database::open(folder.path().join("tasks.db")).await.unwrap();
    let token = tokens::first(&db).await.unwrap().unwrap();
    let old = NewTask { title: "Sleep".into(), note: None, done: None, priority: None, due: None };
    Task::insert(old).execute(&db).await.unwrap();
    let driver = DRIVER.replace("TOKEN", &token);
    let router =
        app(Service::new(db.clone(), Settings::default())).route("/driver", get(|| async move { Html(driver) }));
    let address = serve_router(router).await;

    let mut command = Command::new(browser);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"])
        .arg("--virtual-time-budget=30000")
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("http://{address}/driver"))
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let seen = "done: &lt;b&gt;Buy&lt;/b&gt; milk; open: Sleep";
    assert!(dom.contains(seen), "{dom}\n{}", String::from_utf8_lossy(&output.stderr));

    let tasks = Task::select().order_by(Task::ID).columns((Task::TITLE, Task::DONE)).all(&db).await.unwrap();
    assert_eq!(tasks, [("Sleep".to_owned(), false), ("<b>Buy</b> milk".to_owned(), true)]);
    db.close().await.unwrap();
}
