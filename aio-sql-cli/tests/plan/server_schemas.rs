//! Tables outside of the default schema on PostgreSQL.

use aio_sql_cli::plan::{Change, Goal, Hints, Owned, Plan, Question, plan};
use aio_sql_cli::replay::{self, Replay};

use crate::no_renames;
use crate::server::{Server, script, step, text};

/// Plans the steps to the schema that a script declares, of which these schemas are named. The
/// tables and indexes of `owned` belong to the structs.
async fn planned(replay: &Replay, after: &str, schemas: &[&str], owned: &Owned, hints: &Hints) -> Plan {
    let wanted = replay.declared(vec![script(after)], Vec::new(), schemas).await.unwrap();
    let plan = plan(replay, &Goal { wanted: &wanted, hints, owned }, &mut no_renames).await;
    plan.unwrap_or_else(|error| panic!("{error}\n{}", error.help_lines().join("\n")))
}

/// Returns a name for a schema that no other test uses.
fn name() -> String {
    format!("app_{}", fastrand::u32(..))
}

fn changes(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(Change::to_string).collect()
}

#[tokio::test]
async fn a_missing_schema_is_created_before_its_tables_and_keys_lead_from_one_to_another() {
    let Some(server) = Server::new().await else { return };
    let app = name();
    let before = "CREATE TABLE author (id bigint PRIMARY KEY);";
    let after = format!(
        "{before} CREATE SCHEMA IF NOT EXISTS {app};
         CREATE TABLE {app}.note (id bigint PRIMARY KEY, author bigint CONSTRAINT fk REFERENCES author, text text);
         CREATE INDEX of_text ON {app}.note (text); COMMENT ON TABLE {app}.note IS 'all notes';
         CREATE TABLE seen (note bigint CONSTRAINT fk_seen REFERENCES {app}.note);
         CREATE TABLE {app}.author (id bigint PRIMARY KEY)"
    );
    let replay = server.replay(before).await.unwrap();
    let plan = planned(&replay, &after, &[&app], &Owned::new(["author"], [""; 0]), &Hints::default()).await;
    let made = replay::ddl(&replay).await.unwrap();
    replay.close().await.unwrap();
    assert_eq!(plan.steps.len(), 1, "{}", text(&plan));
    let told = changes(&plan);
    assert_eq!(told[0], format!("create the schema `{app}`"));
    assert!(told.contains(&format!("create the table `{app}.note`")), "{told:?}");
    assert!(text(&plan).contains(&format!("CREATE SCHEMA IF NOT EXISTS \"{app}\"")), "{}", text(&plan));
    server.script(before).await;
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    server
        .script(&format!(
            "INSERT INTO author VALUES (1); INSERT INTO {app}.note VALUES (7, 1); INSERT INTO seen VALUES (7)"
        ))
        .await;
    assert_eq!(server.texts(&format!("select obj_description('{app}.note'::regclass)")).await, "all notes");
    assert_eq!(
        server
            .texts(&format!(
                "select indexrelid::regclass::text from pg_index where indexrelid = '{app}.of_text'::regclass"
            ))
            .await,
        format!("{app}.of_text")
    );
    // The schema that is written of it makes it again.
    assert!(made.starts_with(&format!("CREATE SCHEMA IF NOT EXISTS \"{app}\";\n")), "{made}");
    let again = server.replay(&made).await.unwrap();
    assert_eq!(replay::ddl(&again).await.unwrap(), made);
    again.close().await.unwrap();
}

