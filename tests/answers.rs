//! Writes whose returned rows cannot be read: if this is known before the write runs, the write is
//! not run; otherwise the error says that the write has taken effect.

#![allow(clippy::unwrap_used, dead_code)]

use aio_sql::types::{Mismatch, Sorted, Type, Unstorable, ValueRef};
use aio_sql::{
    Batch, Database, Dialect, Error, ErrorKind, Executor, Record, Result, Row, SqlType, Table, Upserted, Value, query,
    sql,
};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
struct Person {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
    karma: Option<i64>,
}

#[derive(Record, Debug)]
struct Named {
    name: String,
}

#[derive(Record, Debug)]
struct Ranked {
    id: i64,
    name: String,
}

/// A type of column to which any number can be written, but from which only numbers below 100 can
/// be read.
#[derive(Clone, Debug, PartialEq)]
struct Small(i64);

impl SqlType for Small {
    const TYPE: Type = Type::Integer;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> std::result::Result<Value, Unstorable> {
        self.0.to_value()
    }

    fn from_value(value: ValueRef<'_>) -> std::result::Result<Small, Mismatch> {
        match i64::from_value(value)? {
            number @ ..100 => Ok(Small(number)),
            _ => Err(Mismatch::new("a small number", "a large one")),
        }
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Count {
    #[column(primary_key)]
    id: i64,
    number: Small,
}

async fn empty(db: &Database) -> Result<()> {
    db.create_all((Person, Count)).await?;
    Ok(())
}

/// Returns the option of a table whose columns hold values of their types only, which PostgreSQL
/// does not need.
fn strict(db: &Database) -> &'static str {
    match db.dialect() {
        Dialect::Sqlite => " strict",
        _ => "",
    }
}

/// Asserts that the statement was refused before it ran.
fn refused<T>(result: Result<T>) {
    let error = result.err().expect("it cannot be read");
    assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Decode { .. }), "{error:?}");
    assert!(error.to_string().ends_with("(the statement was not run)"), "{error}");
}

fn stands<T>(result: Result<T>) {
    let error = result.err().expect("it cannot be read");
    assert!(matches!(error.kind(), ErrorKind::Usage | ErrorKind::Decode { .. }), "{error:?}");
    assert!(error.to_string().contains("its changes are kept"), "{error}");
}

#[on_every_database]
async fn a_write_that_returns_other_columns_than_are_read_does_not_run(db: Database) -> Result<()> {
    empty(&db).await?;
    let wide = || sql!("insert into {Person} (name) values ('a') returning id, name");
    let narrow = || sql!("insert into {Person} (name) values ('a') returning id");
    let none = || sql!("insert into {Person} (name) values ('a')");
    async fn all(ex: &Executor, insert: impl Fn() -> aio_sql::Sql, narrow: impl Fn() -> aio_sql::Sql) {
        refused(insert().all::<i64>(ex).await);
        refused(insert().one::<i64>(ex).await);
        refused(insert().optional::<i64>(ex).await);
        refused(insert().collect::<Vec<i64>>(ex).await);
        refused(insert().stream::<i64>(ex).next().await.unwrap());
        refused(Batch::new().all::<i64, _>(insert()).run(ex).await);
        refused(narrow().one::<(i64, String)>(ex).await);
        refused(narrow().one::<Person>(ex).await);
        refused(narrow().one::<Named>(ex).await);
        refused(narrow().one::<Option<Named>>(ex).await);
    }
    all(&db, wide, narrow).await;
    let tx = db.begin().await?;
    all(&tx, wide, narrow).await;
    tx.commit().await?;
    let connection = db.connect().await?;
    all(&connection, wide, narrow).await;
    connection.close().await?;
    refused(none().scalar::<i64>(&db).await);
    refused(none().all::<Named>(&db).await);
    refused(sql!("insert into {Person} (name) values ('a') returning name, id as name").one::<Named>(&db).await);
    refused(
        sql!("with w as (select 'a' as n) insert into {Person} (name) select n from w returning id, name")
            .one::<i64>(&db)
            .await,
    );
    assert_eq!(Person::select().count(&db).await?, 0);
    // These results can be read although they have more columns: `Row` accepts any number of
    // columns, and `scalar` reads only the first one.
    assert_eq!(wide().one::<Row>(&db).await?.len(), 2);
    let id = sql!("update {Person} set karma = 1 returning id, name").scalar::<i64>(&db).await?;
    let (again, rest): (i64, Row) = sql!("update {Person} set karma = 1 returning id, name").one(&db).await?;
    assert_eq!((id, again, rest.len()), (1, 1, 1));
    assert_eq!(sql!("delete from {Person}").all::<Row>(&db).await?.len(), 0);
    db.close().await
}

