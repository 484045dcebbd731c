//! The attributes `was` and `backfill`, and the questions in their place.

use aio_sql_cli::plan::{Change, Hints, Question};

use crate::{no_renames, planned};

const POSTS: &str = "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT);";

fn told(question: &Question) -> Result<Option<usize>, aio_sql_cli::error::Error> {
    Err(question.unanswered())
}

/// Returns the message of an error, with the lines that say what the user can do.
fn told_all(error: &aio_sql_cli::error::Error) -> String {
    format!("{error}\n{}", error.help_lines().join("\n"))
}

#[tokio::test]
async fn a_rename_by_attribute_keeps_the_table_and_the_column() {
    let mut hints = Hints::default();
    let post = hints.table_mut("post");
    post.was = Some("posts".to_owned());
    post.column_mut("headline").was = Some("title".to_owned());
    let after = "CREATE TABLE post (id INTEGER PRIMARY KEY, headline TEXT NOT NULL, body TEXT);";
    let plan = planned(POSTS, after, &hints, &[], &mut told).await.unwrap();
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(
        plan.steps[0].text(),
        "ALTER TABLE \"posts\" RENAME TO \"post\";\nALTER TABLE \"post\" RENAME COLUMN \"title\" TO \"headline\";\n"
    );
    assert!(plan.losses().is_empty());
    // The attributes stay in the source, but the renames are made already.
    let again = planned(after, after, &hints, &[], &mut told).await.unwrap();
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn a_chain_of_renames_runs_in_the_order_in_which_names_become_free() {
    let mut hints = Hints::default();
    let t = hints.table_mut("t");
    t.column_mut("b").was = Some("a".to_owned());
    t.column_mut("c").was = Some("b".to_owned());
    let (before, after) = ("CREATE TABLE t (a TEXT, b TEXT)", "CREATE TABLE t (b TEXT, c TEXT)");
    let plan = planned(before, after, &hints, &[], &mut told).await.unwrap();
    let expected = [
        Change::RenameColumn { table: "t".to_owned(), from: "b".to_owned(), to: "c".to_owned() },
        Change::RenameColumn { table: "t".to_owned(), from: "a".to_owned(), to: "b".to_owned() },
    ];
    assert_eq!(plan.changes, expected);
}

#[tokio::test]
async fn a_possible_rename_is_asked_for_and_without_an_answer_the_error_says_what_to_write() {
    let after = "CREATE TABLE posts (id INTEGER PRIMARY KEY, headline TEXT NOT NULL DEFAULT '', body TEXT);";
    let mut hints = Hints::default();
    hints.table_mut("posts").place = Some("src/models.rs:12".to_owned());
    let error = planned(POSTS, after, &hints, &[], &mut told).await.unwrap_err();
    let error = told_all(&error);
    for words in ["#[column(was = \"title\")]", "src/models.rs:12", "`headline`", "--no-renames"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let mut asked = Vec::new();
    let mut yes = |question: &Question| {
        asked.push(question.new.clone());
        Ok(Some(0))
    };
    let plan = planned(POSTS, after, &hints, &[], &mut yes).await.unwrap();
    assert_eq!(asked, ["headline"]);
    assert!(plan.losses().is_empty(), "{plan:?}");
    let plan = planned(POSTS, after, &hints, &[], &mut no_renames).await.unwrap();
    assert_eq!(plan.losses(), ["posts.title"]);
    assert!(plan.steps[0].text().starts_with("-- aio-sql: accepts loss of posts.title\n"), "{plan:?}");

    let error = planned(POSTS, "CREATE TABLE post (id INTEGER PRIMARY KEY)", &hints, &[], &mut told).await;
    let error = told_all(&error.unwrap_err());
    assert!(error.contains("#[table(was = \"posts\")]"), "{error}");
}

#[tokio::test]
async fn a_new_column_that_must_have_a_value_needs_a_backfill() {
    let after = "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT, slug TEXT NOT NULL, n INTEGER NOT NULL);";
    let mut hints = Hints::default();
    hints.table_mut("posts").place = Some("src/models.rs:12".to_owned());
    let error = planned(POSTS, after, &hints, &[], &mut told).await.unwrap_err();
    let error = told_all(&error);
    for words in ["`slug` of `posts`", "`posts.n`", "#[column(backfill = sql(\"…\"))]", "src/models.rs:12"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    hints.table_mut("posts").column_mut("slug").backfill = Some("lower(title)".to_owned());
    hints.table_mut("posts").column_mut("n").backfill = Some("id * 2".to_owned());
    let plan = planned(POSTS, after, &hints, &[], &mut told).await.unwrap();
    let db = aio_sql::rusqlite::Connection::open_in_memory().unwrap();
    db.execute_batch(POSTS).unwrap();
    db.execute_batch("INSERT INTO posts VALUES (7, 'Ada', NULL)").unwrap();
    crate::run(&db, &plan).unwrap();
    let row: (String, i64) =
        db.query_row("SELECT slug, n FROM posts", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(row, ("ada".to_owned(), 14));
}

#[tokio::test]
async fn what_the_structs_do_not_own_is_never_dropped() {
    let before = format!(
        "{POSTS} CREATE TABLE audit (x); CREATE INDEX by_hand ON posts (body); CREATE INDEX ours ON posts (title);"
    );
    let plan = planned(&before, POSTS, &Hints::default(), &["audit", "by_hand"], &mut told).await.unwrap();
    assert_eq!(plan.changes, [Change::DropIndex { table: "posts".to_owned(), index: "ours".to_owned() }]);
}