#[tokio::test]
async fn tables_of_the_same_name_in_two_schemas_are_changed_apart() {
    let Some(server) = Server::new().await else { return };
    let app = name();
    let tables = |default: &str, own: &str| {
        format!("CREATE SCHEMA IF NOT EXISTS {app}; CREATE TABLE note ({default}); CREATE TABLE {app}.note ({own});")
    };
    let before = tables(
        "id bigint PRIMARY KEY, text text",
        "id bigint CONSTRAINT pk_own PRIMARY KEY, text text, old text, n integer CONSTRAINT positive CHECK (n > 0)",
    );
    let views = format!(
        "CREATE VIEW {app}.numbers AS SELECT n FROM {app}.note; CREATE VIEW numbers AS SELECT n FROM {app}.note;"
    );
    let before = format!("{before}CREATE INDEX ix ON note (text); CREATE INDEX ix ON {app}.note (text);{views}");
    let after = tables(
        "id bigint PRIMARY KEY, text text",
        "id bigint CONSTRAINT pk_own PRIMARY KEY, headline text, n bigint CONSTRAINT positive CHECK (n > 1), slug text NOT NULL",
    );
    let after = format!("{after}CREATE INDEX ix ON note (text); CREATE INDEX ix_headline ON {app}.note (headline)");
    let mut hints = Hints::default();
    let of_note = hints.table_mut(&format!("{app}.note"));
    of_note.column_mut("headline").was = Some("text".to_owned());
    of_note.column_mut("slug").backfill = Some("lower(headline)".to_owned());
    let replay = server.replay(&before).await.unwrap();
    let full = |name: &str| format!("{app}.{name}");
    let owned = Owned::new(["note".to_owned(), full("note")], ["ix".to_owned(), full("ix")]);
    let plan = planned(&replay, &after, &[&app], &owned, &hints).await;
    replay.close().await.unwrap();
    assert_eq!(plan.losses(), [format!("{app}.note.old")], "{}", text(&plan));
    assert!(!text(&plan).contains("TABLE \"note\""), "{}", text(&plan));
    server.script(&before).await;
    server
        .script(&format!("INSERT INTO note VALUES (1, 'A'); INSERT INTO {app}.note VALUES (2, 'B', 'gone', 3)"))
        .await;
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    assert_eq!(server.texts(&format!("select concat(id, headline, n, slug) from {app}.note")).await, "2B3b");
    assert_eq!(server.texts("select concat(id, text) from note").await, "1A");
    assert_eq!(server.texts(&format!("select (n.n + m.n)::text from {app}.numbers n, numbers m")).await, "6");
    assert_eq!(
        server.texts("select indexrelid::regclass::text from pg_index where indexrelid = 'ix'::regclass").await,
        "ix"
    );
}

#[tokio::test]
async fn what_belongs_to_schemas_that_no_struct_names_stays() {
    let Some(server) = Server::new().await else { return };
    let (app, other) = (name(), name());
    let by_hand = format!(
        "CREATE SCHEMA {other}; CREATE TABLE {other}.note (id bigint PRIMARY KEY, x text); CREATE INDEX ix ON {other}.note (x);
         CREATE TYPE {other}.mood AS ENUM ('good'); CREATE SEQUENCE {other}.s; CREATE VIEW {other}.v AS SELECT x FROM {other}.note;
         CREATE SCHEMA {app}; CREATE TABLE {app}.by_hand (id bigint); CREATE SEQUENCE {app}.s; CREATE TYPE {app}.mood AS ENUM ('bad');"
    );
    let before = format!(
        "{by_hand}CREATE TABLE {app}.note (id bigint PRIMARY KEY, x text); CREATE TABLE {app}.gone (id bigint);"
    );
    let after = format!(
        "CREATE TABLE {app}.note (id bigint PRIMARY KEY, x text, parent bigint CONSTRAINT fk REFERENCES {other}.note)"
    );
    let replay = server.replay(&before).await.unwrap();
    let owned = Owned::new([format!("{app}.note"), format!("{app}.gone")], [""; 0]);
    let plan = planned(&replay, &after, &[&app], &owned, &Hints::default()).await;
    replay.close().await.unwrap();
    let told = changes(&plan);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0], format!("drop the table `{app}.gone` with its rows"));
    assert_eq!(told[1], format!("add the column `{app}.note.parent`"));
    assert!(told[2].starts_with("add the foreign key (parent)"), "{told:?}");
}

#[tokio::test]
async fn a_table_gets_another_schema_with_its_rows_and_indexes() {
    let Some(server) = Server::new().await else { return };
    let app = name();
    let before = "CREATE TABLE note (id bigint CONSTRAINT pk_note PRIMARY KEY, text text); CREATE INDEX ix_note_text ON note (text);
        CREATE TABLE seen (note bigint CONSTRAINT fk REFERENCES note);";
    let after = format!(
        "CREATE SCHEMA {app}; CREATE TABLE {app}.entry (id bigint CONSTRAINT pk_entry PRIMARY KEY, text text);
         CREATE INDEX ix_entry_text ON {app}.entry (text); CREATE TABLE seen (note bigint CONSTRAINT fk REFERENCES {app}.entry)"
    );
    let replay = server.replay(before).await.unwrap();
    let wanted = replay.declared(vec![script(&after)], Vec::new(), &[&app]).await.unwrap();
    let owned = Owned::new(["note", "seen"], ["ix_note_text"]);
    // The user is asked as for a rename.
    let mut asked = Vec::new();
    let mut answer = |question: &Question| {
        asked.push((question.new.clone(), question.gone.clone()));
        Ok(Some(0))
    };
    let plan = plan(&replay, &Goal { wanted: &wanted, hints: &Hints::default(), owned: &owned }, &mut answer).await;
    let plan = plan.unwrap_or_else(|error| panic!("{error}\n{}", error.help_lines().join("\n")));
    replay.close().await.unwrap();
    assert_eq!(asked, [(format!("{app}.entry"), vec!["note".to_owned()])]);
    assert!(plan.losses().is_empty(), "{}", text(&plan));
    server.script(before).await;
    server.script("INSERT INTO note VALUES (1, 'a'); INSERT INTO seen VALUES (1)").await;
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    assert_eq!(server.texts(&format!("select text from {app}.entry")).await, "a");
    let index =
        format!("select indexrelid::regclass::text from pg_index where indexrelid = '{app}.ix_entry_text'::regclass");
    assert_eq!(server.texts(&index).await, format!("{app}.ix_entry_text"));
    // The attribute says the same, and has no effect later.
    for start in [before.to_owned(), after.clone()] {
        let replay = server.replay(&start).await.unwrap();
        let mut hints = Hints::default();
        hints.table_mut(&format!("{app}.entry")).was = Some("note".to_owned());
        let plan =
            planned(&replay, &after.replace("CREATE SCHEMA", "CREATE SCHEMA IF NOT EXISTS"), &[&app], &owned, &hints)
                .await;
        replay.close().await.unwrap();
        assert_eq!(plan.is_empty(), start == after, "{}", text(&plan));
        assert!(plan.losses().is_empty(), "{}", text(&plan));
    }
}

