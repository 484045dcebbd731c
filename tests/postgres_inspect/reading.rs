//! Where and when a schema can be read, and what of it.

use std::collections::BTreeSet;

use aio_sql::inspect::{Identity, Parent};

use super::*;

#[tokio::test]
async fn the_schemas_of_the_search_path_are_read_in_its_order_and_others_on_request() -> Result<()> {
    with_database("path", async |db| {
        let connection = db.connect().await?;
        connection
            .execute_script(
                "create table public.t (x int); create schema b; create schema a; create schema far;
                 create table a.t (y int); create table b.u (z int primary key);
                 create table far.t (w int references b.u); set search_path = b, missing, a",
            )
            .await?;
        let schema = connection.inspect().await?;
        assert_eq!((schema.names(), schema.default_name()), (&["b".to_owned(), "a".to_owned()][..], "b"));
        assert_eq!(tables(&schema), ["u", "t"]);
        assert_eq!(schema.table("t").unwrap().schema(), "a");
        let schema = connection.inspect_with(Inspect::new().schema("far").schema("a").schema("pg_temp")).await?;
        assert_eq!(schema.names(), ["b", "a", "far"], "each is read once");
        let key = &schema.tables()[2].foreign_keys()[0];
        assert_eq!((key.schema(), key.table(), key.targets()), ("b", "u", &["z".to_owned()][..]));
        let schema = connection.inspect_with(Inspect::new().all_schemas()).await?;
        assert_eq!(schema.names(), ["b", "a", "far", "public"], "those of the system are left out");
        let schema = connection.inspect_with(Inspect::new().schema("information_schema")).await?;
        assert!(schema.view("key_column_usage").is_some());
        for name in ["Far", "missing", ""] {
            let error = connection.inspect_with(Inspect::new().schema(name)).await.unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::Sql, "{error:?}");
            let text = error.to_string();
            assert!(text.contains(&format!("there is no schema {name:?}: this database has a, b, far")), "{text}");
        }
        connection.execute_script("set search_path = missing").await?;
        let schema = connection.inspect().await?;
        assert_eq!((schema.names().len(), schema.default_name(), schema.tables().len()), (0, "", 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn temporary_tables_are_read_on_their_connection_if_they_are_asked_for() -> Result<()> {
    with_database("temporary", async |db| {
        let (connection, other) = (db.connect().await?, db.connect().await?);
        connection.execute_script("create temp table scratch (a int unique); create table kept (a int)").await?;
        assert_eq!(tables(&connection.inspect().await?), ["kept"]);
        let schema = connection.inspect_with(Inspect::new().temporary()).await?;
        assert_eq!(
            (schema.names(), tables(&schema)),
            (&["public".to_owned(), "pg_temp".to_owned()][..], vec!["kept", "scratch"])
        );
        assert_eq!(schema.table("scratch").unwrap().schema(), "pg_temp");
        assert_eq!(tables(&other.inspect_with(Inspect::new().temporary().all_schemas()).await?), ["kept"]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_belongs_to_an_extension_or_to_the_library_is_left_out_unless_asked_for() -> Result<()> {
    with_database("internal", async |db| {
        let script = "create table t (id int); create table _aio_sql_kept (a int); create sequence s;
                      create foreign data wrapper w; create server far foreign data wrapper w;
                      create foreign table f (a int) server far";
        db.execute_script(script).await?;
        // No extension that every server has brings a table: these objects are given to one.
        for object in [
            "table given (a int)",
            "sequence given_numbers",
            "type given_enum as enum ('a')",
            "domain given_domain as int",
        ] {
            let name: Vec<_> = object.split(' ').collect();
            let add = format!("create {object}; alter extension plpgsql add {} {}", name[0], name[1]);
            db.execute_script(add).await?;
        }
        let schema = db.inspect().await?;
        assert_eq!(tables(&schema), ["f", "t"]);
        assert_eq!(schema.table("f").unwrap().kind(), &TableKind::Foreign("far".to_owned()));
        assert_eq!((schema.sequences().len(), schema.enums().len(), schema.domains().len()), (1, 0, 0));
        let all = db.inspect_with(Inspect::new().internal()).await?;
        assert_eq!(tables(&all), ["_aio_sql_kept", "f", "given", "t"]);
        for name in ["_aio_sql_kept", "given"] {
            assert_eq!(all.table(name).unwrap().kind(), &TableKind::Internal);
        }
        assert_eq!((all.sequences().len(), all.enums().len(), all.domains().len()), (2, 1, 1));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_transaction_sees_its_own_changes_and_no_one_else_does() -> Result<()> {
    with_database("inside", async |db| {
        db.execute_script("create table a (id integer primary key)").await?;
        let tx = db.begin().await?;
        tx.execute_script("create table b (a integer references a)").await?;
        assert_eq!(tables(&db.inspect().await?), ["a"]);
        // From here on others who read the schema would wait for the transaction.
        tx.execute_script("alter table a add column n text").await?;
        let inside = tx.inspect().await?;
        assert_eq!(tables(&inside), ["a", "b"]);
        assert!(inside.table("a").unwrap().column("n").is_some());
        let nested = tx.begin().await?;
        nested.execute_script("drop table b").await?;
        assert_eq!(tables(&nested.inspect().await?), ["a"]);
        nested.rollback().await?;
        assert_eq!(tables(&tx.inspect().await?), ["a", "b"]);
        tx.commit().await?;
        assert_eq!(tables(&db.inspect().await?), ["a", "b"]);
        let read = db.begin_with(aio_sql::TransactionMode::ReadOnly).await?;
        assert_eq!(tables(&read.inspect().await?), ["a", "b"]);
        read.commit().await
    })
    .await
}

#[tokio::test]
async fn a_schema_that_others_change_all_the_time_is_read_as_it_was_at_one_moment() -> Result<()> {
    with_database("moment", async |db| {
        // In each state all tables have the same columns, an index on the last one, and a view.
        let state = |number: usize| -> String {
            let tables = (0..10).map(|table| {
                format!(
                    "drop table if exists t{table} cascade; create table t{table} (id integer primary key, c{number} text);
                     create index i{table} on t{table} (c{number}, length(c{number}));
                     create view v{table} as select c{number} from t{table};"
                )
            });
            tables.collect()
        };
        db.execute_script(state(0)).await?;
        // The next state is made while the schema is read.
        let (begin, mut begun) = tokio::sync::mpsc::channel::<()>(1);
        let other = db.clone();
        let changes = tokio::spawn(async move {
            let mut number = 0;
            while begun.recv().await.is_some() {
                number += 1;
                let tx = other.begin().await.unwrap();
                // Of two that wait for each other the server may choose this one.
                match tx.execute_script(state(number)).await {
                    Ok(()) => tx.commit().await.unwrap(),
                    Err(error) => assert_eq!(error.kind(), &ErrorKind::Conflict, "{error:?}"),
                }
            }
        });
        let mut seen = BTreeSet::new();
        while seen.len() < 5 {
            begin.send(()).await.unwrap();
            let schema = db.inspect().await?;
            assert_eq!((schema.tables().len(), schema.views().len()), (10, 10));
            let of_tables = schema.tables().iter().flat_map(|table| {
                let parts = table.indexes()[0].parts();
                let expression = parts[1].expression().unwrap().trim_start_matches("length(").trim_end_matches(')');
                [table.columns()[1].name(), parts[0].column().unwrap(), expression].map(str::to_owned)
            });
            let of_views = schema.views().iter().map(|view| {
                let column = view.sql().rsplit_once('.').unwrap().1;
                column.split_whitespace().next().unwrap().to_owned()
            });
            let states: BTreeSet<_> = of_tables.chain(of_views).collect();
            assert_eq!(states.len(), 1, "{states:?}");
            seen.extend(states);
        }
        drop(begin);
        changes.await.unwrap();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_only_postgresql_has_is_read() -> Result<()> {
    with_database("everything", async |db| {
        db.execute_script(include_str!("data/everything.sql")).await?;
        let schema = db.inspect().await?;
        let t = schema.table("t").unwrap();
        assert_eq!(t.column("id").unwrap().identity(), Some(Identity::Always));
        assert_eq!(t.column("by_default").unwrap().identity(), Some(Identity::ByDefault));
        assert_eq!(t.column("c").unwrap().collation(), Some("C"));
        assert_eq!(
            (t.column("colour").unwrap().declared_type(), t.column("grid").unwrap().declared_type()),
            ("other.colour", "integer[]")
        );
        let apart = &t.exclusions()[0];
        assert_eq!((apart.name(), apart.method(), apart.operators()), ("apart", "gist", &["&&".to_owned()][..]));
        assert_eq!((apart.parts()[0].expression(), apart.condition()), (Some("int4range(x, x + 1)"), Some("x > 0")));
        assert_eq!(apart.definition(), "EXCLUDE USING gist (int4range(x, (x + 1)) WITH &&) WHERE ((x > 0))");
        assert_eq!(apart.comment(), Some("Ranges do not overlap"));
        assert!(t.uniques()[0].is_deferrable() && !t.uniques()[0].is_deferred());
        let index = t.index("by_expression").unwrap();
        assert_eq!((index.parts()[1].expression(), index.parts()[0].collation()), (Some("x + 1"), Some("C")));
        assert_eq!(t.index("once").unwrap().comment(), Some("Only once"));

        let parted = schema.table("parted").unwrap();
        assert_eq!((parted.partition_key(), parted.partition().is_none()), (Some("RANGE (d)"), true));
        let part = schema.table("parted_2020").unwrap();
        let partition = part.partition().unwrap();
        assert_eq!((partition.of().schema(), partition.of().name()), ("public", "parted"));
        assert_eq!(partition.bound(), "FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')");
        let rest = schema.table("parted_rest").unwrap();
        assert_eq!((rest.partition().unwrap().bound(), rest.partition_key()), ("DEFAULT", Some("LIST (k)")));
        assert_eq!(schema.table("refers").unwrap().foreign_keys().len(), 1, "the key to each partition is left out");
        assert!(part.triggers().is_empty() && parted.triggers().len() == 1);
        let parents: Vec<_> = schema.table("derived").unwrap().parents().iter().map(Parent::name).collect();
        assert_eq!(parents, ["base", "plain"]);
        assert!(schema.table("passing").unwrap().is_unlogged() && !t.is_unlogged());

        let numbers = &schema.sequences()[0];
        assert_eq!(
            (numbers.name(), numbers.declared_type(), numbers.comment()),
            ("numbers", "smallint", Some("Some numbers"))
        );
        assert_eq!((numbers.start(), numbers.increment(), numbers.min(), numbers.max()), (5, 3, 1, 32767));
        assert!(numbers.is_cyclic() && numbers.owner().is_none());
        let owner = schema.sequences()[1].owner().unwrap();
        assert_eq!((owner.schema(), owner.table(), owner.column()), ("public", "t", "s"));
        assert_eq!(schema.enums()[0].comment(), Some("How somebody feels"));
        assert_eq!(schema.domains()[1].comment(), Some("A year of the calendar"));

        let short = schema.view("short").unwrap();
        assert!(
            short.sql().starts_with("CREATE VIEW short WITH (security_barrier=true) AS\n SELECT"),
            "{}",
            short.sql()
        );
        assert_eq!(short.triggers()[0].name(), "instead");
        assert!(schema.view("counted").unwrap().sql().starts_with("CREATE MATERIALIZED VIEW counted AS"));
        // Names that differ in case are two tables.
        assert_eq!(schema.table("Case").unwrap().columns().len(), 2);
        let columns: Vec<_> = schema.table("case").unwrap().columns().iter().map(|column| column.name()).collect();
        assert_eq!(columns, ["id", "Id"]);
        let order = schema.in_key_order();
        let circle: Vec<_> =
            order.circles().iter().map(|circle| circle.iter().map(|table| table.name()).collect::<Vec<_>>()).collect();
        assert_eq!(circle, [["one", "two"]]);
        let place = |name: &str| order.tables().iter().position(|table| table.name() == name).unwrap();
        assert!(place("Case") < place("case") && place("parted") < place("refers"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_index_that_could_not_be_built_is_invalid() -> Result<()> {
    with_database("invalid", async |db| {
        db.execute_script("create table t (a int); insert into t values (1), (1)").await?;
        let connection = db.connect().await?;
        connection.execute_script("create unique index concurrently once on t (a)").await.unwrap_err();
        let schema = db.inspect().await?;
        assert!(!schema.table("t").unwrap().index("once").unwrap().is_valid());
        connection.execute_script("delete from t; reindex index once").await?;
        assert!(db.inspect().await?.table("t").unwrap().index("once").unwrap().is_valid());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_connection_without_a_cache_of_statements_reads_the_same() -> Result<()> {
    server::with_addresses("uncached", async |db, address| {
        db.execute_script("create table t (a int primary key, b text)").await?;
        let uncached = Database::builder(address).statement_cache(0).open().await?;
        assert_eq!(uncached.inspect().await?, db.inspect().await?);
        uncached.close().await
    })
    .await
}

#[tokio::test]
async fn a_schema_is_serialized_with_what_only_postgresql_has() -> Result<()> {
    with_database("serialized", async |db| {
        db.execute_script(
            "create type mood as enum ('sad'); create table t (id int generated always as identity, m mood)",
        )
        .await?;
        let json = serde_json::to_value(db.inspect().await?).unwrap();
        assert_eq!(json["dialect"], "postgres");
        assert_eq!(json["enums"][0]["values"], serde_json::json!(["sad"]));
        assert_eq!(json["tables"][0]["columns"][0]["identity"], "always");
        Ok(())
    })
    .await
}
