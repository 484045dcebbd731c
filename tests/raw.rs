//! Raw SQL with `sql!` and `query`: its values, scripts, and the types into which its rows are
//! read.

use aio_sql::{Batch, Database, Dialect, ErrorKind, Record, Result, Row, Table, Value, query, sql};
use servers::on_every_database;

#[path = "raw/results.rs"]
mod results;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "odd \"name\"")]
struct Thing {
    #[column(primary_key, auto)]
    id: i64,
    #[column(name = "select")]
    title: String,
    price: Option<f64>,
}

async fn fill(db: &Database) -> Result<()> {
    db.create(Thing).await?;
    for (title, price) in [("a", Some(1.5)), ("b", None), ("c", Some(3.0))] {
        Thing::insert(NewThing { title: title.into(), price }).execute(db).await?;
    }
    Ok(())
}

#[on_every_database]
async fn values_in_braces_are_parameters_and_never_sql(db: Database) -> Result<()> {
    fill(&db).await?;
    let title = "b' or '1' = '1";
    let sql = sql!("select count(*) from {Thing} where {Thing::TITLE} = {title}");
    let text = sql.to_sql(db.dialect())?;
    let placeholder = if db.dialect() == Dialect::Sqlite { "?" } else { "$1" };
    assert_eq!(text.text, format!("select count(*) from \"odd \"\"name\"\"\" where \"select\" = {placeholder}"));
    assert_eq!(text.params, [Value::Text(title.into())]);
    assert_eq!(sql.scalar::<i64>(&db).await?, 0);
    let id = 2;
    let found: Thing = sql!("select * from {Thing} where id = {id + 1}").one(&db).await?;
    assert_eq!(found.title, "c");
    assert_eq!(title, "b' or '1' = '1", "the arguments are not moved");
    db.close().await
}

#[on_every_database]
async fn lists_expand_and_an_empty_list_matches_nothing(db: Database) -> Result<()> {
    fill(&db).await?;
    let count = async |ids: Vec<i64>| {
        let found: i64 = sql!("select count(*) from {Thing} where id in ({ids})").scalar(&db).await?;
        let others: i64 = sql!("select count(*) from {Thing} where id not in ({ids})").scalar(&db).await?;
        Result::Ok((found, others))
    };
    assert_eq!(count(vec![]).await?, (0, 3));
    assert_eq!(count(vec![1, 3, 9]).await?, (2, 1));
    assert_eq!(count((2..50_000).collect()).await?, (2, 1));
    let titles = ["a", "b"];
    assert_eq!(sql!("select count(*) from {Thing} where {Thing::TITLE} in ({titles})").scalar::<i64>(&db).await?, 2);
    assert_eq!(
        sql!("select count(*) from {Thing} where {Thing::TITLE} in ({&titles[..1]})").scalar::<i64>(&db).await?,
        1
    );
    let bytes: Vec<u8> = vec![1, 2, 3];
    assert_eq!(sql!("select length({bytes})").scalar::<i64>(&db).await?, 3);
    db.close().await
}

#[on_every_database]
async fn braces_are_written_twice_and_options_are_null(db: Database) -> Result<()> {
    fill(&db).await?;
    assert_eq!(sql!("select '{{}}'").scalar::<String>(&db).await?, "{}");
    let (some, none) = (Some(5_i64), None::<&str>);
    let row: (Option<i64>, Option<String>) = sql!("select {some}, {none}").one(&db).await?;
    assert_eq!(row, (Some(5), None));
    db.close().await
}

