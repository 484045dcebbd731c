//! Steps: writing, applying and listing them.

use serde_json::{Value, json};

use crate::package::Folder;

/// A folder with two steps and a database.
fn blog() -> Folder {
    let folder = Folder::new();
    folder.write("migrations/0001_init.sql", "create table post (id integer primary key, title text not null);\n");
    folder.write("migrations/0002_slug.sql", "alter table post add column slug text;\n");
    run(&folder, "db create").ok();
    folder
}

fn run(folder: &Folder, command: &str) -> crate::package::Answer {
    folder.run(&format!("{command} --db app.db --migrations migrations"))
}

fn states(folder: &Folder, code: i32) -> Vec<(String, String)> {
    let answer = run(folder, "migrate status --json").fails(code, &[]).json();
    assert_eq!(answer["format"], 1);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    answer["steps"].as_array().unwrap().iter().map(|step| (text(&step["name"]), text(&step["state"]))).collect()
}

fn state(name: &str, state: &str) -> (String, String) {
    (name.to_owned(), state.to_owned())
}

#[test]
fn pending_steps_are_applied_once_and_listed() {
    let folder = blog();
    assert_eq!(states(&folder, 3), [state("0001_init", "pending"), state("0002_slug", "pending")]);
    run(&folder, "migrate run --dry-run").fails(3, &[]);
    let answer = run(&folder, "migrate run --json").ok().json();
    assert_eq!(answer, json!({ "format": 1, "pending": [], "applied": ["0001_init", "0002_slug"] }));
    assert_eq!(run(&folder, "migrate run --json").ok().json()["applied"], json!([]));
    assert_eq!(states(&folder, 0), [state("0001_init", "applied"), state("0002_slug", "applied")]);
    let shown = run(&folder, "migrate status").ok().out;
    assert!(shown.contains("0002_slug") && shown.contains("applied"), "{shown}");
}

#[test]
fn without_a_package_the_steps_of_the_current_folder_are_taken() {
    let folder = blog();
    let applied = folder.run("migrate run --db app.db --json").ok().json();
    assert_eq!(applied["applied"], json!(["0001_init", "0002_slug"]));
    std::fs::remove_dir_all(folder.path("migrations")).unwrap();
    folder.run("migrate run --db app.db").fails(1, &["Cargo.toml", "--migrations"]);
}

#[test]
fn steps_that_were_edited_removed_or_added_before_others_are_told_apart() {
    let folder = blog();
    run(&folder, "migrate run").ok();
    // A change of comments and white space does not count.
    folder.write("migrations/0002_slug.sql", "-- The slug.\r\nalter table post\r\n add column slug text\r\n");
    assert_eq!(states(&folder, 0), [state("0001_init", "applied"), state("0002_slug", "applied")]);
    folder.write("migrations/0002_slug.sql", "alter table post add column slug blob;");
    std::fs::remove_file(folder.path("migrations/0001_init.sql")).unwrap();
    folder.write("migrations/0000_before.sql", "select 1;");
    let expected = [state("0000_before", "skipped"), state("0002_slug", "changed"), state("0001_init", "missing")];
    assert_eq!(states(&folder, 3), expected);
    run(&folder, "migrate run").fails(1, &["0000_before", "skipped", "migrate status"]);
}

#[test]
fn a_step_that_loses_data_needs_consent() {
    let folder = blog();
    run(&folder, "migrate run").ok();
    folder.run_each(&["query", "--write", "--db", "app.db", "insert into post values (1, 'a', 'b')"]).ok();
    folder.write(
        "migrations/0003_less.sql",
        "-- aio-sql: accepts loss of post.slug\nalter table post drop column slug;\n",
    );
    run(&folder, "migrate run").fails(2, &["0003_less", "post.slug", "--yes"]);
    assert_eq!(states(&folder, 3)[2], state("0003_less", "pending"));
    let applied = run(&folder, "migrate run --yes --backup before.db").ok();
    assert!(applied.out.contains("before.db"), "{applied:?}");
    let rows = folder.run_each(&["query", "--db", "before.db", "select slug from post", "--json"]).ok().json();
    assert_eq!(rows["rows"], json!([["b"]]));
}

#[test]
fn a_step_in_rust_is_left_to_the_program() {
    let folder = blog();
    folder.write("migrations/0003_code.sql", "-- aio-sql: rust\n");
    run(&folder, "migrate run").fails(1, &["0003_code", "function of the program", "db.migrate"]);
    assert_eq!(states(&folder, 3)[0], state("0001_init", "pending"), "no step is applied");
}

