//! Where and when a schema can be read, and what of it.

use aio_sql::ErrorKind;
use aio_sql::rusqlite;
use aio_sql::rusqlite::hooks::{AuthAction, Authorization};

use super::*;

fn tables(schema: &Schema) -> Vec<&str> {
    schema.tables().iter().map(Table::name).collect()
}

#[tokio::test]
async fn a_transaction_sees_its_own_changes_and_no_one_else_does() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(folder.path().join("a.db")).await?;
    db.execute_script("create table a (id integer primary key)").await?;
    let tx = db.begin().await?;
    tx.execute_script("create table b (a integer references a); alter table a add column n text").await?;
    let inside = tx.inspect().await?;
    assert_eq!(tables(&inside), ["a", "b"]);
    assert!(inside.table("a").unwrap().column("n").is_some());
    let nested = tx.begin().await?;
    nested.execute_script("drop table b").await?;
    assert_eq!(tables(&nested.inspect().await?), ["a"]);
    nested.rollback().await?;
    assert_eq!(tables(&tx.inspect().await?), ["a", "b"]);
    assert_eq!(tables(&db.inspect().await?), ["a"]);
    tx.rollback().await?;
    assert!(db.inspect().await?.table("a").unwrap().column("n").is_none());
    db.close().await
}

#[tokio::test]
async fn a_connection_and_a_read_transaction_read_one_moment() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let db = Database::open(&path).await?;
    db.execute_script("create table a (id integer primary key)").await?;
    let conn = db.connect().await?;
    assert_eq!(tables(&conn.inspect().await?), ["a"]);
    let tx = conn.begin_with(aio_sql::TransactionMode::Deferred).await?;
    assert_eq!(tables(&tx.inspect().await?), ["a"]);
    // Another program changes the schema.
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch("create table b (x); drop table a").unwrap();
    assert_eq!(tables(&tx.inspect().await?), ["a"]);
    tx.commit().await?;
    assert_eq!(tables(&conn.inspect().await?), ["b"]);
    drop(conn);
    assert_eq!(tables(&db.inspect().await?), ["b"]);
    db.close().await
}

#[tokio::test]
async fn a_schema_that_others_change_all_the_time_is_read_as_it_was_at_one_moment() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let db = Database::open(&path).await?;
    // In each state all tables have the same columns and an index on the last one.
    let state = |number: usize| -> String {
        let tables = (0..20).map(|table| {
            format!(
                "drop table if exists t{table}; create table t{table} (id integer primary key, c{number} text);
                 create index i{table} on t{table} (c{number});"
            )
        });
        format!("begin immediate; {} commit;", tables.collect::<String>())
    };
    db.execute_script(state(0)).await?;
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || {
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        let mut number = 0;
        while stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
            number += 1;
            raw.execute_batch(&state(number)).unwrap();
        }
        number
    });
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 5 {
        let schema = db.inspect().await?;
        assert_eq!(schema.tables().len(), 20);
        let states: std::collections::BTreeSet<_> = schema
            .tables()
            .iter()
            .flat_map(|table| [table.columns()[1].name(), table.indexes()[0].columns()[0]].map(str::to_owned))
            .collect();
        assert_eq!(states.len(), 1, "{states:?}");
        seen.extend(states);
    }
    drop(stop);
    assert!(other.join().unwrap() >= 5);
    db.close().await
}

#[tokio::test]
async fn a_schema_that_does_not_exist_is_an_error_that_names_those_that_do() -> Result<()> {
    let db = Database::memory().await?;
    let conn = db.connect().await?;
    conn.execute_script("attach ':memory:' as archive").await?;
    for name in ["missing", "mis\0sing", "", "main\"", "main.sqlite_schema"] {
        let error = conn.inspect_with(Inspect::new().schema(name)).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Sql, "{error:?}");
        let text = error.to_string();
        assert!(text.contains(&format!("there is no schema {name:?}: this connection has main, archive")), "{text}");
    }
    let schema =
        conn.inspect_with(Inspect::new().schema("ARCHIVE").schema("archive").schema("main").schema("temp")).await?;
    assert_eq!(schema.names(), ["main", "archive", "temp"], "each is read once, under its own name");
    drop(conn);
    db.close().await
}

