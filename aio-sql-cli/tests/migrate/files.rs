//! Steps without structs: `lint`, `revert`, `squash` and `baseline`.

use aio_sql::rusqlite::Connection;

use crate::package::Folder;
use crate::{files, text};

fn folder(steps: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (name, sql) in steps {
        folder.write(&format!("migrations/{name}.sql"), sql);
    }
    folder
}

const INIT: (&str, &str) = (
    "0001_init",
    "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT);
     CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT, subtitle TEXT);
     CREATE VIEW subtitles AS SELECT subtitle FROM post;",
);

#[test]
fn lint_names_each_kind_of_risk_with_its_place() {
    let risky = "-- aio-sql: rebuild author
ALTER TABLE post RENAME COLUMN title TO headline;
CREATE UNIQUE INDEX by_headline ON post (headline);
CREATE TABLE author_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO author_new SELECT id, name FROM author;
DROP TABLE author;
ALTER TABLE author_new RENAME TO author;
ALTER TABLE post DROP COLUMN subtitle;
";
    let folder = folder(&[INIT, ("0002_risky", risky)]);
    let found = folder.run("--migrations migrations migrate lint");
    assert_eq!(found.code, 3, "{found:?}");
    let expected = [
        ("0002_risky.sql:2: rename: ", "`post.title` is renamed to `headline`"),
        ("0002_risky.sql:3: unique-over-rows: ", "(headline) of `post`"),
        ("0002_risky.sql:4: not-null-without-value: ", "`author.name` becomes NOT NULL"),
        ("0002_risky.sql:8: data-loss: ", "accepts loss of post.subtitle"),
        (": dropped-reference: ", "`subtitles`"),
    ];
    for (place, words) in expected {
        assert!(
            found.out.lines().any(|line| line.contains(place) && line.contains(words)),
            "{place}{words}\n{found:?}"
        );
    }
    assert_eq!(found.out.lines().count(), expected.len(), "{found:?}");
    let fewer = folder.run("--migrations migrations migrate lint --allow rename --allow data-loss --json").json();
    assert_eq!(fewer["findings"].as_array().unwrap().len(), 3, "{fewer}");
    // The first step has no risk, because there are no rows before it.
    let folder = self::folder(&[INIT]);
    folder.run("--migrations migrations migrate lint").ok();
}

#[test]
fn lint_says_nothing_of_a_new_unique_column_that_is_null_in_all_rows() {
    let code = "ALTER TABLE post ADD COLUMN code TEXT; CREATE UNIQUE INDEX by_code ON post (code);";
    folder(&[INIT, ("0002_code", code)]).run("--migrations migrations migrate lint").ok();
    let filled = code.replace("; CREATE", "; UPDATE post SET code = title; CREATE");
    let found = folder(&[INIT, ("0002_code", &filled)]).run("--migrations migrations migrate lint");
    assert!(found.code == 3 && found.out.contains("unique-over-rows"), "{found:?}");
}

