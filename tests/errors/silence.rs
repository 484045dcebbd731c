//! No error contains a value, even if the database quotes one.

use super::*;

#[cfg(feature = "json")]
#[on_every_database]
async fn a_value_that_serde_quotes_is_left_out(db: Database) -> Result<()> {
    use aio_sql::Json;

    struct Refuses;
    impl serde::Serialize for Refuses {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("cannot write s3cret"))
        }
    }
    impl<'de> serde::Deserialize<'de> for Refuses {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Refuses, D::Error> {
            Err(serde::de::Error::custom("cannot read s3cret"))
        }
    }
    let refused = sql!("select {Json(Refuses)}").all::<Row>(&db).await;
    let error = refused.expect_err("it cannot be written");
    assert_silent(&error);
    assert!(matches!(error.kind(), ErrorKind::Unstorable { .. }), "{error:?}");
    for text in ["'\"s3cret\"'", "'{\"s3cret\": 1}'", "'[s3cret'"] {
        let error = query(format!("select {text} as document")).scalar::<Json<Vec<i64>>>(&db).await.expect_err(text);
        let said = format!("{error}");
        assert!(!said.contains(SECRET), "{said}");
        let error = sql!("select {SECRET}").scalar::<Json<Refuses>>(&db).await.map(drop).expect_err(text);
        assert_silent(&error);
    }
    let keys: std::collections::HashMap<Vec<u8>, i64> = [(vec![1], 1)].into();
    let error = sql!("select {Json(keys)}").all::<Row>(&db).await.expect_err("a key that is no text");
    assert_says(&error, &["key must be a string"]);
    db.close().await
}

#[cfg(feature = "postgres")]
mod postgres {
    use aio_sql::{Batch, Executor};
    use servers::{Needs, Outcome, on_postgres};

    use super::*;

    /// Statements with a value that PostgreSQL quotes in an error, each with the message that the
    /// library shows.
    const QUOTED: &[(&str, &str, &str)] = &[
        ("select $1::text::bigint", "s3cret", "invalid input syntax for type bigint: \"…\""),
        ("select $1::text::bigint", "a\" s3cret \"b", "invalid input syntax for type bigint: \"…\""),
        ("select $1::text::bigint", "9999999999999999999999", "value \"…\" is out of range for type bigint"),
        ("select $1::text::uuid", "s3cret", "invalid input syntax for type uuid"),
        ("select $1::text::date", "s3cret", "invalid input syntax for type date"),
        ("select $1::text::jsonb", "{\"s3cret\": s3cret}", "invalid input syntax for type json"),
        ("select $1::text::int[]", "{s3cret", "malformed array literal"),
        ("select $1::text::mood", "s3cret", "invalid input value for enum mood"),
        ("select $1::text::regclass", "s3cret", "relation \"…\" does not exist"),
        ("select $1::text::regtype", "s3cret", "type \"…\" does not exist"),
        ("select nextval($1::text)", "s3cret", "relation \"…\" does not exist"),
        ("select has_table_privilege($1, 'select')", "s3cret", "relation \"…\" does not exist"),
        ("select current_setting($1)", "s3cret", "unrecognized configuration parameter"),
        ("select to_tsquery($1)", "s3cret &", "in tsquery: \"…\""),
        ("select $1::text::jsonpath", "$.s3cret ==", "jsonpath"),
        ("select 'a' ~ $1", "s3cret(", "not a valid regular expression"),
        ("select date_trunc($1, now())", "s3cret", "\"…\" not recognized"),
        ("select date_part($1, now())", "s3cret", "\"…\" not recognized"),
        ("select encode('a', $1)", "s3cret", "unrecognized encoding"),
        ("select convert_from('a', $1)", "s3cret", "invalid source encoding name"),
        ("select convert_from($1::text::bytea, 'UTF8')", "\\xff", "invalid byte sequence for encoding \"…\": …"),
        ("select 'a' like 'a' escape $1", "s3cret", "invalid escape string"),
        ("select to_date($1, 'YYYY')", "s3cret", "invalid value"),
        ("select pg_read_file($1)", "/nowhere/s3cret", "could not open file"),
        ("insert into plain select setval('numbers', $1::text::bigint)", "424242", "setval: value … is out of bounds"),
        ("select executes($1)", "s3cret", "column \"…\" does not exist"),
        ("insert into plain values ($1)", "s3cret", "invalid input syntax for type bigint"),
        ("insert into short values ($1)", "s3cret is long", "value too long for type character varying(5)"),
        ("insert into docs (title) values ($1)", "s3cret", "docs.title: the check `docs_title_check` does not hold"),
        ("insert into docs (title, must) values ('', $1::text || null)", "s3cret", "docs.must must have a value"),
        ("insert into parts values ($1)", "s3cret", "no partition of relation \"parts\" found for row"),
        ("insert into ranges values (int4range(5, length($1)))", "s3cret-s3cret", "ranges: another row conflicts"),
    ];