#[test]
fn a_mistake_in_a_step_is_shown_at_its_place_and_the_step_leaves_nothing() {
    let folder = blog();
    folder.write(
        "migrations/0003_wrong.sql",
        "-- A remark.\ncreate table tag (name text);\n\nalter table post rename column titel to headline;\ncreate tabel x (y);\n",
    );
    run(&folder, "migrate run").fails(1, &["migrations/0003_wrong.sql"]);
    folder.write("migrations/0003_wrong.sql", "create table tag (name text);\n\ncreate tabel x (y);\n");
    let shown =
        run(&folder, "migrate run").fails(1, &["migrations/0003_wrong.sql:3:8", "create tabel x (y);", "^^^^^"]);
    assert!(shown.err.contains("syntax error"), "{shown:?}");
    let expected = [state("0001_init", "applied"), state("0002_slug", "applied"), state("0003_wrong", "pending")];
    assert_eq!(states(&folder, 3), expected);
    let tables =
        folder.run_each(&["query", "--db", "app.db", "select 1 from sqlite_schema where name = 'tag'", "--json"]);
    assert_eq!(tables.ok().json()["rows"], json!([]));
}

#[test]
fn a_new_step_gets_the_next_number_and_is_in_the_list_of_the_schema() {
    let folder = blog();
    let answer = run(&folder, "migrate new Add-Tags --json").ok().json();
    assert_eq!(answer["step"], "0003_add_tags");
    assert!(folder.path("migrations/0003_add_tags.sql").exists());
    let schema = folder.read("migrations/schema.sql");
    for step in ["0001_init", "0002_slug", "0003_add_tags"] {
        assert!(schema.contains(&format!("-- aio-sql: step {step} ")), "{schema}");
    }
    assert!(schema.contains("CREATE TABLE post") || schema.contains("create table post"), "{schema}");
    run(&folder, "migrate new ???").fails(2, &["name of a file"]);

    // `schema.sql` fits the steps until one is edited. `migrate run` writes the file again.
    folder.write("migrations/0003_add_tags.sql", "create table tag (name text primary key);\n");
    let problems = run(&folder, "migrate status --json").fails(3, &[]).json();
    assert!(problems["problems"][0].as_str().unwrap().contains("schema.sql"), "{problems}");
    run(&folder, "migrate run").ok();
    assert!(folder.read("migrations/schema.sql").contains("tag"));
    assert_eq!(states(&folder, 0).len(), 3);
}

#[test]
fn a_conflict_in_the_schema_is_no_reason_to_fail() {
    let folder = blog();
    run(&folder, "migrate new tags").ok();
    let schema = folder.read("migrations/schema.sql");
    folder.write("migrations/schema.sql", &format!("<<<<<<< ours\n{schema}=======\n{schema}>>>>>>> theirs\n"));
    run(&folder, "migrate run").ok();
    assert_eq!(folder.read("migrations/schema.sql"), schema);
    // A step with a conflict cannot be run, but all commands say which file it is.
    folder.write("migrations/0003_tags.sql", "<<<<<<< ours\nselect 1;\n=======\nselect 2;\n>>>>>>> theirs\n");
    run(&folder, "migrate status").fails(3, &["0003_tags.sql", "conflict"]);
    run(&folder, "migrate run").fails(1, &["0003_tags.sql", "conflict"]);
    folder.write("migrations/0003_other.sql", "select 3;");
    folder.write("migrations/0003_tags.sql", "select 1;");
    run(&folder, "migrate run").fails(1, &["0003_other and 0003_tags have the same number", "migrate rebase"]);
}

#[test]
fn the_schema_of_steps_with_unknown_functions_collations_and_rebuilds_is_known() {
    let folder = Folder::new();
    folder.write(
        "migrations/0001_init.sql",
        "create table author (id integer primary key, name text collate german);
         create table post (id integer primary key, author_id integer references author (id) on delete cascade, title text);
         create index by_slug on post (slugify(title));
         create view titles as select title, author_id from post;",
    );
    folder.write(
        "migrations/0002_rebuild.sql",
        "-- aio-sql: rebuild post
         create table post_new (id integer primary key, author_id integer references author (id) on delete cascade, title text not null);
         insert into post_new select * from post;
         drop table post;
         alter table post_new rename to post;
         create index by_slug on post (slugify(title));",
    );
    folder.write("migrations/0003_code.sql", "-- aio-sql: rust\n");
    folder.run("migrate new more --migrations migrations").ok();
    let schema = folder.read("migrations/schema.sql");
    for part in ["title text not null", "collate german", "by_slug on post (slugify(title))", "VIEW titles"] {
        assert!(schema.contains(part), "{part} is not in {schema}");
    }
    assert!(!schema.contains("post_new") || schema.contains("\"post\""), "{schema}");
}
