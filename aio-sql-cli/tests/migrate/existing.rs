//! A database that exists: its schema becomes the first step, with what no struct says.

use aio_sql::rusqlite::Connection;

use crate::package::{Folder, repository};
use crate::structs::package;
use crate::{files, text};

/// What Sakila has in use besides its tables, views and triggers: full-text search, a view whose
/// statement ends with a comment, and some rows.
const MORE: &str = "
CREATE VIRTUAL TABLE film_search USING fts5 (title, description, content = 'film', content_rowid = 'film_id');
CREATE TRIGGER film_search_ai AFTER INSERT ON film BEGIN
  INSERT INTO film_search (rowid, title, description) VALUES (new.film_id, new.title, new.description);
END;
CREATE TRIGGER film_search_ad AFTER DELETE ON film BEGIN
  INSERT INTO film_search (film_search, rowid, title, description) VALUES ('delete', old.film_id, old.title, old.description);
END;
CREATE TABLE import_log (line TEXT, CHECK (length(line) > 0));
CREATE VIEW long_films AS SELECT title, length FROM film WHERE length > 120 -- minutes
;
INSERT INTO language VALUES (1, 'English', '2006-02-15 05:02:19');
INSERT INTO film (film_id, title, description, language_id, length, last_update) VALUES
  (1, 'ACADEMY DINOSAUR', 'A Epic Drama of a Feminist', 1, 86, '2006-02-15 05:02:19'),
  (7, 'CHICAGO NORTH', 'A Fateful Yarn of a Mad Cow', 1, 185, '2006-02-15 05:02:19');
INSERT INTO actor VALUES (3, 'ED', 'CHASE', '2006-02-15 05:02:19');
INSERT INTO film_actor VALUES (3, 7, '2006-02-15 05:02:19');
";

/// Creates a package, and the database `sakila.db` beside it.
fn sakila() -> Folder {
    // The features are those of the test of generated structs, so that both use one build.
    let folder = Folder::workspace(&format!(
        "[package]\nname = \"sakila\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         aio-sql = {{ path = {:?}, features = [\"jiff\", \"json\", \"regexp\", \"rust_decimal\", \"unicode\", \"uuid\"] }}\n\
         jiff = \"0.2\"\nrust_decimal = \"1\"\n",
        repository()
    ));
    let script = std::fs::read_to_string(repository().join("tests/inspect/data/sakila.sql")).unwrap();
    Connection::open(folder.path("sakila.db")).unwrap().execute_batch(&format!("{script}{MORE}")).unwrap();
    folder
}

/// Returns the statements of the schema of a database, without the records of steps and without
/// the white space that SQLite keeps at the end of some.
fn schema(folder: &Folder, db: &str) -> String {
    let all =
        "SELECT group_concat(name || ': ' || rtrim(sql, ' ' || char(10)), char(10) ORDER BY name) FROM sqlite_schema
        WHERE sql IS NOT NULL AND name NOT LIKE '\\_aio%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'";
    text(folder, db, all)
}

