//! Each kind of change on PostgreSQL, in tables with rows.

use aio_sql_cli::plan::{Change, Hints};

use crate::no_renames;
use crate::server::{Server, text};

/// Returns the parts of the steps of a plan, by which their files are named.
fn parts(plan: &aio_sql_cli::plan::Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.part).collect()
}

fn backfilled(table: &str, column: &str, expression: &str) -> Hints {
    let mut hints = Hints::default();
    hints.table_mut(table).column_mut(column).backfill = Some(expression.to_owned());
    hints
}

#[tokio::test]
async fn a_nullable_column_and_one_with_a_default_are_added_by_one_step() {
    let Some(server) = Server::new().await else { return };
    let plan = server
        .migrated(
            "CREATE TABLE t (id bigint PRIMARY KEY)",
            "INSERT INTO t VALUES (1)",
            "CREATE TABLE t (id bigint PRIMARY KEY, a text COLLATE \"C\", b integer NOT NULL DEFAULT 3,
                c timestamptz NOT NULL DEFAULT statement_timestamp())",
            &Hints::default(),
        )
        .await;
    assert_eq!(plan.steps.len(), 1, "{}", text(&plan));
    assert_eq!(server.texts("select concat(a, b, c is not null) from t").await, "3t");
}

#[tokio::test]
async fn a_new_column_that_must_have_a_value_needs_a_backfill_and_becomes_not_null_at_the_end() {
    let Some(server) = Server::new().await else { return };
    let before = "CREATE TABLE t (id bigint PRIMARY KEY, name text)";
    let after = "CREATE TABLE t (id bigint PRIMARY KEY, name text, slug text NOT NULL)";
    let error = server.planned(before, after, &Hints::default(), &[], &mut no_renames).await.unwrap_err();
    assert!(error.message().contains("`slug` of `t` is NOT NULL"), "{error}");
    assert!(error.help_lines().concat().contains("#[column(backfill = sql(\"…\"))]"), "{error:?}");
    let rows = "INSERT INTO t SELECT n, 'N' || n FROM generate_series(1, 3) n";
    let plan = server.migrated(before, rows, after, &backfilled("t", "slug", "lower(name)")).await;
    assert_eq!(parts(&plan), ["", "values", "validate"], "{}", text(&plan));
    assert_eq!(server.texts("select slug from t order by id").await, "n1,n2,n3");
    // The rows are read by the check alone, which lets others write.
    let steps = text(&plan);
    let (first, last) = (steps.find("NOT VALID").unwrap(), steps.find("SET NOT NULL").unwrap());
    assert!(first < steps.find("VALIDATE CONSTRAINT").unwrap() && first < last, "{steps}");
    assert!(steps[last..].contains("DROP CONSTRAINT"), "{steps}");
}

#[tokio::test]
async fn a_backfill_may_read_a_column_that_is_dropped() {
    let Some(server) = Server::new().await else { return };
    let (before, after) = ("CREATE TABLE t (a text)", "CREATE TABLE t (b integer)");
    let plan = server.migrated(before, "INSERT INTO t VALUES ('12')", after, &backfilled("t", "b", "a::integer")).await;
    assert_eq!(plan.losses(), ["t.a"]);
    assert_eq!(server.texts("select (b + 1)::text from t").await, "13");
}

#[tokio::test]
async fn a_column_becomes_not_null_after_its_missing_values_are_filled_in_without_triggers() {
    let Some(server) = Server::new().await else { return };
    let triggers = "CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := NEW.n + 1; RETURN NEW; END $$;
        CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION count_it();";
    let before = format!("CREATE TABLE t (id bigint PRIMARY KEY, a text, n integer NOT NULL DEFAULT 0); {triggers}");
    let after = "CREATE TABLE t (id bigint PRIMARY KEY, a text NOT NULL, n integer NOT NULL DEFAULT 0)";
    let rows = "INSERT INTO t VALUES (1, NULL), (2, 'b')";
    let plan = server.migrated(&before, rows, after, &backfilled("t", "a", "'x' || id")).await;
    assert_eq!(parts(&plan), ["values", "validate"], "{}", text(&plan));
    assert_eq!(server.texts("select concat(a, n) from t order by id").await, "x10,b0");
    server.script("UPDATE t SET a = 'c' WHERE id = 2").await;
    assert_eq!(server.texts("select n::text from t where id = 2").await, "1");
}