#[on_every_database]
async fn rows_are_read_by_index_and_by_name(db: Database) -> Result<()> {
    fill(&db).await?;
    let row: Row = sql!("select id, {Thing::TITLE} as title, price from {Thing} where id = 2").one(&db).await?;
    assert_eq!(row.columns(), ["id", "title", "price"]);
    assert_eq!(row.get::<i64>(0)?, 2);
    assert_eq!(row.get::<String>("TITLE")?, "b");
    assert_eq!(row.get::<Option<f64>>("price")?, None);
    assert_eq!(row.len(), 3);
    assert_eq!(
        row.iter().map(|(name, value)| (name, value == &Value::Null)).collect::<Vec<_>>(),
        [("id", false), ("title", false), ("price", true)]
    );
    let error = row.get::<f64>("price").expect_err("it is NULL");
    assert!(matches!(error.kind(), ErrorKind::Decode { column: Some(column), .. } if column == "price"));
    let error = row.get::<i64>("prize").expect_err("no such column");
    assert!(error.to_string().contains("id, title, price"), "{error}");
    assert_eq!(row.get::<i64>(3).expect_err("no such column").kind(), &ErrorKind::Usage);
    db.close().await
}

#[on_every_database]
async fn structs_are_read_by_name_and_tuples_by_place(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Priced {
        price: Option<f64>,
        #[record(name = "label")]
        title: String,
    }
    fill(&db).await?;
    let thing: Thing =
        sql!("select price, 'more' as more, id, {Thing::TITLE} from {Thing} where id = 1").one(&db).await?;
    assert_eq!(thing, Thing { id: 1, title: "a".into(), price: Some(1.5) });
    let priced: Vec<Priced> =
        sql!("select id, {Thing::TITLE} as label, price from {Thing} order by id").all(&db).await?;
    assert_eq!(priced[1], Priced { price: None, title: "b".into() });
    let tuples: Vec<(i64, (String, Option<f64>))> =
        sql!("select id, {Thing::TITLE}, price from {Thing} order by id").all(&db).await?;
    assert_eq!(tuples[2], (3, ("c".into(), Some(3.0))));
    let pairs: Vec<(Thing, i64)> = sql!("select *, id * 2 from {Thing} where id = 2").all(&db).await?;
    assert_eq!(pairs[0].1, 4);
    let error = sql!("select id from {Thing}").all::<Thing>(&db).await.expect_err("columns are missing");
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert!(error.to_string().contains("`select`") && error.to_string().contains("`Thing`"), "{error}");
    let error = sql!("select id, price from {Thing}").all::<i64>(&db).await.expect_err("a column is left");
    assert!(error.to_string().contains("returns 2 columns, but `i64` reads 1"), "{error}");
    assert_eq!(sql!("select id, price from {Thing}").scalar::<i64>(&db).await?, 1, "a scalar is the first");
    let error = sql!("select id from {Thing}").all::<(i64, i64)>(&db).await.expect_err("columns are missing");
    assert_eq!(error.kind(), &ErrorKind::Usage);
    db.close().await
}

#[on_every_database]
async fn sql_built_at_run_time_takes_its_values_through_bind(db: Database) -> Result<()> {
    fill(&db).await?;
    let [one, two] = if db.dialect() == Dialect::Sqlite { ["?", "?"] } else { ["$1", "$2"] };
    let text = format!("select id from {} where id > {one} and price = {two}", "\"odd \"\"name\"\"\"");
    let ids: Vec<i64> = query(text).bind(1).bind(3.0).all(&db).await?;
    assert_eq!(ids, [3]);
    let error = query(format!("select {one}")).execute(&db).await.expect_err("a value is missing");
    assert!(error.to_string().contains("1 parameter, but 0 values were given"), "{error}");
    let list = query(format!("select {one}")).bind([1, 2].as_slice());
    let error = list.execute(&db).await.expect_err("a list");
    assert!(matches!(error.kind(), ErrorKind::Unstorable { .. }), "{error:?}");
    db.close().await
}