    /// Statements whose errors name what stands in SQL.
    const SHOWN: &[(&str, &str)] = &[
        ("select missing from plain where x = length($1)", "column \"missing\" does not exist"),
        ("select * from nowhere where x = $1", "relation \"nowhere\" does not exist"),
        ("select nofunction($1)", "function nofunction("),
        ("selekt $1", "syntax error at or near \"selekt\""),
        ("insert into docs (title) select broken($1)", "column \"missing\" does not exist"),
    ];

    async fn fill(db: &Database) -> Result<()> {
        db.execute_script(
            "create type mood as enum ('good'); create sequence numbers maxvalue 9;
             create table plain (x bigint); create table short (x varchar(5));
             create table docs (title text check (title = ''), must text not null default '');
             create table parts (x text) partition by list (x);
             create table ranges (x int4range, exclude using gist (x with &&)); insert into ranges values ('[6, 8)');
             create function executes(x text) returns bigint language plpgsql as
                 $$ declare n bigint; begin execute 'select ' || x into n; return n; end $$;
             create function broken(x text) returns text language plpgsql as
                 $$ declare n text; begin select missing into n from plain; return n; end $$",
        )
        .await
    }

    async fn each_way(ex: &Executor, text: &'static str, value: &'static str, words: &str, wrong: &mut Vec<String>) {
        let statement = || query(text).bind(value);
        let results = [
            statement().execute(ex).await.map(drop),
            statement().all::<Row>(ex).await.map(drop),
            statement().stream::<Row>(ex).next().await.transpose().map(drop),
            Batch::new().execute(query("select 1")).execute(statement()).run(ex).await.map(drop),
        ];
        for result in results {
            match result {
                Err(error) => {
                    assert_silent(&error);
                    if !error.to_string().contains(words) || error.to_string().contains(value) {
                        wrong.push(format!("{text} with {value}: `{words}` in: {error:?}"));
                    }
                }
                Ok(()) => wrong.push(format!("{text} with {value}: no error")),
            }
        }
    }

    #[test]
    fn a_value_that_postgresql_quotes_is_left_out() {
        async fn test(db: Database) -> Result<()> {
            fill(&db).await?;
            let conn = db.connect().await?;
            let mut wrong = Vec::new();
            for (text, value, words) in QUOTED {
                each_way(&db, text, value, words, &mut wrong).await;
                each_way(&conn, text, value, words, &mut wrong).await;
            }
            assert!(wrong.is_empty(), "{wrong:#?}");
            conn.close().await?;
            db.close().await
        }
        on_postgres(test, Outcome::Success, Needs::Nothing);
    }

    #[test]
    fn the_sql_of_a_statement_stays_in_its_error() {
        async fn test(db: Database) -> Result<()> {
            fill(&db).await?;
            let mut wrong = Vec::new();
            for (text, words) in SHOWN {
                each_way(&db, text, SECRET, words, &mut wrong).await;
            }
            assert!(wrong.is_empty(), "{wrong:#?}");
            for (script, words) in [
                ("drop table nowhere", "table \"nowhere\" does not exist"),
                ("create table Plain (x bigint)", "relation \"plain\" already exists"),
                (
                    "create table \"a \"\"b\"\"\" (x bigint); create table \"a \"\"b\"\"\" (x bigint)",
                    "\"a \"b\"\" already exists",
                ),
                ("alter table plain drop column y", "column \"y\" of relation \"plain\" does not exist"),
            ] {
                assert_says(&db.execute_script(script).await.expect_err(script), &[words]);
            }
            db.close().await
        }
        on_postgres(test, Outcome::Success, Needs::Nothing);
    }
}