#[tokio::test]
async fn a_default_and_not_null_are_set_and_dropped() {
    let Some(server) = Server::new().await else { return };
    server
        .migrated(
            "CREATE TABLE t (a integer DEFAULT 1, b integer, c text NOT NULL DEFAULT 'x', d integer NOT NULL)",
            "INSERT INTO t VALUES (7, 7, 'y', 7)",
            "CREATE TABLE t (a integer DEFAULT 2, b integer DEFAULT 5, c text NOT NULL, d integer)",
            &Hints::default(),
        )
        .await;
    server.script("INSERT INTO t (c) VALUES ('z')").await;
    assert_eq!(server.texts("select concat_ws('/', a, b, c, d) from t").await, "7/7/y/7,2/5/z");
}

#[tokio::test]
async fn a_type_changes_by_itself_if_no_value_is_lost() {
    let Some(server) = Server::new().await else { return };
    let before = "CREATE TABLE t (a integer NOT NULL DEFAULT 3, b text, c date, d timestamp, e numeric(6, 2), f bigint,
        g double precision, h uuid, CONSTRAINT a_check CHECK (a > 1))";
    let after =
        "CREATE TABLE t (a bigint NOT NULL DEFAULT 4, b bytea, c timestamp, d timestamptz, e numeric(9, 3), f text,
        g text, h text, CONSTRAINT a_check CHECK (a > 1))";
    let row = "INSERT INTO t VALUES (2, 'ä', '2024-02-29', '2024-01-01 10:00', 1.25, 9007199254740993, 0.1,
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')";
    server.migrated(before, row, after, &Hints::default()).await;
    let values = "select concat_ws('/', a, encode(b, 'hex'), c, d at time zone 'UTC', e, f, g, left(h, 4)) from t";
    assert_eq!(
        server.texts(values).await,
        "2/c3a4/2024-02-29 00:00:00/2024-01-01 10:00:00/1.250/9007199254740993/0.1/a0ee"
    );
    server.script("INSERT INTO t DEFAULT VALUES").await;
    assert_eq!(server.texts("select a::text from t where b is null").await, "4");
}