#[on_every_database]
async fn raw_sql_in_braces_is_a_part_of_the_text_with_its_own_values(db: Database) -> Result<()> {
    fill(&db).await?;
    let (least, ids, order) = (1.0, [1, 3], format!("id {}", "desc"));
    let condition = sql!("price > {least}");
    let condition = sql!("({condition} and id in ({ids}) or {condition})");
    let found = sql!("select id from {Thing} where {Thing::TITLE} <> {'x'} and {condition} order by {query(order)}");
    let text = found.to_sql(db.dialect())?;
    if db.dialect() == Dialect::Sqlite {
        let end = "(price > ? and id in (?, ?) or price > ?) order by id desc";
        assert_eq!(text.text, format!("select id from \"odd \"\"name\"\"\" where \"select\" <> ? and {end}"));
        let least = Value::Real(1.0);
        assert_eq!(text.params, [Value::Text("x".into()), least.clone(), Value::Integer(1), Value::Integer(3), least]);
    }
    assert_eq!(found.all::<i64>(&db).await?, [3, 1]);
    let part = sql!("price > {2.5}");
    let is_dear = sql!("{part}").expr::<bool>();
    assert_eq!(Thing::select().filter(is_dear).columns(Thing::ID).all(&db).await?, [3]);
    db.close().await
}

#[on_every_database]
async fn raw_sql_with_bound_values_is_not_a_part_of_another_text(db: Database) -> Result<()> {
    fill(&db).await?;
    let part = query("id = ?").bind(1);
    let error = sql!("select id from {Thing} where {part}").all::<i64>(&db).await.expect_err("it has a bound value");
    assert!(error.to_string().contains("use `sql!` in place of `query` and `bind`"), "{error}");
    let error = query("select ?").bind(sql!("1")).all::<i64>(&db).await.expect_err("it is no value");
    assert!(error.to_string().contains("only single values can be bound"), "{error}");
    let part = sql!("price > {f64::NAN}");
    let error = sql!("select id from {Thing} where {part}").all::<i64>(&db).await.expect_err("not a number");
    assert!(matches!(error.kind(), ErrorKind::Unstorable { .. }), "{error:?}");
    db.close().await
}

#[on_every_database]
async fn several_statements_are_a_script(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = query("delete from \"odd \"\"name\"\"\" where id = 1; select 1")
        .execute(&db)
        .await
        .expect_err("two statements");
    assert!(error.to_string().contains("execute_script"), "{error}");
    assert_eq!(Thing::select().count(&db).await?, 3, "none of them ran");
    db.execute_script("create table t (x integer); insert into t values (1); -- done\ninsert into t values (2);")
        .await?;
    assert_eq!(sql!("select sum(x) from t").scalar::<i64>(&db).await?, 3);
    let error =
        db.execute_script("insert into t values (3); insert into nowhere values (1); insert into t values (4)").await;
    assert_eq!(error.expect_err("no such table").kind(), &ErrorKind::Sql);
    assert_eq!(sql!("select sum(x) from t").scalar::<i64>(&db).await?, 6, "those before stay done");
    db.execute_script("begin; insert into t values (10); commit").await?;
    assert_eq!(sql!("select sum(x) from t").scalar::<i64>(&db).await?, 16);
    db.close().await
}

#[on_every_database]
async fn a_text_with_a_nul_character_does_not_run(db: Database) -> Result<()> {
    fill(&db).await?;
    let delete = "delete from \"odd \"\"name\"\"\" where id > 0";
    for result in [
        query(format!("{delete}\0 and id < 0")).execute(&db).await.map(drop),
        query(format!("{delete} returning id\0")).all::<i64>(&db).await.map(drop),
        db.execute_script(format!("{delete}; select 2\0; select 3")).await,
    ] {
        let error = result.expect_err("it has a NUL character");
        assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("NUL"), "{error}");
    }
    assert_eq!(Thing::select().count(&db).await?, 3, "not even the first statement of the script ran");
    db.close().await
}

#[on_every_database]
async fn a_double_quoted_name_that_is_not_a_column_is_an_error(db: Database) -> Result<()> {
    fill(&db).await?;
    let error = query("select \"pryce\" from \"odd \"\"name\"\"\"").execute(&db).await.expect_err("no such column");
    assert_eq!(error.kind(), &ErrorKind::Sql);
    assert!(error.sql().is_some_and(|sql| sql.contains("pryce")));
    db.close().await
}

