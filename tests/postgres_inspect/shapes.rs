//! `create_if_missing`: whether an existing table has the shape of its struct.

use aio_sql::Table;

use super::structs::{Author, Line, Member, Post, Team};
use super::*;

/// Returns the differences that are named because of an existing table.
async fn differences(db: &Database, script: &str) -> Result<Vec<String>> {
    db.execute_script(script).await?;
    match db.create_if_missing((Author, Post, Line)).await {
        Ok(()) => Ok(Vec::new()),
        Err(error) => match error.kind() {
            ErrorKind::Shape { differences, .. } => Ok(differences.clone()),
            _ => Err(error),
        },
    }
}

#[tokio::test]
async fn the_tables_of_create_all_have_the_shape_of_their_structs() -> Result<()> {
    with_database("shapes", async |db| {
        db.create_all((Author, Post, Line, Team, Member)).await?;
        let before = db.inspect_with(Inspect::new().all_schemas().internal()).await?;
        db.create_if_missing((Author, Post, Line, Team, Member)).await?;
        // On a connection whose search path and temporary tables are seen afterwards.
        let connection = db.connect().await?;
        let tx = connection.begin().await?;
        let path: String = aio_sql::query("show search_path").scalar(&tx).await?;
        tx.create_if_missing((Line, Post, Author)).await?;
        assert_eq!(aio_sql::query("show search_path").scalar::<String>(&tx).await?, path);
        let after = tx.inspect_with(Inspect::new().all_schemas().internal().temporary()).await?;
        assert_eq!(after, before, "nothing is left behind");
        tx.commit().await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_the_server_normalizes_is_no_difference() -> Result<()> {
    with_database("spellings", async |db| {
        db.create_all((Author, Post)).await?;
        db.execute_script("alter table author alter id type int, alter land type varchar(40) collate \"C\"").await?;
        db.execute_script(
            "drop table \"posts of \"\"all\"\"\";
             create table \"posts of \"\"all\"\"\" (
                extra text, id serial constraint pk primary key, title varchar(99) collate \"C\" not null,
                author_id int not null constraint fk references author on delete cascade deferrable initially deferred,
                status varchar collate \"C\" default 'draft' not null constraint st check (status = any (array['draft', 'published'])),
                views int not null default (0) check (((views) >= (0))) check (views between 0 and 4294967295),
                small smallint, bytes bytea not null default '\\x0001', ratio float8 not null default '0.5',
                since timestamptz not null default statement_timestamp(), number bigint not null default abs( -7 ),
                active bool not null default 't', lower text collate \"C\" not null generated always as ((lower(title))) stored,
                created timestamp with time zone not null, note varchar(9) collate \"C\",
                check ((title <> '') or (views < 1000)), check (views < 1000 or title != ''), unique (title), check (id > 0)
             );
             create unique index once on \"posts of \"\"all\"\"\" (author_id, created);
             create index other_name on \"posts of \"\"all\"\"\" using btree (title asc nulls last) where (status)::text = 'draft'::text;
             create index by_title on \"posts of \"\"all\"\"\" (lower(title))",
        )
        .await?;
        assert_eq!(differences(&db, "select 1").await?, Vec::<String>::new());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn each_difference_is_named() -> Result<()> {
    with_database("different", async |db| {
        for (change, expected) in [
            ("alter table line drop column text", "the column `text` is missing: expected TEXT COLLATE C"),
            ("alter table line alter place type numeric", "the column `place` is NUMERIC NOT NULL, part 2 of the primary key: expected BIGINT NOT NULL, part 2 of the primary key"),
            ("alter table line alter text type text collate \"POSIX\"", "the column `text` is TEXT COLLATE POSIX: expected TEXT COLLATE C"),
            ("alter table line alter text set not null", "the column `text` is TEXT NOT NULL COLLATE C: expected TEXT COLLATE C"),
            ("alter table line add more int not null", "the column `more` has no field, and a new row needs a value for it: INTEGER NOT NULL"),
            ("alter table line drop constraint fk_line_post", "the foreign key (post) is missing: expected to posts of \"all\" (id), on delete NO ACTION, on update NO ACTION"),
            ("alter table author alter id drop identity", "the column `id` is BIGINT NOT NULL, part 1 of the primary key: expected BIGINT NOT NULL, part 1 of the primary key"),
            ("alter table author drop constraint other_name", "the check `other_name` is missing: expected (name <> land)"),
            ("alter table author drop constraint uq_author_land_name", "the UNIQUE (land, name) is missing"),
            ("drop index ix_author_land", "the index `ix_author_land` is missing: expected on (land)"),
            ("drop index by_title; create index by_title on \"posts of \"\"all\"\"\" (upper(title))", "the index `by_title` is on (upper(title) COLLATE C): expected on (lower(title) COLLATE C)"),
            ("alter table \"posts of \"\"all\"\"\" alter status set default 'published'", "the column `status` is TEXT NOT NULL COLLATE C DEFAULT 'published'::text: expected TEXT NOT NULL COLLATE C DEFAULT 'draft'::text"),
            ("alter table \"posts of \"\"all\"\"\" alter since drop default", "the column `since` is TIMESTAMP WITH TIME ZONE NOT NULL: expected TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT statement_timestamp()"),
        ] {
            db.execute_script("drop schema public cascade; create schema public").await?;
            db.create_all((Author, Post, Line)).await?;
            assert_eq!(differences(&db, change).await?, [expected], "{change}");
        }
        Ok(())
    })
    .await
}

/// A table of which a role may only read and write the rows.
#[derive(Table, Clone, Debug)]
struct Tag {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique, collate = nocase)]
    name: String,
}

#[tokio::test]
async fn a_user_who_may_create_no_tables_can_compare_them() -> Result<()> {
    with_database("rights", async |db| {
        db.create_all(Tag).await?;
        let role = format!("aio_sql_reader_{}", std::process::id());
        db.execute_script(format!("create role {role}; grant usage on schema public to {role}")).await?;
        let connection = db.connect().await?;
        connection.execute_script(format!("set role {role}")).await?;
        let compared = connection.create_if_missing(Tag).await;
        connection.execute_script("reset role").await?;
        drop(connection);
        db.execute_script(format!("drop owned by {role}; drop role {role}")).await?;
        compared
    })
    .await
}
