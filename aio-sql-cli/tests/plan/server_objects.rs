//! What does not belong to the structs on PostgreSQL: it stays, or the plan names it.

use aio_sql_cli::plan::{Goal, Hints, Owned, plan};

use crate::no_renames;
use crate::server::{Server, text};

#[tokio::test]
async fn a_view_that_reads_a_dropped_column_is_an_error_that_names_it() {
    let Some(server) = Server::new().await else { return };
    let before = "CREATE TABLE t (a text, b text); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT * FROM v";
    let error =
        server.planned(before, "CREATE TABLE t (b text)", &Hints::default(), &[], &mut no_renames).await.unwrap_err();
    assert!(error.message().contains("the view `v` reads `t.a`"), "{error}");
    assert!(error.help_lines().concat().contains("migrate new"), "{error:?}");
    let error = server.planned(before, "", &Hints::default(), &[], &mut no_renames).await.unwrap_err();
    assert!(error.message().contains("the view `v` reads `t`"), "{error}");
}

#[tokio::test]
async fn a_foreign_key_of_another_table_to_a_dropped_one_is_an_error_that_names_it() {
    let Some(server) = Server::new().await else { return };
    let before = "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE audit (p bigint CONSTRAINT to_p REFERENCES p)";
    let error = server.planned(before, "", &Hints::default(), &["audit"], &mut no_renames).await.unwrap_err();
    assert!(error.message().contains("the foreign key `to_p` of `audit` refers to `p`"), "{error}");
}

#[tokio::test]
async fn tables_views_sequences_and_types_without_a_struct_stay() {
    let Some(server) = Server::new().await else { return };
    let by_hand =
        "CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN word AS text CHECK (VALUE <> ''); CREATE SEQUENCE s;
        CREATE TABLE of_hand (id serial, m mood, w word) PARTITION BY LIST (m); CREATE VIEW v AS SELECT 1 AS one;";
    let before = format!("CREATE TABLE t (a text); {by_hand}");
    let after = "CREATE TABLE t (a text, m mood)";
    let plan = server.planned(&before, after, &Hints::default(), &["of_hand"], &mut no_renames).await.unwrap();
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].text(), "ALTER TABLE \"t\" ADD COLUMN \"m\" mood;\n");
}

#[tokio::test]
async fn an_index_by_hand_on_columns_that_stay_is_kept() {
    let Some(server) = Server::new().await else { return };
    let before = "CREATE TABLE t (a text, b text); CREATE INDEX by_hand ON t (a) WITH (fillfactor = 70)";
    let plan =
        server.planned(before, "CREATE TABLE t (a text)", &Hints::default(), &["by_hand"], &mut no_renames).await;
    assert_eq!(
        plan.unwrap().steps[0].text(),
        "-- aio-sql: accepts loss of t.b\n\nALTER TABLE \"t\" DROP COLUMN \"b\";\n"
    );
}

#[tokio::test]
async fn the_whole_schema_of_another_database_can_be_the_goal() {
    let Some(server) = Server::new().await else { return };
    let function = "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;";
    let before = format!(
        "{function} CREATE TABLE t (a text); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v"
    );
    let after = format!(
        "{function} CREATE TABLE t (a text); CREATE VIEW v AS SELECT a || '!' AS a FROM t; CREATE VIEW w AS SELECT a FROM v;
         CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nothing()"
    );
    let other = server.replay(&after).await.unwrap();
    let wanted = other.inspect().await.unwrap();
    other.close().await.unwrap();
    let replay = server.replay(&before).await.unwrap();
    let goal = Goal { wanted: &wanted, hints: &Hints::default(), owned: &Owned::everything_but(&[]) };
    let plan = plan(&replay, &goal, &mut no_renames).await;
    replay.close().await.unwrap();
    let plan = plan.unwrap();
    server.script(&before).await;
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    server.script("INSERT INTO t VALUES ('x')").await;
    assert_eq!(server.texts("select a from w").await, "x!");
}

#[tokio::test]
async fn a_view_that_is_made_again_keeps_what_was_granted_on_it_and_its_comments() {
    let Some(server) = Server::new().await else { return };
    let role = format!("Reader {}", fastrand::u32(..));
    let table = |ty: &str| format!("CREATE TABLE t (a {ty}, b text);");
    let views = "CREATE VIEW v AS SELECT a, b FROM t; CREATE MATERIALIZED VIEW \"M v\" AS SELECT a FROM v;";
    // No step knows what the administrators of this database have done.
    let by_hand = format!(
        "CREATE ROLE \"{role}\"; GRANT SELECT ON v TO PUBLIC; GRANT UPDATE ON v TO \"{role}\" WITH GRANT OPTION;
         GRANT INSERT (a, b) ON v TO \"{role}\"; GRANT SELECT ON \"M v\" TO \"{role}\";
         COMMENT ON VIEW v IS 'it''s; seen'; COMMENT ON COLUMN v.b IS 'as text'; COMMENT ON MATERIALIZED VIEW \"M v\" IS 'kept'"
    );
    let state = "select concat(relname, relacl::text, obj_description(c.oid, 'pg_class'),
            (select string_agg(concat(attname, attacl::text, col_description(c.oid, attnum)), ',' order by attnum)
                from pg_attribute where attrelid = c.oid and attnum > 0))
        from pg_class c where relnamespace = current_schema()::regnamespace and relkind in ('v', 'm') order by 1";
    let before = format!("{}{views}", table("integer"));
    server.script(&before).await;
    server.script(&by_hand).await;
    let granted = server.texts(state).await;
    assert!(granted.contains(&role) && granted.contains("as text"), "{granted}");
    let plan = server.planned(&before, &table("bigint"), &Hints::default(), &[], &mut no_renames).await.unwrap();
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    assert_eq!(server.texts(state).await, granted);
    let read = format!("has_table_privilege('{role}', 'v', 'UPDATE WITH GRANT OPTION')::text");
    assert_eq!(server.texts(&format!("select {read}")).await, "true");
    server.script(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"")).await;
}
