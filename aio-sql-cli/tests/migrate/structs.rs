//! From structs to steps: `diff` and `check`.

use aio_sql::rusqlite::Connection;

use crate::package::{Folder, dependency};
use crate::{files, text};

const FIRST: &str = "#[derive(aio_sql::Table)]
pub struct Author { #[column(primary_key, auto)] pub id: i64, pub name: String }
#[derive(aio_sql::Table)]
#[table(index(author_id))]
pub struct Post {
    #[column(primary_key, auto)] pub id: i64,
    #[column(references = Author::ID)] pub author_id: i64,
    pub title: String,
    pub subtitle: Option<String>,
}
";

/// Creates a package with structs. No other test may use the name, because all tests share the
/// folder for compiled packages.
pub(crate) fn package(name: &str, structs: &str) -> Folder {
    let folder = Folder::workspace(&format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{}\n[workspace]\n",
        dependency()
    ));
    folder.write("src/lib.rs", structs);
    folder
}

#[test]
fn structs_become_steps_that_a_database_with_rows_follows() {
    let folder = package("with_rows", FIRST);
    // The first step.
    let shown = folder.run("migrate diff -n");
    assert_eq!(shown.code, 3, "{shown:?}");
    assert!(shown.out.contains("CREATE TABLE \"author\"") && !folder.path("migrations").exists(), "{shown:?}");
    folder.run("migrate diff").ok();
    assert_eq!(files(&folder), ["0001_init.sql", "schema.sql"]);
    let schema = folder.read("migrations/schema.sql");
    for line in
        ["-- aio-sql: step 0001_init ", "-- aio-sql: owns table post\n", "-- aio-sql: owns index ix_post_author_id\n"]
    {
        assert!(schema.contains(line), "{line} is not in {schema}");
    }
    folder.run("db create --db app.db").ok();
    folder.run("migrate run --db app.db").ok();
    folder.run("migrate check --db app.db").ok();
    assert!(folder.run("migrate diff").ok().out.contains("nothing to do"));
    Connection::open(folder.path("app.db"))
        .unwrap()
        .execute_batch(
            "INSERT INTO author VALUES (1, 'Ada');
             INSERT INTO post VALUES (7, 1, 'One', 'sub'), (9, 1, 'Two', NULL); DELETE FROM post WHERE id = 9;
             CREATE VIEW titles AS SELECT title FROM post",
        )
        .unwrap();
    // One column is renamed, a new one needs values, and one is gone.
    let second = FIRST
        .replace("pub title: String", "#[column(was = \"title\")] pub headline: String")
        .replace("pub subtitle: Option<String>", "#[column(unique)] pub slug: String");
    folder.write("src/lib.rs", &second);
    let checked = folder.run("migrate check");
    assert_eq!(checked.code, 3, "{checked:?}");
    assert!(checked.out.contains("`headline` is missing") && checked.err.contains("migrate diff"), "{checked:?}");
    // `diff` cannot know whether `slug` is the renamed `subtitle`, and has nobody to ask here.
    let words = ["`slug`", "`subtitle`", "#[column(was = \"subtitle\")]", "src/lib.rs:", "--no-renames"];
    folder.run("migrate diff").fails(2, &words);
    folder.run("migrate diff --no-renames").fails(1, &["`slug` of `post`", "#[column(backfill = sql(\"…\"))]"]);
    let third = second.replace("#[column(unique)]", "#[column(unique, backfill = sql(\"lower(headline)\"))]");
    folder.write("src/lib.rs", &third);
    folder.run("migrate diff --no-renames").fails(2, &["post.subtitle", "--yes"]);
    assert_eq!(files(&folder).len(), 2);
    let written = folder.run("migrate diff --no-renames --yes --name slugs --json").ok().json();
    assert_eq!(written["losses"], serde_json::json!(["post.subtitle"]));
    let step = folder.read("migrations/0002_slugs.sql");
    assert!(step.starts_with("-- aio-sql: rebuild post\n-- aio-sql: accepts loss of post.subtitle\n"), "{step}");
    // The attributes stay in the source, but have no further effect.
    assert!(folder.run("migrate diff").ok().out.contains("nothing to do"));
    folder.run("migrate run --db app.db").fails(2, &["post.subtitle", "--yes"]);
    folder.run("migrate run --db app.db --yes").ok();
    assert_eq!(
        text(&folder, "app.db", "SELECT id || post.headline || slug || titles.headline FROM post, titles"),
        "7OneoneOne"
    );
    // No step creates the view `titles`.
    let drift = folder.run("migrate check --db app.db");
    assert_eq!(drift.code, 3, "{drift:?}");
    assert!(drift.out.contains("the view `titles` is unexpected"), "{drift:?}");
    Connection::open(folder.path("app.db")).unwrap().execute_batch("DROP VIEW titles").unwrap();
    folder.run("migrate check --db app.db").ok();
    Connection::open(folder.path("app.db")).unwrap().execute_batch("ALTER TABLE author ADD COLUMN x TEXT").unwrap();
    folder.run("migrate check --db app.db").fails(3, &[]);
}

#[test]
fn a_file_that_was_edited_shows_in_check_and_is_written_anew() {
    let folder = package("edited", FIRST);
    folder.run("migrate diff").ok();
    let step = folder.read("migrations/0001_init.sql");
    folder.write("migrations/0001_init.sql", &(step + "CREATE TABLE by_hand (x);\n"));
    let checked = folder.run("migrate check");
    assert_eq!(checked.code, 3);
    assert!(checked.out.contains("0001_init was edited after schema.sql"), "{checked:?}");
    assert!(checked.err.contains("--write"), "{checked:?}");
    folder.run("migrate check --write").ok();
    // The table does not belong to the structs, so `diff` leaves it alone.
    assert!(folder.run("migrate diff --no-renames").ok().out.contains("nothing to do"));
    assert!(folder.read("migrations/schema.sql").contains("CREATE TABLE by_hand"));
}
