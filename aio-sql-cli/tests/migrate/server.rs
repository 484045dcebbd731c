//! The commands with a PostgreSQL server. Where a server is needed, the tests need one.

use aio_sql::{Database, query};
use serde_json::{Value, json};
use servers::postgres::shared;

use crate::package::{Answer, Folder};

/// A folder with steps, and a schema of its own on the server.
pub(crate) struct Server {
    pub(crate) folder: Folder,
    pub(crate) address: String,
}

pub(crate) const INIT: &str =
    "create table note (id bigint primary key, text varchar(20));\ninsert into note values (1, 'a'), (2, 'b');\n";
const INDEX: &str = "-- aio-sql: no transaction\n\nCREATE INDEX CONCURRENTLY note_text ON note (text);\n";

pub(crate) fn server() -> Option<Server> {
    let schema = wait(shared()?.create_schema()).unwrap();
    let folder = Folder::new();
    folder.write("migrations/0001_init.sql", INIT);
    Some(Server { folder, address: schema.address().to_owned() })
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Server {
    pub(crate) fn run(&self, command: &str) -> Answer {
        self.folder.run(&format!("{command} --db {} --migrations migrations", self.address))
    }

    pub(crate) fn script(&self, sql: &str) {
        wait(async {
            let db = Database::open(&self.address).await.unwrap();
            db.execute_script(sql).await.unwrap();
            db.close().await.unwrap();
        });
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        wait(async {
            let db = Database::open(&self.address).await.unwrap();
            let number = query(sql).scalar(&db).await.unwrap();
            db.close().await.unwrap();
            number
        })
    }

    fn states(&self, code: i32) -> Value {
        let listed = self.run("migrate status --json").fails(code, &[]).json();
        listed["steps"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect()
    }
}

#[test]
fn steps_are_applied_listed_and_checked_on_a_server() {
    let Some(server) = server() else { return };
    server.folder.write("migrations/0002_index.sql", INDEX);
    assert_eq!(server.states(3), json!(["pending", "pending"]));
    server.run("migrate run --dry-run").fails(3, &[]);
    let applied = server.run("migrate run --json").ok().json();
    assert_eq!(applied["applied"], json!(["0001_init", "0002_index"]));
    assert_eq!(server.states(0), json!(["applied", "applied"]));
    assert!(server.run("migrate run").ok().out.contains("nothing to do"));
    assert_eq!(server.number("select count(*) from note"), 2);
    server.run("migrate baseline").fails(1, &["history", "0001_init"]);
}

#[test]
fn the_steps_are_those_in_the_folder_of_the_kind_of_the_database() {
    let Some(server) = server() else { return };
    let folder = &server.folder;
    std::fs::remove_file(folder.path("migrations/0001_init.sql")).unwrap();
    folder.write("migrations/sqlite/0001_init.sql", "create table note (id integer primary key) strict;\n");
    server.run("migrate status").fails(1, &["for sqlite only", "none for postgres", "migrations/postgres"]);
    folder.write("migrations/postgres/0001_init.sql", INIT);
    folder.run("migrate new more --migrations migrations").ok();
    assert!(folder.read("migrations/sqlite/0002_more.sql").contains("Write the statements"));
    // Without a server, nobody knows what the steps for PostgreSQL make.
    assert!(!folder.path("migrations/postgres/schema.sql").exists());
    server.run("migrate new third").ok();
    for database in ["sqlite", "postgres"] {
        assert!(folder.read(&format!("migrations/{database}/schema.sql")).contains("step 0003_third"));
    }
    folder.run("migrate status --migrations migrations").fails(2, &["sqlite and postgres", "--db"]);
    let all = json!(["0001_init", "0002_more", "0003_third"]);
    assert_eq!(server.run("migrate run --json").ok().json()["applied"], all);
    folder.run("db create --db app.db").ok();
    let applied = folder.run("migrate run --db app.db --migrations migrations --json").ok().json();
    assert_eq!(applied["applied"], all);
    std::fs::remove_file(folder.path("migrations/sqlite/0002_more.sql")).unwrap();
    folder.run("migrate new fourth --migrations migrations").fails(1, &["different names"]);
}

#[test]
fn an_invalid_index_is_shown_with_the_statement_that_drops_it() {
    let Some(server) = server() else { return };
    server.folder.write(
        "migrations/0002_unique.sql",
        "-- aio-sql: no transaction\ncreate unique index concurrently note_text on note (text);\n",
    );
    server.folder.write("migrations/0001_init.sql", &INIT.replace("'b'", "'a'"));
    let drop = "DROP INDEX CONCURRENTLY \"note_text\"";
    server.run("migrate run").fails(1, &["0002_unique", "INVALID", drop]);
    let status = server.run("migrate status").fails(3, &[]);
    assert!(status.out.contains("`note_text` of `note` is INVALID") && status.out.contains(drop), "{status:?}");
    let status = server.run("migrate status --json").fails(3, &[]).json();
    assert_eq!(status["leftovers"]["invalid_indexes"], json!([{ "index": "note_text", "table": "note" }]));
    server.run("migrate run").fails(1, &["0002_unique", "INVALID", drop]);
    server.script("delete from note where id = 2");
    server.script("drop index concurrently note_text");
    server.run("migrate run").ok();
    assert_eq!(server.run("migrate status --json").ok().json()["leftovers"]["invalid_indexes"], json!([]));
}

#[test]
fn an_invalid_index_in_another_schema_is_shown_if_a_step_names_it() {
    let Some(server) = server() else { return };
    let app = format!("invalid_{}", std::process::id());
    let table = |schema: &str| {
        format!(
            "create schema {schema}; create table {schema}.note (text text); insert into {schema}.note values ('a'), ('a');"
        )
    };
    server.folder.write("migrations/0001_init.sql", &table(&app));
    server.folder.write(
        "migrations/0002_unique.sql",
        &format!("-- aio-sql: no transaction\ncreate unique index concurrently note_text on {app}.note (text);\n"),
    );
    let drop = format!("DROP INDEX CONCURRENTLY \"{app}\".\"note_text\"");
    server
        .run("migrate run")
        .fails(1, &["0002_unique", "INVALID", &drop, &format!("`{app}.note_text` of `{app}.note`")]);
    // Another program has its own.
    let other = format!("other_{app}");
    server.script(&table(&other));
    let failed = wait(async {
        let db = Database::open(&server.address).await.unwrap();
        let connection = db.connect().await.unwrap();
        connection.execute_script(format!("create unique index concurrently other_text on {other}.note (text)")).await
    });
    assert!(failed.is_err());
    let status = server.run("migrate status --json").fails(3, &[]).json();
    let found = json!([{ "index": format!("{app}.note_text"), "table": format!("{app}.note") }]);
    assert_eq!(status["leftovers"]["invalid_indexes"], found);
    server.script(&format!("delete from {app}.note"));
    server.script(&format!("drop index concurrently {app}.note_text"));
    server.run("migrate run").ok();
    server.script(&format!("drop schema {app} cascade; drop schema {other} cascade"));
}

#[test]
fn a_step_that_was_interrupted_is_shown() {
    let Some(server) = server() else { return };
    server.run("migrate run").ok();
    server.folder.write("migrations/0002_index.sql", INDEX);
    // This is what a process leaves that is killed before the server has begun with the statement.
    server.script(
        "create table _aio_sql_unfinished (name text not null primary key, backend integer not null, begun_at timestamptz not null);
         insert into _aio_sql_unfinished values ('0002_index', 0, '2026-11-30 10:20:30Z')",
    );
    let status = server.run("migrate status").fails(3, &[]);
    assert!(status.out.contains("0002_index had begun at 2026-11-30 10:20:30 UTC and was interrupted"), "{status:?}");
    assert!(server.run("migrate run").ok().out.contains("0002_index is applied"));
    assert!(!server.run("migrate status").ok().out.contains("interrupted"));
}

#[test]
fn a_function_and_a_backup_are_refused_with_what_to_do() {
    let Some(server) = server() else { return };
    server.folder.write("migrations/0002_hash.sql", "-- aio-sql: rust\n");
    server.run("migrate run").fails(1, &["0002_hash", "function of the program"]);
    server.run("migrate run --backup copy.db").fails(2, &["file", "pg_dump"]);
}

/// Returns the rules of the findings of a step that follows one with the table `note`.
fn rules(server: &Server, step: &str) -> Vec<String> {
    server.folder.write("migrations/0002_step.sql", step);
    let found = server.run("migrate lint --json");
    assert!(matches!(found.code, 0 | 3), "{found:?}");
    let found = found.json();
    found["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_blocks_others_is_found_and_what_does_not_is_not() {
    let Some(server) = server() else { return };
    server.run("migrate run").ok();
    for (step, expected) in [
        ("create index note_text on note (text);", &["blocking-index"][..]),
        (INDEX, &[]),
        ("create table other (id bigint); create index other_id on other (id);", &[]),
        ("reindex table note;", &["blocking-index"]),
        ("alter table note add constraint c check (id > 0);", &["validating-constraint"]),
        ("alter table note add constraint c check (id > 0) not valid;", &[]),
        (
            "alter table note add constraint c check (id > 0) not valid; alter table note validate constraint c;",
            &["validating-constraint", "long-lock"],
        ),
        ("alter table note alter column text set not null;", &["not-null-without-value", "not-null-scan"]),
        ("alter table note alter column text type varchar(40);", &[]),
        ("alter table note alter column text type text;", &[]),
        ("alter table note alter column text type varchar(10);", &["rewrite"]),
        ("alter table note alter text type bigint using length(text);", &["rewrite"]),
        ("alter table note add column at timestamptz not null default now();", &[]),
        ("alter table note add column key uuid not null default gen_random_uuid();", &["rewrite"]),
        ("alter table note add column number bigserial;", &["rewrite"]),
        ("alter table note add column size bigint generated always as (length(text)) stored;", &["rewrite"]),
        ("alter table note add constraint u unique (text);", &["unique-over-rows", "blocking-index"]),
        ("alter table note add column title text; update note set title = text;", &["long-lock"]),
        ("update note set text = lower(text); alter table note add column title text;", &[]),
        ("alter table note rename column text to title;", &["rename"]),
        ("alter table note drop column text;", &["data-loss", "drop"]),
        ("-- aio-sql: accepts loss of note\ndrop table note;", &["drop"]),
        ("-- aio-sql: no transaction\nvacuum full note;", &["rewrite"]),
        ("-- aio-sql: no transaction\nvacuum note;", &[]),
    ] {
        assert_eq!(rules(&server, step), expected, "{step}");
    }
    let text = server.folder.run(&format!("migrate lint --db {} --migrations migrations", server.address));
    assert!(text.out.contains("no findings"), "{text:?}");
    // A column whose values are proven by a check is not read again.
    server.script("alter table note add constraint text_there check (text is not null)");
    server.folder.write(
        "migrations/0001_init.sql",
        &format!("{INIT}alter table note add constraint text_there check (text is not null);\n"),
    );
    assert_eq!(rules(&server, "alter table note alter column text set not null;"), [""; 0]);
}

#[test]
fn steps_are_squashed_into_one_that_makes_the_same_tables_and_rows() {
    let Some(server) = server() else { return };
    server.folder.write(
        "migrations/0002_author.sql",
        "create table author (id bigint generated always as identity primary key, name text, born date);
         insert into author (name, born) values ('O''Hara', '1900-11-08'), (null, null);
         alter table note add column author bigint references author; update note set author = 1;\n",
    );
    server.run("migrate run").ok();
    server.run("migrate squash --yes").ok();
    let squashed = server.folder.read("migrations/0002_squashed.sql");
    assert!(squashed.starts_with("-- aio-sql: replaces 0001..0002\n"), "{squashed}");
    // A database that has run the steps goes on, and a new one gets the same.
    server.run("migrate run").ok();
    assert_eq!(server.states(0), json!(["applied"]));
    let other = Server {
        folder: server.folder,
        address: wait(shared().unwrap().create_schema()).unwrap().address().to_owned(),
    };
    other.run("migrate run").ok();
    assert_eq!(
        other.number("select count(*) from note join author on note.author = author.id and name = 'O''Hara'"),
        2
    );
    other.script("insert into author (name) values ('next')");
    assert_eq!(other.number("select id from author where name = 'next'"), 3);
    for (step, lost) in [
        ("grant select on note to public;\n", "GRANT"),
        ("do $$ begin execute 'grant select on note to public'; end $$;\n", "DO"),
        ("create schema archive authorization current_user;\n", "SCHEMA"),
    ] {
        other.folder.write("migrations/0003_lost.sql", step);
        other.run("migrate squash --yes").fails(1, &[lost, "0003_lost", "--through"]);
    }
    // A view that `diff` makes again gets its grants by DO.
    other.folder.write(
        "migrations/0003_lost.sql",
        "select set_config('aio_sql.kept', '', true);\ndo $$ begin execute current_setting('aio_sql.kept'); end $$;\n",
    );
    other.run("migrate squash --yes").ok();
}

#[test]
fn the_last_step_is_undone_and_a_database_of_its_steps_is_recorded() {
    let Some(server) = server() else { return };
    server.folder.write("migrations/0002_title.sql", "alter table note add column title text;\n");
    server.run("migrate revert --yes").fails(1, &["note.title"]);
    server.folder.write("migrations/0002_title.sql", "create index note_text on note (text);\n");
    server.run("migrate revert").ok();
    assert!(server.folder.read("migrations/0003_revert_0002_title.sql").contains("DROP INDEX"));
    server.script(INIT);
    let recorded = server.run("migrate baseline --json").ok().json();
    assert_eq!(recorded["recorded"][0], "0001_init");
}
