//! SQL that is nested deeper than SQLite's parser can go, on threads with a stack of 2 MiB, and
//! SQL that is too long.

use std::thread;

use aio_sql::{Database, ErrorKind, Row, Table, query, sql};

/// The stack size of a thread that Rust's standard library spawns by default.
const STACK: usize = 2 << 20;

/// Runs code on a thread with the default stack size, which the threads of async runtimes have
/// too.
fn on_a_thread(code: impl AsyncFnOnce(&Database) + Send + 'static) {
    let body = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let db = Database::memory().await.unwrap();
            code(&db).await;
            db.close().await.unwrap();
        });
    };
    thread::Builder::new().stack_size(STACK).spawn(body).unwrap().join().unwrap();
}

type BuildText = (&'static str, fn(usize) -> String);

#[test]
fn sql_nested_too_deep_for_sqlite_is_an_error_and_the_thread_survives() {
    let texts: [BuildText; 9] = [
        ("parentheses", |levels| format!("select {}1{}", "(".repeat(levels), ")".repeat(levels))),
        ("a sum", |levels| format!("select 1{}", " + 1".repeat(levels))),
        ("a negation", |levels| format!("select {}1", "- ".repeat(levels))),
        ("functions", |levels| format!("select {}1{}", "abs(".repeat(levels), ")".repeat(levels))),
        ("cases", |levels| format!("select {}1{}", "case when 1 then ".repeat(levels), " end".repeat(levels))),
        ("values of queries", |levels| format!("select {}1{}", "(select ".repeat(levels), ")".repeat(levels))),
        ("derived tables", |levels| {
            format!("{}select 1 as a{}", "select * from (".repeat(levels), " limit 1)".repeat(levels))
        }),
        ("a union", |levels| format!("select 1{}", " union select 1".repeat(levels))),
        ("a list", |levels| format!("select {}1{}", "1 in (select ".repeat(levels), ")".repeat(levels))),
    ];
    for (what, text) in texts {
        on_a_thread(async move |db| {
            for levels in [400, 900, 1_200, 2_400, 20_000] {
                if let Err(error) = query(text(levels)).all::<Row>(db).await {
                    assert!(matches!(error.kind(), ErrorKind::Sql | ErrorKind::Usage), "{what} {levels}: {error:?}");
                }
                assert_eq!(sql!("select 1").scalar::<i64>(db).await.unwrap(), 1, "{what} {levels}");
            }
        });
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[test]
fn an_expression_whose_sql_doubles_at_each_level_is_an_error() {
    on_a_thread(async |db| {
        db.create(Item).await.unwrap();
        // SQLite has no function that compares the beginning of a text, so that its operand is
        // written several times, and the text at least doubles at each level.
        let text = (0..60).fold(Item::NAME.lower(), |inner, _| inner.starts_with("x").cast::<String>());
        let error = Item::select().filter(text.ne("")).all(db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains("16 MiB"), "{error}");
    });
}