#[on_every_database]
async fn a_returning_statement_returns_its_rows_after_it_has_run(db: Database) -> Result<()> {
    fill(&db).await?;
    let first: i64 = sql!("update {Thing} set price = 0 returning id").scalar(&db).await?;
    assert_eq!(first, 1);
    assert_eq!(sql!("select count(*) from {Thing} where price = 0").scalar::<i64>(&db).await?, 3);
    let mut stream = sql!("delete from {Thing} returning id").stream::<i64>(&db);
    assert_eq!(stream.next().await.expect("a row")?, 1);
    drop(stream);
    assert_eq!(Thing::select().count(&db).await?, 0);
    db.close().await
}

#[on_every_database]
async fn an_ambiguous_column_name_is_not_read(db: Database) -> Result<()> {
    fill(&db).await?;
    let pairs = || {
        sql!(
            "select a.id, b.id, a.price as \"Price\", b.price, a.id as other from {Thing} a, {Thing} b where a.id < b.id order by 1, 2"
        )
    };
    let row: Row = pairs().one(&db).await?;
    let error = row.get::<i64>("id").expect_err("two columns are called so");
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert_eq!(
        error.to_string(),
        "the query returns 2 columns with the name `id`: give each a different name, such as `a.id as a_id`; it returns: id, id, \
         Price, price, other"
    );
    assert_eq!(row.get::<f64>("price").expect_err("case does not count in SQL").kind(), &ErrorKind::Usage);
    assert_eq!((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>("other")?), (1, 2, 1), "each has a place");
    let mut stream = pairs().stream::<Row>(&db);
    let row = stream.next().await.expect("a row")?;
    assert_eq!(row.get::<i64>("ID").expect_err("two columns are called so").kind(), &ErrorKind::Usage);
    let returned: Row = sql!("update {Thing} set price = 1 where id = 1 returning id, 7 as id").one(&db).await?;
    assert_eq!(returned.get::<i64>("id").expect_err("two columns are called so").kind(), &ErrorKind::Usage);
    db.close().await
}

#[on_every_database]
async fn a_struct_is_not_read_by_ambiguous_column_names(db: Database) -> Result<()> {
    #[derive(Record, Debug, PartialEq)]
    struct Pair {
        id: i64,
        other: i64,
    }
    fill(&db).await?;
    let pairs = || sql!("select a.id, b.ID, b.id as other from {Thing} a, {Thing} b where a.id < b.id");
    let fails = |error: Option<aio_sql::Error>| {
        let error = error.expect("two columns are called `id`");
        assert_eq!(error.kind(), &ErrorKind::Usage);
        assert!(error.to_string().contains("2 columns with the name `id`, which `Pair` reads"), "{error}");
        assert!(error.to_string().contains("`a.id as a_id`"), "it says what to write: {error}");
    };
    fails(pairs().all::<Pair>(&db).await.err());
    fails(pairs().one::<Pair>(&db).await.err());
    fails(pairs().optional::<Option<Pair>>(&db).await.err());
    fails(pairs().stream::<Pair>(&db).next().await.expect("an error").err());
    fails(pairs().collect::<Vec<Pair>>(&db).await.err());
    fails(Batch::new().all::<Pair, _>(pairs()).run(&db).await.err());
    let whole = sql!("select * from {Thing} a join {Thing} b on a.id < b.id").all::<Thing>(&db).await;
    assert_eq!(whole.expect_err("every name is there twice").kind(), &ErrorKind::Usage);
    // Columns that are not read, or are read by position, may have any names.
    let pair: Pair = sql!("select 1 as x, 2 as X, 3 as id, 4 as other").one(&db).await?;
    assert_eq!(pair, Pair { id: 3, other: 4 });
    assert_eq!(pairs().all::<(i64, i64, i64)>(&db).await?.len(), 3);
    let both: Vec<(Thing, Thing)> = sql!("select * from {Thing} a join {Thing} b on a.id < b.id").all(&db).await?;
    assert_eq!(both.len(), 3);
    db.close().await
}
