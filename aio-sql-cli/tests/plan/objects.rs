//! The rows, indexes, triggers and views that the steps keep.

use aio_sql::rusqlite::Connection;
use aio_sql_cli::plan::{Hints, Plan};

use crate::{no_renames, planned, run};

/// Plans and runs the steps between two schemas of structs, in a database that also has `rows` and
/// what the script `foreign` creates.
async fn migrated(before: &str, after: &str, foreign: &str, rows: &str) -> (Connection, Plan) {
    let db = Connection::open_in_memory().unwrap();
    for script in [before, foreign, "PRAGMA foreign_keys = ON", rows] {
        db.execute_batch(script).unwrap();
    }
    let names = ["audit", "posts_new", "by_hand", "Posts_new2"];
    let plan = planned(&format!("{before};{foreign}"), after, &Hints::default(), &names, &mut no_renames).await;
    let plan = plan.unwrap();
    run(&db, &plan).unwrap();
    (db, plan)
}

fn text(db: &Connection, sql: &str) -> String {
    db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
}

#[tokio::test]
async fn a_rebuild_keeps_children_under_cascade_and_set_null() {
    let child = "CREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE CASCADE, q INTEGER REFERENCES p (id) ON DELETE SET NULL);";
    let before =
        format!("CREATE TABLE p (id INTEGER PRIMARY KEY, up INTEGER REFERENCES p (id) ON DELETE CASCADE); {child}");
    let after = format!(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, up INTEGER REFERENCES p (id) ON DELETE CASCADE) STRICT; {child}"
    );
    let rows = "INSERT INTO p VALUES (1, NULL), (2, 1); INSERT INTO c VALUES (1, 2), (2, 2)";
    let (db, plan) = migrated(&before, &after, "", rows).await;
    assert_eq!(plan.steps[0].rebuilds, ["p"]);
    assert_eq!(text(&db, "SELECT group_concat(p || q) || (SELECT count(*) FROM p) FROM c"), "12,222");
    assert!(text(&db, "SELECT sql FROM sqlite_schema WHERE name = 'p'").contains("REFERENCES p (id)"));
    db.execute_batch("PRAGMA foreign_keys = ON; DELETE FROM p WHERE id = 1").unwrap();
    assert_eq!(text(&db, "SELECT count(*) || '' FROM c"), "0");
}

#[tokio::test]
async fn a_rebuild_keeps_the_numbers_of_rows_and_the_counter() {
    let (db, plan) = migrated(
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT); CREATE TABLE r (rowid TEXT, oid TEXT)",
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT UNIQUE); CREATE TABLE r (rowid TEXT, oid TEXT UNIQUE)",
        "",
        "INSERT INTO a VALUES (3, 'x'), (90, 'y'); DELETE FROM a WHERE id = 90;
         INSERT INTO r (_rowid_, rowid, oid) VALUES (77, 'a', 'b'), (5, 'c', 'd')",
    )
    .await;
    assert_eq!(plan.steps[0].rebuilds.len(), 2);
    db.execute_batch("INSERT INTO a (x) VALUES ('z')").unwrap();
    assert_eq!(text(&db, "SELECT group_concat(id || x) FROM a"), "3x,91z");
    assert_eq!(text(&db, "SELECT group_concat(_rowid_ || rowid || oid) FROM r"), "5cd,77ab");
    assert_eq!(text(&db, "SELECT group_concat(name || seq) FROM sqlite_sequence"), "a91");
}

#[tokio::test]
async fn a_rebuild_keeps_indexes_triggers_and_views_and_leaves_another_table_with_the_new_name_alone() {
    let foreign = "CREATE TABLE audit (x); CREATE TABLE posts_new (keep TEXT); INSERT INTO posts_new VALUES ('kept');
        CREATE VIEW Posts_new2 AS SELECT title FROM posts;
        CREATE INDEX by_hand ON posts (lower(title) DESC) WHERE title <> '';
        CREATE TRIGGER tr AFTER INSERT ON posts BEGIN INSERT INTO audit VALUES (new.title); END";
    let (db, plan) = migrated(
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, up TEXT GENERATED ALWAYS AS (upper(title)) STORED)",
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT COLLATE NOCASE, up TEXT GENERATED ALWAYS AS (upper(title)) STORED)",
        foreign,
        "INSERT INTO posts (title) VALUES ('b'), ('a')",
    )
    .await;
    assert!(plan.broken.is_empty(), "{plan:?}");
    db.execute_batch("INSERT INTO posts (title) VALUES ('c')").unwrap();
    assert_eq!(text(&db, "SELECT group_concat(x) FROM audit"), "b,a,c");
    assert_eq!(text(&db, "SELECT group_concat(title) FROM Posts_new2"), "b,a,c");
    assert_eq!(text(&db, "SELECT group_concat(up) FROM posts"), "B,A,C");
    assert_eq!(text(&db, "SELECT keep FROM posts_new"), "kept");
    let index = text(&db, "SELECT sql FROM sqlite_schema WHERE name = 'by_hand'");
    assert_eq!(index, "CREATE INDEX by_hand ON posts (lower(title) DESC) WHERE title <> ''");
}