#[tokio::test]
async fn columns_of_spans_lists_and_words_are_added_and_changed_and_keep_their_values() {
    let Some(server) = Server::new().await else { return };
    let words = |of: &str| {
        format!("words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english'::regconfig, {of})) STORED")
    };
    let before = format!(
        "CREATE TABLE t (id bigint PRIMARY KEY, body text NOT NULL, title text NOT NULL, n integer, s interval, {},
            marks integer[] NOT NULL); CREATE INDEX ix ON t USING gin (words)",
        words("body")
    );
    let after = format!(
        "CREATE TABLE t (id bigint PRIMARY KEY, body text NOT NULL, title text NOT NULL, n interval, s interval NOT NULL DEFAULT '1 day',
            {}, marks bigint[] NOT NULL, tags text[] COLLATE \"C\" NOT NULL DEFAULT '{{}}', saved tsquery);
         CREATE INDEX ix ON t USING gin (words); CREATE INDEX of_marks ON t USING gin (marks)",
        words("title || ' ' || body")
    );
    let error = server.planned(&before, &after, &Hints::default(), &[], &mut no_renames).await.unwrap_err();
    assert!(error.message().contains("`t.n` changes from integer to interval"), "{error}");
    let mut hints = backfilled("t", "n", "make_interval(secs => n)");
    hints.table_mut("t").column_mut("s").backfill = Some("'0'::interval".to_owned());
    let rows = "INSERT INTO t (id, body, title, n, s, marks) VALUES
        (1, 'green tea', 'Leaves', 90, '1 month 2 days', '{1,2}'), (2, 'coffee', 'Beans', NULL, NULL, '{}')";
    server.migrated(&before, rows, &after, &hints).await;
    let values =
        "select concat_ws('/', n, s, marks, cardinality(tags), words @@ 'leav'::tsquery, words @@ 'tea'::tsquery)
        from t order by id";
    assert_eq!(server.texts(values).await, "00:01:30/1 mon 2 days/{1,2}/0/t/t,00:00:00/{}/0/f/f");
    let again = server.planned(&after, &after, &Hints::default(), &[], &mut no_renames).await.unwrap();
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn the_elements_of_an_array_change_their_type_as_single_values_do() {
    let Some(server) = Server::new().await else { return };
    let before = "CREATE TABLE t (a integer[], b jsonb[], c varchar(5)[], d numeric(6, 2)[], e date[], f smallint[])";
    let after = "CREATE TABLE t (a text[], b json[], c varchar(9)[], d numeric(9, 3)[], e timestamp[], f real[])";
    let row = "INSERT INTO t VALUES ('{{1,NULL},{2,3}}', array['{\"x\": 1}'::jsonb], '{abcde}', '{1.25}', '{2024-02-29}', '[0:1]={7,8}')";
    server.migrated(before, row, after, &Hints::default()).await;
    let values = "select concat_ws('/', a, b[1]->>'x', c, d, e, f) from t";
    assert_eq!(server.texts(values).await, "{{1,NULL},{2,3}}/1/{abcde}/{1.250}/{\"2024-02-29 00:00:00\"}/[0:1]={7,8}");
    for (from, to) in
        [("text[]", "bytea[]"), ("timestamp[]", "timestamptz[]"), ("bigint[]", "integer[]"), ("integer[]", "bigint")]
    {
        let table = |ty: &str| format!("CREATE TABLE t (a {ty})");
        let plan = server.planned(&table(from), &table(to), &Hints::default(), &[], &mut no_renames).await;
        let error = plan.map(|plan| text(&plan)).unwrap_err();
        assert!(error.message().contains("which not every value survives"), "{from}: {error}");
    }
}