#[on_every_database]
async fn a_write_whose_columns_have_other_declared_types_than_are_read_does_not_run(db: Database) -> Result<()> {
    empty(&db).await?;
    db.execute_script(format!("create table firm (number integer, label text, amount real){}", strict(&db))).await?;
    let named = || sql!("insert into {Person} (name) values ('a') returning name");
    refused(named().scalar::<i64>(&db).await);
    refused(named().one::<f64>(&db).await);
    refused(named().all::<bool>(&db).await);
    refused(sql!("insert into {Person} (name) values ('a') returning id, name").one::<(i64, i64)>(&db).await);
    refused(Batch::new().one::<i64, _>(named()).run(&db).await);
    // A struct's fields are read from the columns with their names, so swapped names mean wrong
    // types.
    refused(sql!("insert into {Person} (name) values ('a') returning id as name, name as id").one::<Ranked>(&db).await);
    refused(
        sql!("insert into {Person} (name) values ('a') returning name as id, name, karma").one::<Person>(&db).await,
    );
    assert_eq!(Person::select().count(&db).await?, 0);
    refused(sql!("insert into firm values (1, 'x', 1.5) returning number").scalar::<String>(&db).await);
    refused(
        sql!("insert into firm values (1, 'x', 1.5) returning amount as name, label as id").one::<Ranked>(&db).await,
    );
    assert_eq!(sql!("select count(*) from firm").scalar::<i64>(&db).await?, 0);
    assert_eq!(named().scalar::<String>(&db).await?, "a");
    assert_eq!(sql!("update {Person} set name = name returning length(name)").scalar::<i64>(&db).await?, 1);
    let ranked: Ranked = sql!("update {Person} set name = name returning name, id").one(&db).await?;
    assert_eq!((ranked.id, ranked.name.as_str()), (1, "a"));
    let nothing: Option<i64> = sql!("insert into firm (number) values (1) returning label").scalar(&db).await?;
    assert_eq!(nothing, None);
    db.close().await
}

#[on_every_database]
async fn a_write_is_checked_against_the_current_columns(db: Database) -> Result<()> {
    empty(&db).await?;
    let other = db.connect().await?;
    #[derive(Record, Debug, PartialEq)]
    struct Later {
        id: i64,
        more: Option<i64>,
    }
    let insert = |name: &str| {
        let name = name.to_owned();
        sql!("insert into person (name) values ({name}) returning *")
    };
    assert!(insert("a").one::<Later>(&db).await.is_err());
    other.execute_script("alter table person add column more integer").await?;
    assert_eq!(insert("b").one::<Later>(&db).await?, Later { id: 1, more: None });
    other.close().await?;
    db.close().await
}

#[on_every_database]
async fn an_unreadable_result_of_a_write_says_that_the_write_took_effect(db: Database) -> Result<()> {
    empty(&db).await?;
    // The type of an expression is only known when it has been computed.
    let guess = |name: &str| {
        let name = name.to_owned();
        sql!("insert into {Person} (name) values ({name}) returning name || ''")
    };
    stands(guess("a").scalar::<i64>(&db).await);
    stands(guess("b").one::<(i64,)>(&db).await);
    stands(guess("c").all::<i64>(&db).await);
    stands(guess("d").optional::<i64>(&db).await);
    stands(guess("e").stream::<i64>(&db).next().await.unwrap());
    stands(Batch::new().one::<i64, _>(guess("f")).run(&db).await);
    stands(
        sql!("with w as (select 'g' as n) insert into {Person} (name) select n from w returning name || ''")
            .one::<i64>(&db)
            .await,
    );
    assert_eq!(Person::select().count(&db).await?, 7);
    // A query in a batch that cannot be read does not undo the writes of the batch.
    let batch = Batch::new().execute(Person::insert(NewPerson { name: "h".into(), karma: None }));
    stands(batch.one::<i64, _>(sql!("select 'text'")).run(&db).await);
    assert_eq!(Person::select().count(&db).await?, 8);
    let tx = db.begin().await?;
    stands(guess("i").scalar::<i64>(&tx).await);
    assert_eq!(Person::select().count(&tx).await?, 9, "it stands in the transaction");
    tx.rollback().await?;
    assert_eq!(Person::select().count(&db).await?, 8);
    // A query writes nothing, so its error says nothing about changes that are kept.
    let read: Error = sql!("select 'text'").scalar::<i64>(&db).await.unwrap_err();
    assert!(!read.to_string().contains("are kept"), "{read}");
    db.close().await
}

