//! `revert` of what PostgreSQL has beside tables.

use crate::server::{INIT, Server, server};

/// Writes the first step again, with more statements at its end, and the second.
fn steps(server: &Server, first: &str, second: &str) {
    server.folder.write("migrations/0001_init.sql", &format!("{INIT}{first}\n"));
    server.folder.write("migrations/0002_more.sql", second);
}

/// Runs the first step, then the second and its inverse. Returns the inverse. Fails if the
/// database is then another one than after the first step.
fn undone(server: &Server, first: &str, second: &str) -> String {
    server.folder.write("migrations/0001_init.sql", &format!("{INIT}{first}\n"));
    server.run("migrate run").ok();
    let before = server.run("inspect --json").ok().json();
    server.folder.write("migrations/0002_more.sql", second);
    server.run("migrate run").ok();
    assert_ne!(server.run("inspect --json").ok().json(), before, "the step changes nothing");
    server.run("migrate revert").ok();
    let inverse = server.folder.read("migrations/0003_revert_0002_more.sql");
    server.run("migrate run").ok();
    assert_eq!(server.run("inspect --json").ok().json(), before, "{inverse}");
    inverse
}

#[test]
fn types_sequences_and_comments_that_the_last_step_made_are_undone() {
    let Some(server) = server() else { return };
    let made = "CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN word AS text CHECK (VALUE <> ''); CREATE DOMAIN moods AS mood;
        CREATE SEQUENCE numbers; CREATE TABLE new (id serial PRIMARY KEY, m moods, w word);
        ALTER TABLE note ALTER COLUMN id SET DEFAULT nextval('numbers'); COMMENT ON TABLE note IS 'all';
        COMMENT ON COLUMN note.text IS 'what it says';";
    let inverse = undone(&server, "", &format!("{made}DROP TABLE new;"));
    for part in
        ["DROP TYPE \"mood\"", "DROP DOMAIN \"word\"", "DROP SEQUENCE \"numbers\"", "COMMENT ON TABLE \"note\" IS NULL"]
    {
        assert!(inverse.contains(part), "{part}: {inverse}");
    }
    assert!(!inverse.contains("new_id_seq"), "{inverse}");
}

#[test]
fn types_and_sequences_that_the_last_step_changed_or_dropped_are_as_before() {
    let Some(server) = server() else { return };
    let first = "CREATE TYPE mood AS ENUM ('good'); CREATE TYPE unused AS ENUM ('a', 'it''s b'); CREATE SEQUENCE numbers START 5;
        CREATE DOMAIN word AS text DEFAULT 'x' NOT NULL CONSTRAINT filled CHECK (VALUE <> '');
        CREATE SEQUENCE gone INCREMENT 3 CYCLE; CREATE DOMAIN other AS integer CONSTRAINT positive CHECK (VALUE > 0);
        CREATE TABLE numbered (id serial, mood mood);";
    undone(
        &server,
        first,
        "DROP TYPE unused; ALTER SEQUENCE numbers INCREMENT 2 MAXVALUE 99; DROP SEQUENCE gone; DROP DOMAIN other;
         ALTER DOMAIN word DROP DEFAULT; ALTER DOMAIN word DROP NOT NULL; ALTER DOMAIN word DROP CONSTRAINT filled;
         ALTER DOMAIN word ADD CONSTRAINT short CHECK (length(VALUE) < 9); DROP TABLE numbered;",
    );
}

#[test]
fn a_change_of_a_type_that_cannot_be_undone_is_an_error_that_names_it() {
    let Some(server) = server() else { return };
    let first = "CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN word AS varchar(9);";
    steps(&server, first, "ALTER TYPE mood ADD VALUE 'bad';");
    server.run("migrate revert").fails(1, &["0002_more", "the value `bad` from the enum `mood`", "ALTER COLUMN"]);
    steps(&server, first, "DROP DOMAIN word; CREATE DOMAIN word AS text;");
    server.run("migrate revert").fails(1, &["the domain `word` from text to character varying(9)"]);
    assert!(!server.folder.path("migrations/0003_revert_0002_more.sql").exists());
    // A missing value is added in its place.
    steps(
        &server,
        "CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd');",
        "DROP TYPE mood; CREATE TYPE mood AS ENUM ('b', 'd');",
    );
    server.run("migrate revert").ok();
    let inverse = server.folder.read("migrations/0003_revert_0002_more.sql");
    assert!(inverse.contains("ADD VALUE 'a' BEFORE 'b'") && inverse.contains("ADD VALUE 'c' AFTER 'b'"), "{inverse}");
}

#[test]
fn what_no_plan_can_undo_is_named() {
    let Some(server) = server() else { return };
    let function = "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;";
    steps(&server, "", function);
    server.run("migrate revert").fails(1, &["CREATE FUNCTION of 0002_more", "migrate new"]);
    steps(&server, "", &format!("{function} GRANT SELECT ON note TO PUBLIC; CREATE INDEX note_text ON note (text);"));
    let written = server.run("migrate revert").ok();
    for words in ["CREATE FUNCTION of 0002_more is not undone", "GRANT of 0002_more is not undone"] {
        assert!(written.err.contains(words), "{words}: {written:?}");
    }
    // Rows are no part of the schema.
    std::fs::remove_file(server.folder.path("migrations/0003_revert_0002_more.sql")).unwrap();
    steps(&server, "", "UPDATE note SET text = 'x';");
    assert!(server.run("migrate revert").ok().out.contains("does not change the schema"));
}