#[test]
fn a_database_with_views_triggers_and_full_text_search_becomes_the_first_step() {
    let folder = sakila();
    folder.run("generate --db sakila.db --sample --output src/lib.rs").ok();
    // Nobody has named the database that `.env` names, so that `diff` does not take it unasked.
    folder.write(".env", "DATABASE_URL=sqlite:sakila.db\n");
    let words = ["18 tables", "6 views", "triggers", ".env", "--db", "--structs-only"];
    folder.run("migrate diff").fails(2, &words);
    assert!(folder.run("migrate diff --structs-only -n").fails(3, &[]).out.contains("CREATE TABLE \"film\""));
    assert!(!folder.path("migrations").exists());
    let written = folder.run("migrate diff --db sakila.db").ok();
    assert!(written.out.contains("create the view `long_films`"), "{written:?}");
    assert!(written.err.contains("migrate baseline --db sakila.db"), "{written:?}");
    assert_eq!(files(&folder), ["0001_init.sql", "schema.sql"]);
    folder.run("migrate baseline").ok();
    folder.run("migrate check --db sakila.db").ok();
    // A new database has everything, too.
    folder.run("db create --db new.db").ok();
    folder.run("migrate run --db new.db").ok();
    assert!(schema(&folder, "new.db") == schema(&folder, "sakila.db"), "{}", schema(&folder, "new.db"));
    folder.run("migrate check --db new.db").ok();
    assert!(folder.run("migrate diff --db sakila.db").ok().out.contains("nothing to do"));

    // A column is renamed that a view reads, and a new one makes a rebuild of the table necessary.
    let structs = folder.read("src/lib.rs");
    let column = "    pub length: Option<i64>,";
    assert!(structs.contains(column), "{structs}");
    let changed = "    #[column(was = \"length\")]\n    pub minutes: Option<i64>,\n    #[column(unique)]\n    pub imdb: Option<String>,";
    folder.write("src/lib.rs", &structs.replacen(column, changed, 1));
    folder.run("migrate diff --name imdb").ok();
    for db in ["sakila.db", "new.db"] {
        folder.run(&format!("migrate run --db {db}")).ok();
        folder.run(&format!("migrate check --db {db}")).ok();
    }
    assert!(folder.run("migrate diff").ok().out.contains("nothing to do"));
    assert_eq!(text(&folder, "sakila.db", "SELECT group_concat(title || minutes) FROM long_films"), "CHICAGO NORTH185");
    let found =
        "SELECT group_concat(film.film_id || actor_id) FROM film_search JOIN film ON film.film_id = film_search.rowid
        JOIN film_actor USING (film_id) WHERE film_search MATCH 'yarn'";
    assert_eq!(text(&folder, "sakila.db", found), "73");
    // The triggers work in the rebuilt table.
    let db = Connection::open(folder.path("sakila.db")).unwrap();
    db.execute_batch("DELETE FROM film_actor; DELETE FROM film WHERE film_id = 7").unwrap();
    assert_eq!(
        text(&folder, "sakila.db", "SELECT count(*) || '' FROM film_search WHERE film_search MATCH 'yarn'"),
        "0"
    );
}

const NOTE: &str = "#[derive(aio_sql::Table)]\n#[table(name = \"note\", strict = false)]\npub struct Note {
    #[column(primary_key, auto)] pub id: i64,
    pub text: String,
}
";

#[test]
fn what_the_structs_have_changed_already_is_a_step_of_its_own_behind_the_first() {
    let folder = package("changed_already", NOTE);
    let db = Connection::open(folder.path("app.db")).unwrap();
    db.execute_batch("CREATE TABLE note (id integer primary key); INSERT INTO note VALUES (4)").unwrap();
    folder.run("migrate diff --db app.db").fails(1, &["`text` of `note`", "backfill"]);
    assert!(!folder.path("migrations").exists());
    folder.write("src/lib.rs", &NOTE.replace("pub text", "#[column(default = \"-\")] pub text"));
    let steps = folder.run("migrate diff --db app.db -n --json").fails(3, &[]).json();
    assert_eq!(steps["steps"].as_array().unwrap().len(), 2, "{steps}");
    folder.run("migrate diff --db app.db").ok();
    assert_eq!(files(&folder), ["0001_init.sql", "0002_add_note_text.sql", "schema.sql"]);
    assert_eq!(folder.read("migrations/0001_init.sql"), "CREATE TABLE note (id integer primary key);\n");
    let recorded = folder.run("migrate baseline --db app.db --json").ok().json();
    assert_eq!(recorded["pending"], serde_json::json!(["0002_add_note_text"]));
    folder.run("migrate run --db app.db").ok();
    folder.run("migrate check --db app.db").ok();
    assert_eq!(text(&folder, "app.db", "SELECT id || text FROM note"), "4-");
}

#[test]
fn a_database_that_is_not_there_or_has_steps_is_no_first_step() {
    let folder = package("no_first_step", NOTE);
    folder.run("migrate diff --db none.db").fails(1, &["no database at `none.db`", "without `--db`"]);
    folder.write(".env", "DATABASE_URL=sqlite:app.db\n");
    folder.run("migrate diff").ok();
    // A database that has only the tables of the structs raises no question.
    let db = Connection::open(folder.path("app.db")).unwrap();
    db.execute_batch(&folder.read("migrations/0001_init.sql")).unwrap();
    std::fs::remove_dir_all(folder.path("migrations")).unwrap();
    folder.run("migrate diff").ok();
    folder.run("migrate baseline").ok();
    std::fs::remove_dir_all(folder.path("migrations")).unwrap();
    folder.run("migrate diff --db app.db").fails(1, &["history already", "0001_init"]);
    folder.run("migrate diff").ok();
    assert_eq!(files(&folder), ["0001_init.sql", "schema.sql"]);
}