#[tokio::test]
async fn a_type_whose_values_might_be_lost_changes_only_by_an_expression_of_the_user() {
    let Some(server) = Server::new().await else { return };
    let (before, after) = ("CREATE TABLE t (a text)", "CREATE TABLE t (a bigint)");
    let mut hints = Hints::default();
    hints.table_mut("t").place = Some("src/lib.rs:3".to_owned());
    let error = server.planned(before, after, &hints, &[], &mut no_renames).await.unwrap_err();
    assert!(error.message().contains("`t.a` changes from text to bigint"), "{error}");
    let help = error.help_lines().concat();
    assert!(help.contains(r#"sql("\"a\"::bigint")"#) && help.contains("src/lib.rs:3"), "{help}");
    let hints = backfilled("t", "a", "nullif(a, '')::bigint");
    server.migrated(before, "INSERT INTO t VALUES ('12'), ('')", after, &hints).await;
    assert_eq!(server.texts("select a::text from t order by a").await, "12,NULL");
}

#[tokio::test]
async fn what_reads_a_column_is_made_again_when_its_type_changes() {
    let Some(server) = Server::new().await else { return };
    let by_hand = "CREATE INDEX by_hand ON t ((a + 1)) WHERE a > 0;
        CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v; CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
        CREATE INDEX of_m ON m (a);
        CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER tr AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION nothing();";
    let table = |ty: &str| {
        format!(
            "CREATE TABLE t (id bigint PRIMARY KEY, a {ty} UNIQUE, g {ty} GENERATED ALWAYS AS (a * 2) STORED UNIQUE,
                CONSTRAINT c CHECK (a + 0 < 100)); CREATE INDEX ix ON t (a, (a - 1)); CREATE INDEX of_g ON t (g);
             CREATE TABLE child (a {ty} REFERENCES t (a));"
        )
    };
    let before = format!("{}{by_hand}", table("integer"));
    server.script(&before).await;
    server.script("INSERT INTO t (id, a) VALUES (1, 5); INSERT INTO child VALUES (5)").await;
    let plan = server.planned(&before, &table("bigint"), &Hints::default(), &["by_hand"], &mut no_renames).await;
    let plan = plan.unwrap();
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    assert_eq!(server.texts("select concat(w.a, m.a, t.g) from w, m, t").await, "5510");
    let indexes = "select string_agg(relname, ' ' order by relname) from pg_class
        where relkind = 'i' and relnamespace = current_schema()::regnamespace and relname in ('by_hand', 'ix', 'of_g', 'of_m')";
    assert_eq!(server.texts(indexes).await, "by_hand ix of_g of_m");
    let triggers = "select count(*)::text from pg_trigger where tgname = 'tr' and tgrelid = 't'::regclass";
    assert_eq!(server.texts(triggers).await, "1");
    let refused = server.db.execute_script("INSERT INTO child VALUES (6)").await.unwrap_err();
    assert!(matches!(refused.kind(), aio_sql::ErrorKind::ForeignKey { .. }), "{refused}");
}

#[tokio::test]
async fn comments_of_structs_are_set_and_others_stay() {
    let Some(server) = Server::new().await else { return };
    let before = "CREATE TABLE t (a text, b text, g integer GENERATED ALWAYS AS (1) STORED);
        COMMENT ON COLUMN t.a IS 'by hand'; COMMENT ON COLUMN t.b IS 'old'; COMMENT ON COLUMN t.g IS 'kept'";
    let after = "CREATE TABLE t (a text, b text, c text, g integer GENERATED ALWAYS AS (2) STORED);
        COMMENT ON TABLE t IS 'it''s a table'; COMMENT ON COLUMN t.b IS 'new'; COMMENT ON COLUMN t.c IS 'also';
        CREATE TABLE u (a text); COMMENT ON COLUMN u.a IS 'of u'";
    let plan = server.migrated(before, "", after, &Hints::default()).await;
    assert_eq!(plan.steps.len(), 1, "{}", text(&plan));
    let comments = "select description from pg_description where objoid in ('t'::regclass, 'u'::regclass) order by objoid, objsubid <> 0, description";
    assert_eq!(server.texts(comments).await, "it's a table,also,by hand,kept,new,of u");
    let again = server.planned(after, after, &Hints::default(), &[], &mut no_renames).await.unwrap();
    assert!(again.is_empty(), "{again:?}");
}

#[tokio::test]
async fn a_collation_changes_in_place() {
    let Some(server) = Server::new().await else { return };
    server
        .migrated(
            "CREATE TABLE t (a text COLLATE \"C\" UNIQUE)",
            "INSERT INTO t VALUES ('a')",
            "CREATE TABLE t (a text COLLATE \"POSIX\" UNIQUE)",
            &Hints::default(),
        )
        .await;
    let collation = "select collname::text from pg_collation c join pg_attribute a on a.attcollation = c.oid
        where attrelid = 't'::regclass and attname = 'a'";
    assert_eq!(server.texts(collation).await, "POSIX");
}

#[tokio::test]
async fn checks_and_foreign_keys_are_validated_by_a_step_of_their_own() {
    let Some(server) = Server::new().await else { return };
    let plan = server
        .migrated(
            "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (k text, p bigint, CONSTRAINT ck CHECK (k IN ('a', 'b')))",
            "INSERT INTO p VALUES (1); INSERT INTO t VALUES ('a', 1), ('b', NULL), (NULL, NULL)",
            "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (k text, p bigint, CONSTRAINT ck CHECK (k IN ('a', 'b', 'c')),
                CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)",
            &Hints::default(),
        )
        .await;
    assert_eq!(parts(&plan), ["", "validate"], "{}", text(&plan));
    assert_eq!(plan.steps[0].text().matches("NOT VALID").count(), 2);
    assert_eq!(plan.steps[1].text().matches("VALIDATE CONSTRAINT").count(), 2);
    server.script("INSERT INTO t VALUES ('c', 1); DELETE FROM p").await;
    assert_eq!(server.texts("select k from t order by k").await, "b,NULL");
}