#[tokio::test]
async fn attached_databases_with_any_name_are_read_on_their_connection() -> Result<()> {
    let db = Database::memory().await?;
    let conn = db.connect().await?;
    conn.execute_script(
        "attach ':memory:' as \"my \"\"own\"\" one\"; create table \"my \"\"own\"\" one\".t (a integer primary key, t references t)",
    )
    .await?;
    let schema = conn.inspect_with(Inspect::new().all_schemas()).await?;
    assert_eq!(schema.names(), ["main", "my \"own\" one"]);
    let table = schema.table("t").unwrap();
    assert_eq!((table.schema(), table.foreign_keys()[0].targets()), ("my \"own\" one", &["a".to_owned()][..]));
    assert_eq!(db.inspect().await?.names(), ["main"]);
    drop(conn);
    db.close().await
}

#[tokio::test]
async fn internal_and_shadow_tables_are_left_out_unless_asked_for() -> Result<()> {
    let script = "create table t (id integer primary key autoincrement); create virtual table f using fts5(a);
                  analyze; create table _aio_sql_kept (a); create table sqlite (a)";
    assert_eq!(tables(&schema(script, Inspect::new()).await?), ["f", "sqlite", "t"]);
    let all = schema(script, Inspect::new().internal()).await?;
    let of = |kind: &TableKind| -> Vec<_> {
        all.tables().iter().filter(|table| table.kind() == kind).map(Table::name).collect()
    };
    assert_eq!(of(&TableKind::Shadow), ["f_config", "f_content", "f_data", "f_docsize", "f_idx"]);
    let internal = of(&TableKind::Internal);
    assert!(
        ["_aio_sql_kept", "sqlite_sequence", "sqlite_stat1"].iter().all(|name| internal.contains(name)),
        "{internal:?}"
    );
    assert_eq!(of(&TableKind::Virtual("fts5".to_owned())), ["f"]);
    let hidden: Vec<_> =
        all.table("f").unwrap().columns().iter().map(|column| (column.name(), column.is_hidden())).collect();
    assert_eq!(hidden, [("a", false), ("f", true), ("rank", true)]);
    Ok(())
}

#[tokio::test]
async fn a_virtual_table_of_an_unknown_module_says_so_and_hides_no_other_table() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            "create table t (a integer primary key); pragma writable_schema = on;
             insert into sqlite_schema values ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING nowhere(a, b)');
             create view seen as select * from v; create view other as select a from t",
        )
        .unwrap();
    let db = Database::open(&path).await?;
    let schema = db.inspect().await?;
    let v = schema.table("v").unwrap();
    assert_eq!(v.kind(), &TableKind::Virtual("nowhere".to_owned()));
    assert_eq!((v.columns().len(), v.error()), (0, Some("no such module: nowhere")));
    assert_eq!(v.sql(), "CREATE VIRTUAL TABLE v USING nowhere(a, b)");
    let t = schema.table("t").unwrap();
    assert_eq!((t.columns().len(), t.error()), (1, None));
    let view = schema.view("seen").unwrap();
    assert_eq!((view.columns().len(), view.error()), (0, Some("no such module: nowhere")));
    assert_eq!(schema.view("other").unwrap().error(), None);
    assert_eq!(schema.differences(&schema)?.len(), 0);
    db.close().await
}

#[tokio::test]
async fn what_the_authorizer_does_not_let_the_connection_read_is_still_described() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(
            "create table secret (id integer primary key, word text); create view words as select word from secret",
        )
        .unwrap();
    let builder = Database::builder(&path).authorizer(|context| match context.action {
        AuthAction::Read { table_name: "secret", .. } => Authorization::Deny,
        _ => Authorization::Allow,
    });
    let db = builder.open().await?;
    let schema = db.inspect().await?;
    assert_eq!(schema.table("secret").unwrap().column("word").unwrap().declared_type(), "TEXT");
    let view = schema.view("words").unwrap();
    assert_eq!((view.columns()[0].declared_type(), view.error()), ("TEXT", None));
    db.close().await
}