#[test]
fn lint_counts_the_rows_of_a_database() {
    let rebuild = "-- aio-sql: rebuild author
CREATE TABLE author_new (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
INSERT INTO author_new SELECT id, name FROM author;
DROP TABLE author;
ALTER TABLE author_new RENAME TO author;
";
    let folder = folder(&[INIT]);
    folder.run("--db app.db db create").ok();
    folder.run("--migrations migrations --db app.db migrate run").ok();
    folder.write("migrations/0002_unique.sql", rebuild);
    folder.run("--migrations migrations --db app.db migrate lint").ok();
    let fill = "INSERT INTO author (name) WITH n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 100000) SELECT n FROM n";
    Connection::open(folder.path("app.db")).unwrap().execute_batch(fill).unwrap();
    let found = folder.run("--migrations migrations --db app.db migrate lint");
    for rule in ["large-rebuild", "unique-over-rows"] {
        assert!(found.out.contains(rule), "{found:?}");
    }
    folder.run("--migrations migrations --db app.db migrate run").ok();
    folder.run("--migrations migrations --db app.db migrate lint").ok();
}

#[test]
fn revert_writes_the_inverse_and_refuses_to_lose_data() {
    let change = "ALTER TABLE author RENAME TO writer;
ALTER TABLE writer RENAME COLUMN name TO full_name;
ALTER TABLE post DROP COLUMN title;
CREATE INDEX by_subtitle ON post (subtitle);
DROP VIEW subtitles;";
    let folder = folder(&[INIT, ("0002_change", &format!("-- aio-sql: accepts loss of post.title\n{change}"))]);
    folder.run("--db app.db db create").ok();
    folder.run("--migrations migrations --db app.db migrate run --yes").ok();
    let db = Connection::open(folder.path("app.db")).unwrap();
    db.execute_batch("INSERT INTO writer VALUES (3, 'Ada'); INSERT INTO post VALUES (1, 's')").unwrap();
    folder.run("--migrations migrations migrate revert").ok();
    assert_eq!(files(&folder), ["0001_init.sql", "0002_change.sql", "0003_revert_0002_change.sql", "schema.sql"]);
    folder.run("--migrations migrations --db app.db migrate run").ok();
    let names = "SELECT id || name || (SELECT count(*) FROM subtitles) FROM author";
    assert_eq!(text(&folder, "app.db", names), "3Ada1");
    assert_eq!(
        text(&folder, "app.db", "SELECT group_concat(name) FROM pragma_table_info('post')"),
        "id,subtitle,title"
    );
    // The inverse of the inverse would drop the column again.
    folder.run("--migrations migrations migrate revert").fails(1, &["0003_revert_0002_change", "post.title"]);
    assert_eq!(files(&folder).len(), 4);
}

#[test]
fn squash_makes_the_same_schema_and_the_same_rows_in_one_step() {
    let more = "ALTER TABLE post ADD COLUMN author_id INTEGER REFERENCES author (id);
        INSERT INTO author VALUES (1, 'it''s'), (2, NULL);
        CREATE TRIGGER tr AFTER INSERT ON author BEGIN INSERT INTO post (title, author_id) VALUES (new.name, new.id); END;";
    let folder = folder(&[INIT, ("0002_more", more), ("0003_last", "CREATE INDEX by_title ON post (title)")]);
    folder.run("--db old.db db create").ok();
    folder.run("--db new.db db create").ok();
    folder.run("--migrations migrations --db old.db migrate run").ok();
    folder.run("--migrations migrations migrate squash --through 2").fails(2, &["--yes"]);
    folder.run("--migrations migrations migrate squash --through 2 --yes").ok();
    assert_eq!(files(&folder), ["0002_squashed.sql", "0003_last.sql", "schema.sql"]);
    assert!(folder.read("migrations/0002_squashed.sql").starts_with("-- aio-sql: replaces 0001..0002\n"));
    // In a database with the old steps, the new one counts as applied; in an empty one, it runs.
    folder.run("--migrations migrations --db old.db migrate run").ok();
    folder.run("--migrations migrations --db new.db migrate run").ok();
    let rows = "SELECT group_concat(id || coalesce(name, '-')) || (SELECT count(*) FROM post) FROM author";
    for db in ["old.db", "new.db"] {
        assert_eq!(text(&folder, db, rows), "1it's,2-0", "{db}");
        let kinds = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' AND sql IS NOT NULL ORDER BY name)";
        assert_eq!(text(&folder, db, kinds), "author,by_title,post,subtitles,tr", "{db}");
    }
}

#[test]
fn baseline_records_the_steps_whose_schema_the_database_has() {
    let folder = folder(&[
        INIT,
        ("0002_more", "ALTER TABLE author ADD COLUMN born INTEGER"),
        ("0003_fill", "UPDATE author SET born = 1900 WHERE born IS NULL"),
        ("0004_last", "CREATE INDEX by_title ON post (title)"),
    ]);
    let db = Connection::open(folder.path("app.db")).unwrap();
    db.execute_batch(
        "create table author (\"id\" integer primary key, NAME text, born INT); CREATE TABLE of_others (x);",
    )
    .unwrap();
    folder.run("--migrations migrations --db app.db migrate baseline").fails(1, &["schema of no step", "`post`"]);
    db.execute_batch(
        "CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT, subtitle TEXT); CREATE VIEW subtitles AS SELECT subtitle FROM post",
    )
    .unwrap();
    let recorded = folder.run("--migrations migrations --db app.db migrate baseline --json").ok().json();
    assert_eq!(recorded["recorded"], serde_json::json!(["0001_init", "0002_more", "0003_fill"]));
    assert_eq!(recorded["pending"], serde_json::json!(["0004_last"]));
    folder.run("--migrations migrations --db app.db migrate run").ok();
    assert_eq!(
        text(&folder, "app.db", "SELECT group_concat(name) FROM _aio_sql_migrations"),
        "0001_init,0002_more,0003_fill,0004_last"
    );
    folder.run("--migrations migrations --db app.db migrate baseline").fails(1, &["history", "0001_init"]);
    folder.run("--migrations migrations --db none.db migrate baseline").fails(1, &["no database"]);
}