#[on_every_database]
async fn an_unreadable_typed_result_of_a_write_says_that_the_write_took_effect(db: Database) -> Result<()> {
    empty(&db).await?;
    let large = |id| Count { id, number: Small(1000) };
    stands(Count::insert(large(1)).one(&db).await);
    stands(Count::insert(large(2)).returning(Count::NUMBER).one(&db).await);
    stands(Count::insert(large(3)).returning(Count::NUMBER).all(&db).await);
    stands(Count::insert(large(4)).returning(Count::NUMBER).stream(&db).next().await.unwrap());
    stands(Count::insert_all([large(5), large(6)]).all(&db).await);
    stands(Batch::new().one(Count::insert(large(7))).run(&db).await);
    let upsert = || Count::insert(large(8)).on_conflict(Count::ID).do_update().set_excluded(Count::NUMBER);
    stands(upsert().one(&db).await);
    stands(Count::insert(large(9)).or_get(Count::ID).one(&db).await);
    stands(Count::insert(large(10)).on_conflict(Count::ID).do_nothing().optional(&db).await);
    assert_eq!(Count::select().count(&db).await?, 10);
    stands(Count::update().set(Count::NUMBER, Small(2000)).all_rows().returning(Count::NUMBER).all(&db).await);
    stands(Count::delete().filter(Count::ID.le(2)).returning(Count).all(&db).await);
    assert_eq!(Count::select().count(&db).await?, 8);
    // `or_get` only reads a row that exists already.
    let there = Count::insert(large(9)).or_get(Count::ID).one(&db).await.unwrap_err();
    assert!(matches!(there.kind(), ErrorKind::Decode { .. }), "{there}");
    let small = Count::insert(Count { id: 8, number: Small(1) }).on_conflict(Count::ID).do_update();
    assert!(matches!(small.set_excluded(Count::NUMBER).one(&db).await?, Upserted::Updated(_)));
    let read = Count::select().all(&db).await.unwrap_err();
    assert!(!read.to_string().contains("are kept"), "{read}");
    db.close().await
}

#[on_every_database]
async fn writes_that_share_a_commit_are_refused_individually(db: Database) -> Result<()> {
    empty(&db).await?;
    let tasks: Vec<_> = (0..60)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let name = format!("name {n}");
                match n % 3 {
                    0 => refused(
                        sql!("insert into {Person} (name) values ({name}) returning name").scalar::<i64>(&db).await,
                    ),
                    1 => stands(
                        sql!("insert into {Person} (name) values ({name}) returning name || ''")
                            .scalar::<i64>(&db)
                            .await,
                    ),
                    _ => {
                        let id: i64 =
                            sql!("insert into {Person} (name) values ({name}) returning id").scalar(&db).await.unwrap();
                        assert!(id > 0);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(Person::select().count(&db).await?, 40);
    db.close().await
}

#[on_every_database]
async fn declared_types_of_other_tables_refuse_no_write(db: Database) -> Result<()> {
    empty(&db).await?;
    let strict = strict(&db);
    db.execute_script(format!(
        "create table firm (number integer){strict}; create table other (q text){strict}; insert into other values ('abc')"
    ))
    .await?;
    let other = sql!("insert into firm values (1) returning (select q from other)").scalar::<String>(&db).await?;
    assert_eq!(other, "abc");
    let (other, number): (String, i64) =
        sql!("insert into firm values (2) returning (select q from other) as q, firm.number n").one(&db).await?;
    assert_eq!((other.as_str(), number), ("abc", 2));
    for text in ["returning number", "returning *", "returning (select q from other), \"firm\".number as n"] {
        let text = format!("insert into firm values (3) {text}");
        let wrong = match text.contains("select") {
            true => query(&text).one::<(String, String)>(&db).await.map(drop),
            false => query(&text).scalar::<String>(&db).await.map(drop),
        };
        refused(wrong);
    }
    assert_eq!(sql!("select count(*) from firm").scalar::<i64>(&db).await?, 2);
    db.close().await
}