#[tokio::test]
async fn an_authorizer_that_denies_the_schema_itself_is_named_in_the_error() -> Result<()> {
    let builder = Database::builder(":memory:").authorizer(|context| match context.action {
        AuthAction::Read { table_name: "sqlite_master", .. } => Authorization::Deny,
        _ => Authorization::Allow,
    });
    let db = builder.open().await?;
    let error = db.inspect().await.unwrap_err();
    assert!(error.to_string().contains("prohibited") || error.to_string().contains("not authorized"), "{error}");
    db.close().await
}

#[tokio::test]
async fn temporary_triggers_belong_to_the_tables_of_other_schemas() -> Result<()> {
    let script = "create table t (a); create view v as select a from t;
        create trigger own after insert on t begin select 1; end;
        create temp trigger passing after insert on t begin select 2; end;
        create temp trigger instead instead of insert on v begin select 3; end;
        create temp table s (a); create temp trigger of_s after insert on s begin select 4; end";
    let names = |table: &Table| -> Vec<_> {
        table.triggers().iter().map(|trigger| (trigger.schema().to_owned(), trigger.name().to_owned())).collect()
    };
    let plain = schema(script, Inspect::new()).await?;
    assert_eq!(names(plain.table("t").unwrap()), [("main".to_owned(), "own".to_owned())]);
    assert!(plain.table("s").is_none() && plain.view("v").unwrap().triggers().is_empty());
    let all = schema(script, Inspect::new().temporary()).await?;
    assert_eq!(
        names(all.table("t").unwrap()),
        [("main", "own"), ("temp", "passing")].map(|(one, two)| (one.to_owned(), two.to_owned()))
    );
    assert_eq!(names(all.table("s").unwrap()), [("temp".to_owned(), "of_s".to_owned())]);
    assert_eq!(all.view("v").unwrap().triggers()[0].name(), "instead");
    Ok(())
}

#[tokio::test]
async fn a_chain_of_ten_thousand_tables_has_an_order() -> Result<()> {
    // The name sorts before that of the table that it refers to.
    let tables =
        (0..10_000).map(|number| format!("create table t{number:05} (a integer references t{:05});", number + 1));
    let script = format!("begin; {} create table t10000 (id integer primary key); commit;", tables.collect::<String>());
    let schema = schema(&script, Inspect::new()).await?;
    let order = schema.in_key_order();
    assert_eq!((order.tables()[0].name(), order.tables()[10_000].name()), ("t10000", "t00000"));
    assert!(order.circles().is_empty());
    Ok(())
}

#[tokio::test]
async fn each_foreign_key_that_no_order_serves_is_in_a_circle() -> Result<()> {
    let schema = schema(include_str!("data/circles.sql"), Inspect::new()).await?;
    let order = schema.in_key_order();
    let place = |name: &str| order.tables().iter().position(|table| table.name() == name).unwrap();
    let circles: Vec<Vec<_>> =
        order.circles().iter().map(|circle| circle.iter().map(|table| table.name()).collect()).collect();
    assert_eq!(circles, [vec!["a", "b", "c"], vec!["d", "e"]], "one for two keys between the same tables");
    for table in schema.tables() {
        for key in table.foreign_keys().iter().filter(|key| key.table() != table.name()) {
            let is_in = |circle: &Vec<&str>| {
                let next = circle.iter().cycle().skip(1);
                circle.iter().zip(next).any(|(one, other)| (*one, *other) == (table.name(), key.table()))
            };
            assert!(
                place(key.table()) < place(table.name()) || circles.iter().any(is_in),
                "{} {}",
                table.name(),
                key.table()
            );
        }
    }
    Ok(())
}