#[tokio::test]
async fn a_renamed_table_that_is_also_rebuilt_takes_two_steps_so_that_its_children_follow() {
    let mut hints = Hints::default();
    hints.table_mut("author").was = Some("authors".to_owned());
    let before = "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE book (author_id INTEGER REFERENCES authors (id) ON DELETE CASCADE)";
    let after = "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
        CREATE TABLE book (author_id INTEGER REFERENCES author (id) ON DELETE CASCADE)";
    let view = "; CREATE VIEW names AS SELECT name FROM authors";
    let plan = planned(&format!("{before}{view}"), after, &hints, &[], &mut no_renames).await.unwrap();
    assert_eq!(plan.steps.len(), 2);
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(&format!("{before}{view}; INSERT INTO authors VALUES (1, 'Ada'); INSERT INTO book VALUES (1)"))
        .unwrap();
    run(&db, &plan).unwrap();
    assert_eq!(text(&db, "SELECT name FROM names, book"), "Ada");
    assert!(text(&db, "SELECT sql FROM sqlite_schema WHERE name = 'book'").contains("\"author\""));
}

#[tokio::test]
async fn a_longer_list_of_an_enum_and_not_null_need_no_rebuild() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT NOT NULL CONSTRAINT ck_k CHECK (k IN ('a', 'b')), n TEXT, gone TEXT)";
    let after = "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT NOT NULL CONSTRAINT ck_k CHECK (k IN ('a', 'b', 'c')), n TEXT NOT NULL, more INTEGER NOT NULL DEFAULT 3)";
    let (db, plan) = migrated(before, after, "", "INSERT INTO t VALUES (5, 'a', 'n', 'g')").await;
    assert!(plan.steps[0].rebuilds.is_empty(), "{}", plan.steps[0].text());
    db.execute_batch("INSERT INTO t (k, n) VALUES ('c', 'm')").unwrap();
    assert_eq!(text(&db, "SELECT group_concat(id || k || n || more) FROM t"), "5an3,6cm3");
    // If a check can be NULL, ADD CONSTRAINT refuses rows that the check itself accepts.
    let before = "CREATE TABLE t (k TEXT CONSTRAINT ck_k CHECK (k IN ('a', 'b')))";
    let after = "CREATE TABLE t (k TEXT CONSTRAINT ck_k CHECK (k IN ('a', 'b', 'c')))";
    let (db, plan) = migrated(before, after, "", "INSERT INTO t VALUES ('a'), (NULL)").await;
    assert_eq!(plan.steps[0].rebuilds, ["t"]);
    assert_eq!(text(&db, "SELECT count(*) || '' FROM t"), "2");
}

#[tokio::test]
async fn a_dropped_table_does_not_empty_a_table_that_refers_to_it() {
    let plan = planned(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE audit (p INTEGER REFERENCES p (id) ON DELETE CASCADE)",
        "",
        &Hints::default(),
        &["audit"],
        &mut no_renames,
    )
    .await
    .unwrap();
    let text = plan.steps[0].text();
    assert!(text.starts_with("-- aio-sql: foreign keys off\n-- aio-sql: accepts loss of p\n"), "{text}");
    assert_eq!(plan.broken.len(), 1, "{plan:?}");
}

#[tokio::test]
async fn a_view_that_reads_a_dropped_column_is_named() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE VIEW v AS SELECT a FROM t";
    let after = "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT)";
    let plan = planned(before, after, &Hints::default(), &[], &mut no_renames).await.unwrap();
    assert!(plan.broken[0].contains("`v`"), "{plan:?}");
}

#[tokio::test]
async fn a_table_whose_trigger_names_a_dropped_column_is_named() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);
        CREATE TRIGGER tr AFTER UPDATE OF b ON t BEGIN UPDATE t SET a = 'x' WHERE id = new.id; END;
        CREATE TABLE other (id INTEGER PRIMARY KEY);
        CREATE TRIGGER wrong AFTER DELETE ON other BEGIN SELECT old.none; END";
    let after =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT); CREATE TABLE other (id INTEGER PRIMARY KEY, n INTEGER)";
    let plan = planned(before, after, &Hints::default(), &[], &mut no_renames).await.unwrap();
    assert_eq!(plan.broken, ["a trigger makes it impossible to write to `t`: no such column: a"]);
}

#[tokio::test]
async fn a_view_whose_trigger_has_changed_is_created_again_with_it() {
    let script = |body: &str| {
        format!(
            "CREATE TABLE note (id INTEGER PRIMARY KEY); CREATE VIEW notes AS SELECT id FROM note;
             CREATE TRIGGER into_notes INSTEAD OF INSERT ON notes BEGIN {body}; END;
             CREATE TRIGGER from_notes INSTEAD OF DELETE ON notes BEGIN SELECT 3; END"
        )
    };
    let plan =
        planned(&script("SELECT 1"), &script("SELECT 2"), &Hints::default(), &[], &mut no_renames).await.unwrap();
    let text = plan.steps[0].text();
    assert!(text.contains("DROP VIEW \"notes\"") && text.contains("BEGIN SELECT 2; END"), "{text}");
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(&script("SELECT 1")).unwrap();
    run(&db, &plan).unwrap();
    let triggers = "SELECT count(*) FROM sqlite_schema WHERE tbl_name = 'notes' AND type = 'trigger'";
    assert_eq!(db.query_row(triggers, [], |row| row.get::<_, i64>(0)), Ok(2));
}
