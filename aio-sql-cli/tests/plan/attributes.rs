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

/// Returns the statements that the help of an error shows.
fn statements_in(error: &aio_sql_cli::error::Error) -> String {
    let help = error.help_lines().join("\n");
    help.lines().filter(|line| line.starts_with("ALTER TABLE ")).collect()
}

#[tokio::test]
async fn an_exchange_of_columns_is_an_error_that_says_what_to_write() {
    let mut hints = Hints::default();
    let t = hints.table_mut("t");
    t.column_mut("a").was = Some("b".to_owned());
    t.column_mut("b").was = Some("c".to_owned());
    t.column_mut("c").was = Some("a".to_owned());
    let before = "CREATE TABLE t (a TEXT, b INTEGER, c BLOB, a_before TEXT); CREATE INDEX i ON t (a);";
    let after = "CREATE TABLE t (a INTEGER, b BLOB, c TEXT, a_before TEXT); CREATE INDEX i ON t (c);";
    let error = planned(before, after, &hints, &[], &mut told).await.unwrap_err();
    let shown = told_all(&error);
    for words in ["`a` and `b` and `c` of `t`", "migrate new", "remove these attributes"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // After the statements, nothing is left to do, and each column has its values.
    let statements = statements_in(&error);
    let plan = planned(&format!("{before}{statements}"), after, &Hints::default(), &[], &mut told).await.unwrap();
    assert!(plan.is_empty(), "{plan:?}");
    let db = aio_sql::rusqlite::Connection::open_in_memory().unwrap();
    db.execute_batch(&format!("{before} INSERT INTO t VALUES ('was a', 2, x'03', '-'); {statements}")).unwrap();
    let row: (i64, Vec<u8>, String) =
        db.query_row("SELECT a, b, c FROM t", [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!(row, (2, vec![3], "was a".to_owned()));
}

#[tokio::test]
async fn an_exchange_of_tables_is_an_error_that_says_what_to_write() {
    let mut hints = Hints::default();
    hints.table_mut("old").was = Some("new".to_owned());
    hints.table_mut("new").was = Some("old".to_owned());
    let tables = |one: &str, other: &str| {
        format!(
            "CREATE TABLE {one} (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE {other} (id INTEGER PRIMARY KEY);
             CREATE TABLE child (of INTEGER REFERENCES {one} (id));"
        )
    };
    let (before, after) = (tables("old", "new"), tables("new", "old"));
    let error = planned(&before, &after, &hints, &[], &mut told).await.unwrap_err();
    assert!(told_all(&error).contains("exchange the names `new` and `old`,"), "{error:?}");
    let statements = statements_in(&error);
    let plan = planned(&format!("{before}{statements}"), &after, &Hints::default(), &[], &mut told).await.unwrap();
    assert!(plan.is_empty(), "{plan:?}");
    // In two steps, over a third name, the attributes do it, and stay without effect afterwards.
    let mut first = Hints::default();
    first.table_mut("aside").was = Some("old".to_owned());
    first.table_mut("old").was = Some("new".to_owned());
    let between = tables("aside", "old");
    let plan = planned(&before, &between, &first, &[], &mut told).await.unwrap();
    assert_eq!(plan.steps.len(), 1, "{plan:?}");
    let mut second = Hints::default();
    second.table_mut("new").was = Some("aside".to_owned());
    second.table_mut("old").was = Some("new".to_owned());
    let plan = planned(&between, &after, &second, &[], &mut told).await.unwrap();
    assert_eq!(plan.steps[0].statements.len(), 1, "{plan:?}");
    assert!(planned(&after, &after, &second, &[], &mut told).await.unwrap().is_empty());
}

/// While SQLite reads the table, it takes the column for the rowid, and RENAME COLUMN fails.
#[tokio::test]
async fn a_key_column_that_sqlite_cannot_rename_is_renamed_by_a_rebuild() {
    let table = |key: &str, tag: &str| {
        format!(
            "CREATE TABLE t ({key} INTEGER CONSTRAINT pk PRIMARY KEY NOT NULL, {tag} TEXT NOT NULL, CONSTRAINT u UNIQUE ({key}),
             CONSTRAINT v UNIQUE ({tag}, {key})) STRICT, WITHOUT ROWID;
             CREATE TABLE child (of INTEGER REFERENCES t ({key}) ON DELETE CASCADE);"
        )
    };
    let by_hand = "CREATE INDEX by_hand ON t (lower(a) COLLATE nocase, \"a\" DESC) WHERE a > 1;";
    let before = format!("{}{by_hand}", table("a", "tag"));
    let mut hints = Hints::default();
    hints.table_mut("t").column_mut("key").was = Some("a".to_owned());
    hints.table_mut("t").column_mut("label").was = Some("tag".to_owned());
    let after = table("key", "label");
    let plan = planned(&before, &after, &hints, &["by_hand"], &mut told).await.unwrap();
    let renamed = Change::RenameColumn { table: "t".to_owned(), from: "a".to_owned(), to: "key".to_owned() };
    assert!(plan.changes.contains(&renamed) && plan.losses().is_empty(), "{plan:?}");
    let db = aio_sql::rusqlite::Connection::open_in_memory().unwrap();
    let alter = db.execute_batch(&format!("{before} ALTER TABLE t RENAME COLUMN a TO key"));
    assert!(alter.is_err(), "SQLite can rename it now: `may_refuse_rename` is no longer needed");
    db.execute_batch("INSERT INTO t VALUES (3, 'x'), (5, 'y'); INSERT INTO child VALUES (5)").unwrap();
    crate::run(&db, &plan).unwrap();
    let text = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("SELECT group_concat(key || label || (SELECT of FROM child)) FROM t"), "3x5,5y5");
    let sql = "CREATE INDEX by_hand ON t (lower(\"key\") COLLATE nocase, \"key\" DESC) WHERE \"key\" > 1";
    assert_eq!(text("SELECT sql FROM sqlite_schema WHERE name = 'by_hand'"), sql);
    // The statements of a trigger cannot be changed as safely.
    let trigger =
        format!("{before} CREATE TRIGGER tr AFTER DELETE ON t BEGIN DELETE FROM child WHERE of = old.a; END;");
    let error = planned(&trigger, &after, &hints, &["by_hand"], &mut told).await.unwrap_err();
    assert!(told_all(&error).contains("the trigger `tr`"), "{error:?}");
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