#[tokio::test]
async fn what_a_step_made_in_a_schema_is_undone_with_the_schema() {
    let Some(server) = Server::new().await else { return };
    let app = name();
    let first = "CREATE TABLE author (id bigint PRIMARY KEY);";
    let second = format!(
        "CREATE SCHEMA {app}; CREATE TABLE {app}.note (id bigint PRIMARY KEY); CREATE VIEW {app}.ids AS SELECT id FROM {app}.note;
         ALTER TABLE author ADD COLUMN note bigint CONSTRAINT fk REFERENCES {app}.note;"
    );
    let earlier = server.replay(first).await.unwrap();
    let wanted = earlier.inspect().await.unwrap();
    earlier.close().await.unwrap();
    let now = replay::first(&server.scratch(), &[step(first), step(&second)]).await.unwrap();
    let owned = Owned::everything_but(now.others());
    let goal = Goal { wanted: &wanted, hints: &Hints::default(), owned: &owned };
    let plan = plan(&now, &goal, &mut no_renames).await.unwrap();
    now.close().await.unwrap();
    assert!(changes(&plan).contains(&format!("drop the schema `{app}`")), "{}", text(&plan));
    server.script(&format!("{first}{second}")).await;
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    assert_eq!(server.texts(&format!("select nspname::text from pg_namespace where nspname = '{app}'")).await, "");
}

#[tokio::test]
async fn where_no_database_may_be_created_a_schema_that_exists_already_is_an_error() {
    let Some(server) = Server::new().await else { return };
    let (role, app) = (format!("no_databases_{}", fastrand::u32(..)), name());
    let address = server.address.replacen("postgres://postgres@", &format!("postgres://{role}@"), 1);
    if address == server.address {
        // The server of a variable has other users.
        return;
    }
    server.script(&format!("CREATE SCHEMA {app}; CREATE TABLE {app}.note (id bigint); CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE postgres TO {role}")).await;
    let scratch = server.scratch_at(&address);
    let replay = replay::first(&scratch, &[step("CREATE TABLE t (a text)")]).await.unwrap();
    // One that another session creates meanwhile is none of the steps either.
    let another = name();
    server.script(&format!("CREATE SCHEMA {another}")).await;
    let schema = replay.inspect().await.unwrap();
    assert_eq!((schema.names().len(), schema.tables().len()), (1, 1), "{:?}", schema.names());
    let error = replay.declared(Vec::new(), Vec::new(), &[&app]).await.unwrap_err();
    replay.close().await.unwrap();
    assert!(error.message().contains(&format!("the schema `{app}` exists already")), "{error}");
    assert!(error.help_lines().concat().contains("CREATEDB"), "{error:?}");
    // A new schema is tried, and taken back.
    let new = name();
    let replay =
        replay::first(&scratch, &[step(&format!("CREATE SCHEMA {new}; CREATE TABLE {new}.t (a text)"))]).await.unwrap();
    assert_eq!(replay.inspect().await.unwrap().tables()[0].schema(), new);
    replay.close().await.unwrap();
    server.script(&format!("REVOKE CREATE ON DATABASE postgres FROM {role}; DROP ROLE {role}")).await;
    assert_eq!(server.texts(&format!("select nspname::text from pg_namespace where nspname = '{new}'")).await, "");
}