#[tokio::test]
async fn keys_of_a_table_with_rows_take_an_index_that_was_created_concurrently() {
    let Some(server) = Server::new().await else { return };
    let plan = server
        .migrated(
            "CREATE TABLE p (id bigint NOT NULL, code text NOT NULL)",
            "INSERT INTO p VALUES (1, 'a'), (2, 'b')",
            "CREATE TABLE p (id bigint CONSTRAINT pk PRIMARY KEY, code text NOT NULL CONSTRAINT uq UNIQUE);
             CREATE INDEX ix ON p (lower(code) DESC) WHERE id > 0; CREATE TABLE t (code text REFERENCES p (code))",
            &Hints::default(),
        )
        .await;
    assert_eq!(parts(&plan), ["", "index", "index", "index", "keys"], "{}", text(&plan));
    for step in plan.steps.iter().filter(|step| step.part == "index") {
        let text = step.text();
        assert!(text.starts_with("-- aio-sql: no transaction\n\nCREATE ") && text.contains(" CONCURRENTLY "), "{text}");
    }
    let constraints = "select string_agg(conname || contype::text, ' ' order by conname) from pg_constraint where conrelid = 'p'::regclass and contype in ('p', 'u')";
    assert_eq!(server.texts(constraints).await, "pkp uqu");
}

#[tokio::test]
async fn the_indexes_of_a_new_table_are_created_with_it() {
    let Some(server) = Server::new().await else { return };
    let after = "CREATE TABLE t (a text, b integer); CREATE UNIQUE INDEX ix ON t (a NULLS FIRST) INCLUDE (b)";
    let plan = server.planned("", after, &Hints::default(), &[], &mut no_renames).await.unwrap();
    assert_eq!(plan.steps.len(), 1);
    let step = plan.steps[0].text();
    assert!(step.contains("CREATE UNIQUE INDEX \"ix\" ON \"t\" (a NULLS FIRST) INCLUDE (b)"), "{step}");
}

#[tokio::test]
async fn identity_columns_are_added_changed_and_dropped_and_go_on_after_the_largest_number() {
    let Some(server) = Server::new().await else { return };
    server
        .migrated(
            "CREATE TABLE a (id bigint NOT NULL, x text); CREATE TABLE b (id bigint GENERATED ALWAYS AS IDENTITY);
             CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY); CREATE TABLE d (x text)",
            "INSERT INTO a VALUES (7, 'x'); INSERT INTO b DEFAULT VALUES; INSERT INTO c DEFAULT VALUES; INSERT INTO d VALUES ('a'), ('b')",
            "CREATE TABLE a (id bigint GENERATED BY DEFAULT AS IDENTITY, x text); CREATE TABLE b (id bigint NOT NULL);
             CREATE TABLE c (id bigint GENERATED BY DEFAULT AS IDENTITY);
             CREATE TABLE d (x text, id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)",
            &Hints::default(),
        )
        .await;
    server.script("INSERT INTO a (x) VALUES ('y'); INSERT INTO b VALUES (1); INSERT INTO c VALUES (1)").await;
    assert_eq!(server.texts("select id::text from a order by id").await, "7,8");
    assert_eq!(server.texts("select id::text from d order by id").await, "1,2");
}

#[tokio::test]
async fn a_generated_column_is_dropped_and_added_with_what_reads_it() {
    let Some(server) = Server::new().await else { return };
    let table = |sign: &str| {
        format!(
            "CREATE TABLE t (a integer, g integer GENERATED ALWAYS AS (a {sign} 2) STORED, CONSTRAINT c CHECK (g < 99));
             CREATE INDEX ix ON t (a, g)"
        )
    };
    server.migrated(&table("+"), "INSERT INTO t VALUES (5)", &table("*"), &Hints::default()).await;
    assert_eq!(server.texts("select g::text from t").await, "10");
    let parts = "select concat((select count(*) from pg_constraint where conname = 'c' and conrelid = 't'::regclass),
        (select count(*) from pg_index where indrelid = 't'::regclass and indisvalid))";
    assert_eq!(server.texts(parts).await, "11");
}

#[tokio::test]
async fn names_of_constraints_and_indexes_follow_those_of_tables_and_columns() {
    let Some(server) = Server::new().await else { return };
    let table = |name: &str, column: &str| {
        format!(
            "CREATE TABLE {name} (id bigint CONSTRAINT pk_{name} PRIMARY KEY, {column} text CONSTRAINT ck_{name} CHECK ({column} <> ''),
                up bigint CONSTRAINT fk_{name} REFERENCES {name} (id), CONSTRAINT uq_{name} UNIQUE ({column}));
             CREATE INDEX ix_{name} ON {name} ({column})"
        )
    };
    let mut hints = Hints::default();
    hints.table_mut("post").was = Some("posts".to_owned());
    hints.table_mut("post").column_mut("headline").was = Some("title".to_owned());
    let rows = "INSERT INTO posts VALUES (1, 'a', NULL), (2, 'b', 1)";
    let plan = server.migrated(&table("posts", "title"), rows, &table("post", "headline"), &hints).await;
    assert_eq!(plan.steps.len(), 1, "{}", text(&plan));
    assert!(!plan.steps[0].text().contains("DROP"), "{}", text(&plan));
    let names = "select string_agg(name, ' ' order by name) from (select conname::text as name from pg_constraint
        where conrelid = 'post'::regclass and contype <> 'n' union select indexrelid::regclass::text from pg_index where indrelid = 'post'::regclass) n";
    assert_eq!(server.texts(names).await, "ck_post fk_post ix_post pk_post uq_post");
    let renamed = Change::Rename { kind: "index", from: "ix_posts".to_owned(), to: "ix_post".to_owned() };
    assert!(plan.changes.contains(&renamed), "{plan:?}");
}

#[tokio::test]
async fn dropped_tables_and_columns_are_losses_that_the_step_accepts() {
    let Some(server) = Server::new().await else { return };
    let plan = server
        .migrated(
            "CREATE TABLE a (id bigint PRIMARY KEY, b bigint); CREATE TABLE b (id bigint PRIMARY KEY, a bigint REFERENCES a);
             ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (b) REFERENCES b DEFERRABLE;
             CREATE TABLE t (x text, \"odd name\" text, a bigint REFERENCES a, CONSTRAINT c CHECK (x <> \"odd name\"))",
            "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); INSERT INTO t VALUES ('x', 'y', 1)",
            "CREATE TABLE t (x text, a bigint)",
            &Hints::default(),
        )
        .await;
    let losses = plan.losses();
    assert!(losses.contains(&"t.\"odd name\"") && losses.contains(&"a") && losses.contains(&"b"), "{losses:?}");
    assert!(plan.steps[0].text().starts_with("-- aio-sql: accepts loss of "), "{}", text(&plan));
    assert_eq!(server.texts("select concat(x, a) from t").await, "x1");
}

#[tokio::test]
async fn tables_that_refer_to_each_other_are_created_with_their_keys() {
    let Some(server) = Server::new().await else { return };
    let replay = server.replay("").await.unwrap();
    let tables = "CREATE TABLE a (id bigint PRIMARY KEY, b bigint); CREATE TABLE b (id bigint PRIMARY KEY, a bigint)";
    let keys = "ALTER TABLE a ADD CONSTRAINT fk_a FOREIGN KEY (b) REFERENCES b (id);
        ALTER TABLE b ADD CONSTRAINT fk_b FOREIGN KEY (a) REFERENCES a (id)";
    let plan =
        crate::server::plan_in(&replay, [tables, keys], &[], &Hints::default(), &[], &mut no_renames).await.unwrap();
    replay.close().await.unwrap();
    server.run(&plan).await.unwrap_or_else(|error| panic!("{error}\n{}", text(&plan)));
    assert_eq!(server.texts("select conname::text from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace order by 1").await, "fk_a,fk_b");
}
